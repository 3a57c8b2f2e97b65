//! Detectors of anomalies with the program's defaults, beside scikit-learn's `IsolationForest` on the same
//! rows.

use super::{SHUFFLES, Scikit, paired, piped, trained};
use anyhow::{Context, Result};
use eggroll_host::measure::Detection;
use eggroll_host::train::Material;
use serde_json::json;
use std::path::Path;

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
    let task = format!("data:{}", file.display());
    let (experiment, weights) = trained(program, &task, &["--normal", normal], shuffle)?;
    let Material::Samples { split, data, .. } = &experiment.material else {
        anyhow::bail!("{set}: no samples")
    };
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
    let text = piped(scikit, include_str!("anomaly.py"), &task).with_context(|| set.to_owned())?;
    let theirs = text.trim().parse()?;
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
    let differences: Vec<f64> = shuffles.iter().map(|shuffle| shuffle.auc[0] - shuffle.auc[1]).collect();
    let (ahead, error) = paired(&differences);
    format!(
        "| {name} | {:.4} | {:.4} | {ahead:+.4} ({error:.4}) | {:.1} % | {:.1} % |",
        mean(&|shuffle| shuffle.auc[0]),
        mean(&|shuffle| shuffle.auc[1]),
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
