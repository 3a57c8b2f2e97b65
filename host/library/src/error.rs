//! What can go wrong, each a line that names the thing and the way out.

use crate::data::{DataError, InputError};
use crate::fleet::FleetError;
use crate::fleet::board::BoardError;
use crate::measure::Measure;
use crate::run::JournalError;
use crate::words;
use std::io;
use std::path::{Path, PathBuf};

/// Any failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data set, or its split.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The firmware refuses the run on any machine.
    #[error("this run is impossible: {0}")]
    Run(eggroll_firmware::Error),
    /// The model does not take the data, or does not fit the environment.
    #[error(
        "model {} has {theirs} {what}, the {learned_from} has {ours}: use {way_out}",
        words::shown(model, words::MOST)
    )]
    Shape {
        /// The model.
        model: String,
        /// Inputs or outputs.
        what: &'static str,
        /// How many the model has.
        theirs: usize,
        /// The data set, or the environment.
        learned_from: String,
        /// What that needs.
        ours: usize,
        /// A model that fits.
        way_out: String,
    },
    /// A file or folder.
    #[error("cannot {action} {}: {error}", words::path(path))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// What is at a path is nothing that may be read.
    #[error(transparent)]
    Input(InputError),
    /// The data are not those that a run was started on.
    #[error(
        "the data of {0} have changed since the run was started: bring them back as they were, or start another run"
    )]
    Changed(String),
    /// A configuration.
    #[error("configuration: {0}")]
    Config(String),
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
    /// Runs that cannot be laid over each other.
    #[error(
        "{first} is measured by its {}, {second} by its {}: compare runs on data with each other, and runs in \
         environments with each other", of_first.name(), of_second.name()
    )]
    Measures {
        /// A run.
        first: String,
        /// What it is measured by.
        of_first: Measure,
        /// Another run.
        second: String,
        /// What that is measured by.
        of_second: Measure,
    },
    /// A run is there already.
    #[error("{} holds a run: go on with it by --resume, or name another by --run", words::path(.0))]
    RunExists(PathBuf),
    /// No run is there.
    #[error("{} holds no run (no journal): name the directory of a run, or start another run", words::path(.0))]
    NoRun(PathBuf),
    /// Another host is at work on the run.
    #[error("{} is in use by another eggroll-host: end that one first, or name another run", words::path(.0))]
    RunInUse(PathBuf),
    /// The directory of a run was moved, or another one put in its place, while a host wrote to it.
    #[error(
        "{} was moved or replaced while this host wrote to it: {}", run.display(),
        now.as_ref().map_or_else(
            || "its run is where it was moved to".to_owned(),
            |now| format!("its run is in {0} now: go on with --resume --run {0}", now.display())
        )
    )]
    Moved {
        /// Where it was.
        run: PathBuf,
        /// Where it is, as far as the system tells.
        now: Option<PathBuf>,
    },
    /// The directory of a run was removed while a host wrote to it.
    #[error("{} was removed while this host wrote to it, and its run with it: start another run", .0.display())]
    Removed(PathBuf),
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
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A weights file.
    #[error("{}: {why}", words::path(path))]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// An export into an unknown format.
    #[error("{}: the ending names no format; understood are .safetensors, .h (C arrays) and .bin (raw bytes)", words::path(.0))]
    Export(PathBuf),
    /// A board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The fleet.
    #[error("{error}; the run is kept: go on with --resume --run {}", words::path(run))]
    Fleet {
        /// What happened.
        error: FleetError,
        /// The run's directory.
        run: PathBuf,
    },
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Open { path, error } | InputError::Read { path, error } => {
                Self::Io { action: "read", path, error }
            }
            other => Self::Input(other),
        }
    }
}

impl Error {
    /// A failure on a path.
    pub fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), error }
    }
}
