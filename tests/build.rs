//! Lets tests of the simulated FPGA be ignored, by name, where Verilator was not installed.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(verilator)");
    if std::env::var_os("DEP_EGGROLL_HDL_VERILATOR").is_some() {
        println!("cargo::rustc-cfg=verilator");
    }
}
