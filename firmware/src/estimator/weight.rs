//! Estimator `weight`: EGGROLL's antithetic pairs. Member `2p` runs with every matrix moved by `+sigma A B^T`,
//! member `2p + 1` by `-sigma A B^T`; the difference of their scores is the pair's fitness.

use crate::kernel::{LowRank, MAX_RANK, Twin, add_low_rank, clip, low_rank_inputs};
use crate::model::{Layout, Perturbation, Start, Tensor, TensorKind, Workspace, forward};
use crate::noise::{Address, Noise, Stream};
use crate::task::{Member, Task, Trial};
use crate::update::{Accumulator, Credit};
use crate::{Error, Setting};
use serde::{Deserialize, Serialize};

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
        } else {
            return Ok(());
        };
        Err(Error::Setting(fault))
    }

    /// Which sample number of the run sample `i` of a pair is, in a generation from 1.
    pub const fn sample_number(&self, generation: u32, pair: u32, i: u32) -> u64 {
        let (before, samples) = ((generation as u64).saturating_sub(1), self.samples as u64);
        if self.own_samples {
            (before * self.pairs as u64 + pair as u64) * samples + i as u64
        } else {
            before * samples + i as u64
        }
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
    pub layout: &'a Layout,
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// The pair within the generation.
    pub pair: u32,
}

impl Pair<'_> {
    fn fill(&self, tensor: &Tensor, entries: &mut [i8]) {
        let at =
            Address { seed: self.seed, generation: self.generation, index: self.pair, tensor: tensor.id };
        self.settings.noise.fill(&mut Stream::new(at), entries);
    }

    /// Draws the factors of all tensors, one after another in declared order.
    pub fn fill_factors(&self, factors: &mut [i8]) {
        let mut rest = factors;
        for tensor in self.layout.tensors() {
            let (entries, after) = rest.split_at_mut(self.settings.entries(&tensor));
            self.fill(&tensor, entries);
            rest = after;
        }
    }
}

/// Entries of noise a pair takes for the whole model.
pub fn entries_per_pair(settings: &Weight, layout: &Layout) -> usize {
    layout.tensors().map(|tensor| settings.entries(&tensor)).sum()
}

/// Component `i` of a vector's noise, 16 standing for 1.0 in each of its two factors.
#[inline]
fn vector_noise(noise: Noise, entries: &[i8], i: usize) -> i32 {
    match noise {
        Noise::Sign => 256 * i32::from(entries[i]),
        Noise::NearNormal => i32::from(entries[2 * i]) * i32::from(entries[2 * i + 1]),
    }
}

/// A member: one twin of a pair whose factors are drawn.
pub struct Perturbed<'a> {
    pair: Pair<'a>,
    twin: Twin,
    /// `B^T x` of the first layer, where both twins see the same input.
    first: Option<[i32; MAX_RANK]>,
    factors: &'a [i8],
    rest: &'a [i8],
}

impl<'a> Perturbed<'a> {
    /// A member that computes everything itself.
    pub const fn new(pair: Pair<'a>, twin: Twin, factors: &'a [i8]) -> Self {
        Self { pair, twin, first: None, factors, rest: factors }
    }

    fn take(&mut self, entries: usize) -> &'a [i8] {
        let (here, rest) = self.rest.split_at(entries);
        self.rest = rest;
        here
    }
}

impl Perturbation for Perturbed<'_> {
    #[inline]
    fn products(&mut self, layer: usize, input: &[i8], products: &mut [i32]) {
        if layer == 0 {
            self.rest = self.factors;
        }
        let rank = self.pair.shape.rank;
        let b = self.take(input.len() * rank);
        let a = self.take(products.len() * rank);
        let sums = match self.first {
            Some(first) if layer == 0 => first,
            _ => low_rank_inputs(b, rank, input),
        };
        add_low_rank(products, a, &sums, self.twin, self.pair.shape);
    }

    fn bias(&mut self, _: usize, bias: &[i8], output: &mut [i8]) {
        let (noise, shift) = (self.pair.settings.noise, self.pair.shape.vector_shift());
        let entries = self.take(if noise == Noise::Sign { bias.len() } else { 2 * bias.len() });
        for (i, (y, &v)) in output.iter_mut().zip(bias).enumerate() {
            let moved = shift.map_or(v, |shift| {
                clip(i32::from(v) + ((self.twin.sign() * vector_noise(noise, entries, i)) >> shift))
            });
            *y = clip(i32::from(*y) + i32::from(moved));
        }
    }
}

/// Scores both twins of a pair on one input that they share: the score of `+` minus that of `-`.
///
/// `first` holds the first layer's products `W x` of that input, shared with every other pair that sees it.
pub fn difference(
    pair: Pair<'_>,
    factors: &[i8],
    weights: &[i8],
    input: &[i8],
    first: &[i32],
    pass: &mut Workspace<'_>,
    mut score: impl FnMut(&[i8]) -> i32,
) -> i32 {
    let rank = pair.shape.rank;
    let shared = low_rank_inputs(&factors[..input.len() * rank], rank, input);
    let mut total = 0;
    for twin in Twin::BOTH {
        let mut member = Perturbed { first: Some(shared), ..Perturbed::new(pair, twin, factors) };
        let start = Start::Products { input, products: first };
        total += twin.sign() * score(forward(pair.layout, weights, start, &mut member, pass));
    }
    total
}

/// A member in the hands of a [`Task`].
struct Acting<'a, 'w> {
    member: Perturbed<'a>,
    weights: &'a [i8],
    input: &'a mut [i8],
    pass: &'a mut Workspace<'w>,
}

impl Member for Acting<'_, '_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let len = input.len().min(self.input.len());
        self.input.fill(0);
        self.input[..len].copy_from_slice(&input[..len]);
        let start = Start::Input(self.input);
        forward(self.member.pair.layout, self.weights, start, &mut self.member, self.pass)
    }
}

/// Scores both twins of a pair by a task of the board's own: the score of `+` minus that of `-`, saturated.
pub fn task_difference(
    pair: Pair<'_>,
    factors: &[i8],
    weights: &[i8],
    input: &mut [i8],
    pass: &mut Workspace<'_>,
    task: &mut impl Task,
) -> i32 {
    let trial = Trial { seed: pair.seed, generation: pair.generation, pair: pair.pair };
    let [plus, minus] = Twin::BOTH.map(|twin| {
        let member = Perturbed::new(pair, twin, factors);
        task.score(trial, &mut Acting { member, weights, input: &mut *input, pass: &mut *pass })
    });
    plus.saturating_sub(minus)
}

/// The credit of a whole generation: `Z = sum_p f_p sum_k A_p[:,k] B_p[:,k]^T` a matrix, `sum_p f_p N_p` a vector
/// (sign noise counts as +-1 in Z).
pub struct GenerationCredit<'a> {
    /// The pair's constants; `pair` is ignored.
    pub pair: Pair<'a>,
    /// Fitness of every pair.
    pub fitness: &'a [i16],
    /// Room for the noise of the largest tensor, [`Weight::entries`].
    pub entries: &'a mut [i8],
}

impl Credit for GenerationCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let rank = self.pair.shape.rank;
        let entries = &mut self.entries[..self.pair.settings.entries(tensor)];
        for (pair, &f) in (0..).zip(self.fitness) {
            if f == 0 {
                continue;
            }
            let f = i32::from(f);
            Pair { pair, ..self.pair }.fill(tensor, entries);
            match tensor.kind {
                TensorKind::Matrix { columns, .. } => {
                    let (b, a) = entries.split_at(columns * rank);
                    for (row, a) in z.chunks_exact_mut(columns).zip(a[first * rank..].chunks_exact(rank)) {
                        add_row(row, f, a, b);
                    }
                }
                TensorKind::Vector { .. } => {
                    for (i, z) in z.iter_mut().enumerate() {
                        let noise = match self.pair.settings.noise {
                            Noise::Sign => i32::from(entries[first + i]),
                            Noise::NearNormal => vector_noise(Noise::NearNormal, entries, first + i),
                        };
                        *z += T::from(f * noise);
                    }
                }
            }
        }
    }
}

/// `row_j += f * sum_k a_k b_jk`.
#[inline]
fn add_row<T: Accumulator>(row: &mut [T], f: i32, a: &[i8], b: &[i8]) {
    if let [a] = *a {
        let fa = f * i32::from(a);
        for (z, &b) in row.iter_mut().zip(b) {
            *z += T::from(fa * i32::from(b));
        }
        return;
    }
    for (z, b) in row.iter_mut().zip(b.chunks_exact(a.len())) {
        let sum: i32 = a.iter().zip(b).map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b))).sum();
        *z += T::from(f * sum);
    }
}
