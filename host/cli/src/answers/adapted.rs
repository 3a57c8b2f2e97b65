//! The command `replay --boards`: what boards have learned from samples of their own, once more.

use crate::connected;
use crate::error::Error;
use crate::output::{say, tell};
use crate::system;
use eggroll_firmware::deploy::DeployedModel;
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::Address;
use eggroll_host::run::{AdaptedError, Repeated, repeat_adaptation};
use eggroll_host::update::sha256;
use eggroll_host::words;
use indicatif::HumanCount;
use serde_json::json;
use std::process::ExitCode;

/// What a board keeps.
struct Read {
    model: Vec<u8>,
    previous: Option<Vec<u8>>,
    samples: Vec<Vec<u8>>,
}

/// Runs `replay --boards ADDR ...`.
pub(crate) fn replay(addresses: &[Address], as_json: bool) -> Result<ExitCode, Error> {
    let runtime = system::runtime(None, addresses)?;
    let boards = runtime.block_on(connected::all(addresses))?;
    let mut failed = false;
    for (name, board) in boards {
        let read = runtime.block_on(read(&board));
        let repeated = read.map_err(|error| error.to_string()).and_then(|read| {
            let repeated = repeat_adaptation(&read.model, read.previous.as_deref(), &read.samples);
            repeated.map_err(|error: AdaptedError| format!("{name}: {error}"))
        });
        match repeated {
            Ok(repeated) => {
                failed |= !repeated.equal;
                tell_of(&name, &repeated, as_json)?;
            }
            Err(why) => {
                failed = true;
                tell!("error: {}", words::shown(&why, usize::MAX));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn read(board: &BoardEvaluator) -> Result<Read, BoardError> {
    let model = board.model().await?;
    // Of bytes that are no model there is nothing to repeat, whatever else the board keeps.
    let inputs = DeployedModel::of_bytes(&model).map_or(0, |deployed| deployed.model.inputs as usize);
    Ok(Read { previous: board.previous().await?, samples: board.samples(inputs + 1).await?, model })
}

fn tell_of(name: &str, repeated: &Repeated, as_json: bool) -> Result<(), Error> {
    let Repeated { adapted, weights, equal } = repeated;
    let sha256 = sha256(weights);
    if as_json {
        let object = json!({
            "board": name, "samples": adapted.samples, "generations": adapted.generations,
            "weights_sha256": sha256, "equal_to_the_board": equal,
        });
        return say!("{object}");
    }
    let samples = HumanCount(adapted.samples.into());
    let generations = HumanCount(adapted.generations.into());
    let way = format!("{generations} generations on {samples} samples of its own lead to weights {sha256}");
    if *equal {
        say!("{name}: {way}: the model that it keeps, byte by byte")
    } else {
        tell!("error: {name}: {way}, and it keeps another model than that");
        Ok(())
    }
}
