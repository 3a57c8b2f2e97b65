//! Verification: the host computes a random sample of the boards' replies again.
//!
//! The checksum in a reply proves that its board started from the right weights, but not that it computed
//! with them: a defective or dishonest board can still return wrong scores. The host picks a reply after it
//! has come, by noise that no board can know. A board that is caught with wrong scores is expelled for the
//! rest of the session.
//!
//! Sampling has limits. If a share `e` of a board's replies is wrong and a share `v` of all replies is
//! checked, then `n` of its replies pass with probability `(1 - e v)^n`. With `v` = 0.01, a board that always
//! lies passes 459 replies with a probability of 1 %, and one that lies once in a million may never be found.
//! A wrong reply that is not found is the exception to the rule that the same run ends in the same weights.
//! Once its board is caught, for any wrong reply, all its replies in the journal are computed again, and the
//! run goes back to before the first wrong one. A run that ends before that keeps the wrong scores. Fitness
//! that only a board can measure, for a task of its own, cannot be computed again.

use super::probability::Probability;
use crate::evaluate::ReferenceEvaluator;
use crate::update::{Generation, Setup, Tally};
use eggroll_firmware::Error;
use eggroll_firmware::noise::{Address, Stream};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Says which board evaluated a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of the board.
    pub board: Arc<str>,
    /// The units.
    pub units: Range<u32>,
}

/// The outcome of a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evaluated {
    /// The generation is complete.
    Complete {
        /// The scores of all units.
        tally: Tally,
        /// Who gave them, as ascending ranges without gaps or overlaps.
        answers: Vec<Answer>,
    },
    /// These boards were caught with wrong scores and are expelled. What they gave before is in doubt, and so
    /// are the weights that this generation started from.
    Caught(Vec<Arc<str>>),
    /// The user has interrupted the run.
    Interrupted,
}

/// Computes a sample of the replies again.
pub struct Verifier {
    reference: Mutex<ReferenceEvaluator>,
    share: Probability,
    noise: Mutex<Stream>,
}

impl Verifier {
    /// Computes each reply again with the probability `share`. Replies are picked by `seed`; without a seed
    /// by the system's randomness, which is needed wherever a board could know the seed.
    ///
    /// # Errors
    /// Those of [`ReferenceEvaluator::new`].
    pub fn new(setup: &Setup, share: Probability, seed: Option<u32>) -> Result<Self, Error> {
        let random = RandomState::new();
        let seed =
            seed.map_or_else(|| (random.hash_one(0) as u32, random.hash_one(1) as u32), |seed| (seed, 0));
        let noise = Stream::new(Address { seed: seed.0, generation: seed.1, index: 0, tensor: 0 });
        Ok(Self { reference: Mutex::new(ReferenceEvaluator::new(setup)?), share, noise: Mutex::new(noise) })
    }

    /// Draws whether the next reply is computed again.
    pub(super) fn picks(&self) -> bool {
        let mut noise = self.noise.lock().unwrap_or_else(PoisonError::into_inner);
        self.share.hits(noise.next_word())
    }

    /// Whether the scores of a range are right. This takes as long as evaluating them.
    ///
    /// # Errors
    /// Those of [`ReferenceEvaluator::scores`].
    pub(super) fn agrees(
        &self,
        generation: &Generation,
        units: Range<u32>,
        scores: &[u8],
    ) -> Result<bool, Error> {
        // The evaluator loads everything that it needs on each call, so that one which panicked midway can be
        // used again.
        let mut reference = self.reference.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(reference.scores(generation.number, &generation.weights, &generation.feed, units)? == scores)
    }
}
