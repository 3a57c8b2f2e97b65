//! Estimator `weight`: EGGROLL's antithetic pairs. Member `2p` runs with every matrix moved by `+sigma A
//! B^T`, member `2p + 1` by `-sigma A B^T`; the difference of their scores is the pair's fitness.

mod credit;
mod evaluate;
mod member;
mod sample_credit;

pub use credit::GenerationCredit;
pub use evaluate::{Evaluation, PAIRS_AT_ONCE, Scoring, Workspace};
pub(crate) use member::perturbed_vector;
pub use member::{Perturbed, perturbed_component, perturbed_row};
pub use sample_credit::SampleCredit;

use crate::estimator::scores::Shape;
use crate::kernel::{LowRank, MAX_RANK, limit};
use crate::model::{Program, Tensor, TensorKind};
use crate::noise::{Address, Noise, Stream};
use crate::slice_ext::split_mut;
use crate::{Error, Setting};
use serde::{Deserialize, Serialize};

/// What a fitness of estimator `weight` is credited to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CreditTo {
    /// One fitness a pair, summed over its samples, credited to the pair's whole perturbation (EGGROLL).
    #[default]
    Pair,
    /// One fitness a pair and sample, credited to that sample's activations in the direction in which the
    /// perturbation moved them.
    Sample,
}

/// Settings of estimator `weight`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Weight {
    /// Antithetic pairs of a generation, 1..=2^20.
    pub pairs: u32,
    /// Samples every pair is scored on, 1..=2^20.
    pub samples: u32,
    /// Whether every pair has samples of its own instead of all sharing the generation's.
    pub own_samples: bool,
    /// Rank r of the perturbation, 1..=8.
    pub rank: u8,
    /// Sigma is `2^-sigma_shift`; 0..=15.
    pub sigma_shift: u8,
    /// How the factors are drawn.
    pub noise: Noise,
    /// Largest fitness reported, 1..=32767; 1 reports the sign of the difference, a vote.
    pub clip: i16,
    /// What a fitness is credited to; `Sample` wants samples that all pairs share.
    pub credit: CreditTo,
}

impl Weight {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first that is outside.
    pub fn check(&self) -> Result<(), Error> {
        let fault = if !(1..=1 << 20).contains(&self.pairs) {
            Setting::Pairs
        } else if !(1..=1 << 20).contains(&self.samples) {
            Setting::Samples
        } else if !(1..=MAX_RANK as u8).contains(&self.rank) {
            Setting::Rank
        } else if self.sigma_shift > 15 {
            Setting::SigmaShift
        } else if self.clip < 1 {
            Setting::Clip
        } else if self.credit == CreditTo::Sample && self.own_samples {
            Setting::OwnSamples
        } else {
            return Ok(());
        };
        Err(Error::Setting(fault))
    }

    /// Which sample number of the run sample `i` of a pair is, in a generation from 1; modulo 2^64.
    pub const fn sample_number(&self, generation: u32, pair: u32, i: u32) -> u64 {
        let (before, samples) = ((generation as u64).saturating_sub(1), self.samples as u64);
        if self.own_samples {
            (before * self.pairs as u64 + pair as u64).wrapping_mul(samples).wrapping_add(i as u64)
        } else {
            before * samples + i as u64
        }
    }

    /// A pair's fitness: the sum of its rows' scores, those of member `-` taken negative; clipped.
    pub const fn fitness(&self, difference: i32) -> i16 {
        limit(difference, self.clip as i32) as i16
    }

    /// Which stream of a text sample `i` of a pair is.
    pub const fn stream(&self, pair: u32, i: u32) -> u32 {
        if self.own_samples { pair.wrapping_mul(self.samples).wrapping_add(i) } else { i }
    }

    /// How the scores of pairs are packed.
    pub const fn shape(&self) -> Shape {
        let values = match self.credit {
            CreditTo::Pair => 1,
            CreditTo::Sample => self.samples,
        };
        Shape::new(values, self.clip, false)
    }

    /// The constants that the kernels need; `wide` from the model's bounds.
    pub const fn low_rank(&self, wide: bool) -> LowRank {
        LowRank { rank: self.rank as usize, noise: self.noise, sigma_shift: self.sigma_shift, wide }
    }

    /// Entries of noise that one tensor takes: both factors of a matrix, or a vector's.
    pub const fn entries(&self, tensor: &Tensor) -> usize {
        match (tensor.kind, self.noise) {
            (TensorKind::Matrix { rows, columns }, _) => (rows + columns) * self.rank as usize,
            (TensorKind::Vector { len }, Noise::Sign) => len,
            (TensorKind::Vector { len }, Noise::NearNormal) => 2 * len,
        }
    }
}

/// One pair of a generation.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The estimator's settings.
    pub settings: &'a Weight,
    /// The kernels' constants.
    pub shape: LowRank,
    /// The model.
    pub program: &'a Program,
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// The pair within the generation.
    pub pair: u32,
}

impl Pair<'_> {
    /// Draws the noise of one tensor, [`Weight::entries`] of it.
    pub fn fill(&self, tensor: &Tensor, entries: &mut [i8]) {
        let at =
            Address { seed: self.seed, generation: self.generation, index: self.pair, tensor: tensor.id };
        self.settings.noise.fill(&mut Stream::new(at), entries);
    }

    /// Draws the factors of all tensors, one after another in declared order.
    pub fn fill_factors(&self, factors: &mut [i8]) {
        let mut rest = factors;
        for tensor in self.program.tensors() {
            let (entries, after) = split_mut(rest, self.settings.entries(&tensor));
            self.fill(&tensor, entries);
            rest = after;
        }
    }
}

/// Entries of noise a pair takes for the whole model.
pub fn entries_per_pair(settings: &Weight, program: &Program) -> usize {
    program.tensors().map(|tensor| settings.entries(&tensor)).sum()
}

/// Component `i` of a vector's noise, 16 standing for 1.0 in each of its two factors.
#[inline]
pub fn vector_noise(noise: Noise, entries: &[i8], i: usize) -> i32 {
    let entry = |i: usize| entries.get(i).copied().map_or(0, i32::from);
    match noise {
        Noise::Sign => 256 * entry(i),
        Noise::NearNormal => entry(2 * i) * entry(2 * i + 1),
    }
}
