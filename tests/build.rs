//! Lets tests of the simulated FPGA and GPU be ignored, by name, where Verilator or a C++ compiler was not
//! installed.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(verilator)");
    if std::env::var_os("DEP_EGGROLL_HDL_VERILATOR").is_some() {
        println!("cargo::rustc-cfg=verilator");
    }
    println!("cargo::rustc-check-cfg=cfg(cuda_shim)");
    if std::env::var_os("DEP_EGGROLL_CUDA_SHIM_CUDA_SHIM").is_some() {
        println!("cargo::rustc-cfg=cuda_shim");
    }
}
