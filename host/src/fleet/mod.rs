//! The fleet: boards behind links, and the scheduler that spreads a generation over them.

pub mod board;
pub mod link;
mod scheduler;
pub mod session;

pub use board::BoardEvaluator;
pub use scheduler::{Fleet, FleetError, Joining, Patience, Share};

use crate::evaluate::Evaluator;
use crate::update::Setup;
use link::Link;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes on all links of a run.
#[derive(Debug, Default)]
pub struct Traffic {
    /// From the host.
    pub sent: AtomicU64,
    /// To the host.
    pub received: AtomicU64,
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
    let board = BoardEvaluator::connect(link, Arc::clone(traffic)).await?;
    board.configure(Arc::clone(setup)).await?;
    Ok(Arc::new(board))
}
