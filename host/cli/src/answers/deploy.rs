//! The command `deploy`.

use super::opened::Opened;
use crate::connected;
use crate::error::Error;
use crate::output::{say, tell};
use crate::system;
use eggroll_firmware::deploy::Deployed;
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::board::{BoardError, Store};
use eggroll_host::fleet::link::Address;
use eggroll_host::words;
use indicatif::HumanCount;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What a board keeps now, and what it kept before.
struct Done {
    store: Store,
    had: bool,
}

/// Runs `deploy RUN --boards ADDR ...`.
pub(crate) fn deploy(run: &Path, addresses: &[Address], as_json: bool) -> Result<ExitCode, Error> {
    let opened = Opened::open(run, "deploy")?;
    let model: Arc<[u8]> = opened.deployable()?.into();
    let runtime = system::runtime(None, addresses)?;
    let boards = runtime.block_on(connected::all(addresses))?;
    // All at once: their lines are slow, and their flash is.
    let tasks: Vec<_> = boards
        .into_iter()
        .map(|(name, board)| (name, runtime.spawn(one(board, Arc::clone(&model)))))
        .collect();
    let mut failed = false;
    for (name, task) in tasks {
        match runtime.block_on(task).map_err(|error| Error::Usage(error.to_string()))? {
            Ok(done) => tell_of(&name, &done, model.len(), &opened, as_json)?,
            Err(error) => {
                failed = true;
                tell!("error: {}", words::shown(&error.to_string(), usize::MAX));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn one(board: Arc<BoardEvaluator>, model: Arc<[u8]>) -> Result<Done, BoardError> {
    let before = board.store().await?;
    let had = before.model == Some(Deployed::of(&model));
    Ok(Done { store: if had { before } else { board.deploy(&model).await? }, had })
}

fn tell_of(name: &str, done: &Done, bytes: usize, opened: &Opened, as_json: bool) -> Result<(), Error> {
    let (inputs, outputs) = (opened.program.inputs(), opened.program.outputs());
    let capacity = done.store.capacity;
    let checksum = done.store.model.map_or(0, |model| model.checksum);
    if as_json {
        let object = json!({
            "board": name, "bytes": bytes, "capacity": capacity, "inputs": inputs, "outputs": outputs,
            "checksum": format!("{checksum:08x}"), "kept_before": done.had,
        });
        return say!("{object}");
    }
    let before = if done.had { "already " } else { "" };
    say!(
        "{name}: {before}keeps the model, {inputs} inputs and {outputs} outputs: {} of {} bytes",
        HumanCount(bytes as u64),
        HumanCount(capacity.into())
    )
}
