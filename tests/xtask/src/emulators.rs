//! The part of `cargo xtask setup` that installs what runs the boards' firmware on this machine: QEMU, and
//! rp2040js under Node.js. What fails here is said; the tests that need it fail, naming it.

use crate::process;
use crate::setup::{INSTALL, apt_get, install_packages, say};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The emulator of the boards, and that of RV32.
const QEMU: [&str; 2] = ["qemu-system-arm", "qemu-system-riscv32"];
/// Their packages.
const PACKAGES: [&str; 2] = ["qemu-system-arm", "qemu-system-riscv"];
/// The release whose own QEMU is too old for the boards, and its newer one.
const BOOKWORM: &str = "bookworm";
const BACKPORTS: &str = "bookworm-backports";
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";

/// Long enough for a slow connection.
const NPM_LIMIT: Duration = Duration::from_secs(300);

/// Installs both, as far as that works.
pub(crate) fn install() {
    if let Err(error) = qemu() {
        say(&format!("{error:#}; install {} (QEMU 8 or later) by hand", QEMU.join(" and ")));
    }
    if let Err(error) = rp2040js() {
        say(&format!("{error:#}; install Node.js and npm by hand, then run `npm install` in boards/"));
    }
}

fn version_of(program: &str) -> Option<String> {
    let said = process::output(Command::new(program).arg("--version"))?;
    said.lines().next().map(str::to_owned)
}

fn qemu() -> Result<()> {
    if QEMU.iter().any(|program| version_of(program).is_none()) {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let old = release.lines().any(|line| line == format!("VERSION_CODENAME={BOOKWORM}"));
        if old {
            say(&format!("installing {} with apt-get from {BACKPORTS}", PACKAGES.join(" and ")));
            enable_backports()?;
            apt_get(&[&INSTALL[..], &["-t", BACKPORTS], &PACKAGES].concat())?;
        } else {
            install_packages(&PACKAGES)?;
        }
    }
    for program in QEMU {
        let version = version_of(program).with_context(|| format!("there is no {program}"))?;
        say(&format!("{program} is {version}"));
    }
    Ok(())
}

/// Lets apt see the newer packages, without preferring them.
fn enable_backports() -> Result<()> {
    let sources = std::fs::read_to_string(SOURCES).with_context(|| format!("cannot read {SOURCES}"))?;
    if !sources.contains(BACKPORTS) {
        let edit = format!("/^Suites:.*{BOOKWORM}-updates/s/$/ {BACKPORTS}/");
        let mut command = process::as_root("sed").context("apt's sources need root, and there is no sudo")?;
        process::run_quietly(command.args(["-i", &edit, SOURCES]), NPM_LIMIT)?;
    }
    apt_get(&["update"])
}

fn rp2040js() -> Result<()> {
    if version_of("node").is_none() || version_of("npm").is_none() {
        install_packages(&["nodejs", "npm"])?;
    }
    let boards = process::root().join("boards");
    if !is_installed(&boards) {
        say("installing rp2040js with npm");
        // No lock file: it would name the registry that this machine happens to use.
        let mut npm = Command::new("npm");
        npm.current_dir(&boards).args(["install", "--no-package-lock", "--no-audit", "--no-fund"]);
        process::run_quietly(&mut npm, NPM_LIMIT)?;
    }
    if !is_installed(&boards) {
        bail!("npm has not installed rp2040js");
    }
    say("the pico is emulated by rp2040js");
    Ok(())
}

fn is_installed(boards: &Path) -> bool {
    boards.join("node_modules/rp2040js/package.json").is_file()
}
