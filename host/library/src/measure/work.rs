//! The work that a run has taken.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// The slots of the generations so far, and the forward passes that they took. On a text the passes are
/// tokens that went through a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The slots; with estimator `weight` the pairs.
    pub slots: u64,
    /// The slots that were skipped, because the base model is good enough at their samples.
    pub slots_skipped: u64,
    /// The forward passes of the base model that slots began with.
    pub base_passes: u64,
    /// The forward passes of members; in an environment their episodes.
    pub member_passes: u64,
}

impl Work {
    /// All forward passes.
    pub const fn passes(&self) -> u64 {
        self.base_passes + self.member_passes
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.slots += other.slots;
        self.slots_skipped += other.slots_skipped;
        self.base_passes += other.base_passes;
        self.member_passes += other.member_passes;
    }
}
