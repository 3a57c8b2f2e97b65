//! The packages: what a crate needs travels in it.

use super::metadata::{Metadata, Package};
use super::printed;
use crate::process;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Folders of crates whose files a compiler of another language reads: nothing else would miss one.
const FOREIGN_SOURCES: [(&str, &str); 4] =
    [("eggroll-cuda", "kernels"), ("eggroll-cuda", "shim"), ("eggroll-hdl", "rtl"), ("eggroll-hdl", "src")];

/// Packs the crates, looks for what could be missed, unpacks them away from the repository's files, and
/// compiles them there as the program with CUDA. `full` compiles what C++ and Verilog they have, too.
pub(super) fn check(metadata: &Metadata, full: bool) -> Result<()> {
    let published: Vec<&Package> = metadata.published().collect();
    let mut pack = process::cargo();
    pack.args(["package", "--no-verify", "--allow-dirty", "--locked", "--quiet"]);
    for package in &published {
        pack.args(["--package", &package.name]);
    }
    let packed = pack.output().context("cargo does not start")?;
    ensure!(packed.status.success(), "cargo package failed:\n{}", String::from_utf8_lossy(&packed.stderr));
    for (name, folder) in FOREIGN_SOURCES {
        let package = published.iter().find(|package| package.name == name);
        sources(package.with_context(|| format!("there is no {name}"))?, folder)?;
    }
    let place = process::target_dir().join("unpacked");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    for package in &published {
        let file = process::target_dir().join(format!("package/{}-{}.crate", package.name, package.version));
        // The files get the time of now: cargo would take those of an earlier check for the same.
        process::run(Command::new("tar").arg("xzmf").arg(file).arg("-C").arg(&place))?;
    }
    fs::write(place.join("Cargo.toml"), workspace(&published)?)?;
    fs::copy(process::root().join("Cargo.lock"), place.join("Cargo.lock"))?;
    compile(&place, full)?;
    println!("packages: {} compile from what is in them", published.len());
    Ok(())
}

/// Makes sure that the package holds what git has in a folder of the crate.
fn sources(package: &Package, folder: &str) -> Result<()> {
    let listed = printed(&["package", "--list", "--allow-dirty", "--package", &package.name])?;
    let listed: BTreeSet<&str> = listed.lines().collect();
    let mut missing = Vec::new();
    let mut there = 0;
    for entry in
        fs::read_dir(package.folder().join(folder)).with_context(|| format!("{}: {folder}", package.name))?
    {
        let entry = entry?;
        let file = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_file() {
            there += 1;
            if !listed.contains(&*file) {
                missing.push(file);
            }
        }
    }
    ensure!(there > 0, "{}: there is nothing in {folder}/", package.name);
    if !missing.is_empty() {
        bail!("{}: the package lacks {}", package.name, missing.join(", "));
    }
    Ok(())
}

/// A workspace of the unpacked crates, in which they find each other and are compiled as here.
fn workspace(published: &[&Package]) -> Result<String> {
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n[patch.crates-io]\n");
    for Package { name, version, .. } in published {
        writeln!(text, "{name} = {{ path = \"{name}-{version}\" }}")?;
    }
    let ours = fs::read_to_string(process::root().join("Cargo.toml"))?;
    // What others have built here is not built again for this.
    let profiles = ours.find("\n[profile").map_or("", |at| &ours[at..]);
    Ok(text + profiles)
}

fn compile(place: &Path, full: bool) -> Result<()> {
    let features = if full { "--features=cuda-sim,fpga-sim" } else { "--features=cuda,fpga-sim" };
    let mut cargo = process::cargo();
    cargo.current_dir(place).args(["check", "--package=eggroll-cli", "--quiet", features]);
    cargo.arg("--target-dir").arg(process::target_dir());
    if !full {
        // The build script of eggroll-hdl leaves the Verilog out where this program cannot be started.
        cargo.env("VERILATOR", "the Verilog is left out");
    }
    process::run(&mut cargo)
}
