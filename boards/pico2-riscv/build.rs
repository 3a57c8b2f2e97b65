//! Gives the linker the board's memory. riscv-rt of this version leaves it to the board to name its
//! `memory.x`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::copy("memory.x", out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=memory.x");
    // --nmagic: sections are not aligned to pages, which a flash does not have.
    for arg in ["--nmagic", "-Tmemory.x", "-Tlink.x", "-Tdefmt.x"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    Ok(())
}
