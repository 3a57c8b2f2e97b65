//! What can go wrong with a training, each a line that names the thing and the way out.

use crate::data::DataError;
use crate::fleet::FleetError;
use crate::run::{JournalError, RunError};
use crate::words;
use std::path::PathBuf;

/// Why a run cannot be started, gone on with, or trained to its end.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data set, or its split.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run's directory, or a file of it.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The firmware refuses the run on any machine.
    #[error("this run is impossible: {0}")]
    Refused(eggroll_firmware::Error),
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
    /// The data are not those that a run was started on.
    #[error(
        "the data of {0} have changed since the run was started: bring them back as they were, or start another run"
    )]
    Changed(String),
    /// The data came by standard input, and are not there now, or are others.
    #[error("the data of {task} came by standard input and have to be piped in again, the same: {error}")]
    Piped {
        /// The task.
        task: String,
        /// What is wrong with what is there now.
        error: Box<TrainError>,
    },
    /// Data or a text for a task that has none.
    #[error("{task} takes no {what}")]
    Takes {
        /// The task.
        task: String,
        /// What it takes none of.
        what: &'static str,
    },
    /// A run has not come as far as it is asked to be gone on with.
    #[error("{} has {whole} generations, not {asked}", run.display())]
    NoGeneration {
        /// The run's directory.
        run: PathBuf,
        /// Generations that it has.
        whole: u32,
        /// The generation asked for.
        asked: u32,
    },
    /// The fleet.
    #[error("{error}; the run is kept: go on with --resume --run {}", words::path(run))]
    Fleet {
        /// What happened.
        error: FleetError,
        /// The run's directory.
        run: PathBuf,
    },
}

impl From<JournalError> for TrainError {
    fn from(error: JournalError) -> Self {
        Self::Run(error.into())
    }
}
