//! What can go wrong, each a line that names the thing and the way out.

use crate::data::DataError;
use crate::fleet::FleetError;
use crate::fleet::board::BoardError;
use crate::run::JournalError;
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
    /// The model does not take the data.
    #[error("model {model} has {theirs} {what}, the data {data} has {ours}: use {way_out}")]
    Shape {
        /// The model.
        model: String,
        /// Inputs or outputs.
        what: &'static str,
        /// How many the model has.
        theirs: u32,
        /// The data set.
        data: String,
        /// What the data need.
        ours: usize,
        /// A model that fits.
        way_out: String,
    },
    /// A file or folder.
    #[error("cannot {action} {}: {error}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A configuration.
    #[error("configuration: {0}")]
    Config(String),
    /// A setting that does not go with the others.
    #[error("{0}")]
    Usage(String),
    /// A run is there already.
    #[error("{} holds a run: go on with it by --resume, or name another by --run", .0.display())]
    RunExists(PathBuf),
    /// No run is there.
    #[error("{} holds no run (no journal)", .0.display())]
    NoRun(PathBuf),
    /// Another host is at work on the run.
    #[error("{} is in use by another eggroll-host", .0.display())]
    RunInUse(PathBuf),
    /// A run is resumed with another configuration.
    #[error("{} was started with {setting} = {theirs}, not {ours}: leave the flag out, or start another run", path.display())]
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
    #[error("{}: {why}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// An export into an unknown format.
    #[error("{}: the ending names no format; understood are .safetensors, .h (C arrays) and .bin (raw bytes)", .0.display())]
    Export(PathBuf),
    /// A board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The fleet.
    #[error("{error}; the run is kept: go on with --resume --run {}", run.display())]
    Fleet {
        /// What happened.
        error: FleetError,
        /// The run's directory.
        run: PathBuf,
    },
}

impl Error {
    /// A failure on a path.
    pub fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), error }
    }
}
