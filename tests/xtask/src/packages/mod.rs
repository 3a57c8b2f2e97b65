//! What the published crates need besides code that works: manifests, packages, licences, the oldest Rust.

mod contents;
mod licences;
mod manifests;
mod metadata;
mod oldest;
mod terminal;

use crate::process;
use anyhow::{Context, Result};
use metadata::Metadata;

/// Check the crates as those who depend on them get them
///
/// Looks at what is published: that the manifests say everything that a registry and docs.rs ask for, that
/// the library needs no crate that draws on a terminal, that each dependency's licence is one that deny.toml
/// allows, that the packages hold what their crates need (they are packed, unpacked elsewhere, and compiled
/// from there), and that the oldest Rust that the manifests name still compiles everything.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Compile the C++ of the CUDA kernels and the Verilog from the packages, too, which takes minutes
    #[arg(long)]
    full: bool,
}

/// Looks at everything.
pub(crate) fn run(args: &Args) -> Result<()> {
    let metadata = Metadata::read()?;
    manifests::check(&metadata)?;
    terminal::check()?;
    licences::check(&metadata)?;
    contents::check(&metadata, args.full)?;
    oldest::check()
}

/// Looks at everything that takes no minutes.
pub(crate) fn check() -> Result<()> {
    run(&Args { full: false })
}

/// What a cargo command prints.
fn printed(arguments: &[&str]) -> Result<String> {
    let output = process::cargo().args(arguments).output().context("cargo does not start")?;
    let err = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "`cargo {}` failed:\n{err}", arguments.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}
