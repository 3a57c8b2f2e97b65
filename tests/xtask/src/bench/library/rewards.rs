//! Puzzles that are answered rightly before a reward has trained, and after.

use super::kept::Kept;
use super::learning::median;
use super::tables::build;
use crate::process;
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::model::Program;
use eggroll_firmware::task::reward::{Reward, RewardKind};
use eggroll_host::measure::{FINAL_PROMPTS, RightAnswers};
use eggroll_host::run::{ModelName, read_weights};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What was chosen was chosen by seed 11.
const SEEDS: RangeInclusive<u32> = 1..=3;
const MODEL: &str = "egg:D=32,L=1,V=64+relu";
/// The text of the first model, and its run. Its reward's run has the program's defaults but for its length.
const TRACES: [&str; 4] = ["--wrong", "30", "--count", "20000"];
const FIRST: [&str; 4] = ["--model", MODEL, "--generations", "600"];
const GENERATIONS: u32 = 150;
/// Of one command.
const LIMIT: Duration = Duration::from_secs(3600);

/// How the two runs of a seed went.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Outcome {
    /// Right answers in per cent.
    before: f64,
    after: f64,
    /// Bytes of an answer of the trained model, the end included.
    bytes: f64,
    answers: u64,
    seconds: f64,
}

/// What the program says of a run.
#[derive(Deserialize)]
struct Said {
    answers: u64,
}

/// Prints the table of the puzzles that are named, or of all.
///
/// # Errors
/// The program fails; there is no such puzzle.
pub(super) fn run(only: &[String], kept: &Kept) -> Result<()> {
    let names = RewardKind::ALL.map(|kind| kind.to_string());
    let unknown = only.iter().find(|name| !names.contains(name));
    ensure!(unknown.is_none(), "--only {}: there are {}", unknown.map_or("", |name| name), names.join(", "));
    let program = build()?;
    println!(
        "{MODEL}, seeds {} to {}: right answers of {} fresh prompts in %, with the likeliest byte. Before: after {}\n\
         generations of a text of {} documents, {} % of them wrong. After: after {GENERATIONS} generations of the reward.\n\
         Seconds are those of its run on all cores, the median.\n",
        SEEDS.start(),
        SEEDS.end(),
        FINAL_PROMPTS.len(),
        FIRST[3],
        TRACES[3],
        TRACES[1]
    );
    println!("| reward | before | after | answers | bytes each | seconds |\n|---|---|---|---|---|---|");
    for kind in RewardKind::ALL.into_iter().filter(|kind| only.is_empty() || only.contains(&kind.to_string()))
    {
        let of = |seed| {
            let name = format!("{kind}, {MODEL}, {TRACES:?}, {FIRST:?}, {GENERATIONS}, seed {seed}");
            kept.or(&name, || measure(&program, kind, seed))
        };
        let all = SEEDS.map(of).collect::<Result<Vec<Outcome>>>()?;
        let list = |figure: fn(&Outcome) -> f64| {
            all.iter().map(|of| format!("{:.1}", figure(of))).collect::<Vec<_>>().join(", ")
        };
        let middle =
            |figure: fn(&Outcome) -> f64| median(all.iter().map(figure).collect()).unwrap_or_default();
        println!(
            "| `{kind}` | {} | {} | {} | {:.1} | {:.0} |",
            list(|of| of.before),
            list(|of| of.after),
            all.iter().map(|of| of.answers).max().unwrap_or_default(),
            middle(|of| of.bytes),
            middle(|of| of.seconds)
        );
    }
    Ok(())
}

/// Trains a first model and improves it.
fn measure(program: &Path, kind: RewardKind, seed: u32) -> Result<Outcome> {
    let place = tempfile::tempdir()?;
    let [text, first, rewarded] = ["traces.txt", "first", "rewarded"].map(|name| place.path().join(name));
    let mut traces = Command::new(program);
    let number = seed.to_string();
    traces.arg("traces").arg(format!("reward:{kind}")).args(TRACES).args(["--seed", &number]);
    process::run_quietly(traces.arg("--out").arg(&text), LIMIT)?;
    let seed_flags = ["--seed", &number, "--boards", "cpu", "--quiet"];
    let mut train = Command::new(program);
    train.arg("--task").arg(format!("text:{}", text.display())).args(FIRST).args(seed_flags);
    process::run_quietly(train.arg("--run").arg(&first), LIMIT)?;
    let mut improve = Command::new(program);
    improve
        .arg("--task")
        .arg(format!("reward:{kind}"))
        .arg("--from")
        .arg(first.join("weights.safetensors"))
        .args(seed_flags);
    improve.args(["--generations", &GENERATIONS.to_string(), "--run"]).arg(&rewarded);
    let started = Instant::now();
    process::run_quietly(&mut improve, LIMIT)?;
    let seconds = started.elapsed().as_secs_f64();
    let [before, after] = [&first, &rewarded].map(|run| judge(run, kind, seed));
    let (before, after) = (before?, after?);
    let said: Said = serde_json::from_slice(&std::fs::read(rewarded.join("summary.json"))?)?;
    let percent = |of: RightAnswers| 100.0 * f64::from(of.right) / f64::from(of.prompts);
    let bytes = after.written as f64 / f64::from(after.prompts);
    Ok(Outcome { before: percent(before), after: percent(after), bytes, answers: said.answers, seconds })
}

/// The answers of a run's model to fresh prompts.
fn judge(run: &Path, kind: RewardKind, seed: u32) -> Result<RightAnswers> {
    let name: ModelName = MODEL.parse()?;
    let model = name.description().map_err(|error| anyhow!("{error}"))?;
    let model = Program::new(&model).map_err(|error| anyhow!("{error}"))?;
    let weights = read_weights(&run.join("weights.safetensors"), &model)?;
    Ok(RightAnswers::of(&model, &weights.values, Reward { kind, temperature: 0 }, seed, FINAL_PROMPTS))
}
