//! Lets tests of the simulated GPU be ignored, by name, where a C++ compiler was not installed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(cuda_shim)");
    if std::env::var_os("DEP_EGGROLL_CUDA_SHIM_CUDA_SHIM").is_some() {
        println!("cargo::rustc-cfg=cuda_shim");
    }
}
