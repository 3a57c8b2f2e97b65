//! The commands of language models: `sample` and `logits`.

use super::commands::{open, weights_of};
use super::output::say;
use crate::error::Error;
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::model::Program;
use eggroll_firmware::noise::{Address, Stream};
use eggroll_host::data::input::{self, TOKENS};
use eggroll_host::language::{Reader, draw};
use eggroll_host::run::RunError;
use eggroll_host::run::{ModelName, Weights, read_egg};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use serde_json::json;
use std::io::{ErrorKind, IsTerminal, Write, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

/// The value of `--temperature`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Temperature(f64);

impl FromStr for Temperature {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
        number.map(Self).ok_or("a number from 0 (the likeliest byte) to 100")
    }
}

/// The model of a run, or of a file that contains an EGG model.
fn model_of(path: &Path) -> Result<(ModelName, Program, Weights), Error> {
    let layout_of = |model: &ModelName| {
        model.description().and_then(|model| Program::new(&model)).map_err(TrainError::Refused)
    };
    // A path that is neither a file nor a run gets the error of a file, which says what it is.
    if path.exists() && !path.is_dir() {
        let (model, weights) = read_egg(path)?;
        let program = layout_of(&model)?;
        return Ok((model, program, weights));
    }
    let (directory, config) = open(path)?;
    let program = layout_of(&config.model)?;
    let weights = weights_of(&directory, &program)?;
    Ok((config.model, program, weights))
}

/// The error if a model does not have a token.
fn foreign(token: u8, what: &str, model: &ModelName) -> Error {
    Error::Usage(format!("{what} has a byte {token}, model {model} has tokens 0 to {}", model.inputs() - 1))
}

/// Runs `sample RUN --prompt TEXT --temperature T`. It prints the prompt and what follows it, up to the end
/// of a document.
pub(super) fn sample(
    run: &Path,
    prompt: &str,
    Temperature(temperature): Temperature,
    bytes: u32,
    seed: u32,
) -> Result<ExitCode, Error> {
    let (model, program, weights) = model_of(run)?;
    if !model.is_recurrent() {
        return Err(Error::Usage(format!("model {model} writes no text: sample a run on --task text:FILE")));
    }
    if let Some(&token) = prompt.as_bytes().iter().find(|&&token| u32::from(token) >= model.inputs()) {
        return Err(foreign(token, "the prompt", &model));
    }
    let mut reader = Reader::new(&program, &weights.values);
    // This begins a document.
    let mut logits = reader.read(0).to_vec();
    for &token in prompt.as_bytes() {
        logits = reader.read(token).to_vec();
    }
    let mut text = prompt.as_bytes().to_vec();
    let mut chance = Stream::new(Address { seed, generation: 0, index: 0, tensor: 0 });
    for _ in 0..bytes {
        let token = draw(&logits, temperature, f64::from(chance.next_word()) / 4_294_967_296.0);
        if token == 0 {
            break;
        }
        text.push(token);
        logits = reader.read(token).to_vec();
    }
    text.push(b'\n');
    if stdout().is_terminal() {
        // A model may write any bytes.
        text = words::lines(&String::from_utf8_lossy(&text)).into_bytes();
    }
    match stdout().write_all(&text) {
        // The reader of the output has gone.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(RunError::io("write", Path::new("stdout"), error).into())
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Runs `logits WEIGHTS --tokens FILE`. It prints a JSON object for each step, with the integers that boards
/// compute.
pub(super) fn logits(weights: &Path, tokens: &Path) -> Result<ExitCode, Error> {
    let (model, weights) = read_egg(weights)?;
    let program = model.description().and_then(|model| Program::new(&model)).map_err(TrainError::Refused)?;
    let text = input::read(tokens, &TOKENS)?;
    if text.len() < 2 {
        let why =
            format!("{}: {} bytes; give at least two tokens, each a byte", words::path(tokens), text.len());
        return Err(Error::Usage(why));
    }
    if let Some(&token) = text.iter().find(|&&token| u32::from(token) >= model.inputs()) {
        return Err(foreign(token, &words::path(tokens), &model));
    }
    let mut reader = Reader::new(&program, &weights.values);
    for pair in text.windows(2) {
        let logits = reader.read(pair[0]);
        let log_likelihood = log_likelihood(logits, pair[1].into());
        say!("{}", json!({ "logits": logits, "log_likelihood": log_likelihood }))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures() {
        assert_eq!("0.8".parse(), Ok(Temperature(0.8)));
        for text in ["-1", "x", "NaN", "101"] {
            assert!(text.parse::<Temperature>().is_err(), "{text}");
        }
    }
}
