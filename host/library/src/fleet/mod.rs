//! The fleet: boards behind links, and the scheduler that spreads each generation over them.

mod absence;
mod alone;
mod arrivals;
pub mod board;
mod connection;
mod connector;
mod gather;
mod generation;
mod in_flight;
pub mod link;
mod measure;
mod open_generation;
mod own_task;
pub mod probability;
mod registry;
mod roll;
mod scheduler;
pub(crate) mod session;
mod shares;
mod speed;
mod uploads;
mod verify;
mod worker;

pub use alone::Trained;
pub use arrivals::{Arrival, Arrivals};
pub use board::{BoardEvaluator, BoardHistory};
pub use connector::Connector;
pub use gather::{Gathered, gather};
pub(crate) use measure::Measured;
pub use own_task::own_task;
pub use registry::{NotRegistered, Registry};
pub use roll::{Counts, Roll};
pub use scheduler::{Fleet, FleetError, Patience, Share};
pub use session::BoardInfo;
pub use uploads::{UploadProgress, Uploads};
pub(crate) use verify::Evaluated;
pub use verify::{Answer, Verifier};

use crate::evaluate::Evaluator;
use crate::update::Setup;
use link::Link;
use link::faults::Injected;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what went over all links of a run.
#[derive(Debug, Default)]
pub struct Traffic {
    /// The bytes that the host sent.
    pub sent: AtomicU64,
    /// The bytes that the host received.
    pub received: AtomicU64,
    /// The number of requests, without repeats.
    pub requests: AtomicU64,
    /// How often a request was repeated because no reply came.
    pub repeated: AtomicU64,
    /// How often a board had to be brought to the run's weights again because its reply did not prove that it
    /// had them.
    pub resyncs: AtomicU64,
    /// The uploads to boards that are under way.
    pub uploads: Uploads,
    /// The faults that the injector caused; all are 0 without an injector.
    pub injected: Injected,
}

impl Traffic {
    /// The bytes sent and the bytes received so far.
    pub fn totals(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }
}

/// Connects one link and configures its board for a run.
///
/// # Errors
/// [`board::BoardError`] if the board speaks another protocol, does not answer or cannot hold the run.
pub async fn connect(
    link: Link,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Arc<dyn Evaluator>, board::BoardError> {
    reconnect(link, setup, traffic, &Arc::default()).await
}

/// Does the same for a board that may have been connected before.
///
/// # Errors
/// Those of [`connect`].
pub(crate) async fn reconnect(
    link: Link,
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
    history: &Arc<BoardHistory>,
) -> Result<Arc<dyn Evaluator>, board::BoardError> {
    let board = BoardEvaluator::connect(link, Arc::clone(traffic), Arc::clone(history)).await?;
    board.configure(Arc::clone(setup)).await?;
    Ok(Arc::new(board))
}
