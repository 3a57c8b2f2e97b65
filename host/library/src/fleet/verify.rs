//! Verification: a random sample of the boards' replies is computed again by the host.
//!
//! A reply proves by its checksum that its board started from the right weights, not that it computed with them: a
//! defective or dishonest board can still return wrong scores. A reply is picked after it has come, by noise that no
//! board can know, and a board caught wrong is expelled for the rest of the session.
//!
//! What sampling cannot do: a board that errs in a share `e` of its replies has got `n` replies past a check of a
//! share `v` with probability `(1 - e v)^n`. With `v` = 0.01 a board that always lies survives 459 replies with
//! a chance of 1 %, and one that lies once in a million may never be found. A wrong reply that nobody has found is
//! outside the promise that the same run ends in the same weights; once its board is caught, by any of its lies, all
//! its replies in the journal are recomputed and the run goes back to before the first wrong one. A run that ends
//! before that keeps the lie. Fitness that only a board can measure (a task of the board's own) cannot be recomputed.

use super::probability::Probability;
use crate::evaluate::ReferenceEvaluator;
use crate::update::{Generation, Setup, Tally};
use eggroll_firmware::Error;
use eggroll_firmware::noise::{Address, Stream};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Who evaluated a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The board's name.
    pub board: Arc<str>,
    /// The units.
    pub units: Range<u32>,
}

/// What came of a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// All its scores.
    Whole {
        /// The scores.
        tally: Tally,
        /// Who gave them: ascending ranges without gaps or overlaps.
        answers: Vec<Answer>,
    },
    /// Boards were caught with wrong scores and are expelled: what they gave before is in doubt, and with it the
    /// weights that this generation started from.
    Caught(Vec<Arc<str>>),
    /// The user wants an end.
    Interrupted,
}

/// Recomputes a sampled share of replies.
pub struct Verifier {
    reference: Mutex<ReferenceEvaluator>,
    share: Probability,
    noise: Mutex<Stream>,
}

impl Verifier {
    /// Recomputes each reply with the chance `share`. Picks by `seed`; by the system's randomness where it is `None`,
    /// as is right wherever a board could know the seed.
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

    /// Whether the next reply is to be recomputed.
    pub(super) fn picks(&self) -> bool {
        let mut noise = self.noise.lock().unwrap_or_else(PoisonError::into_inner);
        self.share.hits(noise.next_word())
    }

    /// Whether the scores of a range are right; takes as long as evaluating them.
    ///
    /// # Errors
    /// Those of [`ReferenceEvaluator::scores`].
    pub(super) fn agrees(
        &self,
        generation: &Generation,
        units: Range<u32>,
        scores: &[u8],
    ) -> Result<bool, Error> {
        // The referee loads whatever it needs, so that one that panicked midway is as good as new.
        let mut reference = self.reference.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(reference.scores(generation.number, &generation.weights, &generation.feed, units)? == scores)
    }
}
