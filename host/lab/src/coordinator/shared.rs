//! What all tasks of a coordinator share.

use super::error::LabError;
use super::lab::Lab;
use crate::login::Connection;
use crate::messages::{Blob, Hash, RunName, Said};
use crate::random::random;
use crate::subjects;
use async_nats::jetstream::Context;
use async_nats::jetstream::object_store::ObjectStore;
use eggroll_host::fleet::Registry;
use eggroll_host::update::Setup;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Users are told when so many requests were refused.
const TELL_AFTER: u64 = 20;

/// How the run is doing.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The last generation that is done.
    pub generation: u32,
    /// The number of planned generations.
    pub planned: u32,
    /// The speed of every evaluator of the fleet in units a second, and its units so far.
    pub rates: HashMap<String, (f64, u64)>,
    /// Evaluators that were lost.
    pub lost: u64,
    /// Evaluators that were expelled for wrong scores.
    pub expelled: u64,
    /// Replies that were computed again.
    pub checked: u64,
}

/// A request that waits for its answer.
pub(super) struct Pending {
    pub(super) agent: Arc<str>,
    pub(super) answer: oneshot::Sender<Said>,
}

/// A request of the fleet. It is forgotten when this is dropped.
pub(super) struct Request {
    shared: Arc<Shared>,
    pub(super) number: u64,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.shared.pending().remove(&self.number);
    }
}

/// What all tasks of a coordinator share.
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) jetstream: Context,
    pub(super) store: ObjectStore,
    pub(super) run: RunName,
    pub(super) setup: Arc<Setup>,
    /// The number of the lead.
    pub(super) epoch: u64,
    /// The message with which the copy of the journal begins.
    pub(super) begins: u64,
    /// The setup of the run, and all bytes that its agents may ask for.
    pub(super) blobs: (Blob, Vec<Blob>),
    pub(super) checkpoint: Mutex<Option<Blob>>,
    /// The last message in the journal's stream.
    pub(super) sequence: AtomicU64,
    pub(super) session: u64,
    pub(super) next_request: AtomicU64,
    pub(super) pending: Mutex<HashMap<u64, Pending>>,
    pub(super) registry: Registry,
    pub(super) picture: Mutex<Picture>,
    /// Cancelled once the run is lost.
    pub(super) lost: CancellationToken,
    pub(super) loss: Mutex<Option<LabError>>,
    /// Requests that the server has refused.
    refused: AtomicU64,
    /// Answers that somebody waited for.
    pub(super) answers: AtomicU64,
    /// Answers that nobody waited for.
    pub(super) unasked: AtomicU64,
    /// Whether the run is over, so that nobody is invited any more.
    pub(super) is_over: AtomicBool,
}

/// A lock of which no panic can leave the value half changed.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(
        lab: Lab,
        (epoch, begins, blobs): (u64, u64, (Blob, Vec<Blob>)),
        registry: Registry,
    ) -> Self {
        let Lab { connection, jetstream, store, run, setup, .. } = lab;
        Self {
            connection,
            jetstream,
            store,
            run,
            setup,
            epoch,
            begins,
            blobs,
            checkpoint: Mutex::new(None),
            sequence: AtomicU64::new(0),
            session: random(),
            next_request: AtomicU64::new(1),
            pending: Mutex::default(),
            registry,
            picture: Mutex::default(),
            lost: CancellationToken::new(),
            loss: Mutex::new(None),
            refused: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            unasked: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// The number of units of a generation.
    pub(super) fn units(&self) -> u32 {
        self.setup.run.estimator.units()
    }

    /// Notes the last message of the journal's stream.
    pub(super) fn copied(&self, sequence: u64) {
        self.sequence.store(sequence, Ordering::Relaxed);
    }

    pub(super) fn has_checkpoint(&self, blob: Blob) {
        *locked(&self.checkpoint) = Some(blob);
    }

    pub(super) fn latest_checkpoint(&self) -> Option<Blob> {
        *locked(&self.checkpoint)
    }

    /// Whether agents may ask for bytes of this hash.
    pub(super) fn blob(&self, hash: &Hash) -> Option<String> {
        let known = self.blobs.1.iter().any(|blob| blob.hash == *hash);
        let checkpoint = self.latest_checkpoint().is_some_and(|blob| blob.hash == *hash);
        if checkpoint { Some(subjects::checkpoint(self.run)) } else { known.then(|| subjects::blob(hash)) }
    }

    /// The run is not this host's any more.
    pub(super) fn lose(&self, loss: LabError) {
        locked(&self.loss).get_or_insert(loss);
        self.lost.cancel();
    }

    pub(super) fn loss(&self) -> Option<LabError> {
        locked(&self.loss).clone()
    }

    /// The bytes that were sent and received.
    pub(super) fn traffic(&self) -> (u64, u64) {
        let counts = self.connection.client.statistics();
        (counts.out_bytes.load(Ordering::Relaxed), counts.in_bytes.load(Ordering::Relaxed))
    }

    /// The server has refused a request. Users are told once, if it was not for a lost connection.
    pub(super) fn refused(&self, why: &str) {
        let before = self.refused.fetch_add(1, Ordering::Relaxed);
        if before == TELL_AFTER && self.connection.health.up_for().is_some() {
            tracing::warn!(
                "{} does not take requests of run {}: {why}; trying on",
                self.connection.server,
                self.run
            );
        }
    }

    /// The last generation that is done.
    pub(super) fn generation(&self) -> u32 {
        locked(&self.picture).generation
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut Picture)) {
        change(&mut locked(&self.picture));
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, HashMap<u64, Pending>> {
        locked(&self.pending)
    }

    /// Registers a request to an agent.
    pub(super) fn register(self: &Arc<Self>, agent: &Arc<str>) -> (Request, oneshot::Receiver<Said>) {
        let number = self.next_request.fetch_add(1, Ordering::Relaxed);
        let (answer, receiver) = oneshot::channel();
        self.pending().insert(number, Pending { agent: Arc::clone(agent), answer });
        (Request { shared: Arc::clone(self), number }, receiver)
    }
}
