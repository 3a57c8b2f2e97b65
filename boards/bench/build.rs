//! Gives the linker the memory map of the board whose core is measured.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let target = env::var("TARGET").unwrap_or_default();
    let board = if target.starts_with("thumbv7em") { "mps2-an386" } else { "microbit" };
    let memory = format!("../{board}/memory.x");
    fs::copy(&memory, out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed={memory}");
    for arg in ["--nmagic", "-Tlink.x"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    Ok(())
}
