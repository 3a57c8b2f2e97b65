//! Compiles the CUDA kernels for the host's own processor where feature `cuda-sim` asks for it.
//!
//! Without a C++ compiler the crate still builds: it has no simulated GPU then, and says so.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(cuda_shim)");
    #[cfg(feature = "cuda-sim")]
    shim();
}

#[cfg(feature = "cuda-sim")]
fn shim() {
    println!("cargo::rerun-if-changed=kernels");
    println!("cargo::rerun-if-changed=shim");
    println!("cargo::rerun-if-env-changed=CXX");
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++17")
        .opt_level(2)
        // As on the device: shifts of negative numbers, and values read as others, mean what they say.
        .flags(["-fwrapv", "-fno-strict-aliasing"])
        // Its check of long jumps knows one stack only.
        .flag("-U_FORTIFY_SOURCE")
        .flag_if_supported("-Wno-unknown-pragmas")
        .files(["shim/fibers.cpp", "shim/kernels.cpp"]);
    let is_unix = std::env::var_os("CARGO_CFG_UNIX").is_some();
    if !is_unix || build.try_get_compiler().is_err() {
        println!(
            "cargo::warning=no C++ compiler for Unix: the CUDA kernels are not simulated, their tests are ignored"
        );
        return;
    }
    build.compile("eggroll_cuda_shim");
    println!("cargo::rustc-cfg=cuda_shim");
    println!("cargo::metadata=cuda_shim=1");
}
