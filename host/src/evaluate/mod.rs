//! What a scheduler hands work to: one trait, whatever stands behind it (a board, a simulated board, and later
//! the host's own cores, a GPU or an agent on another machine).

mod referee;

pub use referee::Referee;

use crate::update::{Generation, Outcome};
use async_trait::async_trait;
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

/// Evaluates units (slots of estimator `node`, antithetic pairs of `weight`) of a generation.
#[async_trait]
pub trait Evaluator: Send + Sync {
    /// How users know it.
    fn name(&self) -> &str;

    /// The most units that one call may ask for.
    fn most_units(&self) -> u32;

    /// The packed scores ([`eggroll_firmware::estimator::scores`]) of a range of units: a pure function of the
    /// generation and the range. May be called again while earlier calls are under way.
    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost>;

    /// A hint: the scores of a generation are complete, so an evaluator that keeps its own weights can move them
    /// before the next call asks for it.
    fn finished(&self, outcome: &Arc<Outcome>) {
        let _ = outcome;
    }
}
