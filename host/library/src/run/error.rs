//! The errors of a run's directory and its files. Each is a line that names what is wrong and what to do.

use crate::data::InputError;
use crate::words;
use std::io;
use std::path::{Path, PathBuf};

/// Says why the directory of a run, or a file in it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An operation on a file or folder failed.
    #[error("cannot {action} {}: {error}", words::path(path))]
    Io {
        /// The operation.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The file at a path must not be read.
    #[error(transparent)]
    Input(InputError),
    /// The configuration is wrong.
    #[error("configuration: {0}")]
    Config(String),
    /// There is a file with the name of one of a run's files, but no run.
    #[error("{} is there, but no run's journal: move it away, or name another directory by --run", .0.display())]
    Occupied(PathBuf),
    /// There is a run already.
    #[error("{} holds a run: go on with it by --resume, or name another by --run", words::path(.0))]
    RunExists(PathBuf),
    /// There is no run.
    #[error("{} holds no run (no journal): name the directory of a run, or start another run", words::path(.0))]
    NoRun(PathBuf),
    /// Another host uses the run.
    #[error("{} is in use by another eggroll-host: end that one first, or name another run", words::path(.0))]
    RunInUse(PathBuf),
    /// The directory of a run was moved or replaced while a host wrote to it.
    #[error(
        "{} was moved or replaced while this host wrote to it: {}", run.display(),
        now.as_ref().map_or_else(
            || "its run is where it was moved to".to_owned(),
            |now| format!("its run is in {0} now: go on with --resume --run {0}", now.display())
        )
    )]
    Moved {
        /// The path where it was.
        run: PathBuf,
        /// The path where it is now, if the system tells.
        now: Option<PathBuf>,
    },
    /// The directory of a run was removed while a host wrote to it.
    #[error("{} was removed while this host wrote to it, and its run with it: start another run", .0.display())]
    Removed(PathBuf),
    /// A copy of the run elsewhere can not be kept any more.
    #[error("{0}")]
    Mirror(String),
    /// The journal is wrong.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A weights file is wrong.
    #[error("{}: {why}", words::path(path))]
    Weights {
        /// The file.
        path: PathBuf,
        /// A sentence that says what is wrong.
        why: String,
    },
    /// The ending of an export names no format.
    #[error(
        "{}: the ending names no format; understood are .h and .c (C, both files), .rs (Rust), .onnx, .safetensors and \
         .bin (raw bytes)", words::path(.0)
    )]
    Export(PathBuf),
    /// A model, or a file of this name, does not go with the format of an export.
    #[error("{}: {why}", words::path(path))]
    Unexportable {
        /// The file that was to be written.
        path: PathBuf,
        /// A sentence that says why, and what to do instead.
        why: String,
    },
}

impl From<InputError> for RunError {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Open { path, error } | InputError::Read { path, error } => {
                Self::Io { action: "read", path, error }
            }
            other => Self::Input(other),
        }
    }
}

impl RunError {
    /// The error of an operation on a path.
    pub fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), error }
    }
}

/// Says what is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The file is not a journal, or one of another version.
    #[error(
        "{}: not a journal of this version: its first bytes are damaged, or another version of the program wrote it: bring \
         back a copy of it, or start another run", words::path(.0)
    )]
    NotAJournal(PathBuf),
    /// The journal has no first record.
    #[error(
        "{}: damaged at its first record, and config.toml is missing or does not fit what follows: bring back the journal \
         or the run's first config.toml from a copy, or start another run", words::path(.0)
    )]
    NoStart(PathBuf),
    /// The scores of a generation lead to other weights than the journal says.
    #[error(
        "{}: generation {number} does not lead to the weights that it records: {}", words::path(path), back(path, *number)
    )]
    Mismatch {
        /// The journal.
        path: PathBuf,
        /// The first generation that differs.
        number: u32,
    },
    /// The scores of a generation do not fit the run.
    #[error("{}: the scores of generation {number} do not fit the run: {}", words::path(path), back(path, *number))]
    Scores {
        /// The journal.
        path: PathBuf,
        /// The generation.
        number: u32,
    },
}

/// A sentence that says what to do with a journal that is wrong from a generation on.
fn back(journal: &Path, number: u32) -> String {
    let (run, last) = (words::path(journal.parent().unwrap_or(journal)), number.saturating_sub(1));
    format!("go back to before it by --resume --run {run} --from-generation {last}")
}
