//! The CUDA kernels under NVIDIA's own compiler, which needs no GPU.

use crate::process;
use crate::setup::say;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Long enough for 90 MB over a slow connection.
const PIP_LIMIT: Duration = Duration::from_secs(1200);
/// NVRTC, which brings ptxas.
const PACKAGE: &str = "nvidia-cuda-nvrtc-cu12";

/// Where loaders look for libraries.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

fn environment() -> PathBuf {
    process::target_dir().join("cuda-tools")
}

/// The folder of NVRTC's library, where pip has put it.
fn library() -> Option<PathBuf> {
    // The folder between is named after Python's version.
    let versions = std::fs::read_dir(environment().join("lib")).ok()?;
    let folders =
        versions.flatten().map(|version| version.path().join("site-packages/nvidia/cuda_nvrtc/lib"));
    folders.into_iter().find(|folder| folder.join("libnvrtc.so.12").is_file())
}

/// Installs the compiler, as far as that works; without it the step is skipped.
pub(crate) fn install() {
    if library().is_none() {
        say("installing NVRTC from PyPI");
        if let Err(error) = from_pypi() {
            say(&format!("{error:#}"));
        }
    }
    match library() {
        Some(_) => say("CUDA kernels are compiled by NVRTC"),
        None => say("there is no NVRTC: the CUDA kernels are compiled for the simulated GPU only"),
    }
}

fn from_pypi() -> Result<()> {
    let environment = environment();
    process::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment), PIP_LIMIT)
        .context("Python 3 with venv is needed (on Debian: apt-get install python3-venv)")?;
    let mut pip = Command::new(environment.join("bin/pip"));
    process::run_quietly(pip.args(["install", "--quiet", PACKAGE]), PIP_LIMIT)
}

/// A kernel as ptxas sees it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kernel {
    name: String,
    registers: u32,
    stack: u32,
    spills: u32,
}

/// Bytes of spilled registers, stored and loaded, that a kernel may have: addresses, of which some are too
/// many where two blocks share a multiprocessor's registers. The 64 sums of a thread would be many more.
const MOST_SPILLED: u32 = 256;

/// Compiles the kernels for two architectures, and prints what each takes; more than a few spilled registers
/// are an error, since the products' sums would be among them.
pub(crate) fn compile() -> Result<()> {
    let Some(folder) = library() else {
        println!("skipped: compiling the CUDA kernels, for want of NVRTC");
        return Ok(());
    };
    let mut paths = vec![folder];
    paths.extend(std::env::var_os(LIBRARIES).iter().flat_map(std::env::split_paths));
    // Of the workspace, so that nothing is built anew for it.
    let mut cargo = process::cargo();
    cargo.args([
        "test",
        "--workspace",
        crate::test::FEATURES,
        "--lib",
        "--",
        "--ignored",
        "--exact",
        "--nocapture",
    ]);
    cargo.arg("evaluate::gpu::tests::kernels_compile");
    let output =
        cargo.env(LIBRARIES, std::env::join_paths(paths)?).output().context("cargo does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{text}{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut seen = 0;
    for (architecture, kernels) in read(&text) {
        println!("{architecture}\n  {:<24} registers  stack  spills", "kernel");
        for Kernel { name, registers, stack, spills } in &kernels {
            println!("  {name:<24} {registers:>9}  {stack:>5}  {spills:>6}");
            if *spills > MOST_SPILLED {
                bail!("{name} spills more than {MOST_SPILLED} bytes of registers for {architecture}");
            }
        }
        seen += kernels.len();
    }
    if seen == 0 {
        bail!("the compiler said nothing of any kernel:\n{text}");
    }
    Ok(())
}

/// What ptxas says of every kernel, architecture by architecture.
fn read(text: &str) -> Vec<(String, Vec<Kernel>)> {
    let mut all: Vec<(String, Vec<Kernel>)> = Vec::new();
    for line in text.lines() {
        let number = |before: &str| {
            let rest = &line[line.find(before)? + before.len()..];
            rest.split_whitespace().next()?.trim_end_matches(',').parse::<u32>().ok()
        };
        if let Some((architecture, _)) = line.split_once(": ").filter(|(name, _)| name.starts_with("sm_")) {
            all.push((architecture.to_owned(), Vec::new()));
        }
        let Some((_, kernels)) = all.last_mut() else { continue };
        if let Some(name) = line.split('\'').nth(1).filter(|_| line.contains("Compiling entry function")) {
            kernels.push(Kernel { name: name.to_owned(), ..Kernel::default() });
        }
        let Some(kernel) = kernels.last_mut() else { continue };
        if line.contains("bytes stack frame") {
            kernel.stack = line.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0);
            kernel.spills = number("frame,").unwrap_or(0) + number("stores,").unwrap_or(0);
        }
        if let Some(registers) = number("Used ") {
            kernel.registers = registers;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ptxas_says() {
        let text = "sm_90: 12 bytes\n\
            ptxas info    : Compiling entry function 'draw' for 'sm_90'\n\
            ptxas         .     136 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads\n\
            ptxas info    : Used 29 registers, used 0 barriers\n";
        let draw = Kernel { name: "draw".to_owned(), registers: 29, stack: 136, spills: 12 };
        assert_eq!(read(text), [("sm_90".to_owned(), vec![draw])]);
    }
}
