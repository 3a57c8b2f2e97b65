//! How the credit Z of a generation moves weights: the scalar definitions that boards run and hosts are
//! tested against.

mod delta;
#[cfg(feature = "recurrent")]
mod moment;
mod residual;
mod step;
mod vote;

pub use crate::credit::{Accumulator, Credit, CreditRow, Squares, Statistics, Term};
pub use delta::WeightDelta;
#[cfg(feature = "recurrent")]
pub use moment::Moment;
pub use residual::Residual;
use serde::{Deserialize, Serialize};
pub use step::{Rule, step};
pub use vote::Vote;

/// Which update a run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Optimizer {
    /// Z, scaled by an integer rule, is carried in an accumulator a weight: [`Residual`].
    Residual,
    /// Where |Z| passes a threshold the weight moves by one: [`Vote`].
    Vote {
        /// Leave the rank out of the threshold, as the reference does (estimator `weight`).
        reference_rank_scale: bool,
    },
}
