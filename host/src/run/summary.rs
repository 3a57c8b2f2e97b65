use super::{RunDirectory, write_atomically};
use crate::data::input::{self, SUMMARY};
use crate::error::Error;
use crate::measure::Figures;
use crate::train::{Stop, Summary};
use serde::{Deserialize, Serialize};

/// What a session of a run came to: `summary.json`, and the head of what `--json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// The run's directory as the user named it.
    pub run: String,
    /// `finished`, `until` or `interrupted`.
    pub stopped: String,
    /// Generations done, those of earlier sessions included.
    pub generations: u32,
    /// What it came to.
    #[serde(flatten)]
    pub figures: Figures,
    /// SHA-256 of the weights, in hexadecimal.
    pub weights_sha256: String,
    /// Seconds of training in this session.
    pub seconds: f64,
    /// Bytes to boards in this session.
    pub bytes_sent: u64,
    /// Bytes from boards in this session.
    pub bytes_received: u64,
}

impl SessionSummary {
    /// Of a session that ended, with bytes sent and received.
    pub fn new(summary: &Summary, directory: &RunDirectory, (sent, received): (u64, u64)) -> Self {
        let stopped = match summary.stop {
            Stop::Finished => "finished",
            Stop::Reached => "until",
            Stop::Interrupted => "interrupted",
        };
        Self {
            run: directory.path().display().to_string(),
            stopped: stopped.to_owned(),
            generations: summary.generations,
            figures: summary.figures,
            weights_sha256: summary.weights_sha256.clone(),
            seconds: summary.seconds,
            bytes_sent: sent,
            bytes_received: received,
        }
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, directory: &RunDirectory) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Config(error.to_string()))?;
        write_atomically(&directory.summary(), text.as_bytes())
    }

    /// Reads `summary.json`; `None` where there is none that makes sense, as of a run that was killed.
    pub fn read(directory: &RunDirectory) -> Option<Self> {
        serde_json::from_slice(&input::read(&directory.summary(), &SUMMARY).ok()?).ok()
    }
}
