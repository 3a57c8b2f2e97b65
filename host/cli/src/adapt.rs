//! The command `adapt`: a training that begins with a trained model, with settings for few rows.

use super::args::TrainArgs;
use super::flag_values::TrainedLayers;
use super::table_args::typed;
use super::train;
use crate::error::Error;
use clap::Args;
use eggroll_host::run::{DataName, TaskName};
use std::path::PathBuf;
use std::process::ExitCode;

/// The flags of `adapt`.
#[derive(Args)]
pub(super) struct AdaptArgs {
    /// The trained model: a run, or a .safetensors file that export or import has written
    #[arg(value_name = "MODEL", value_parser = typed())]
    trained: PathBuf,
    /// The new rows, with their classes or targets, or - for standard input
    #[arg(value_name = "FILE", value_parser = typed())]
    rows: PathBuf,
    #[command(flatten)]
    train: TrainArgs,
}

/// Runs `adapt MODEL FILE`.
pub(super) fn run(args: AdaptArgs) -> Result<ExitCode, Error> {
    let AdaptArgs { trained, rows, train: mut flags } = args;
    let task = !matches!(flags.task(), Ok(None));
    for (flag, given, way_out) in [
        ("--task", task, "the rows are the second word: eggroll-host adapt MODEL FILE"),
        ("--from", flags.from.is_some(), "the model is the first word: eggroll-host adapt MODEL FILE"),
        ("--model", flags.model.is_some(), "the model is the one that is adapted"),
        ("--hidden", flags.hidden.is_some(), "the model is the one that is adapted"),
        ("--resume", flags.resume.is_some(), "go on with a run by eggroll-host --resume --run DIR"),
    ] {
        if given {
            let task = "adapt".to_owned();
            return Err(Error::Flag { flag, task, way_out: format!("leave it out, {way_out}") });
        }
    }
    flags.from = Some(trained);
    flags.learn(TaskName::Data(DataName::File(rows)));
    flags.train.get_or_insert(TrainedLayers::Last(1));
    flags.adapts = true;
    train::run(&flags)
}
