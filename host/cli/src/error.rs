//! What a command can fail with, each a line that names the thing and the way out.

use crate::report::ReportError;
use eggroll_host::data::{DataError, InputError};
use eggroll_host::fleet::board::BoardError;
use eggroll_host::run::RunError;
use eggroll_host::train::TrainError;
use eggroll_host::words;
use std::path::PathBuf;

/// Any failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The data, or a text.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A run's directory, or another file.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// A report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A setting that does not go with the others.
    #[error("{0}")]
    Usage(String),
    /// A flag that does not go with the task.
    #[error("{flag} does not go with {task}: {way_out}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// The task, as `--task cartpole`.
        task: String,
        /// What to do instead.
        way_out: String,
    },
    /// A run is resumed with another configuration.
    #[error(
        "{} was started with {setting} = {theirs}, not {ours}: leave the flag out, or start another run",
        words::path(path)
    )]
    OtherConfig {
        /// The run.
        path: PathBuf,
        /// Which setting.
        setting: String,
        /// As asked for now.
        ours: String,
        /// As the run was started.
        theirs: String,
    },
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        RunError::from(error).into()
    }
}
