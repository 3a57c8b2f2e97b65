//! `cargo xtask fuzz`: fuzz targets, by the driver that any compiler builds or by libFuzzer.

use crate::process;
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Feed the readers of bytes from elsewhere with inputs that nobody thought of
///
/// Targets: frames, messages, runtime, scores, journal, csv, weights, config. Mutates valid inputs at random,
/// on all cores, and prints executions, their rate and the process's peak memory. An input that breaks an
/// invariant is written to a file beneath the target folder, with the command that repeats it; the exit code
/// is then 1.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which target; all of them, one after another, if none is named
    target: Option<String>,
    /// Inputs to a target
    #[arg(long, default_value_t = 200_000)]
    executions: u64,
    /// Stop each target after so many seconds
    #[arg(long)]
    seconds: Option<u64>,
    /// Inputs are a function of target, seed and number
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Number of the first input
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Build for this target triple, say 32 bits wide as boards are
    #[arg(long)]
    triple: Option<String>,
    /// Use libFuzzer, which is guided by coverage; needs cargo-fuzz, a nightly compiler and a target
    #[arg(long, requires = "target", conflicts_with_all = ["seed", "from", "triple"])]
    libfuzzer: bool,
}

/// Runs the targets.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.libfuzzer {
        return libfuzzer(args);
    }
    let mut command = driver();
    if let Some(triple) = &args.triple {
        command.args(["--target", triple]);
    }
    command.arg("--").args(&args.target);
    command.arg(format!("--executions={}", args.executions));
    command.arg(format!("--seed={}", args.seed)).arg(format!("--from={}", args.from));
    command.args(args.seconds.map(|seconds| format!("--seconds={seconds}")));
    command.arg("--failures").arg(process::target_dir().join("fuzz-failures"));
    process::run(&mut command)
}

fn driver() -> Command {
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--profile", "fuzz", "--package", "eggroll-fuzz"]);
    command
}

fn libfuzzer(args: &Args) -> Result<()> {
    // Through rustup, whatever compiler this program was started by.
    let nightly = || {
        let mut command = Command::new("cargo");
        command.current_dir(process::root()).arg("+nightly").env_remove("RUSTUP_TOOLCHAIN");
        command
    };
    if process::output(nightly().args(["fuzz", "--version"])).is_none() {
        bail!(
            "libFuzzer needs cargo-fuzz and a nightly compiler (`rustup toolchain install nightly`, \
             `cargo install cargo-fuzz`); without --libfuzzer neither is needed"
        );
    }
    let name = args.target.as_deref().unwrap_or_default();
    let folder = process::target_dir().join("libfuzzer");
    let corpus: PathBuf = folder.join("corpus").join(name);
    let failures = folder.join("failures").join(name);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&failures)?;
    process::run(driver().args(["--", name, "--write-seeds"]).arg(&corpus))?;
    let mut command = nightly();
    command.args(["fuzz", "run", "--fuzz-dir", "tests/fuzz/libfuzzer", "--target-dir"]).arg(&folder);
    command.arg(name).arg(&corpus).args(["--", "-max_len=4096", "-timeout=10"]);
    command.arg(format!("-runs={}", args.executions));
    command.arg(format!("-artifact_prefix={}/", failures.display()));
    command.args(args.seconds.map(|seconds| format!("-max_total_time={seconds}")));
    process::run(&mut command)
}
