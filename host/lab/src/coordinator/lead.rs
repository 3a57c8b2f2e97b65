//! Who leads a run. The last message on the subject of leads in the stream of the run's journal says so, and
//! a coordinator adds to the stream only right behind what it knows: once another one has added its lead, the
//! former one cannot add anything any more.

use super::Lab;
use crate::LoginError;
use crate::agent::random;
use crate::messages::{Lead, MOST_TEXT, RunName, decode, encode};
use crate::resume::{self, Copy};
use crate::subjects;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, DiscardPolicy};
use async_nats::{Client, RequestErrorKind};
use bytes::Bytes;
use eggroll_host::run::journal::beginning_of;
use eggroll_host::words;
use std::time::Duration;

/// The most bytes of the journal in a message.
pub(super) const PART: usize = 256 << 10;
/// A coordinator that does not answer for so long is taken as gone.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Says why a run cannot be trained, or goes no further, in a lab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabError {
    /// There is no connection.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The server refuses something.
    #[error("{server}: {why}; a lab needs JetStream (nats-server -js) and an account that may use it")]
    Server {
        /// The server.
        server: String,
        /// What it says.
        why: String,
    },
    /// Another coordinator trains the run.
    #[error("run {run} is being trained by {by}: end that one first, or train another run (--seed)")]
    Led {
        /// The run.
        run: String,
        /// The other coordinator.
        by: String,
    },
    /// Another coordinator has taken over the run.
    #[error(
        "{by} has taken over run {run}, so this host stops: its directory is whole, and the run goes on there"
    )]
    TakenOver {
        /// The run.
        run: String,
        /// The other coordinator.
        by: String,
    },
    /// The lab has more of the run than this host.
    #[error(
        "the lab has this run up to generation {generation}, which this host has not: go on with it by --resume \
         {address}, or remove it by `eggroll-host status {address} --forget`"
    )]
    Ahead {
        /// The last generation in the lab.
        generation: u32,
        /// The address of the run.
        address: String,
    },
    /// The lab has no such run.
    #[error("{server} has no run {run}: `eggroll-host status {server}` lists the runs that it has")]
    NoRun {
        /// The server.
        server: String,
        /// The run.
        run: String,
    },
    /// The copy of the run is damaged.
    #[error("{server}: the copy of run {run} is damaged: {why}")]
    Damaged {
        /// The server.
        server: String,
        /// The run.
        run: String,
        /// What is wrong.
        why: String,
    },
    /// The files of a run cannot be brought here.
    #[error("the files of the run cannot be brought to this computer: {why}")]
    Files {
        /// Why.
        why: String,
    },
    /// The copy of the run is not complete.
    #[error(
        "{server} has not taken all of the run within {seconds} s: the run's directory is whole, and --resume with the \
         same --boards completes the copy"
    )]
    Behind {
        /// The server.
        server: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

/// What a lab has of a run.
pub(crate) struct Stored {
    pub(crate) copy: Copy,
}

impl Stored {
    /// Whether all planned generations are there, so that nothing is lost if the run is trained again.
    pub(crate) const fn is_complete(&self) -> bool {
        self.copy.generations >= self.copy.planned
    }
}

/// A coordinator as users see it.
fn shown(lead: &Lead) -> String {
    format!("{} (process {})", words::shown(&lead.host, MOST_TEXT), lead.process)
}

/// Asks the coordinator of a run whether it is there. Returns who it is.
pub(crate) async fn led_by(client: &Client, run: RunName) -> Option<String> {
    let asking = client.request(subjects::coordinator(run), Bytes::new());
    match tokio::time::timeout(ANSWERS_WITHIN, asking).await {
        Ok(Ok(answer)) => Some(
            decode::<Lead>(&answer.payload).map_or_else(|_| "another host".to_owned(), |lead| shown(&lead)),
        ),
        // Nobody listens, or whoever listened does not any more.
        Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => None,
        Ok(Err(_)) | Err(_) => None,
    }
}

impl Lab {
    pub(super) async fn nobody_else_leads(&self) -> Result<(), LabError> {
        match led_by(&self.connection.client, self.run).await {
            None => Ok(()),
            Some(by) => Err(LabError::Led { run: self.run.to_string(), by }),
        }
    }

    pub(super) async fn read_stored(&self) -> Result<Option<Stored>, LabError> {
        let copy = resume::read(&self.jetstream, &self.connection.server, self.run).await?;
        Ok(copy.map(|copy| Stored { copy }))
    }

    pub(super) fn ahead(&self, stored: &Stored) -> LabError {
        LabError::Ahead { generation: stored.copy.generations, address: self.run_address().to_string() }
    }

    fn server_says(&self, why: impl ToString) -> LabError {
        LabError::Server { server: self.connection.server.clone(), why: why.to_string() }
    }

    /// Takes the lead. Returns its number.
    pub(super) async fn take_lead(&self) -> Result<u64, LabError> {
        let config = stream::Config {
            name: subjects::journal_stream(self.run),
            subjects: vec![subjects::journal(self.run), subjects::lead(self.run)],
            discard: DiscardPolicy::New,
            max_message_size: super::LARGEST,
            allow_direct: true,
            duplicate_window: Duration::from_secs(120),
            ..stream::Config::default()
        };
        let made = self.jetstream.get_or_create_stream(config).await;
        let mut stream = made.map_err(|error| self.server_says(error))?;
        let last = stream.info().await.map_err(|error| self.server_says(error))?.state.last_sequence;
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let lead = Lead { session: random(), host, process: std::process::id() };
        let message = PublishMessage::build().payload(encode(&lead).into()).expected_last_sequence(last);
        let sent = self.jetstream.send_publish(subjects::lead(self.run), message).await;
        match sent.map_err(|error| self.server_says(error))?.await {
            Ok(taken) => Ok(taken.sequence),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                Err(LabError::Led { run: self.run.to_string(), by: leader(&stream, self.run).await.1 })
            }
            Err(error) => Err(self.server_says(error)),
        }
    }

    /// Compares the copy of the journal with the journal of this host, and adds what it lacks. Returns how
    /// much it has then, with its last message, and the message with which it begins.
    pub(super) async fn reconcile(&self, epoch: u64, journal: &[u8]) -> Result<((u64, u64), u64), LabError> {
        // This host leads, so that nobody adds anything meanwhile.
        let stored = self.read_stored().await?;
        let (mut offset, mut begins, mut missing) = (0, None, journal);
        if let Some(stored) = &stored {
            match behind(journal, &stored.copy.bytes) {
                Some(rest) => {
                    (offset, begins, missing) = (stored.copy.bytes.len(), Some(stored.copy.first), rest);
                }
                // The run is trained again, to the same weights.
                None if stored.is_complete() && stored.copy.generations > 0 => {
                    let stream = self.jetstream.get_stream(subjects::journal_stream(self.run)).await;
                    let stream = stream.map_err(|error| self.server_says(error))?;
                    let purge = stream.purge().filter(subjects::journal(self.run));
                    purge.await.map_err(|error| self.server_says(error))?;
                }
                None => return Err(self.ahead(stored)),
            }
        }
        let mut sequence = epoch;
        for part in missing.chunks(PART) {
            let message = part_message(offset as u64, part).expected_last_sequence(sequence);
            let sent = self.jetstream.send_publish(subjects::journal(self.run), message).await;
            let taken = sent.map_err(|error| self.server_says(error))?.await;
            sequence = taken.map_err(|error| self.server_says(error))?.sequence;
            begins.get_or_insert(sequence);
            offset += part.len();
        }
        Ok(((offset as u64, sequence), begins.unwrap_or(sequence)))
    }
}

/// What a journal has behind a copy of it; `None` if the copy has something else. The paths of data may differ
/// from host to host, so the first records need not be the same bytes: what they decide is the run's name.
fn behind<'j>(journal: &'j [u8], copy: &[u8]) -> Option<&'j [u8]> {
    let (ours, theirs) = (beginning_of(journal).ok()?, beginning_of(copy).ok()?);
    journal[ours..].strip_prefix(&copy[theirs..])
}

/// A message with a part of the journal that begins at an offset.
pub(super) fn part_message(offset: u64, part: &[u8]) -> PublishMessage {
    PublishMessage::build().payload([&offset.to_le_bytes(), part].concat().into())
}

/// The number of the latest lead, and who has it.
pub(super) async fn leader(stream: &stream::Stream, run: RunName) -> (u64, String) {
    match stream.get_last_raw_message_by_subject(&subjects::lead(run)).await {
        Ok(message) => {
            let by = decode::<Lead>(&message.payload);
            (message.sequence, by.map_or_else(|_| "another host".to_owned(), |lead| shown(&lead)))
        }
        Err(_) => (0, "another host".to_owned()),
    }
}
