use super::{CreditTo, Pair, Perturbed, Weight};
use crate::estimator::scores::Packer;
use crate::kernel::{Twin, limit, log_likelihood, low_rank_inputs, products};
use crate::model::{Start, Workspace, forward};
use crate::noise::sample_index;
use crate::progress::Progress;
use crate::task::environment::{EnvironmentKind, Episodes};
use crate::task::{Member, Samples, Task, Trial};
use crate::within::{copy, part, part_mut};
use crate::{Error, Setting};
use core::ops::Range;

/// Most pairs whose scores are summed side by side while the samples stream by.
pub const PAIRS_AT_ONCE: usize = 64;

/// The evaluation of pairs of one generation.
pub struct Evaluation<'a> {
    /// The pairs' constants; `pair` is ignored.
    pub pair: Pair<'a>,
    /// All parameters.
    pub weights: &'a [i8],
    /// The environment that scores; members play [`Weight::samples`](super::Weight::samples) episodes of it.
    pub environment: Option<EnvironmentKind>,
    /// The samples; none where an environment or the board's own task scores.
    pub samples: Samples<'a>,
}

/// Memory of an evaluation.
pub struct Work<'a> {
    /// The forward pass.
    pub pass: Workspace<'a>,
    /// One pair's factors, [`entries_per_pair`](super::entries_per_pair).
    pub factors: &'a mut [i8],
    /// An input of the model.
    pub input: &'a mut [i8],
    /// Score differences of [`PAIRS_AT_ONCE`] pairs.
    pub differences: &'a mut [i32],
    /// For as many samples as there is room for: its index, then its first-layer products.
    pub tile: &'a mut [i32],
    /// Hears of every pass.
    pub progress: &'a mut dyn Progress,
}

impl Evaluation<'_> {
    /// Evaluates a range of pairs, each packed as one fitness.
    ///
    /// # Errors
    /// [`Error::Setting`] where there are no samples and the board has no task.
    pub fn evaluate<T: Task>(
        &self,
        pairs: Range<u32>,
        task: &mut T,
        work: &mut Work<'_>,
        scores: &mut Packer<'_>,
    ) -> Result<(), Error> {
        if self.pair.settings.credit == CreditTo::Sample {
            self.evaluate_samples(pairs, work, scores);
            return Ok(());
        }
        let clip = i32::from(self.pair.settings.clip);
        for first in pairs.clone().step_by(PAIRS_AT_ONCE) {
            let pairs = first..pairs.end.min(first.saturating_add(PAIRS_AT_ONCE as u32));
            self.differences(pairs.clone(), task, work)?;
            for &difference in part(work.differences, 0, pairs.len()) {
                scores.keep();
                scores.push(limit(difference, clip) as i16);
            }
        }
        Ok(())
    }

    /// Every pair on every sample, a fitness each. First-layer products are kept for as many samples as there is
    /// room for, and computed again for the others.
    fn evaluate_samples(&self, pairs: Range<u32>, work: &mut Work<'_>, scores: &mut Packer<'_>) {
        let settings = self.pair.settings;
        let Some(layer) = self.pair.layout.layers().first() else { return };
        let cell = layer.outputs + 1;
        let room = work.tile.len().checked_div(cell).unwrap_or(0).max(1);
        let clip = i32::from(settings.clip);
        for (place, pair) in pairs.enumerate() {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            scores.keep();
            for i in 0..settings.samples {
                let kept = (i as usize) < room - 1 || settings.samples as usize <= room;
                let start = (i as usize).min(room - 1) * cell;
                let cell = part_mut(work.tile, start, cell);
                let (input, label, first) = self.sample(pair, i, cell, place == 0 || !kept);
                work.progress.computed(self.weights.len() as u32);
                let f =
                    difference(pair, work.factors, self.weights, input, first, &mut work.pass, |logits| {
                        log_likelihood(logits, label)
                    });
                scores.push(limit(f, clip) as i16);
            }
        }
    }

    /// Sample `i` of a pair with its first-layer products, which `cell` keeps behind its index.
    fn sample<'c>(
        &self,
        pair: Pair<'_>,
        i: u32,
        cell: &'c mut [i32],
        fresh: bool,
    ) -> (&[i8], usize, &'c [i32]) {
        let Some((index, products_of)) = cell.split_first_mut() else { return (&[], 0, &[]) };
        if fresh {
            let number = pair.settings.sample_number(pair.generation, pair.pair, i);
            *index = sample_index(pair.seed, number, self.samples.len() as u32) as i32;
        }
        let (input, label) = self.samples.get(*index as u32);
        if let Some(layer) = self.pair.layout.layers().first().filter(|_| fresh) {
            products(layer.matrix(self.weights), input, products_of);
        }
        (input, label, products_of)
    }

    /// Score differences of up to [`PAIRS_AT_ONCE`] pairs, into the work memory.
    fn differences<T: Task>(
        &self,
        pairs: Range<u32>,
        task: &mut T,
        work: &mut Work<'_>,
    ) -> Result<(), Error> {
        if let Some(kind) = self.environment {
            let Weight { samples: episodes, own_samples: own, .. } = *self.pair.settings;
            return self.on_task(pairs, &mut Episodes { kind, episodes, own }, work);
        }
        if self.samples.is_empty() {
            return self.on_task(pairs, task, work);
        }
        work.differences.fill(0);
        let settings = self.pair.settings;
        let Some(layer) = self.pair.layout.layers().first() else { return Ok(()) };
        let cell = layer.outputs + 1;
        let room = work.tile.len().checked_div(cell).unwrap_or(0);
        for first in (0..settings.samples).step_by(room.max(1)) {
            let tile = first..settings.samples.min(first.saturating_add(room as u32));
            for (place, pair) in pairs.clone().enumerate() {
                let pair = Pair { pair, ..self.pair };
                pair.fill_factors(work.factors);
                for (i, cell) in tile.clone().zip(work.tile.chunks_exact_mut(cell.max(1))) {
                    let fresh = place == 0 || settings.own_samples;
                    let (input, label, products_of) = self.sample(pair, i, cell, fresh);
                    work.progress.computed(self.weights.len() as u32);
                    let (factors, pass) = (&*work.factors, &mut work.pass);
                    let score = |logits: &[i8]| log_likelihood(logits, label);
                    let by = difference(pair, factors, self.weights, input, products_of, pass, score);
                    if let Some(difference) = work.differences.get_mut(place) {
                        *difference += by;
                    }
                }
            }
        }
        Ok(())
    }

    fn on_task<T: Task>(&self, pairs: Range<u32>, task: &mut T, work: &mut Work<'_>) -> Result<(), Error> {
        if !T::PRESENT {
            return Err(Error::Setting(Setting::Task));
        }
        for (difference, pair) in work.differences.iter_mut().zip(pairs) {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            let (input, pass, progress) = (&mut *work.input, &mut work.pass, &mut *work.progress);
            let member = Memory { weights: self.weights, input, pass, progress };
            *difference = task_difference(pair, work.factors, member, task);
        }
        Ok(())
    }
}

/// Scores both twins of a pair on one input that they share: the score of `+` minus that of `-`.
///
/// `first` holds the first layer's products `W x` of that input, shared with every other pair that sees it.
fn difference(
    pair: Pair<'_>,
    factors: &[i8],
    weights: &[i8],
    input: &[i8],
    first: &[i32],
    pass: &mut Workspace<'_>,
    mut score: impl FnMut(&[i8]) -> i32,
) -> i32 {
    let rank = pair.shape.rank;
    let shared = low_rank_inputs(part(factors, 0, input.len() * rank), rank, input);
    let mut total = 0;
    for twin in Twin::BOTH {
        let mut member = Perturbed::with_shared_input(pair, twin, factors, shared);
        let start = Start::Products { input, products: first };
        total += twin.sign() * score(forward(pair.layout, weights, start, &mut member, pass));
    }
    total
}

/// What the two members of a pair act with, one after the other.
struct Memory<'a, 'w> {
    weights: &'a [i8],
    input: &'a mut [i8],
    pass: &'a mut Workspace<'w>,
    progress: &'a mut dyn Progress,
}

/// A member in the hands of a [`Task`].
struct Acting<'a, 'm, 'w> {
    member: Perturbed<'a>,
    memory: &'a mut Memory<'m, 'w>,
}

impl Member for Acting<'_, '_, '_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let Memory { weights, input: room, pass, progress } = &mut *self.memory;
        progress.computed(weights.len() as u32);
        let len = input.len().min(room.len());
        room.fill(0);
        copy(part_mut(room, 0, len), part(input, 0, len));
        forward(self.member.layout(), weights, Start::Input(room), &mut self.member, pass)
    }
}

/// Scores both twins of a pair by a task: the score of `+` minus that of `-`, saturated.
fn task_difference(pair: Pair<'_>, factors: &[i8], mut memory: Memory<'_, '_>, task: &mut impl Task) -> i32 {
    let trial = Trial { seed: pair.seed, generation: pair.generation, pair: pair.pair };
    let [plus, minus] = Twin::BOTH.map(|twin| {
        let member = Perturbed::new(pair, twin, factors);
        task.score(trial, &mut Acting { member, memory: &mut memory })
    });
    plus.saturating_sub(minus)
}
