//! What agents and coordinators say to each other. A message is a byte with the version, then the value in
//! postcard's format. `host/docs/lab.md` says who sends what when.

use eggroll_host::run::{Identity, Lengths, OwnTask};
use eggroll_host::update::Checkpoint;
use eggroll_host::words;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the messages.
pub const VERSION: u8 = 1;
/// The most evaluators of an agent.
pub const MOST_OFFERS: usize = 256;
/// The most characters of a text in a message.
pub const MOST_TEXT: usize = 120;
/// The most bytes of a message of an agent that has no scores.
pub const MOST_BYTES: usize = 64 << 10;

/// A request that is not acknowledged for so long is delivered again.
pub(crate) const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(15);

/// The SHA-256 of some bytes.
pub type Hash = [u8; 32];

/// The name of a run in a lab: the first eight bytes of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunName(pub [u8; 8]);

impl RunName {
    /// The name of a run.
    pub fn of(identity: &Identity) -> Self {
        let mut name = [0; 8];
        name.copy_from_slice(&identity.as_bytes()[..8]);
        Self(name)
    }

    /// Reads 16 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = digits.then(|| u64::from_str_radix(text, 16).ok())??;
        Some(Self(value.to_be_bytes()))
    }
}

impl std::fmt::Display for RunName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// Bytes in the object store, by their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Blob {
    /// Their SHA-256.
    pub hash: Hash,
    /// Their number.
    pub len: u64,
}

/// What an agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It waits for a coordinator.
    Idle,
    /// It has joined a run, and prepares its evaluators.
    Preparing,
    /// Its evaluators take work.
    Serving,
    /// It finishes what it has begun, and leaves.
    Draining,
}

/// An evaluator of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// A number that no other evaluator of this agent has had. An evaluator that is lost and comes back has
    /// another one.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// The most units that it takes at once.
    pub most_units: u32,
    /// The requests that it has not answered yet.
    pub waiting: u32,
}

/// An agent says who it is, every two seconds and when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// A random number, by which two agents of one name are told apart.
    pub instance: u64,
    /// The version of its program.
    pub version: String,
    /// The run that it has joined.
    pub run: Option<RunName>,
    /// The coordinator that it follows, by the number of its lead.
    pub epoch: u64,
    /// What it is doing.
    pub stage: Stage,
    /// The last generation to which its weights have moved.
    pub generation: u32,
    /// Its evaluators.
    pub offers: Vec<Offer>,
    /// Why it has none, or fewer than it could.
    pub trouble: Option<String>,
}

/// A coordinator answers a hello: it is there, and the agent may take part in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The run.
    pub run: RunName,
    /// The number of the coordinator's lead. A coordinator with a higher one has taken over.
    pub epoch: u64,
    /// The `RunSetup`.
    pub setup: Blob,
    /// The message with which the copy of the journal begins: a run that is trained again has another one.
    pub begins: u64,
    /// The last message in the journal's stream.
    pub sequence: u64,
    /// The requests to this agent that are not answered yet.
    pub pending: u32,
}

/// A coordinator says that its run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// The run.
    pub run: RunName,
    /// The number of the coordinator's lead.
    pub epoch: u64,
}

/// What an agent needs before it can evaluate a run: `eggroll_host::update::Setup` with its data by their
/// hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSetup {
    /// The run, as boards get it.
    pub run: eggroll_firmware::train::Run,
    /// Its identity.
    pub identity: Identity,
    /// How boards get the weights of the next generation.
    pub sync: SyncWay,
    /// The task of the boards' own.
    pub own: Option<OwnTask>,
    /// Whether boards get all of the text.
    pub holds_text: bool,
    /// The records of the samples.
    pub samples: Option<Blob>,
    /// The text.
    pub text: Option<Blob>,
    /// The weights that the run starts from.
    pub start: Option<Blob>,
}

/// `eggroll_host::update::Sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncWay {
    /// Whatever takes the fewest bytes.
    Cheapest,
    /// Scores.
    Scores,
    /// Differences of the weights.
    Delta,
    /// All weights.
    Weights,
}

/// A checkpoint of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCheckpoint {
    /// The last message of the journal's stream that it includes.
    pub sequence: u64,
    /// How many bytes of the journal it includes.
    pub offset: u64,
    /// The lengths of the run there.
    pub lengths: Lengths,
    /// The state.
    pub state: Checkpoint,
}

/// The latest checkpoint, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestCheckpoint {
    /// The run.
    pub run: RunName,
    /// The [`StoredCheckpoint`]; without it the journal is read from its beginning.
    pub blob: Option<Blob>,
}

/// An agent asks the coordinator to have something delivered to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The run.
    pub run: RunName,
    /// What.
    pub what: Needed,
}

/// What an agent asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Needed {
    /// Bytes of this hash.
    Blob(Hash),
    /// The name of the latest checkpoint.
    Checkpoint,
    /// The messages of the journal's stream behind this one.
    Journal {
        /// The last message that the agent has.
        after: u64,
    },
    /// The work that waits for it.
    Work,
}

/// A request to an evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The number of the coordinator's lead.
    pub epoch: u64,
    /// The number of the request.
    pub request: u64,
    /// The evaluator.
    pub evaluator: u32,
    /// The generation.
    pub generation: u32,
    /// What is asked.
    pub job: Job,
}

/// What an evaluator is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// The scores of these units.
    Evaluate {
        /// The first unit.
        first: u32,
        /// The number of units.
        count: u32,
    },
    /// What the weights score on a trial of the boards' own task.
    Measure {
        /// The trial.
        trial: u32,
    },
}

/// The answer to [`Work`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The number of the coordinator's lead.
    pub epoch: u64,
    /// The number of the request.
    pub request: u64,
    /// The answer.
    pub said: Said,
}

/// What an evaluator says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// The packed scores.
    Scores(Vec<u8>),
    /// The score of a trial, if it can say.
    Measured(Option<i32>),
    /// It is lost, for this reason.
    Lost(String),
}

/// A coordinator says that it leads a run, in the stream of the run's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// A random number.
    pub session: u64,
    /// Its computer, as it calls itself.
    pub host: String,
    /// Its process.
    pub process: u32,
}

/// A file of a run's configuration, of which the lab has a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// The place of its path among those that the configuration names.
    pub place: u32,
    /// The names below the folder that the path names; none where the path names the file.
    pub below: Vec<String>,
    /// Its bytes.
    pub bytes: Blob,
}

/// A message that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is of another version of this program.
    #[error(
        "version {0} of the messages, and this program speaks {VERSION}: use the same version everywhere"
    )]
    Version(u8),
    /// It is no message of its kind.
    #[error("not a message of its kind")]
    Malformed,
}

/// The bytes of a message.
pub fn encode(message: &impl Serialize) -> Vec<u8> {
    // Messages consist of numbers, texts and lists, which always can be encoded.
    postcard::to_extend(message, vec![VERSION]).unwrap_or_default()
}

/// Reads a message.
///
/// # Errors
/// [`Unreadable`]; bytes that are left over are an error, too.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, Unreadable> {
    let Some((&version, body)) = bytes.split_first() else { return Err(Unreadable::Malformed) };
    if version != VERSION {
        return Err(Unreadable::Version(version));
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(Unreadable::Malformed),
    }
}

impl Hello {
    /// The same with texts that can be shown, and no more offers than are allowed. Nothing that an agent says
    /// of itself reaches a terminal, a page or a table as it is.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.version = words::shown(&self.version, 20);
        self.offers.truncate(MOST_OFFERS);
        self.offers.iter_mut().for_each(|offer| offer.name = words::shown(&offer.name, words::MOST));
        self.trouble = self.trouble.map(|trouble| words::shown(&trouble, MOST_TEXT));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_runs() {
        let name = RunName::parse("0123456789ABCDEF").unwrap();
        assert_eq!(name.to_string(), "0123456789abcdef");
        assert_eq!(RunName::parse(&name.to_string()), Some(name));
        for odd in ["", "0123", "0123456789abcdeg", "+123456789abcdef"] {
            assert_eq!(RunName::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn other_versions_and_rests_are_refused() {
        let need = Need { run: RunName([7; 8]), what: Needed::Journal { after: 300 } };
        let bytes = encode(&need);
        assert_eq!(decode(&bytes), Ok(need));
        let mut other = bytes.clone();
        other[0] = 2;
        assert_eq!(decode::<Need>(&other), Err(Unreadable::Version(2)));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode::<Need>(&longer), Err(Unreadable::Malformed));
        assert_eq!(decode::<Need>(&bytes[..bytes.len() - 1]), Err(Unreadable::Malformed));
        assert_eq!(decode::<Need>(&[]), Err(Unreadable::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [&[VERSION][..], &bytes].concat();
            if let Ok(hello) = decode::<Hello>(&bytes) {
                let hello = hello.bounded();
                prop_assert!(hello.offers.len() <= MOST_OFFERS);
                prop_assert!(hello.offers.iter().all(|offer| offer.name.chars().all(words::is_plain)));
            }
            let _ = decode::<Work>(&bytes);
            let _ = decode::<Answer>(&bytes);
            let _ = decode::<RunSetup>(&bytes);
            let _ = decode::<StoredCheckpoint>(&bytes);
        }
    }
}
