//! The errors of commands. Each is a line that names what is wrong and what to do.

use crate::report::ReportError;
use eggroll_host::data::{DataError, InputError};
use eggroll_host::fleet::board::BoardError;
use eggroll_host::run::RunError;
use eggroll_host::train::TrainError;
use eggroll_host::words;
use std::path::PathBuf;

/// An error of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The data, or a text, are wrong.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The directory of a run, or another file, is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A board failed.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The lab cannot be used.
    #[cfg(feature = "nats")]
    #[error(transparent)]
    Lab(#[from] eggroll_lab::coordinator::LabError),
    /// The agent ended.
    #[cfg(feature = "nats")]
    #[error(transparent)]
    Agent(#[from] eggroll_lab::agent::AgentError),
    /// A report could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A setting does not fit the others.
    #[error("{0}")]
    Usage(String),
    /// A flag does not fit the task.
    #[error("{flag} does not go with {task}: {way_out}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// The task, such as `--task cartpole`.
        task: String,
        /// A sentence that says what to do instead.
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
        /// The name of the setting.
        setting: String,
        /// The value that is asked for now.
        ours: String,
        /// The value that the run was started with.
        theirs: String,
    },
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        RunError::from(error).into()
    }
}
