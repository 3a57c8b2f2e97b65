//! What all tasks of a coordinator share, and the tasks that listen.

use super::Lab;
use super::lead::{LabError, leader};
use super::roster::{Roster, Verdict};
use crate::agent::random;
use crate::login::Connection;
use crate::messages::{
    Answer, Blob, Invitation, Lead, MOST_BYTES, Need, Over, RunName, Said, decode, encode,
};
use crate::status::{AgentStatus, RunStatus};
use crate::subjects::{self, Kind};
use async_nats::Message;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use async_nats::jetstream::object_store::ObjectStore;
use eggroll_host::fleet::Registry;
use eggroll_host::update::Setup;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The interval at which agents are looked for that are silent.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause before a subscription that has ended is made again.
const AGAIN: Duration = Duration::from_millis(500);
/// The most bytes of a status.
const MOST_STATUS: usize = 512 << 10;

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
struct Pending {
    agent: Arc<str>,
    answer: oneshot::Sender<Said>,
}

/// A request of the fleet. It is forgotten when this is dropped.
pub(super) struct Request {
    hall: Arc<Hall>,
    pub(super) number: u64,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.hall.pending().remove(&self.number);
    }
}

/// What all tasks of a coordinator share.
pub(super) struct Hall {
    pub(super) connection: Connection,
    pub(super) jetstream: Context,
    pub(super) store: ObjectStore,
    pub(super) run: RunName,
    pub(super) setup: Arc<Setup>,
    /// The number of the lead.
    pub(super) epoch: u64,
    /// The message with which the copy of the journal begins.
    begins: u64,
    /// The setup of the run, and all bytes that its agents may ask for.
    blobs: (Blob, Vec<Blob>),
    checkpoint: Mutex<Option<Blob>>,
    /// The last message in the journal's stream.
    sequence: AtomicU64,
    session: u64,
    next_request: AtomicU64,
    pending: Mutex<HashMap<u64, Pending>>,
    pub(super) roster: Mutex<Roster>,
    pub(super) registry: Registry,
    picture: Mutex<Picture>,
    /// Cancelled once the run is lost.
    pub(super) lost: CancellationToken,
    loss: Mutex<Option<LabError>>,
    /// Answers that nobody waited for.
    unasked: AtomicU64,
    /// Whether the run is over, so that nobody is invited any more.
    is_over: AtomicBool,
}

/// A lock of which no panic can leave the value half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hall {
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
            roster: Mutex::default(),
            registry,
            picture: Mutex::default(),
            lost: CancellationToken::new(),
            loss: Mutex::new(None),
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
    pub(super) fn blob(&self, hash: &crate::messages::Hash) -> Option<String> {
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

    pub(super) fn serving(&self) -> usize {
        locked(&self.roster).serving()
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut Picture)) {
        change(&mut locked(&self.picture));
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<u64, Pending>> {
        locked(&self.pending)
    }

    /// Registers a request to an agent.
    pub(super) fn register(self: &Arc<Self>, agent: &Arc<str>) -> (Request, oneshot::Receiver<Said>) {
        let number = self.next_request.fetch_add(1, Ordering::Relaxed);
        let (answer, receiver) = oneshot::channel();
        self.pending().insert(number, Pending { agent: Arc::clone(agent), answer });
        (Request { hall: Arc::clone(self), number }, receiver)
    }

    /// Starts all tasks that listen.
    pub(super) fn open(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        self.listen(tasks, subjects::HELLOS.to_owned(), Self::on_hello);
        self.listen(tasks, subjects::NEEDS.to_owned(), Self::on_need);
        self.listen(tasks, subjects::coordinator(self.run), Self::on_question);
        self.listen(tasks, subjects::STATUS.to_owned(), Self::on_status);
        self.listen(tasks, subjects::lead(self.run), Self::on_lead);
        tasks.spawn(Arc::clone(self).take_scores());
        let hall = Arc::clone(self);
        tasks.spawn(async move {
            let mut tick = tokio::time::interval(LOOK_EVERY);
            loop {
                tick.tick().await;
                let up = hall.connection.health.up_for();
                locked(&hall.roster).look(up);
            }
        });
        let client = self.connection.client.clone();
        tasks.spawn(async move {
            let _ = client.publish(subjects::PING, bytes::Bytes::new()).await;
        });
    }

    /// Handles the messages of a subject one by one.
    fn listen<F>(
        self: &Arc<Self>,
        tasks: &mut JoinSet<()>,
        subject: String,
        handle: fn(Arc<Self>, Message) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let hall = Arc::clone(self);
        tasks.spawn(async move {
            loop {
                // A subscription outlives lost connections; it ends only with the client.
                if let Ok(mut messages) = hall.connection.client.subscribe(subject.clone()).await {
                    while let Some(message) = messages.next().await {
                        handle(Arc::clone(&hall), message).await;
                    }
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }

    async fn on_hello(self: Arc<Self>, message: Message) {
        let Some(agent) = subjects::agent_of(&message.subject).map(Arc::<str>::from) else { return };
        let fits = message.payload.len() <= MOST_BYTES;
        let hello = if fits {
            decode(&message.payload).map_err(|error| error.to_string())
        } else {
            Err("too long".to_owned())
        };
        let verdict = locked(&self.roster).hello(&self, &agent, hello);
        let Verdict::Invite { pending_of } = verdict else { return };
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let pending = if pending_of { self.pending_of(&agent) } else { 0 };
        let invitation = Invitation {
            run: self.run,
            epoch: self.epoch,
            setup: self.blobs.0,
            begins: self.begins,
            sequence: self.sequence.load(Ordering::Relaxed),
            pending,
        };
        let _ = self
            .connection
            .client
            .publish(subjects::to(&agent, Kind::Invitation), encode(&invitation).into())
            .await;
    }

    fn pending_of(&self, agent: &str) -> u32 {
        u32::try_from(self.pending().values().filter(|pending| &*pending.agent == agent).count())
            .unwrap_or(u32::MAX)
    }

    async fn on_need(self: Arc<Self>, message: Message) {
        let Some(agent) = subjects::agent_of(&message.subject).map(Arc::<str>::from) else { return };
        match decode::<Need>(&message.payload) {
            Ok(need) if need.run == self.run => {
                if locked(&self.roster).may_ask(&agent) {
                    let hall = Arc::clone(&self);
                    // Agents must not wait for each other.
                    tokio::spawn(async move { hall.supply(&agent, need.what).await });
                }
            }
            Ok(_) => {}
            Err(error) => locked(&self.roster).malformed(&agent, &error.to_string()),
        }
    }

    /// Another host asks whether somebody trains this run.
    async fn on_question(self: Arc<Self>, message: Message) {
        let Some(reply) = message.reply else { return };
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let lead = Lead { session: self.session, host, process: std::process::id() };
        let _ = self.connection.client.publish(reply, encode(&lead).into()).await;
    }

    async fn on_status(self: Arc<Self>, message: Message) {
        let Some(reply) = message.reply else { return };
        let _ = self.connection.client.publish(reply, self.status().into()).await;
    }

    /// The status of the run as JSON.
    fn status(&self) -> Vec<u8> {
        let picture = locked(&self.picture).clone();
        let mut agents: Vec<AgentStatus> = locked(&self.roster).status(&picture);
        let units: u64 = picture.rates.values().map(|(_, units)| units).sum();
        loop {
            let status = RunStatus {
                run: self.run.to_string(),
                host: gethostname::gethostname().to_string_lossy().into_owned(),
                process: std::process::id(),
                generation: picture.generation,
                planned: picture.planned,
                units,
                lost: picture.lost,
                expelled: picture.expelled,
                checked: picture.checked,
                unasked: self.unasked.load(Ordering::Relaxed),
                agents_in_all: locked(&self.roster).len(),
                agents: agents.clone(),
            };
            let bytes = serde_json::to_vec(&status).unwrap_or_default();
            if bytes.len() <= MOST_STATUS || agents.is_empty() {
                return bytes;
            }
            agents.truncate(agents.len() / 2);
        }
    }

    /// Somebody takes the lead of this run, or tries to.
    async fn on_lead(self: Arc<Self>, _: Message) {
        let Ok(stream) = self.jetstream.get_stream(subjects::journal_stream(self.run)).await else { return };
        let (epoch, by) = leader(&stream, self.run).await;
        if epoch > self.epoch {
            self.lose(LabError::TakenOver { run: self.run.to_string(), by });
        }
    }

    /// Takes the answers of all agents from their stream, in order and without gaps, whatever happens to the
    /// connection.
    async fn take_scores(self: Arc<Self>) {
        let mut next = None;
        loop {
            if let Ok(stream) = self.jetstream.get_stream(subjects::score_stream(self.run)).await {
                let start_sequence = next.unwrap_or(1);
                let config = push::OrderedConfig {
                    deliver_subject: self.connection.client.new_inbox(),
                    deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
                    ..push::OrderedConfig::default()
                };
                if let Ok(consumer) = stream.create_consumer(config).await
                    && let Ok(mut messages) = consumer.messages().await
                {
                    while let Some(Ok(message)) = messages.next().await {
                        next = message.info().ok().map(|info| info.stream_sequence + 1);
                        self.answered(&message);
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn answered(&self, message: &Message) {
        let Some(agent) = subjects::agent_of(&message.subject) else { return };
        let answer: Answer = match decode(&message.payload) {
            Ok(answer) => answer,
            Err(error) => return locked(&self.roster).malformed(agent, &error.to_string()),
        };
        if answer.epoch != self.epoch {
            return;
        }
        let mut pending = self.pending();
        let asked = pending.get(&answer.request).is_some_and(|pending| &*pending.agent == agent);
        match asked.then(|| pending.remove(&answer.request)).flatten() {
            Some(waiting) => {
                drop(pending);
                locked(&self.roster).answered(agent);
                // The fleet may have given the request to another evaluator meanwhile.
                let _ = waiting.answer.send(answer.said);
            }
            // Of two answers to a request the first one counts.
            None => {
                drop(pending);
                self.unasked.fetch_add(1, Ordering::Relaxed);
                locked(&self.roster).unasked(agent);
            }
        }
    }

    /// Lets the agents go, and removes what only this coordinator needed.
    pub(super) async fn dismiss(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        let over = bytes::Bytes::from(encode(&Over { run: self.run, epoch: self.epoch }));
        let agents = locked(&self.roster).names();
        for agent in &agents {
            let _ = self.connection.client.publish(subjects::to(agent, Kind::Over), over.clone()).await;
        }
        // Another coordinator has its own streams under the same names.
        if self.loss().is_none() {
            for stream in [subjects::work_stream(self.run), subjects::score_stream(self.run)] {
                let _ = self.jetstream.delete_stream(&stream).await;
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), self.connection.client.flush()).await;
    }
}
