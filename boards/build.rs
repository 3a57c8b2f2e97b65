//! The build script of every board: gives the linker the board's `memory.x` and what belongs to it.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let memory = fs::read_to_string("memory.x")?;
    fs::write(out.join("memory.x"), &memory)?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=../build.rs");
    // What runs from RAM.
    if memory.contains("INCLUDE hot.x") {
        fs::copy("../hot.x", out.join("hot.x"))?;
        println!("cargo:rerun-if-changed=../hot.x");
    }
    // --nmagic: sections are not aligned to pages, which a flash does not have.
    for arg in ["--nmagic", "-Tlink.x", "-Tdefmt.x"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    // Where `memory.x` does not place it by itself, embassy's linker script does.
    if memory.contains("BOOT2") && !memory.contains(".boot2") {
        println!("cargo:rustc-link-arg-bins=-Tlink-rp.x");
    }
    Ok(())
}
