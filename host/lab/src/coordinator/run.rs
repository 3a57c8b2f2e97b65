//! A run that this host leads.

use super::error::LabError;
use super::hall::Hall;
use super::lab::Lab;
use super::mirror::Copier;
use super::shared::{Picture, Shared};
use crate::files;
use eggroll_host::fleet::Registry;
use eggroll_host::run::Mirror;
use eggroll_host::run::journal::beginning_of;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the end of a run waits for its copy.
const FINISH: Duration = Duration::from_secs(30);

/// A lab in which this host leads a run.
pub struct Coordinator {
    hall: Arc<Hall>,
    copier: Option<Copier>,
    tasks: JoinSet<()>,
}

impl Coordinator {
    /// Takes the lead of the run, brings the copy of its journal up to date, and begins to invite agents.
    ///
    /// # Errors
    /// [`LabError::Led`] if another host was faster; [`LabError::Ahead`] if the copy has gone on without this
    /// host.
    pub async fn lead(
        lab: Lab,
        journal: &[u8],
        named: &[PathBuf],
        registry: Registry,
        most_scores: usize,
    ) -> Result<Self, LabError> {
        let epoch = lab.take_lead().await?;
        let setup = lab.keep_setup().await?;
        files::keep(&lab.store, lab.run, named).await;
        lab.make_streams(most_scores).await?;
        let (copied, begins) = lab.reconcile(epoch, journal).await?;
        let is_resumed = beginning_of(journal).is_ok_and(|beginning| beginning < journal.len());
        let shared = Arc::new(Shared::new(lab, (epoch, begins, setup), registry));
        let hall = Arc::new(Hall::new(Arc::clone(&shared)));
        let copier = Copier::start(shared, copied, is_resumed);
        let mut tasks = JoinSet::new();
        hall.open(&mut tasks);
        Ok(Self { hall, copier: Some(copier), tasks })
    }

    /// Where the training sends the records of the run; once.
    pub fn mirror(&mut self) -> Option<Box<dyn Mirror>> {
        self.copier.as_mut().and_then(Copier::mirror)
    }

    /// Cancelled if another coordinator takes over the run, or its copy cannot be kept.
    pub fn lost(&self) -> &CancellationToken {
        &self.hall.shared.lost
    }

    /// Why the run was lost, once it is.
    pub fn loss(&self) -> Option<LabError> {
        self.hall.shared.loss()
    }

    /// The bytes that were sent to the server and received from it.
    pub fn traffic(&self) -> (u64, u64) {
        self.hall.shared.traffic()
    }

    /// The number of agents that serve the run.
    pub fn agents(&self) -> usize {
        self.hall.serving()
    }

    /// Takes in how the run is doing, for whoever asks for its status.
    pub fn show(&self, picture: impl FnOnce(&mut Picture)) {
        self.hall.shared.show(picture);
    }

    /// Waits until the copy is complete, and lets the agents go.
    ///
    /// # Errors
    /// [`LabError`], if part of the copy is missing.
    pub async fn close(mut self) -> Result<(), LabError> {
        let copied = match self.copier.take() {
            Some(copier) => tokio::time::timeout(FINISH, copier.finish()).await.unwrap_or_else(|_| {
                let server = self.hall.shared.connection.server.clone();
                Err(LabError::Behind { server, seconds: FINISH.as_secs() })
            }),
            None => Ok(()),
        };
        self.hall.dismiss().await;
        self.tasks.shutdown().await;
        self.hall.shared.loss().map_or(copied, Err)
    }
}
