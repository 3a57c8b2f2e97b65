//! An agent from its start to its end: it says hello, and joins and leaves runs.

use super::config::{Agent, AgentError};
use super::desk::{Desk, KeptData};
use super::inbox::{self, Delivered};
use super::offers::Shown;
use super::serve::serve;
use crate::login::{Connection, connect};
use crate::messages::{Blob, Hello, Invitation, Over, RunName, Stage, decode, encode};
use crate::random::random;
use crate::subjects::{self, Kind};
use eggroll_host::words;
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The interval at which an agent says hello.
const HELLO_EVERY: Duration = Duration::from_secs(2);
/// The shortest time between two hellos to those who ask.
const HELLO_AT_MOST: Duration = Duration::from_millis(50);
/// An agent leaves a run whose coordinator has not been heard for so long.
const COORDINATOR_LOST: Duration = Duration::from_secs(120);
/// A run that could not be served is tried again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(15);
/// More messages than streams have on their way to an agent.
const QUEUE: usize = 2048;
/// How long an agent listens whether another one has its name.
const LISTEN: Duration = Duration::from_millis(700);
/// How long an agent that leaves waits for what it has begun.
const DRAIN: Duration = Duration::from_secs(60);

impl Agent {
    /// Offers what it has until `stop` is cancelled, and leaves in order then.
    ///
    /// # Errors
    /// [`AgentError`].
    pub async fn run(self, stop: CancellationToken) -> Result<(), AgentError> {
        let inbox = format!("_INBOX.{}", self.name);
        let connecting = connect(&self.lab, &self.login, &inbox, true);
        let Some(connection) = stop.run_until_cancelled(connecting).await else { return Ok(()) };
        let connection = connection?;
        let closed = || AgentError::Closed(connection.server.clone());
        let messages = inbox::open(&connection, &self.name).await.map_err(|_| closed())?;
        let pings = connection.client.subscribe(subjects::PING).await.map_err(|_| closed())?;
        let instance = random();
        if self.is_name_taken(&connection, instance).await {
            return Err(AgentError::NameTaken(self.name));
        }
        tracing::info!("{}: offered to {}", self.name, connection.server);
        let shown = Arc::new(Shown::new(instance));
        let agent = Arc::new(self);
        let room = Reception {
            agent,
            connection,
            shown,
            stop,
            joined: None,
            kept: Arc::default(),
            told: Arc::default(),
        };
        room.receive(messages, pings).await;
        Ok(())
    }

    /// Whether another agent answers to this name.
    async fn is_name_taken(&self, connection: &Connection, instance: u64) -> bool {
        let Ok(mut hellos) = connection.client.subscribe(subjects::hello(&self.name)).await else {
            return false;
        };
        let _ = connection.client.publish(subjects::PING, Vec::new().into()).await;
        let other = async {
            while let Some(message) = hellos.next().await {
                if decode::<Hello>(&message.payload).is_ok_and(|hello| hello.instance != instance) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(LISTEN, other).await.unwrap_or(false)
    }
}

/// A run that the agent has joined.
struct Joined {
    run: RunName,
    setup: Blob,
    begins: u64,
    epoch: Arc<AtomicU64>,
    /// When it was joined.
    since: Instant,
    invited: Instant,
    news: watch::Sender<Invitation>,
    messages: mpsc::Sender<Delivered>,
    draining: CancellationToken,
    task: JoinHandle<()>,
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes in what is sent to the agent.
struct Reception {
    agent: Arc<Agent>,
    connection: Connection,
    shown: Arc<Shown>,
    stop: CancellationToken,
    joined: Option<Joined>,
    kept: Arc<KeptData>,
    /// The last failure that users were told of.
    told: Arc<tokio::sync::Mutex<Option<String>>>,
}

impl Reception {
    async fn receive(mut self, mut messages: mpsc::Receiver<Delivered>, mut pings: async_nats::Subscriber) {
        let mut hello = tokio::time::interval(HELLO_EVERY);
        hello.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (changed, mut said) = (Arc::clone(&self.shown), Instant::now());
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                _ = hello.tick() => self.say_hello().await,
                () = changed.changed() => self.say_hello().await,
                Some(_) = pings.next() => {
                    // However many ask, they hear the same.
                    if said.elapsed() > HELLO_AT_MOST {
                        said = Instant::now();
                        self.say_hello().await;
                    }
                }
                delivered = messages.recv() => match delivered {
                    Some(delivered) => self.take(delivered),
                    None => return,
                },
            }
            self.leave_if_lost();
        }
        self.drain(&mut messages).await;
    }

    async fn say_hello(&self) {
        let subject = subjects::hello(&self.agent.name);
        // Without a connection this one is lost, and the next comes soon.
        let _ = self.connection.client.publish(subject, encode(&self.shown.hello()).into()).await;
    }

    fn take(&mut self, delivered: Delivered) {
        match delivered.kind {
            Kind::Invitation => match decode(&delivered.message.payload) {
                Ok(invitation) => self.invited(&invitation),
                Err(error) => tracing::debug!("an invitation cannot be read: {error}"),
            },
            Kind::Over => {
                let over = decode::<Over>(&delivered.message.payload);
                let ours = self.joined.as_ref().is_some_and(|joined| {
                    over.is_ok_and(|over| {
                        over.run == joined.run && over.epoch >= joined.epoch.load(Ordering::Relaxed)
                    })
                });
                if ours {
                    self.leave("the run is over");
                }
            }
            Kind::Blob | Kind::Checkpoint | Kind::Journal | Kind::Work => {
                if let Some(joined) = &self.joined {
                    // What there is no room for comes again, since nobody acknowledges it. Hellos must not
                    // wait for it.
                    let _ = joined.messages.try_send(delivered);
                }
            }
        }
    }

    fn invited(&mut self, invitation: &Invitation) {
        if let Some(joined) = &mut self.joined {
            let known = joined.epoch.load(Ordering::Relaxed);
            // One run at a time; and a coordinator that another one has replaced says nothing that counts.
            if joined.run != invitation.run || invitation.epoch < known {
                return;
            }
            joined.invited = Instant::now();
            joined.news.send_replace(*invitation);
            let same = joined.setup == invitation.setup && joined.begins == invitation.begins;
            if same && joined.task.is_finished() && joined.since.elapsed() < TRY_AGAIN {
                return;
            }
            if same && !joined.task.is_finished() {
                joined.epoch.store(invitation.epoch, Ordering::Relaxed);
                self.shown.epoch(invitation.epoch);
                return;
            }
        }
        self.joined = None;
        let (run, epoch) = (invitation.run, Arc::new(AtomicU64::new(invitation.epoch)));
        self.shown.joins(run, invitation.epoch);
        tracing::info!("joins run {run}");
        let (sender, messages) = mpsc::channel(QUEUE);
        let (draining, (news, latest)) = (CancellationToken::new(), watch::channel(*invitation));
        let desk = Desk {
            agent: Arc::clone(&self.agent),
            connection: self.connection.clone(),
            jetstream: async_nats::jetstream::new(self.connection.client.clone()),
            shown: Arc::clone(&self.shown),
            run,
            epoch: Arc::clone(&epoch),
            news: latest,
            draining: draining.clone(),
            kept: Arc::clone(&self.kept),
        };
        let (setup, shown, told) = (invitation.setup, Arc::clone(&self.shown), Arc::clone(&self.told));
        let task = tokio::spawn(async move {
            if let Err(error) = serve(desk, setup, messages).await {
                let error = words::shown(&error, crate::messages::MOST_TEXT);
                let mut told = told.lock().await;
                if told.as_ref() != Some(&error) {
                    tracing::warn!("run {run}: {error}; it is tried again");
                    *told = Some(error.clone());
                }
                shown.trouble(Some(error));
            }
        });
        let (since, invited) = (Instant::now(), Instant::now());
        self.joined = Some(Joined {
            run,
            setup,
            begins: invitation.begins,
            epoch,
            since,
            invited,
            news,
            messages: sender,
            draining,
            task,
        });
    }

    fn leave_if_lost(&mut self) {
        if self.joined.as_ref().is_some_and(|joined| joined.invited.elapsed() > COORDINATOR_LOST) {
            self.leave("its coordinator has not been heard for a while");
        }
    }

    fn leave(&mut self, why: &str) {
        if let Some(joined) = self.joined.take() {
            tracing::info!("leaves run {}: {why}", joined.run);
        }
        self.shown.idle();
    }

    /// Finishes what was begun, and leaves.
    async fn drain(mut self, messages: &mut mpsc::Receiver<Delivered>) {
        self.shown.stage(Stage::Draining);
        self.say_hello().await;
        if let Some(mut joined) = self.joined.take() {
            joined.draining.cancel();
            let end = tokio::time::sleep(DRAIN);
            tokio::pin!(end);
            loop {
                tokio::select! {
                    _ = &mut joined.task => break,
                    () = &mut end => break,
                    delivered = messages.recv() => match delivered {
                        // The journal may be what an answer waits for.
                        Some(delivered) if delivered.kind == Kind::Journal => {
                            let _ = joined.messages.try_send(delivered);
                        }
                        Some(_) => {}
                        None => break,
                    },
                }
            }
        }
        self.shown.idle();
        self.shown.stage(Stage::Draining);
        self.say_hello().await;
        let _ = tokio::time::timeout(Duration::from_secs(5), self.connection.client.flush()).await;
    }
}
