//! The logistic regression that stands beside a run's figures, beside scikit-learn's on the same rows.

use super::{SETS, SHUFFLES, Scikit, figures, parse, piped};
use anyhow::{Context, Result};
use eggroll_host::data::{Fraction, Parts, RUN_SPLIT, Reading, split};
use eggroll_host::measure::{Baselines, labelled};
use eggroll_host::run::DataName;
use eggroll_host::train::load_data;
use serde_json::json;
use std::path::Path;

/// Measures every set and prints a table.
///
/// # Errors
/// Python fails, or a file cannot be read.
pub(super) fn run(scikit: &Scikit, folder: &Path) -> Result<()> {
    println!(
        "Logistic regression: held-out accuracy and balanced accuracy in %, means over {SHUFFLES} shuffles, on the same \
         rows.\n"
    );
    println!("| set | the one of `eval` | scikit-learn's |");
    println!("|---|---|---|");
    let mut largest: f64 = 0.0;
    for set in SETS {
        let mut means = [[0.0; 2]; 2];
        for shuffle in 0..SHUFFLES {
            let both = measure(scikit, folder, set, shuffle)?;
            for (mean, figure) in means.iter_mut().flatten().zip(both.iter().flatten()) {
                *mean += figure / f64::from(SHUFFLES);
            }
        }
        let [ours, theirs] = means.map(|[plain, balanced]| format!("{plain:.1}, {balanced:.1}"));
        println!("| {set} | {ours} | {theirs} |");
        largest = largest.max((means[0][0] - means[1][0]).abs());
    }
    println!("\nThe largest difference of the accuracies: {largest:.1}.");
    Ok(())
}

/// The figures of both on a file.
fn measure(scikit: &Scikit, folder: &Path, set: &str, shuffle: u32) -> Result<[[f64; 2]; 2]> {
    let file = folder.join(format!("{shuffle}-{set}"));
    let share = |parts| Fraction::from_parts(parts).context("a share");
    let parts = Parts { holdout: share(2000)?, validation: share(1000)?, split: RUN_SPLIT };
    let data = load_data(&DataName::File(file.clone()), &Reading::default(), &parts)?;
    let rows = split(&data, parts.holdout, parts.validation, parts.split)?;
    let judged = Baselines::fit(&data, &rows.train).judge_regression(labelled(&data, &rows.test));
    let percent = |figure: Option<f64>| figure.map(|share| 100.0 * share).context("no rows are held out");
    let ours = [percent(judged.accuracy())?, percent(judged.confusion.balanced_accuracy())?];
    let task = json!({ "file": file, "train": rows.train, "test": rows.test, "linear": true });
    let text = piped(scikit, include_str!("baselines.py"), &task).with_context(|| set.to_owned())?;
    let mut lines = text.lines();
    let right: Vec<bool> = parse(lines.next())?;
    let classes: Vec<String> = parse(lines.next())?;
    Ok([ours, figures(&right, &classes)])
}
