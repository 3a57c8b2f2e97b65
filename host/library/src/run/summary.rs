use super::RunError;
use super::table::check;
use super::{Identity, RunDirectory, write_atomically};
use crate::data::input::{self, SUMMARY};
use crate::measure::{Adaptation, Chance, Figures, GuideFacts, Work};
use crate::train::{Stop, Summary};
use crate::words;
use serde::{Deserialize, Serialize};

/// The result of a session of a run. It is `summary.json`, and the first part of what `--json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// The directory of the run, as the user named it.
    pub run: String,
    /// The identity of the run, in hexadecimal.
    pub identity: String,
    /// The reason for the end: `finished`, `until` or `interrupted`.
    pub stopped: String,
    /// The generations that are done, including those of earlier sessions.
    pub generations: u32,
    /// The final figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// The work of all generations, for a run that has slots.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// What the guide explained, for a run whose members teach one.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub guide: Option<GuideFacts>,
    /// What chance reaches on the validation set, for a run on samples.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub chance: Option<Chance>,
    /// What a trained model, with which the run began, reached before it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<Adaptation>,
    /// The SHA-256 of the weights, in hexadecimal.
    pub weights_sha256: String,
    /// The seconds of training in this session.
    pub seconds: f64,
    /// The bytes that were sent to boards in this session.
    pub bytes_sent: u64,
    /// The bytes that came from boards in this session.
    pub bytes_received: u64,
}

impl SessionSummary {
    /// The summary of a session that has ended, with the bytes sent and received.
    pub fn new(summary: &Summary, directory: &RunDirectory, (sent, received): (u64, u64)) -> Self {
        let stopped = match summary.stop {
            Stop::Finished => "finished",
            Stop::Reached => "until",
            Stop::Interrupted => "interrupted",
        };
        Self {
            run: directory.path().display().to_string(),
            identity: summary.identity.to_string(),
            stopped: stopped.to_owned(),
            generations: summary.generations,
            figures: summary.figures,
            work: summary.work,
            guide: summary.guide.clone(),
            chance: summary.chance,
            adaptation: summary.adaptation,
            weights_sha256: summary.weights_sha256.clone(),
            seconds: summary.seconds,
            bytes_sent: sent,
            bytes_received: received,
        }
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn write(&self, directory: &RunDirectory) -> Result<(), RunError> {
        let filed = Filed { summary: self, check: NO_CHECK };
        let text =
            serde_json::to_string_pretty(&filed).map_err(|error| RunError::Config(error.to_string()))?;
        write_atomically(&directory.summary(), sealed(&text, &self.identity).as_bytes())
    }

    /// Reads the `summary.json` of this run. Returns `None` if there is none, as after a run was killed. A
    /// file that is damaged, or of another run, is ignored with a warning.
    pub fn read(directory: &RunDirectory, identity: Identity) -> Option<Self> {
        let path = directory.summary();
        path.symlink_metadata().ok()?;
        let text = input::read_text(&path, &SUMMARY).ok();
        let summary = text.and_then(|text| {
            let summary: Self = serde_json::from_str(&text).ok()?;
            let is_whole =
                summary.identity == identity.to_string() && sealed(&text, &summary.identity) == text;
            is_whole.then_some(summary)
        });
        if summary.is_none() {
            tracing::warn!("{} is damaged or of another run, so it is not used", words::path(&path));
        }
        summary
    }
}

/// A summary with the checksum that shows whether it is whole.
#[derive(Serialize)]
struct Filed<'s> {
    #[serde(flatten)]
    summary: &'s SessionSummary,
    check: &'s str,
}

const NAMED: &str = "\"check\": \"";
const NO_CHECK: &str = "00000000";

/// The text of a summary. In the place of the checksum it has the checksum of everything else.
fn sealed(text: &str, identity: &str) -> String {
    let place = text.rfind(NAMED).map(|at| at + NAMED.len());
    let parts = place.and_then(|place| Some((text.get(..place)?, text.get(place + NO_CHECK.len()..)?)));
    let (Some((before, behind)), Ok(identity)) = (parts, identity.parse()) else { return String::new() };
    let check = check(identity, format!("{before}{behind}").as_bytes());
    format!("{before}{check}{behind}")
}
