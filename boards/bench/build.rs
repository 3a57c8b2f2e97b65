//! Gives the linker the memory of the board whose core is measured. The stack is at the bottom, as on the
//! boards; on the small one it has what the board's frames and logs take, since here `main` holds the
//! learner, too.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let small = !env::var("TARGET").unwrap_or_default().starts_with("thumbv7em");
    // The micro:bit's, the upper third of whose flash the host fills, and the MPS2's.
    let (flash, ram, stack) = if small { ("168K", "16K", 7200) } else { ("4M", "4M", 16384) };
    let memory = format!(
        "MEMORY {{\n FLASH : ORIGIN = 0, LENGTH = {flash}\n RAM : ORIGIN = 0x20000000 + {stack}, LENGTH = {ram} - \
         {stack}\n}}\n_stack_start = ORIGIN(RAM);\n_stack_end = ORIGIN(RAM) - {stack};\n"
    );
    fs::write(out.join("memory.x"), memory)?;
    println!("cargo:rustc-link-search={}", out.display());
    for arg in ["--nmagic", "-Tlink.x"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    Ok(())
}
