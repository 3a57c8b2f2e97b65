//! Detectors of anomalies with the program's defaults, beside scikit-learn's `IsolationForest` on the same
//! rows.

use super::{SHUFFLES, Scikit};
use crate::process;
use anyhow::{Context, Result, ensure};
use eggroll_host::measure::Detection;
use eggroll_host::run::{RunDirectory, read_weights};
use eggroll_host::train::{Experiment, Material};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The files, and the class whose rows are normal, named before anything was measured.
const SETS: [(&str, &str); 2] = [("breast-cancer.csv", "1"), ("mnist-5000.csv", "0")];

/// The figures of a shuffle.
struct Shuffle {
    /// The AUC: ours, and that of `IsolationForest`.
    auc: [f64; 2],
    /// Of our threshold: the share of anomalies that are detected, and of false alarms.
    rates: [f64; 2],
}

/// Measures both sets and prints a table.
///
/// # Errors
/// Python fails, or the program does on a file.
pub(super) fn run(scikit: &Scikit, program: &Path, folder: &Path) -> Result<()> {
    println!(
        "Anomalies: AUC on held-out rows, means over {SHUFFLES} shuffles, defaults, fitted on the same normal rows.\n"
    );
    println!(
        "| set, normal class | ours | IsolationForest | difference (2 standard errors) | detected | false alarms |"
    );
    println!("|---|---|---|---|---|---|");
    for (set, normal) in SETS {
        let shuffles: Result<Vec<Shuffle>> =
            (0..SHUFFLES).map(|shuffle| measure(scikit, program, folder, (set, normal), shuffle)).collect();
        println!("{}", row(&format!("{set}, {normal}"), &shuffles?));
    }
    Ok(())
}

/// Trains the program and the forest on the normal rows of a file.
fn measure(
    scikit: &Scikit,
    program: &Path,
    folder: &Path,
    (set, normal): (&str, &str),
    shuffle: u32,
) -> Result<Shuffle> {
    let file = folder.join(format!("{shuffle}-{set}"));
    let place = tempfile::tempdir()?;
    let run = place.path().join("run");
    let mut train = Command::new(program);
    train.arg("--task").arg(format!("data:{}", file.display())).arg("--run").arg(&run);
    train.args(["--normal", normal, "--boards", "cpu", "--quiet", "--seed", &(shuffle + 1).to_string()]);
    process::run_quietly(&mut train, Duration::from_secs(3600))?;
    let experiment = Experiment::load(RunDirectory::open(&run)?.started_with()?)?;
    let Material::Samples { split, data, .. } = &experiment.material else {
        anyhow::bail!("{set}: no samples")
    };
    let weights = read_weights(&RunDirectory::open(&run)?.weights(), &experiment.program)?;
    let threshold = weights.threshold.context("the weights have no threshold")?;
    let (_, ours) = Detection::on(&experiment.program, &weights.values, threshold, data, split);
    let task = json!({
        "file": file,
        "normal": normal,
        "train": split.train,
        "test": split.test,
        "anomalies": split.anomalies,
        "seed": shuffle,
    });
    let mut python = scikit.python();
    python.args(["-c", include_str!("anomaly.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().context("cannot start Python")?;
    child.stdin.take().context("no pipe to Python")?.write_all(task.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "IsolationForest failed on {set}");
    let theirs = String::from_utf8(output.stdout)?.trim().parse()?;
    let none = || format!("{set}: no rows of a kind");
    Ok(Shuffle {
        auc: [ours.auc().with_context(none)?, theirs],
        rates: [ours.detection_rate().with_context(none)?, ours.false_alarm_rate().with_context(none)?],
    })
}

/// A row of the table: means over the shuffles, and the difference of both, paired by shuffle.
fn row(name: &str, shuffles: &[Shuffle]) -> String {
    let count = shuffles.len() as f64;
    let mean = |of: &dyn Fn(&Shuffle) -> f64| shuffles.iter().map(of).sum::<f64>() / count;
    let difference = |shuffle: &Shuffle| shuffle.auc[0] - shuffle.auc[1];
    let ahead = mean(&difference);
    let variance = mean(&|shuffle| (difference(shuffle) - ahead).powi(2)) * count / (count - 1.0);
    format!(
        "| {name} | {:.4} | {:.4} | {ahead:+.4} ({:.4}) | {:.1} % | {:.1} % |",
        mean(&|shuffle| shuffle.auc[0]),
        mean(&|shuffle| shuffle.auc[1]),
        2.0 * (variance / count).sqrt(),
        100.0 * mean(&|shuffle| shuffle.rates[0]),
        100.0 * mean(&|shuffle| shuffle.rates[1]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_paired() {
        let shuffle = |ours, theirs| Shuffle { auc: [ours, theirs], rates: [0.5, 0.25] };
        let row = row("set, 1", &[shuffle(0.75, 0.5), shuffle(1.0, 0.75)]);
        assert_eq!(row, "| set, 1 | 0.8750 | 0.6250 | +0.2500 (0.0000) | 50.0 % | 25.0 % |");
    }
}
