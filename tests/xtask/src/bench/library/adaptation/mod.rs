//! Trained networks that are adapted to something new, beside backpropagation of the same layers in floats.

use super::learning::{Scikit, mnist_table};
use super::signals::speakers;
use super::tables::build;
use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Training and adapting in floats, all seeds of a set.
const FLOATS_LIMIT: Duration = Duration::from_secs(3600);
/// A run of the program.
const RUN_LIMIT: Duration = Duration::from_secs(600);
/// Passes of a sample that a step of backpropagation costs: a forward one, and two for its gradients.
const PASSES: u32 = 3;
/// Samples that an adaptation in floats draws, as one of the program does.
const DRAWN: u32 = 400 * 16;

/// What learns, as `--train` names it.
const ARMS: [(&str, &str); 3] = [("last", "the last layer"), ("last:2", "the last two"), ("all", "all")];

/// How the digits' network learns from nothing, as flags say it.
const SCRATCH: [(&str, &[&str]); 5] = [
    ("guided, no members", &["--members", "0"]),
    ("guided, 8 members a slot", &["--members", "8", "--generations", "4000"]),
    (
        "`node` without a guide, 16 members",
        &["--guide", "off", "--slots", "16", "--members", "16", "--lr", "0.6"],
    ),
    ("`weight`, credit a sample", &["--estimator", "weight", "--credit", "sample", "--generations", "6000"]),
    ("`weight`, credit a pair", &["--estimator", "weight", "--generations", "6000"]),
];
const SCRATCH_SEEDS: u32 = 3;
/// The network that `floats.py` trains.
const NETWORK: &str = "conv:28x28x1/c8k3s2/c16k3s2/c16k3s2/10+bias";
/// Passes of its training in floats: 15 epochs of 4,000 digits.
const FLOAT_PASSES: u32 = PASSES * 15 * 4000;

/// What the script in floats says of a seed.
#[derive(Deserialize)]
struct Floats {
    /// The path of its network, without an ending.
    base: PathBuf,
    /// Its accuracy on what it is adapted to, and on held-out rows of what it was trained on.
    before: f64,
    old: f64,
    /// Both after each arm and rate.
    #[serde(flatten)]
    after: BTreeMap<String, (f64, f64)>,
}

/// What the program says of a run.
#[derive(Clone, Copy, Deserialize)]
struct Trained {
    forward_passes: f64,
    test_accuracy: f64,
    seconds: f64,
}

/// What it says of one that began with a trained model.
#[derive(Clone, Copy, Deserialize)]
struct Adapted {
    #[serde(flatten)]
    run: Trained,
    test_before: f64,
    old_before: f64,
    old_after: f64,
}

/// Measures both sets and prints their tables.
///
/// # Errors
/// Python, its packages, the digits or espeak-ng cannot be had; a program fails.
pub(super) fn run(mnist: Option<&Path>) -> Result<()> {
    let (scikit, program) = (Scikit::find()?, build()?);
    let folder = process::target_dir().join("adaptation");
    std::fs::create_dir_all(&folder)?;
    let words = folder.join("speakers.csv");
    if !words.is_file() {
        let recordings = speakers(&scikit, &folder)?;
        let mut data = Command::new(&program);
        data.arg("data").arg(recordings).args(["--group", "_", "--features", "logmel:16", "--table"]);
        process::run_quietly(data.arg(&words), RUN_LIMIT)?;
    }
    let mut sets = scikit.python();
    sets.args(["-c", include_str!("sets.py")]).arg(mnist_table(mnist)?).arg(&words).arg(&folder);
    process::run_quietly(&mut sets, RUN_LIMIT)?;
    for (name, what) in [
        ("digits", "MNIST's digits, then 300 that are turned by 40 degrees"),
        ("words", "ten words of eight speakers, then three of each from another one"),
    ] {
        set(&scikit, &program, &folder.join(name), what).with_context(|| name.to_owned())?;
    }
    scratch(&program, &folder.join("digits"))
}

/// Trains the digits' network from nothing, on the rows of its training in floats.
fn scratch(program: &Path, folder: &Path) -> Result<()> {
    let lines = std::fs::read_to_string(folder.join("floats.jsonl"))?;
    let floats: Floats = serde_json::from_str(lines.lines().next().context("no network")?)?;
    println!(
        "\nThe same network from nothing, on the 4,000 upright digits; held-out upright ones, means over {SCRATCH_SEEDS} \
         seeds. Backpropagation in floats (Adam, 15 epochs): {:.1} % after {FLOAT_PASSES} passes.\n",
        100.0 * floats.old
    );
    println!("| how | held out | passes | seconds on the host |\n|---|---|---|---|");
    for (name, flags) in SCRATCH {
        let (mut accuracy, mut passes, mut seconds) = (0.0, 0.0, 0.0);
        for seed in 1..=SCRATCH_SEEDS {
            let place = tempfile::tempdir()?;
            let mut train = Command::new(program);
            train.arg("--task").arg(format!("csv:{}", floats.base.with_extension("csv").display()));
            train.arg("--test").arg(folder.join("old-0.csv")).args(["--model", NETWORK]).args(flags);
            train.args(["--seed", &seed.to_string(), "--boards", "cpu", "--quiet", "--json", "--run"]);
            let text = process::output(train.arg(place.path().join("run")));
            let text = text.with_context(|| format!("{} failed", program.display()))?;
            let run: Trained = serde_json::from_str(text.lines().last().unwrap_or_default())?;
            accuracy += run.test_accuracy / f64::from(SCRATCH_SEEDS);
            passes += run.forward_passes / f64::from(SCRATCH_SEEDS);
            seconds += run.seconds / f64::from(SCRATCH_SEEDS);
        }
        println!("| {name} | {:.1} % | {passes:.0} | {seconds:.0} |", 100.0 * accuracy);
    }
    Ok(())
}

/// Measures a set.
fn set(scikit: &Scikit, program: &Path, folder: &Path, what: &str) -> Result<()> {
    let mut floats = scikit.python();
    floats.args(["-c", include_str!("floats.py")]).arg(folder).env("OPENBLAS_NUM_THREADS", "1");
    // It goes through a file, so that what it says of its progress does not wait for a reader.
    let said = folder.join("floats.jsonl");
    floats.arg(&said);
    process::run_quietly(&mut floats, FLOATS_LIMIT)?;
    let lines = std::fs::read_to_string(&said)?;
    let seeds: Vec<Floats> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mean = |of: &dyn Fn(&Floats) -> f64| seeds.iter().map(of).sum::<f64>() / seeds.len() as f64;
    let mut runs = BTreeMap::new();
    for (arm, keep) in ARMS.iter().flat_map(|(arm, _)| [(*arm, "0"), (*arm, "0.3")]) {
        let each =
            seeds.iter().enumerate().map(|(seed, floats)| adapt(program, folder, seed, floats, arm, keep));
        runs.insert((arm, keep), each.collect::<Result<Vec<Adapted>>>()?);
    }
    let ours = |arm, keep, of: &dyn Fn(&Adapted) -> f64| {
        let runs = runs.get(&(arm, keep)).map_or(&[][..], Vec::as_slice);
        runs.iter().map(of).sum::<f64>() / runs.len().max(1) as f64
    };
    println!(
        "\n{what}: means over {} seeds. Before, floats answer {:.1} % of the new rows and {:.1} % of the old ones, \
         integers {:.1} and {:.1} %.\n",
        seeds.len(),
        100.0 * mean(&|floats| floats.before),
        100.0 * mean(&|floats| floats.old),
        100.0 * ours("last", "0", &|run| run.test_before),
        100.0 * ours("last", "0", &|run| run.old_before),
    );
    println!(
        "| what learns | new rows | with --keep, a share of 0.3 | backpropagation, its best rate | passes, and its | seconds \
         on the host | old rows | with --keep | backpropagation |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (arm, name) in ARMS {
        let rates =
            seeds.first().map(|floats| floats.after.keys().filter(|key| key.starts_with(&format!("{arm} "))));
        let of = |rate: &str| {
            let after = |floats: &Floats| floats.after.get(rate).copied().unwrap_or_default();
            (mean(&|floats| after(floats).0), mean(&|floats| after(floats).1), rate.to_owned())
        };
        let all = rates.into_iter().flatten().map(|rate| of(rate));
        let (new, old, rate) = all.max_by(|a, b| a.0.total_cmp(&b.0)).context("no rate")?;
        let percent = |keep, of: &dyn Fn(&Adapted) -> f64| 100.0 * ours(arm, keep, of);
        println!(
            "| {name} | {:.1} % | {:.1} % | {:.1} % ({}) | {:.0}, {} | {:.1} | {:.1} % | {:.1} % | {:.1} % |",
            percent("0", &|of| of.run.test_accuracy),
            percent("0.3", &|of| of.run.test_accuracy),
            100.0 * new,
            rate.rsplit(' ').next().unwrap_or_default(),
            ours(arm, "0", &|of| of.run.forward_passes),
            PASSES * DRAWN,
            ours(arm, "0", &|of| of.run.seconds),
            percent("0", &|run| run.old_after),
            percent("0.3", &|run| run.old_after),
            100.0 * old,
        );
    }
    Ok(())
}

/// Imports the network of a seed, unless that is done, and adapts it.
fn adapt(
    program: &Path,
    folder: &Path,
    seed: usize,
    floats: &Floats,
    arm: &str,
    keep: &str,
) -> Result<Adapted> {
    let model = floats.base.with_extension("integers.safetensors");
    if !model.is_file() {
        let mut import = Command::new(program);
        import.arg("import").arg(floats.base.with_extension("toml"));
        import.arg("--data").arg(floats.base.with_extension("csv")).arg("--out").arg(&model);
        process::run_quietly(&mut import, RUN_LIMIT)?;
    }
    let part = |name: &str| folder.join(format!("{name}-{seed}.csv"));
    let place = tempfile::tempdir()?;
    let mut adapt = Command::new(program);
    adapt.arg("adapt").arg(&model).arg(part("new")).arg("--test").arg(part("judged")).arg("--run");
    adapt.arg(place.path().join("run")).arg("--keep").arg(part("old")).args(["--keep-share", keep]);
    adapt.args(["--train", arm, "--seed", &(seed + 1).to_string(), "--boards", "cpu", "--quiet", "--json"]);
    let text = process::output(&mut adapt).with_context(|| format!("{} failed", program.display()))?;
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}
