//! What a scheduler hands work to: one trait, whatever stands behind it (a board, a simulated board, the host's own cores,
//! a GPU, and later an agent on another machine).

#[cfg(test)]
mod cases;
mod cost;
mod cpu;
mod gpu;
mod reference;

pub use cost::products_a_unit;
pub use cpu::Cpu;
pub use gpu::gpus;
pub use reference::ReferenceEvaluator;

use crate::update::{Generation, Outcome, UpdateOffload};
use async_trait::async_trait;
use eggroll_firmware::train::{Pace, State};
use std::ops::Range;
use std::sync::Arc;

/// An evaluator that is lost to the fleet, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct Lost {
    /// Who.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What an evaluator reports of generations that it has trained alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// The first generation.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Their packed scores, one generation after another.
    pub scores: Vec<u8>,
    /// What the evaluator holds after the last.
    pub state: Option<State>,
}

/// Evaluates units (slots of estimator `node`, antithetic pairs of `weight`) of a generation.
#[async_trait]
pub trait Evaluator: Send + Sync {
    /// How users know it.
    fn name(&self) -> &str;

    /// The most units that one call may ask for.
    fn most_units(&self) -> u32;

    /// How often it was loaded with all weights anew because it did not hold those that it was asked for, and what it said
    /// the last time.
    fn reloads(&self) -> (u64, Option<String>) {
        (0, None)
    }

    /// The packed scores ([`eggroll_firmware::estimator::scores`]) of a range of units: a pure function of the
    /// generation and the range. May be called again while earlier calls are under way. However long it computes, it is
    /// lost only where it is gone or silent. Dropping the call gives it up.
    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost>;

    /// Whether it is the host itself, whose scores nobody has to compute again.
    fn is_host(&self) -> bool {
        false
    }

    /// What of it can help with the update.
    fn update_offload(&self) -> Option<Arc<dyn UpdateOffload>> {
        None
    }

    /// Whether it can train alone.
    fn trains_alone(&self) -> bool {
        false
    }

    /// Trains up to `count` generations alone, from one on. Brings reports of generations that follow each other,
    /// none where it was out of step and a new try may help.
    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        let _ = (generation, count, pace);
        Err(Lost { name: self.name().to_owned(), reason: "it cannot train alone".to_owned() })
    }

    /// A hint: the scores of a generation are complete, so an evaluator that keeps its own weights can move them
    /// before the next call asks for it.
    fn finished(&self, outcome: &Arc<Outcome>) {
        let _ = outcome;
    }
}
