//! The coordinator's side of a lab: it leads one run, and its fleet sees every evaluator of every agent as
//! one more of its own.

mod hall;
mod lead;
mod mirror;
mod remote;
mod roster;
mod supply;

pub use hall::Picture;
pub use lead::LabError;
pub(crate) use lead::led_by;

use crate::login::{Connection, connect};
use crate::messages::{Blob, RunName, RunSetup, SyncWay, encode};
use crate::{Login, subjects};
use crate::{blobs, files};
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy};
use async_nats::jetstream::{self, Context};
use eggroll_host::fleet::Registry;
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::run::Mirror;
use eggroll_host::update::{Setup, Sync};
use hall::Hall;
use lead::Stored;
use mirror::Copier;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The largest message of a stream in bytes, which NATS allows unless it is told otherwise.
const LARGEST: i32 = 1 << 20;
/// How long the end of a run waits for its copy.
const FINISH: Duration = Duration::from_secs(30);

/// A lab that has been connected for a run, which this host does not lead yet.
pub struct Lab {
    address: LabAddress,
    connection: Connection,
    jetstream: Context,
    store: ObjectStore,
    run: RunName,
    setup: Arc<Setup>,
    stored: Option<Stored>,
}

/// A lab in which this host leads a run.
pub struct Coordinator {
    hall: Arc<Hall>,
    copier: Option<Copier>,
    tasks: JoinSet<()>,
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

    /// Takes the lead of the run, brings the copy of its journal up to date, and begins to invite agents.
    ///
    /// # Errors
    /// [`LabError::Led`] if another host was faster; [`LabError::Ahead`] if the copy has gone on without this
    /// host.
    pub async fn lead(
        self,
        journal: &[u8],
        named: &[PathBuf],
        registry: Registry,
        most_scores: usize,
    ) -> Result<Coordinator, LabError> {
        let epoch = self.take_lead().await?;
        let setup = self.keep_setup().await?;
        files::keep(&self.store, self.run, named).await;
        self.make_streams(most_scores).await?;
        let (copied, begins) = self.reconcile(epoch, journal).await?;
        let hall = Arc::new(Hall::new(self, (epoch, begins, setup), registry));
        let copier = Copier::start(Arc::clone(&hall), copied);
        let mut tasks = JoinSet::new();
        hall.open(&mut tasks);
        Ok(Coordinator { hall, copier: Some(copier), tasks })
    }

    /// Stores what agents need of the run before its first generation.
    async fn keep_setup(&self) -> Result<(Blob, Vec<Blob>), LabError> {
        let server = &self.connection.server;
        let refused = |why: String| LabError::Server { server: server.clone(), why };
        let setup = &*self.setup;
        let keep = async |bytes: &[u8]| match bytes {
            [] => Ok(None),
            bytes => blobs::keep(&self.store, bytes).await.map(Some).map_err(refused),
        };
        let start: Option<Vec<u8>> =
            setup.start.as_ref().map(|weights| weights.iter().map(|w| w.cast_unsigned()).collect());
        let samples = keep(&setup.samples).await?;
        let text = keep(&setup.text).await?;
        let start = match start {
            Some(start) => keep(&start).await?,
            None => None,
        };
        let message = RunSetup {
            run: setup.run.clone(),
            identity: setup.identity,
            sync: match setup.sync {
                Sync::Cheapest => SyncWay::Cheapest,
                Sync::Scores => SyncWay::Scores,
                Sync::Delta => SyncWay::Delta,
                Sync::Weights => SyncWay::Weights,
            },
            own: setup.own.clone(),
            holds_text: setup.holds_text,
            samples,
            text,
            start,
        };
        let message = blobs::keep(&self.store, &encode(&message)).await.map_err(refused)?;
        let all = [samples, text, start, Some(message)].into_iter().flatten().collect();
        Ok((message, all))
    }

    /// Makes the streams of work and of scores anew: what is in them was for another coordinator.
    async fn make_streams(&self, most_scores: usize) -> Result<(), LabError> {
        let run = self.run;
        let score_size = i32::try_from(most_scores).unwrap_or(LARGEST).clamp(1 << 12, LARGEST);
        let work = stream::Config {
            name: subjects::work_stream(run),
            subjects: vec![format!("egg.work.{run}.*.*")],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_message_size: 1 << 10,
            max_bytes: 64 << 20,
            max_age: Duration::from_secs(3600),
            ..stream::Config::default()
        };
        let scores = stream::Config {
            name: subjects::score_stream(run),
            subjects: vec![format!("egg.score.{run}.*")],
            // An agent that floods the stream pushes out its own answers alone.
            max_messages_per_subject: 1 << 10,
            max_message_size: score_size,
            max_bytes: 256 << 20,
            max_age: Duration::from_secs(600),
            duplicate_window: Duration::from_secs(120),
            ..stream::Config::default()
        };
        for config in [work, scores] {
            let _ = self.jetstream.delete_stream(&config.name).await;
            let made = self.jetstream.create_stream(config).await;
            made.map_err(|error| LabError::Server {
                server: self.connection.server.clone(),
                why: error.to_string(),
            })?;
        }
        Ok(())
    }
}

impl Coordinator {
    /// Where the training sends the records of the run; once.
    pub fn mirror(&mut self) -> Option<Box<dyn Mirror>> {
        self.copier.as_mut().and_then(Copier::mirror)
    }

    /// Cancelled if another coordinator takes over the run, or its copy cannot be kept.
    pub fn lost(&self) -> &CancellationToken {
        &self.hall.lost
    }

    /// Why the run was lost, once it is.
    pub fn loss(&self) -> Option<LabError> {
        self.hall.loss()
    }

    /// The bytes that were sent to the server and received from it.
    pub fn traffic(&self) -> (u64, u64) {
        self.hall.traffic()
    }

    /// The number of agents that serve the run.
    pub fn agents(&self) -> usize {
        self.hall.serving()
    }

    /// Takes in how the run is doing, for whoever asks for its status.
    pub fn show(&self, picture: impl FnOnce(&mut Picture)) {
        self.hall.show(picture);
    }

    /// Waits until the copy is complete, and lets the agents go.
    ///
    /// # Errors
    /// [`LabError`], if part of the copy is missing.
    pub async fn close(mut self) -> Result<(), LabError> {
        let copied = match self.copier.take() {
            Some(copier) => tokio::time::timeout(FINISH, copier.finish()).await.unwrap_or_else(|_| {
                let server = self.hall.connection.server.clone();
                Err(LabError::Behind { server, seconds: FINISH.as_secs() })
            }),
            None => Ok(()),
        };
        self.hall.dismiss().await;
        self.tasks.shutdown().await;
        self.hall.loss().map_or(copied, Err)
    }
}
