//! Building the firmware for microcontrollers: which ways there are, and what a build looks like in each.

use crate::process;
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The least capable cores: M0 and M0+.
pub(crate) const ARMV6M: &str = "thumbv6m-none-eabi";
/// Those with the DSP instructions: M4F and M7.
pub(crate) const ARMV7EM: &str = "thumbv7em-none-eabihf";
/// Those of M33 and M55.
pub(crate) const ARMV8M: &str = "thumbv8m.main-none-eabihf";
/// RV32 with atomics.
pub(crate) const RV32IMAC: &str = "riscv32imac-unknown-none-elf";
/// RV32 without them.
pub(crate) const RV32IMC: &str = "riscv32imc-unknown-none-elf";

/// What the firmware is built for.
pub(crate) const TARGETS: [&str; 5] = [ARMV6M, ARMV7EM, ARMV8M, RV32IMAC, RV32IMC];

/// The packages of Debian's own Rust, which installs beside rustup's. A linker comes on top.
pub(crate) const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// Which ways of cross-compiling may be used.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Via {
    /// Whatever works: an installed target, else rustup, else Debian's Rust
    Auto,
    /// Only the toolchain in use, with the target added by rustup
    Rustup,
    /// Only Debian's Rust, which builds the core library itself
    Debian,
}

/// A way of cross-compiling that works now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The toolchain in use has the target's libraries.
    Installed,
    /// Debian's Rust, which builds `core` and `alloc` from source along with the firmware.
    Debian,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Installed => "the toolchain in use",
            Way::Debian => "Debian's Rust with build-std",
        })
    }
}

/// The first allowed way that can build for `target` as the machine is.
pub(crate) fn find(target: &str, via: Via) -> Option<Way> {
    if via != Via::Debian && installed(target) {
        Some(Way::Installed)
    } else if via != Via::Rustup && debian_ready() {
        Some(Way::Debian)
    } else {
        None
    }
}

/// Whether the toolchain in use has the core library for `target`.
fn installed(target: &str) -> bool {
    let query = ["--print", "target-libdir", "--target", target];
    let Some(folder) = process::output(Command::new("rustc").args(query)) else { return false };
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Whether Debian's Rust is here, complete and not too old.
fn debian_ready() -> bool {
    let sysroot = process::output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]));
    let version = process::output(Command::new(DEBIAN_RUSTC).arg("--version"));
    let cargo = process::output(Command::new(DEBIAN_CARGO).arg("--version"));
    let (Some(sysroot), Some(version), Some(_)) = (sysroot, version, cargo) else { return false };
    new_enough(version.trim_start_matches("rustc "))
        && Path::new(&sysroot).join("lib/rustlib/src/rust/library/core/Cargo.toml").exists()
}

/// Whether a compiler of this version may build the workspace.
pub(crate) fn new_enough(version: &str) -> bool {
    major_minor(version) >= major_minor(env!("CARGO_PKG_RUST_VERSION"))
}

/// `1.96.0+dfsg1-1` as (1, 96).
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The cargo of a way, whose first argument must be a command.
pub(crate) fn cargo(way: Way) -> Command {
    let mut command = match way {
        Way::Installed => process::cargo(),
        Way::Debian => Command::new(DEBIAN_CARGO),
    };
    if way == Way::Debian {
        // The variable is the flag `-Z build-std`, for any command.
        command.env("CARGO_UNSTABLE_BUILD_STD", "core,alloc");
        command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        // The cargo that started us points these at its own toolchain.
        command.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    }
    command
}

/// Whether [`linting`] lints: in `cargo xtask test`, and not where somebody flashes a board with a compiler
/// that has lints of its own.
pub(crate) static LINTS: AtomicBool = AtomicBool::new(false);

/// The cargo of a way, which has Clippy look at what it builds, every warning an error. `cargo clippy` would
/// compile all dependencies a second time, which takes longer than all boards.
pub(crate) fn linting(way: Way) -> Command {
    let mut command = cargo(way);
    // Clippy belongs to rustup's toolchain.
    if way == Way::Installed && LINTS.load(Ordering::Relaxed) {
        command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
        // As `cargo clippy -- -D warnings` hands it on.
        command.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    }
    command
}

/// The command that checks that the firmware library compiles for `target`, alone: boards build it with logs.
pub(crate) fn check(way: Way, target: &str) -> Command {
    let mut command = cargo(way);
    command.current_dir(process::root());
    command.args(["check", "--locked", "--package", "eggroll-firmware", "--lib"]);
    command.args(["--no-default-features", "--target", target]);
    // A folder of its own: the host's builds are kept whole, whatever compiler is used here.
    command.arg("--target-dir").arg(process::target_dir().join("cross"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(major_minor("1.96.0+dfsg1-1~deb12u2"), Some((1, 96)));
        assert_eq!(major_minor("1.100.0 (abc 2030-01-01)"), Some((1, 100)));
        assert!(new_enough("1.100.0") && !new_enough("1.85.0+dfsg3-1"));
        assert!(!new_enough("(none)"));
    }
}
