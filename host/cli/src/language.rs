//! The commands of language models: `sample`, `logits` and `traces`.

use super::commands::{open, weights_of};
use super::output::say;
use crate::error::Error;
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::model::Program;
use eggroll_firmware::noise::{Address, Stream};
use eggroll_firmware::task::reward::{FULL, MAX_TEMPERATURE, Reward, RewardKind};
use eggroll_host::data::input::{self, TOKENS};
use eggroll_host::language::{Reader, draw, traces};
use eggroll_host::measure::answer;
use eggroll_host::run::RunError;
use eggroll_host::run::{ModelName, Source, TaskName, Weights, read_egg};
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

/// A reward, as `traces` and `--task` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RewardTask(RewardKind);

impl FromStr for RewardTask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(TaskName::Reward(kind)) => Ok(Self(kind)),
            _ => {
                let there: Vec<String> =
                    RewardKind::ALL.iter().map(|kind| format!("reward:{kind}")).collect();
                Err(format!("no reward; there are: {}", there.join(", ")))
            }
        }
    }
}

/// Runs `traces REWARD --wrong PERCENT --count N --out FILE`.
pub(super) fn write_traces(
    RewardTask(kind): RewardTask,
    wrong: u8,
    count: u32,
    seed: u32,
    out: &Path,
) -> Result<ExitCode, Error> {
    let (text, wrong) = traces(kind, wrong, count, seed);
    std::fs::write(out, &text).map_err(|error| RunError::io("write", out, error))?;
    say!("{}: {count} documents, {wrong} with a wrong answer, {} bytes", words::path(out), text.len())?;
    Ok(ExitCode::SUCCESS)
}

/// So many prompts are answered by `sample` where none is given.
const SHOWN: u32 = 20;

/// Shows what the model of a run on puzzles answers to fresh prompts.
fn sample_answers(
    (program, weights): (&Program, &Weights),
    reward: Reward,
    seed: u32,
) -> Result<ExitCode, Error> {
    let temperature = f64::from(reward.temperature) / 16.0;
    say!("{:<12} {:<12} {:>5}   (temperature {temperature})", "prompt", "answer", "mark")?;
    for index in 0..SHOWN {
        let played = answer(program, &weights.values, reward, seed, index);
        let text = |bytes: &[u8]| words::shown(&String::from_utf8_lossy(bytes), words::MOST);
        let (prompt, mut answer) = (text(played.prompt.bytes()), text(played.answer.bytes()));
        if !played.ended {
            answer.push_str("...");
        }
        let mark = if played.mark == FULL { "right".to_owned() } else { format!("{}/{FULL}", played.mark) };
        say!("{prompt:<12} {answer:<12} {mark:>5}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The kind of puzzles that a run is on.
fn reward_of(run: &Path) -> Result<Option<Reward>, Error> {
    if !run.is_dir() {
        return Ok(None);
    }
    Ok(match open(run)?.1.source {
        Source::Reward(source) => Some(source.reward),
        _ => None,
    })
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
/// of a document. Of a run on puzzles it shows answers to fresh prompts, unless there is a prompt.
pub(super) fn sample(
    run: &Path,
    prompt: Option<&str>,
    temperature: Option<Temperature>,
    bytes: u32,
    seed: u32,
) -> Result<ExitCode, Error> {
    let (model, program, weights) = model_of(run)?;
    if !model.is_recurrent() {
        return Err(Error::Usage(format!(
            "model {model} writes no text: sample a run on --task text:FILE or reward:NAME"
        )));
    }
    if let (None, Some(reward)) = (prompt, reward_of(run)?) {
        // As near as answers to prompts can have it.
        let sixteenths = temperature.map_or(0.0, |Temperature(of)| (16.0 * of).round());
        let temperature = sixteenths.min(f64::from(MAX_TEMPERATURE)) as u8;
        return sample_answers((&program, &weights), Reward { temperature, ..reward }, seed);
    }
    let prompt = prompt.unwrap_or_default();
    let Temperature(temperature) = temperature.unwrap_or(Temperature(0.8));
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
