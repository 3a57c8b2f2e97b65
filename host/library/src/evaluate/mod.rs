//! Evaluators: a scheduler gives work to one trait, whether a board, the host's own cores or a GPU implements
//! it.

#[cfg(test)]
pub(crate) mod cases;
mod cost;
mod cpu;
mod gpu;
mod reference;
mod room;

pub(crate) use cost::products_a_unit;
pub use cpu::Cpu;
pub use gpu::gpus;
pub use reference::ReferenceEvaluator;
pub use room::Room;

use crate::update::{Generation, Outcome, UpdateOffload};
use async_trait::async_trait;
use eggroll_firmware::train::{Pace, State};
use std::ops::Range;
use std::sync::Arc;

/// Says which evaluator the fleet has lost, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct Lost {
    /// The evaluator's name.
    pub name: String,
    /// The reason.
    pub reason: String,
}

/// The report of an evaluator on generations that it has trained alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// The first generation.
    pub first: u32,
    /// The number of generations.
    pub count: u32,
    /// Their packed scores, one generation after another.
    pub scores: Vec<u8>,
    /// The evaluator's state after the last of them.
    pub state: Option<State>,
}

/// Evaluates units of a generation: slots of estimator `node`, pairs of estimator `weight`.
#[async_trait]
pub trait Evaluator: Send + Sync {
    /// The name that users see.
    fn name(&self) -> &str;

    /// The largest number of units in one call of [`Self::evaluate`].
    fn most_units(&self) -> u32;

    /// The memory that the run needs on it, and what it has; `None` where the host has no need to know.
    fn room(&self) -> Option<Room> {
        None
    }

    /// How often it had to be loaded with all weights because it held others than it was asked for, and the
    /// reason of the last time.
    fn reloads(&self) -> (u64, Option<String>) {
        (0, None)
    }

    /// Computes the packed scores ([`eggroll_firmware::estimator::scores`]) of a range of units, which are a
    /// pure function of the generation and the range. It may be called again before earlier calls return. An
    /// evaluator that computes for long is not lost; one that is gone or silent is. Dropping the future
    /// cancels the call.
    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost>;

    /// Scores the weights before a generation, without noise, by a task of a board's own, on a trial that no
    /// training meets; `None` if it cannot say.
    async fn measure(&self, generation: &Generation, trial: u32) -> Result<Option<i32>, Lost> {
        let _ = (generation, trial);
        Ok(None)
    }

    /// Whether the host itself computes, so that its scores need no verification.
    fn is_host(&self) -> bool {
        false
    }

    /// The part of it that can compute updates in place of the host, if there is one.
    fn update_offload(&self) -> Option<Arc<dyn UpdateOffload>> {
        None
    }

    /// Whether it can train without the host.
    fn trains_alone(&self) -> bool {
        false
    }

    /// Trains up to `count` generations alone, beginning with `generation`. Returns reports on consecutive
    /// generations, or no report if it did not hold the right state; then another call may succeed.
    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        let _ = (generation, count, pace);
        Err(Lost { name: self.name().to_owned(), reason: "it cannot train alone".to_owned() })
    }

    /// Tells it that the scores of a generation are complete. An evaluator that keeps its own weights can
    /// then move them before the next call needs them. It may ignore this.
    fn finished(&self, outcome: &Arc<Outcome>) {
        let _ = outcome;
    }
}
