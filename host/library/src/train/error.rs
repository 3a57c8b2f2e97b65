//! The errors of training. Each is a line that names what is wrong and what to do.

use crate::data::DataError;
use crate::fleet::FleetError;
use crate::run::{JournalError, RunError};
use crate::words;
use std::path::PathBuf;

/// Says why a run cannot be started, resumed or finished.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data set, or its split, is wrong.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The directory of the run, or a file in it, is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The firmware refuses the run on any machine.
    #[error("this run is impossible: {0}")]
    Refused(eggroll_firmware::Error),
    /// The model does not fit the data or the environment.
    #[error(
        "model {} has {theirs} {what}, the {learned_from} has {ours}: use {way_out}",
        words::shown(model, words::MOST)
    )]
    Shape {
        /// The model.
        model: String,
        /// Inputs or outputs.
        what: &'static str,
        /// The number that the model has.
        theirs: usize,
        /// The data set or environment.
        learned_from: String,
        /// The number that it needs.
        ours: usize,
        /// A model that fits.
        way_out: String,
    },
    /// The data are not those that the run was started on.
    #[error(
        "the data of {0} have changed since the run was started: bring them back as they were, or start another run"
    )]
    Changed(String),
    /// The data came by standard input. They are missing now, or others came.
    #[error("the data of {task} came by standard input and have to be piped in again, the same: {error}")]
    Piped {
        /// The task.
        task: String,
        /// What is wrong with the data that came now.
        error: Box<TrainError>,
    },
    /// A task got data or a text, and takes none.
    #[error("{task} takes no {what}")]
    Takes {
        /// The task.
        task: String,
        /// What it does not take.
        what: &'static str,
    },
    /// The run has not reached the generation from which it should be resumed.
    #[error("{} has {whole} generations, not {asked}", run.display())]
    NoGeneration {
        /// The directory of the run.
        run: PathBuf,
        /// The number of generations that it has.
        whole: u32,
        /// The generation from which it should be resumed.
        asked: u32,
    },
    /// The run should end before the generations that are done.
    #[error(
        "{0} has {done} generations already, more than {asked}: give more by --generations, or go back first by \
         --from-generation {asked}",
        words::path(run)
    )]
    Shorter {
        /// The directory of the run.
        run: PathBuf,
        /// The number of generations that are done.
        done: u32,
        /// The number that it should have.
        asked: u32,
    },
    /// The fleet failed.
    #[error("{error}; the run is kept: go on with --resume --run {}", words::path(run))]
    Fleet {
        /// The error of the fleet.
        error: FleetError,
        /// The directory of the run.
        run: PathBuf,
    },
}

impl From<JournalError> for TrainError {
    fn from(error: JournalError) -> Self {
        Self::Run(error.into())
    }
}
