//! The tasks of a coordinator that listen.

use super::error::LabError;
use super::leadership::leader;
use super::roster::{Roster, Verdict};
use super::shared::{Shared, locked};
use crate::messages::{Answer, Invitation, Lead, MOST_BYTES, Need, Over, decode, encode};
use crate::status::{AgentStatus, RunStatus};
use crate::subjects::{self, Kind};
use async_nats::Message;
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use futures_util::StreamExt;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

/// The interval at which agents are looked for that are silent.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause before a subscription that has ended is made again.
const AGAIN: Duration = Duration::from_millis(500);
/// The most bytes of a status.
const MOST_STATUS: usize = 512 << 10;

/// The tasks of a coordinator that listen, and the agents that they have heard.
pub(super) struct Hall {
    pub(super) shared: Arc<Shared>,
    roster: Mutex<Roster>,
}

impl Hall {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, roster: Mutex::default() }
    }

    pub(super) fn serving(&self) -> usize {
        locked(&self.roster).serving()
    }

    /// Starts all tasks that listen.
    pub(super) fn open(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        self.listen(tasks, subjects::HELLOS.to_owned(), Self::on_hello);
        self.listen(tasks, subjects::NEEDS.to_owned(), Self::on_need);
        self.listen(tasks, subjects::coordinator(self.shared.run), Self::on_question);
        self.listen(tasks, subjects::STATUS.to_owned(), Self::on_status);
        self.listen(tasks, subjects::lead(self.shared.run), Self::on_lead);
        tasks.spawn(Arc::clone(self).take_scores());
        let hall = Arc::clone(self);
        tasks.spawn(async move {
            let mut tick = tokio::time::interval(LOOK_EVERY);
            loop {
                tick.tick().await;
                let up = hall.shared.connection.health.up_for();
                locked(&hall.roster).look(up);
            }
        });
        let client = self.shared.connection.client.clone();
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
                if let Ok(mut messages) = hall.shared.connection.client.subscribe(subject.clone()).await {
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
        let verdict = locked(&self.roster).hello(&self.shared, &agent, hello);
        let Verdict::Invite { pending_of } = verdict else { return };
        if self.shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let pending = if pending_of { self.pending_of(&agent) } else { 0 };
        let invitation = Invitation {
            run: self.shared.run,
            epoch: self.shared.epoch,
            setup: self.shared.blobs.0,
            begins: self.shared.begins,
            sequence: self.shared.sequence.load(Ordering::Relaxed),
            pending,
        };
        let _ = self
            .shared
            .connection
            .client
            .publish(subjects::to(&agent, Kind::Invitation), encode(&invitation).into())
            .await;
    }

    fn pending_of(&self, agent: &str) -> u32 {
        u32::try_from(self.shared.pending().values().filter(|pending| &*pending.agent == agent).count())
            .unwrap_or(u32::MAX)
    }

    async fn on_need(self: Arc<Self>, message: Message) {
        let Some(agent) = subjects::agent_of(&message.subject).map(Arc::<str>::from) else { return };
        match decode::<Need>(&message.payload) {
            Ok(need) if need.run == self.shared.run => {
                if locked(&self.roster).may_ask(&agent) {
                    let hall = Arc::clone(&self);
                    // Agents must not wait for each other.
                    tokio::spawn(async move { hall.shared.supply(&agent, need.what).await });
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
        let lead = Lead { session: self.shared.session, host, process: std::process::id() };
        let _ = self.shared.connection.client.publish(reply, encode(&lead).into()).await;
    }

    async fn on_status(self: Arc<Self>, message: Message) {
        let Some(reply) = message.reply else { return };
        let _ = self.shared.connection.client.publish(reply, self.status().into()).await;
    }

    /// The status of the run as JSON.
    fn status(&self) -> Vec<u8> {
        let picture = locked(&self.shared.picture).clone();
        let mut agents: Vec<AgentStatus> = locked(&self.roster).status(&picture);
        let units: u64 = picture.rates.values().map(|(_, units)| units).sum();
        loop {
            let status = RunStatus {
                run: self.shared.run.to_string(),
                host: gethostname::gethostname().to_string_lossy().into_owned(),
                process: std::process::id(),
                generation: picture.generation,
                planned: picture.planned,
                units,
                lost: picture.lost,
                expelled: picture.expelled,
                answers: self.shared.answers.load(Ordering::Relaxed),
                checked: picture.checked,
                unasked: self.shared.unasked.load(Ordering::Relaxed),
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
        let Ok(stream) = self.shared.jetstream.get_stream(subjects::journal_stream(self.shared.run)).await
        else {
            return;
        };
        let (epoch, by) = leader(&stream, self.shared.run).await;
        if epoch > self.shared.epoch {
            self.shared.lose(LabError::TakenOver { run: self.shared.run.to_string(), by });
        }
    }

    /// Takes the answers of all agents from their stream, in order and without gaps, whatever happens to the
    /// connection.
    async fn take_scores(self: Arc<Self>) {
        let mut next = None;
        loop {
            if let Ok(stream) =
                self.shared.jetstream.get_stream(subjects::score_stream(self.shared.run)).await
            {
                let start_sequence = next.unwrap_or(1);
                let config = push::OrderedConfig {
                    deliver_subject: self.shared.connection.client.new_inbox(),
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
        if answer.epoch != self.shared.epoch {
            return;
        }
        let mut pending = self.shared.pending();
        let asked = pending.get(&answer.request).is_some_and(|pending| &*pending.agent == agent);
        match asked.then(|| pending.remove(&answer.request)).flatten() {
            Some(waiting) => {
                drop(pending);
                self.shared.answers.fetch_add(1, Ordering::Relaxed);
                locked(&self.roster).answered(agent);
                // The fleet may have given the request to another evaluator meanwhile.
                let _ = waiting.answer.send(answer.said);
            }
            // Of two answers to a request the first one counts.
            None => {
                drop(pending);
                self.shared.unasked.fetch_add(1, Ordering::Relaxed);
                locked(&self.roster).unasked(agent);
            }
        }
    }

    /// Lets the agents go, and removes what only this coordinator needed.
    pub(super) async fn dismiss(&self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let over = bytes::Bytes::from(encode(&Over { run: self.shared.run, epoch: self.shared.epoch }));
        let agents = locked(&self.roster).names();
        for agent in &agents {
            let _ =
                self.shared.connection.client.publish(subjects::to(agent, Kind::Over), over.clone()).await;
        }
        // Another coordinator has its own streams under the same names.
        if self.shared.loss().is_none() {
            for stream in [subjects::work_stream(self.shared.run), subjects::score_stream(self.shared.run)] {
                let _ = self.shared.jetstream.delete_stream(&stream).await;
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), self.shared.connection.client.flush()).await;
    }
}
