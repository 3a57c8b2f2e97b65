//! What exported models are run in, in an environment of its own beside what is built.

use crate::process;
use crate::setup::say;
use anyhow::{Context, Result};
use std::process::Command;
use std::time::Duration;

const PACKAGE: &str = "onnxruntime";
/// Long enough for 40 MB over a slow connection.
const PIP_LIMIT: Duration = Duration::from_secs(600);
/// Where the tests of exports look for a Python, in the folder of what is built.
const ENVIRONMENT: &str = "export-tools";

fn has_package() -> bool {
    let python = process::target_dir().join(ENVIRONMENT).join("bin/python");
    process::output(Command::new(python).args(["-c", "import onnxruntime"])).is_some()
}

/// Installs onnxruntime, as far as that works; without it the test of exports in ONNX is skipped, by name.
pub(crate) fn install() {
    if !has_package() {
        say("installing onnxruntime from PyPI");
        if let Err(error) = from_pypi() {
            say(&format!("{error:#}"));
        }
    }
    match has_package() {
        true => say("exports in ONNX are run by onnxruntime"),
        false => say("there is no onnxruntime: the test of exports in ONNX is skipped"),
    }
}

fn from_pypi() -> Result<()> {
    let environment = process::target_dir().join(ENVIRONMENT);
    process::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment), PIP_LIMIT)
        .context("Python 3 with venv is needed (on Debian: apt-get install python3-venv)")?;
    let mut pip = Command::new(environment.join("bin/pip"));
    process::run_quietly(pip.args(["install", "--quiet", PACKAGE]), PIP_LIMIT)
}
