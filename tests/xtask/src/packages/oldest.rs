//! The oldest Rust that the manifests name.

use crate::process;
use anyhow::Result;
use std::process::Command;

/// The version that the manifests name.
const VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// Compiles everything by the oldest Rust, unless that is the Rust that compiles here anyway. Where it is not
/// installed that is said, and left to the workflow, which installs it.
pub(super) fn check() -> Result<()> {
    let here = process::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    if is_of(&here, VERSION) {
        println!("oldest Rust: {VERSION} is what compiles here");
        return Ok(());
    }
    if process::output(Command::new("rustup").args(["run", VERSION, "cargo", "--version"])).is_none() {
        println!("oldest Rust: skipped, for want of it: `rustup toolchain install {VERSION}`");
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.current_dir(process::root()).args(["run", VERSION, "cargo", "check", "--workspace", "--locked"]);
    // Which cargo started this program is not that cargo's business.
    command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
    process::run(command.arg("--target-dir").arg(process::target_dir().join("oldest")))
}

/// Whether what `rustc --version` prints is of a version, whatever its last number.
fn is_of(printed: &str, version: &str) -> bool {
    let number = printed.strip_prefix("rustc ").unwrap_or_default();
    number.strip_prefix(version).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boards_name_the_same() {
        let manifest = std::fs::read_to_string(process::root().join("boards/Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("rust-version = \"{VERSION}\"")), "not {VERSION}");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_of("rustc 1.95.0 (59807616e 2026-04-14)", "1.95"));
        assert!(!is_of("rustc 1.951.0", "1.95") && !is_of("rustc 1.96.0", "1.95") && !is_of("", "1.95"));
    }
}
