//! Models of windows with the program's defaults, beside scikit-learn's on the same features.

use super::super::tables::{SHUFFLES, build, paired, parse, piped, trained};
use super::material::Material;
use anyhow::{Result, bail};
use eggroll_host::measure::Classifier;
use eggroll_host::train::Material as Trained;
use serde_json::json;
use std::path::Path;

/// Recordings, and what else than the files the program is told.
struct Set {
    name: &'static str,
    train: &'static str,
    test: &'static str,
    flags: &'static [&'static str],
    /// What others published of the same two parts.
    published: &'static str,
}

/// The sets, in the order in which they were named before anything was measured.
const SETS: [Set; 5] = [
    Set {
        name: "BasicMotions",
        train: "BasicMotions_TRAIN.ts",
        test: "BasicMotions_TEST.ts",
        flags: &["--features", "motion"],
        published: "1-NN DTW 97.5 (all axes together), 100 (each alone): Bagnall et al. 2018, arXiv:1811.00075",
    },
    Set {
        name: "PickupGestureWiimoteZ",
        train: "PickupGestureWiimoteZ_TRAIN.ts",
        test: "PickupGestureWiimoteZ_TEST.ts",
        flags: &["--features", "motion"],
        published: "",
    },
    Set {
        name: "GunPoint",
        train: "GunPoint_TRAIN.ts",
        test: "GunPoint_TEST.ts",
        flags: &["--features", "motion"],
        published: "1-NN DTW 90.7: Dau et al. 2019, arXiv:1810.07758",
    },
    Set {
        name: "a watch: 7 exercises",
        train: "watch-train",
        test: "watch-test",
        flags: &["--features", "motion", "--window", "100"],
        published: "",
    },
    Set { name: "ten words in noise", train: "words-train", test: "words-test", flags: &[], published: "" },
];

/// Which of the held-out windows were right: ours, the forest's, the MLP's.
type Right = [Vec<bool>; 3];

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Row {
    /// The accuracy of each model, in %, a mean over the seeds.
    means: [f64; 3],
    /// Our accuracy less that of the better one of the others, in points.
    ahead: f64,
    /// Two standard errors of that difference, paired by window.
    error: f64,
}

/// Measures every set and prints a table.
///
/// # Errors
/// Python or the program fails.
pub(super) fn run(material: &Material) -> Result<()> {
    let program = build()?;
    println!(
        "Accuracy on held-out windows in %, means over {SHUFFLES} seeds of ours and theirs, defaults of all three, on the \
         same features of the same windows.\n"
    );
    println!(
        "| set | windows to train on, to test | features | ours | RandomForest | MLP | behind the better (2 standard \
         errors) | published |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for set in &SETS {
        let mut seeds = Vec::new();
        let mut sizes = [0; 3];
        for seed in 0..SHUFFLES {
            let (size, right) = measure(material, &program, set, seed)?;
            sizes = size;
            seeds.push(right);
        }
        let Row { means: [ours, forest, mlp], ahead, error } = row(&seeds);
        let [train, test, features] = sizes;
        let mark = if ahead < -2.0_f64.max(error) { " **" } else { "" };
        println!(
            "| {} | {train}, {test} | {features} | {ours:.1} | {forest:.1} | {mlp:.1} | {ahead:+.1} ({error:.1}){mark} | {} \
             |",
            set.name, set.published
        );
    }
    Ok(())
}

/// Trains the program and the others on a set: the rows of both parts, the features, and who was right.
fn measure(material: &Material, program: &Path, set: &Set, seed: u32) -> Result<([usize; 3], Right)> {
    let test = material.path(set.test).display().to_string();
    let mut flags = vec!["--test", &test];
    flags.extend(set.flags);
    let task = format!("data:{}", material.path(set.train).display());
    let (experiment, weights) = trained(program, &task, &flags, seed)?;
    let Trained::Samples { split, data, .. } = &experiment.material else {
        bail!("{}: no samples", set.name)
    };
    let task = json!({
        "rows": (0..data.len()).map(|row| data.row(row)).collect::<Vec<_>>(),
        "labels": (0..data.len()).map(|row| data.label(row)).collect::<Vec<_>>(),
        "train": split.train,
        "test": split.test,
        "seed": seed,
    });
    let text = piped(&material.scikit, include_str!("baselines.py"), &task)?;
    let mut lines = text.lines();
    let (forest, mlp) = (parse(lines.next())?, parse(lines.next())?);
    let mut classifier = Classifier::new(&experiment.program, &weights.values);
    let is_right = |&row: &u32| {
        let row = row as usize;
        classifier.answer(data.row(row), None).class == usize::from(data.label(row))
    };
    let ours = split.test.iter().map(is_right).collect();
    Ok(([split.train.len(), split.test.len(), data.row(0).len()], [ours, forest, mlp]))
}

/// The means over all seeds, and how far ours is ahead of the better of the others.
fn row(seeds: &[Right]) -> Row {
    // Of each window, the share of seeds that answer it rightly.
    let shares = |model: usize| -> Vec<f64> {
        let windows = seeds.first().map_or(0, |right| right[model].len());
        let of = |window: usize| seeds.iter().map(|right| f64::from(right[model][window])).sum::<f64>();
        (0..windows).map(|window| of(window) / seeds.len() as f64).collect()
    };
    let shares = [0, 1, 2].map(shares);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let means = [0, 1, 2].map(|model| 100.0 * mean(&shares[model]));
    let better = if means[1] >= means[2] { 1 } else { 2 };
    let differences: Vec<f64> =
        shares[0].iter().zip(&shares[better]).map(|(ours, theirs)| 100.0 * (ours - theirs)).collect();
    let (ahead, error) = paired(&differences);
    Row { means, ahead, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_of_windows_and_from_the_better_one() {
        let seed = |ours: bool| [vec![true, ours], vec![true, true], vec![false, true]];
        let row = row(&[seed(true), seed(false)]);
        assert_eq!(row, Row { means: [75.0, 100.0, 50.0], ahead: -25.0, error: 50.0 });
    }
}
