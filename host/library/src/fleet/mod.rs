//! The fleet: boards behind links, and the scheduler that spreads a generation over them.

mod absence;
mod alone;
pub mod board;
mod connector;
mod gather;
mod generation;
pub mod link;
mod open_generation;
pub mod probability;
mod registry;
mod scheduler;
pub mod session;
mod shares;
mod speed;
mod uploads;
mod verify;
mod worker;

pub use alone::Trained;
pub use board::{BoardEvaluator, BoardHistory};
pub use connector::Connector;
pub use gather::{Gathered, gather};
pub use registry::{NotRegistered, Registry};
pub use scheduler::{Counts, Fleet, FleetError, Patience, Share};
pub use uploads::{UploadProgress, Uploads};
pub use verify::{Answer, Evaluated, Verifier};

use crate::evaluate::Evaluator;
use crate::update::Setup;
use link::Link;
use link::faults::Injected;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What went over all links of a run.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Bytes from the host.
    pub sent: AtomicU64,
    /// Bytes to the host.
    pub received: AtomicU64,
    /// Requests, repeats not counted.
    pub requests: AtomicU64,
    /// How often a request was sent again because no reply came.
    pub repeated: AtomicU64,
    /// How often a board was loaded with weights anew because its reply was not of those asked for.
    pub resyncs: AtomicU64,
    /// What is being loaded into boards now.
    pub uploads: Uploads,
    /// What the fault injector did; all 0 without one.
    pub injected: Injected,
}

impl Traffic {
    /// Bytes sent and received so far.
    pub fn totals(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }
}

/// Connects one link and prepares its board for a run.
///
/// # Errors
/// [`board::BoardError`] where the board speaks another protocol, does not answer or cannot hold the run.
pub async fn connect(
    link: Link,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Arc<dyn Evaluator>, board::BoardError> {
    reconnect(link, setup, traffic, &Arc::default()).await
}

/// The same for a board that may have been connected before.
///
/// # Errors
/// Those of [`connect`].
pub async fn reconnect(
    link: Link,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
    memory: &Arc<BoardHistory>,
) -> Result<Arc<dyn Evaluator>, board::BoardError> {
    let board = BoardEvaluator::connect(link, Arc::clone(traffic), Arc::clone(memory)).await?;
    board.configure(Arc::clone(setup)).await?;
    Ok(Arc::new(board))
}
