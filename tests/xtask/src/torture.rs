//! `cargo xtask torture`: the real host, killed, damaged, without room, beside a second one, on hostile
//! boards.

use crate::{process, test};
use anyhow::Result;
use std::process::Command;

/// Torture the host, and see that it ends with the right weights or says why not
///
/// Tiny runs of every task. kills: before each system call of a run that changes a file, at random moments,
/// and again while it is gone on with. damage: every file of a run, finished or half done, with bits flipped,
/// parts cut, doubled, made zeros or taken from another run. disk: files that must not grow, a small file
/// system (as root), calls that fail for want of space, locks or a whole disk. pairs: two hosts on a run, on
/// a name, on a board, and those that read beside one that writes. hostile: boards whose replies are damaged,
/// late, doubled, missing, wrong or lies. Each is followed by --resume and replay: the right weights, or one
/// line of error that names a way out, and never a dead end. Nothing is asserted of time, but that everything
/// ends.
///
/// Prints how many cases ended rightly, were refused clearly or fell short, and for those the command that
/// repeats them; what is left of them is kept beneath the target folder, in torture-failures. The exit code
/// is 1 if one fell short. Needs Linux.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go on for so many minutes, all kinds in turn
    #[arg(long, value_name = "M", conflicts_with_all = ["long", "cases", "case"])]
    minutes: Option<u64>,
    /// Many cases: 5,000 kills, 20,000 damaged files, more than 10,000 hostile replies
    #[arg(long)]
    long: bool,
    /// Cases are a function of kind, seed and number
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Only these kinds: kills, damage, disk, pairs, hostile
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    only: Vec<String>,
    /// Cases of each kind
    #[arg(long, conflicts_with = "long")]
    cases: Option<u64>,
    /// Only the case of this number
    #[arg(long, requires = "only")]
    case: Option<u64>,
    /// Seconds after which a program that has not ended hangs
    #[arg(long, default_value_t = 300)]
    patience: u64,
}

/// Builds the program and the torture, and begins.
pub(crate) fn run(args: &Args) -> Result<()> {
    // With the features that the tests need, too: what they have built is not built again.
    let mut build = process::cargo();
    process::run(build.args([
        "build",
        "--workspace",
        test::FEATURES,
        "--bin=eggroll-host",
        "--bin=eggroll-torture",
    ]))?;
    let built = process::target_dir().join("debug");
    let mut command = Command::new(built.join("eggroll-torture"));
    command.arg("--host").arg(built.join("eggroll-host"));
    command.arg("--failures").arg(process::target_dir().join("torture-failures"));
    command.arg(format!("--seed={}", args.seed)).arg(format!("--patience={}", args.patience));
    command.args(args.minutes.map(|minutes| format!("--minutes={minutes}")));
    command.args(args.cases.map(|cases| format!("--cases={cases}")));
    command.args(args.case.map(|case| format!("--case={case}")));
    command.args(args.only.iter().map(|kind| format!("--only={kind}")));
    command.args(args.long.then_some("--long"));
    process::run(&mut command)
}

/// The short form, as a step of `cargo xtask test`.
pub(crate) fn short() -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("left out: torture needs Linux");
        return Ok(());
    }
    let (only, seed, patience) = (Vec::new(), 1, 300);
    run(&Args { minutes: None, long: false, seed, only, cases: None, case: None, patience })
}
