//! scikit-learn's `MLPClassifier`, in an environment of its own beside what is built.

use super::super::trace::Trace;
use crate::process;
use anyhow::{Context, Result, ensure};
use eggroll_host::data::{Dataset, Split};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const PACKAGE: &str = "scikit-learn";
const SCRIPT: &str = include_str!("scikit.py");
/// Samples of a batch, as the class has it where nobody says otherwise, and batches of a run: 100 epochs of
/// the digits.
const BATCH: usize = 200;
const BATCHES: usize = 700;
/// Long enough for 50 MB over a slow connection.
const PIP_LIMIT: Duration = Duration::from_secs(600);

/// A Python that has the package.
pub(in super::super::super) struct Scikit {
    python: PathBuf,
}

impl Scikit {
    /// Installs what is missing.
    ///
    /// # Errors
    /// There is no Python 3 with venv, or pip cannot install the package.
    pub(in super::super::super) fn find() -> Result<Self> {
        let environment = process::target_dir().join("learning-tools");
        let python = environment.join("bin/python");
        let has_package = || process::output(Command::new(&python).args(["-c", "import sklearn"])).is_some();
        if !has_package() {
            eprintln!("installing {PACKAGE} with pip");
            process::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment), PIP_LIMIT)
                .context("Python 3 with venv is needed (on Debian: apt-get install python3-venv)")?;
            let mut pip = Command::new(environment.join("bin/pip"));
            process::run_quietly(pip.args(["install", "--quiet", PACKAGE]), PIP_LIMIT)?;
            ensure!(has_package(), "pip has not installed {PACKAGE}");
        }
        Ok(Self { python })
    }

    /// Python with the package.
    pub(in super::super::super) fn python(&self) -> Command {
        Command::new(&self.python)
    }

    /// Trains once on each split, named by its seed, with all settings but the hidden layers as the class has
    /// them, and looks at the test parts.
    pub(in super::super) fn learn(
        &self,
        model: &str,
        data: &Dataset,
        parts: &[(u32, Split)],
        goals: &'static [f64],
    ) -> Result<Vec<Trace>> {
        let sizes = model.split('-').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let train = parts.first().map_or(1, |(_, parts)| parts.train.len());
        let task = json!({
            "rows": (0..data.len()).flat_map(|row| data.row(row)).collect::<Vec<_>>(),
            "labels": (0..data.len()).map(|row| data.label(row)).collect::<Vec<_>>(),
            "classes": data.classes,
            "hidden": sizes.get(1..sizes.len() - 1),
            "batch": BATCH,
            "epochs": BATCHES / train.div_ceil(BATCH),
            "parts": parts.iter().map(|(seed, parts)| {
                json!({ "seed": seed, "train": parts.train, "test": parts.test })
            }).collect::<Vec<_>>(),
        });
        let mut python = self.python();
        let python = python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().context("cannot start Python")?;
        // Read to its end before anything is printed, so that neither waits for the other.
        child.stdin.take().context("no pipe to Python")?.write_all(task.to_string().as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "{PACKAGE} failed ({})", output.status);
        let lines = std::str::from_utf8(&output.stdout)?.lines();
        let trace = |line: &str| {
            let looks: Vec<(u64, f64)> = serde_json::from_str(line)?;
            let mut trace = Trace::new(goals);
            for (passes, accuracy) in looks {
                trace.due(passes);
                trace.look(accuracy);
            }
            Ok(trace)
        };
        lines.map(trace).collect()
    }
}
