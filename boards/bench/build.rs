//! Gives the linker the memory of the board whose core is measured; of the MPS2 where the images are large.
//! The stack is at the bottom, as on the boards; on the small one it has what the board's frames and logs
//! take, since here `main` holds the learner, too.

use std::path::PathBuf;
use std::{env, fs, io};

/// The memory of QEMU's `virt`, which has no flash at its start: 4 MB, behind which the host hands over.
const VIRT: &str = r#"MEMORY { RAM : ORIGIN = 0x80000000, LENGTH = 4M }
REGION_ALIAS("REGION_TEXT", RAM);
REGION_ALIAS("REGION_RODATA", RAM);
REGION_ALIAS("REGION_DATA", RAM);
REGION_ALIAS("REGION_BSS", RAM);
REGION_ALIAS("REGION_HEAP", RAM);
REGION_ALIAS("REGION_STACK", RAM);
"#;

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let target = env::var("TARGET").unwrap_or_default();
    // Flash and RAM, each from where and how much.
    let arm = |(code, flash): (&str, &str), (data, ram): (&str, &str), stack| {
        format!(
            "MEMORY {{\n FLASH : ORIGIN = {code}, LENGTH = {flash}\n RAM : ORIGIN = {data} + {stack}, LENGTH = \
             {ram} - {stack}\n}}\n_stack_start = ORIGIN(RAM);\n_stack_end = ORIGIN(RAM) - {stack};\n"
        )
    };
    let has = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let memory = if target.starts_with("riscv32") {
        VIRT.to_owned()
    } else if has("AN505") {
        arm(("0x10000000", "4M"), ("0x38000000", "4M"), 16384)
    } else if has("AN547") {
        // The host fills the upper half of the RAM.
        arm(("0", "512K"), ("0x11000000", "1M"), 16384)
    } else if has("LARGE") {
        arm(("0", "4M"), ("0x20000000", "4M"), 16384)
    } else {
        // The micro:bit's, the upper third of whose flash the host fills.
        arm(("0", "168K"), ("0x20000000", "16K"), 7200)
    };
    // As on a Pico.
    let memory = if has("HOT") {
        fs::copy("../hot.x", out.join("hot.x"))?;
        println!("cargo:rerun-if-changed=../hot.x");
        memory + "INCLUDE hot.x\n"
    } else {
        memory
    };
    fs::write(out.join("memory.x"), memory)?;
    println!("cargo:rustc-link-search={}", out.display());
    for arg in ["--nmagic", "-Tlink.x"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    Ok(())
}
