//! Requests in flight, and their outcomes.

use super::shares::Availability;
use super::speed::Costs;
use super::verify::Verifier;
use crate::evaluate::Lost;
use crate::update::Generation;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// A range of units that an evaluator was asked for.
pub(super) struct InFlight {
    pub(super) id: u64,
    pub(super) worker: u64,
    /// The range that was asked for.
    pub(super) range: Range<u32>,
    /// The part of it that no other evaluator was asked for later. It is empty if another was asked first.
    pub(super) holds: Range<u32>,
    pub(super) sent: Instant,
    /// The time at which it should be done, if the evaluator's speed is known.
    pub(super) due: Option<Instant>,
    /// Whether the answer has come and the host is computing it again.
    pub(super) being_checked: Arc<AtomicBool>,
    /// Cancels the request.
    pub(super) task: tokio::task::AbortHandle,
}

/// The expected seconds until an evaluator has done the last of its requests. A request that is late by some
/// time is expected to take that time once more. The result is infinite if the evaluator's speed is not
/// known.
pub(super) fn busy<'f>(in_flight: impl Iterator<Item = &'f InFlight>, now: Instant) -> f64 {
    let (mut last, mut late) = (f64::NEG_INFINITY, 0.0f64);
    for request in in_flight {
        // The evaluator has finished what the host is computing again.
        if request.being_checked.load(Ordering::Relaxed) {
            continue;
        }
        let Some(due) = request.due else { return f64::INFINITY };
        let left = due.saturating_duration_since(now).as_secs_f64();
        let over = now.saturating_duration_since(due).as_secs_f64();
        last = last.max(left - over);
        late = late.max(over);
    }
    // All requests of an evaluator are late by as much as the first.
    (last + 2.0 * late).max(0.0)
}

/// When an evaluator can do more work.
pub(super) fn availability(costs: Costs, busy: f64) -> Availability {
    Availability { before: busy + costs.fixed + costs.off, each: costs.each }
}

/// The outcome of a request.
pub(super) struct Completion {
    pub(super) request: u64,
    pub(super) result: Result<Vec<u8>, Failure>,
    /// The time of the answer.
    pub(super) at: Instant,
    /// Whether the verifier has computed it again.
    pub(super) checked: bool,
}

pub(super) enum Failure {
    /// The evaluator is lost.
    Lost(Lost),
    /// The verifier computed other scores.
    Wrong,
}

/// Computes the scores of a reply again, on a thread that may block.
pub(super) async fn check(
    verifier: Arc<Verifier>,
    generation: Arc<Generation>,
    range: Range<u32>,
    scores: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let recompute = move || match verifier.agrees(&generation, range, &scores) {
        Ok(false) => Err(Failure::Wrong),
        Ok(true) => Ok(scores),
        Err(error) => {
            tracing::warn!(%error, "a reply could not be computed again");
            Ok(scores)
        }
    };
    let failed = |error: tokio::task::JoinError| {
        Failure::Lost(Lost { name: "the host".to_owned(), reason: error.to_string() })
    };
    tokio::task::spawn_blocking(recompute).await.map_err(failed)?
}
