//! A lab before this host leads a run in it.

use super::error::LabError;
use super::leadership::{leader, led_by, part_message, part_size};
use crate::login::{Connection, connect};
use crate::messages::{Lead, RunName, encode};
use crate::random::random;
use crate::resume::{self, Copy};
use crate::{Login, blobs, subjects};
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::{self, DiscardPolicy};
use async_nats::jetstream::{self, Context};
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::update::Setup;
use std::sync::Arc;
use std::time::Duration;

/// The largest message of a stream in bytes, which NATS allows unless it is told otherwise.
pub(super) const LARGEST: i32 = 1 << 20;

/// The largest message of a server has at least so many bytes: twice a part of an object in its store.
const SMALLEST_PAYLOAD: usize = 256 << 10;

/// A lab that has been connected for a run, which this host does not lead yet.
pub struct Lab {
    pub(super) address: LabAddress,
    pub(super) connection: Connection,
    pub(super) jetstream: Context,
    pub(super) store: ObjectStore,
    pub(super) run: RunName,
    pub(super) setup: Arc<Setup>,
    pub(super) stored: Option<Copy>,
}

impl Lab {
    /// Connects a lab for a run, and makes sure that nobody else trains it. `begun` says that this host has a
    /// directory of the run already.
    ///
    /// # Errors
    /// [`LabError`].
    pub async fn connect(
        address: &LabAddress,
        login: &Login,
        setup: &Arc<Setup>,
        begun: bool,
    ) -> Result<Self, LabError> {
        let connection = connect(address, login, "_INBOX.coordinator", false).await?;
        let jetstream = jetstream::new(connection.client.clone());
        let server = connection.server.clone();
        let refused = |why: String| LabError::Server { server: server.clone(), why };
        let largest = connection.client.max_payload();
        if largest < SMALLEST_PAYLOAD {
            let why = format!("its max_payload is {largest} bytes, and a lab needs {SMALLEST_PAYLOAD}");
            return Err(refused(why));
        }
        let store = blobs::store(&jetstream).await.map_err(refused)?;
        let run = RunName::of(&setup.identity);
        let mut lab = Self {
            address: address.without_run(),
            connection,
            jetstream,
            store,
            run,
            setup: Arc::clone(setup),
            stored: None,
        };
        lab.nobody_else_leads().await?;
        lab.stored = lab.read_stored().await?;
        if let Some(stored) = &lab.stored
            && !begun
            && !stored.is_complete()
        {
            return Err(lab.ahead(stored));
        }
        Ok(lab)
    }

    /// The address of the run, by which another host goes on with it.
    pub fn run_address(&self) -> LabAddress {
        self.address.with_run(&self.run.to_string())
    }

    async fn nobody_else_leads(&self) -> Result<(), LabError> {
        match led_by(&self.connection.client, self.run).await {
            None => Ok(()),
            Some(by) => Err(LabError::Led { run: self.run.to_string(), by }),
        }
    }

    async fn read_stored(&self) -> Result<Option<Copy>, LabError> {
        resume::read(&self.jetstream, &self.connection.server, self.run).await
    }

    fn ahead(&self, stored: &Copy) -> LabError {
        LabError::Ahead { generation: stored.generations, address: self.run_address().to_string() }
    }

    pub(super) fn server_says(&self, why: impl ToString) -> LabError {
        LabError::Server { server: self.connection.server.clone(), why: why.to_string() }
    }

    /// Takes the lead. Returns its number.
    pub(super) async fn take_lead(&self) -> Result<u64, LabError> {
        let config = stream::Config {
            name: subjects::journal_stream(self.run),
            subjects: vec![subjects::journal(self.run), subjects::lead(self.run)],
            discard: DiscardPolicy::New,
            max_message_size: LARGEST,
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
            match resume::behind(journal, &stored.bytes) {
                Some(rest) => {
                    (offset, begins, missing) = (stored.bytes.len(), Some(stored.first), rest);
                }
                // The run is trained again, to the same weights.
                None if stored.is_complete() && stored.generations > 0 => {
                    let stream = self.jetstream.get_stream(subjects::journal_stream(self.run)).await;
                    let stream = stream.map_err(|error| self.server_says(error))?;
                    let purge = stream.purge().filter(subjects::journal(self.run));
                    purge.await.map_err(|error| self.server_says(error))?;
                }
                None => return Err(self.ahead(stored)),
            }
        }
        let mut sequence = epoch;
        for part in missing.chunks(part_size(&self.connection.client)) {
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
