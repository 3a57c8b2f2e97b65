//! Public data sets whose targets are numbers, trained with the program's defaults, beside scikit-learn on
//! the same rows.

use super::learning::Scikit;
use super::tables::{PIP_LIMIT, SHUFFLES, build, fetched, paired, piped, trained};
use crate::process;
use anyhow::{Context, Result, ensure};
use eggroll_host::measure::RegressionErrors;
use eggroll_host::train::Material;
use serde_json::json;
use std::path::Path;

/// A data set: its name, the column to answer, and columns of names.
struct Set {
    name: &'static str,
    target: &'static str,
    categorical: &'static [&'static str],
}

const SETS: [Set; 2] = [
    Set { name: "diabetes", target: "progression", categorical: &[] },
    Set { name: "diamonds", target: "price", categorical: &["cut", "color", "clarity"] },
];
const WHEEL: &str = "plotnine==0.15.0";

/// Measures every set and prints a table.
///
/// # Errors
/// Python or its packages cannot be had; the program fails on a file.
pub(super) fn run() -> Result<()> {
    let scikit = Scikit::find()?;
    let folder = process::target_dir().join("regressions");
    write_sets(&scikit, &folder)?;
    let program = build()?;
    println!("Held-out R², means over {SHUFFLES} shuffles, defaults, on the same rows.\n");
    println!("| set | rows | ours | Ridge | MLPRegressor((64,)) | behind the better (2 standard errors) |");
    println!("|---|---|---|---|---|---|");
    for set in &SETS {
        let mut rows = 0;
        let mut shuffles = Vec::new();
        for shuffle in 0..SHUFFLES {
            let (count, r2) = measure(&scikit, &program, &folder, set, shuffle)?;
            rows = count;
            shuffles.push(r2);
        }
        let (means, behind, error) = row(&shuffles);
        let [ours, ridge, mlp] = means;
        println!("| {} | {rows} | {ours:.3} | {ridge:.3} | {mlp:.3} | {behind:+.3} ({error:.3}) |", set.name);
    }
    Ok(())
}

/// Writes the files, unless they are there.
fn write_sets(scikit: &Scikit, folder: &Path) -> Result<()> {
    if SETS.iter().all(|set| folder.join(format!("{}-{}.csv", SHUFFLES - 1, set.name)).is_file()) {
        return Ok(());
    }
    let wheel = fetched(scikit, folder, &[WHEEL])?.pop().context("pip has fetched nothing")?;
    let mut python = scikit.python();
    python.args(["-c", include_str!("sets.py")]).arg(folder).arg(wheel);
    process::run_quietly(&mut python, PIP_LIMIT)
}

/// Trains the program and the baselines on a file: its rows, and R² of ours, of Ridge and of the MLP.
fn measure(
    scikit: &Scikit,
    program: &Path,
    folder: &Path,
    set: &Set,
    shuffle: u32,
) -> Result<(usize, [f64; 3])> {
    let file = folder.join(format!("{shuffle}-{}.csv", set.name));
    let mut flags = vec!["--target", set.target];
    set.categorical.iter().for_each(|column| flags.extend(["--categorical", column]));
    let (experiment, weights) = trained(program, &format!("csv:{}", file.display()), &flags, shuffle)?;
    let Material::Samples { split, data, .. } = &experiment.material else {
        anyhow::bail!("{}: no samples", set.name)
    };
    let task = json!({
        "file": file,
        "target": set.target,
        "categorical": set.categorical,
        "train": split.train,
        "test": split.test,
        "seed": shuffle,
    });
    let answers: Vec<Vec<f64>> = piped(scikit, include_str!("baselines.py"), &task)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let [ridge, mlp, truth] = &answers[..] else { anyhow::bail!("Python printed too little") };
    let targets = data.targets().context("no targets")?;
    let [column] = &targets.columns[..] else { anyhow::bail!("{}: not one target", set.name) };
    let ours = split.test.iter().map(|&row| column.in_units(targets.raw_of(row as usize)[0].into()));
    ensure!(
        ours.len() == truth.len() && ours.zip(truth).all(|(ours, truth)| (ours - truth).abs() < 1e-6),
        "{}: the rows of the baselines are others",
        set.name
    );
    let errors = RegressionErrors::of(&experiment.program, &weights.values, data, &split.test);
    let ours = errors.context("no row is held out")?.score().value;
    Ok((data.len(), [ours, r2(ridge, truth), r2(mlp, truth)]))
}

/// The share of the variance of what is true that answers explain.
fn r2(answers: &[f64], truth: &[f64]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let variance: f64 = truth.iter().map(|value| (value - mean).powi(2)).sum();
    let squares: f64 = truth.iter().zip(answers).map(|(value, answer)| (value - answer).powi(2)).sum();
    1.0 - squares / variance
}

/// The means over all shuffles; how far ours is above the better of the others; and two standard errors of
/// that, paired by shuffle.
fn row(shuffles: &[[f64; 3]]) -> ([f64; 3], f64, f64) {
    let count = shuffles.len() as f64;
    let means = [0, 1, 2].map(|model| shuffles.iter().map(|r2| r2[model]).sum::<f64>() / count);
    let better = if means[1] >= means[2] { 1 } else { 2 };
    let differences: Vec<f64> = shuffles.iter().map(|r2| r2[0] - r2[better]).collect();
    let (behind, error) = paired(&differences);
    (means, behind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_one_of_the_others_is_what_counts() {
        assert_eq!(r2(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), 0.5);
        let (means, behind, error) = row(&[[0.5, 0.25, 0.75], [0.5, 0.25, 0.25]]);
        assert_eq!((means, behind, error), ([0.5, 0.25, 0.5], 0.0, 0.5));
    }
}
