use super::config::Agent;
use super::offers::Shown;
use crate::login::Connection;
use crate::messages::{Blob, Invitation, Need, Needed, RunName, encode};
use crate::subjects;
use async_nats::jetstream;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The data of the last run, which the next one may train on as well.
pub(super) type KeptData = tokio::sync::Mutex<Option<(Blob, Vec<u8>)>>;

/// What an agent has while it takes part in a run.
pub(super) struct Desk {
    pub(super) agent: Arc<Agent>,
    pub(super) connection: Connection,
    pub(super) jetstream: jetstream::Context,
    pub(super) shown: Arc<Shown>,
    pub(super) run: RunName,
    /// The number of the coordinator's lead.
    pub(super) epoch: Arc<AtomicU64>,
    /// The latest invitation, which says how far the coordinator is.
    pub(super) news: watch::Receiver<Invitation>,
    /// Cancelled once the agent finishes only what it has begun.
    pub(super) draining: CancellationToken,
    pub(super) kept: Arc<KeptData>,
}

impl Desk {
    /// Asks for something.
    pub(super) async fn need(&self, what: Needed) {
        let subject = subjects::need(&self.agent.name);
        let need = Need { run: self.run, what };
        // Whoever waits asks again.
        let _ = self.connection.client.publish(subject, encode(&need).into()).await;
    }
}
