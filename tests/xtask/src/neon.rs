//! The NEON instructions of the host's arithmetic, on an emulated Arm: its tests are built for one, and run
//! by QEMU's emulation of programs. That shows equal bits; it says nothing of speed.

use crate::process;
use crate::setup::{add_with_rustup, say, try_to_install};
use anyhow::Result;
use std::process::Command;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const EMULATOR: &str = "qemu-aarch64";
const LINKER: &str = "aarch64-linux-gnu-gcc";
/// Where Debian's C library of that processor lies.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";
const PACKAGES: [&str; 3] = ["qemu-user", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"];

/// What is missing to build and run the tests, if anything.
fn missing() -> Option<&'static str> {
    let answers = |program: &str| process::output(Command::new(program).arg("--version")).is_some();
    let mut installed = Command::new("rustup");
    installed.args(["target", "list", "--installed"]);
    if !process::output(&mut installed).is_some_and(|list| list.lines().any(|line| line == TARGET)) {
        return Some("Rust's core for it");
    }
    [EMULATOR, LINKER].into_iter().find(|program| !answers(program))
}

/// The part of `cargo xtask setup`: what fails here is only said.
pub(crate) fn install() {
    if missing().is_some() {
        if let Err(error) = add_with_rustup(&[TARGET]) {
            say(&format!("{error:#}"));
        }
        try_to_install(&PACKAGES);
    }
    match missing() {
        None => say("NEON is tested on an emulated Arm"),
        Some(what) => say(&format!("there is no {what}: the tests of NEON are skipped")),
    }
}

/// Runs the tests; skips them, by name, where they cannot be built or run.
pub(crate) fn check() -> Result<()> {
    if let Some(what) = missing() {
        println!("NEON on an emulated Arm: skipped, for want of {what}");
        return Ok(());
    }
    let mut tests = process::cargo();
    tests.args(["test", "--package=eggroll-batch", "--lib", "--target", TARGET, "--target-dir=target/neon"]);
    tests.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
    tests.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", format!("{EMULATOR} -L {LIBRARIES}"));
    process::run(&mut tests)
}
