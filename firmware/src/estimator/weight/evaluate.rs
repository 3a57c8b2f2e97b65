use super::{CreditTo, Pair, Perturbed, Weight};
use crate::estimator::scores::Packer;
use crate::kernel::{Twin, low_rank_inputs, products};
use crate::model::{Perturbation, Program, Scratch, Start, Unperturbed, run};
use crate::noise::sample_index;
use crate::progress::Progress;
use crate::slice_ext::{copy, part, part_mut};
use crate::task::environment::{Domain, Episodes};
use crate::task::reward::{Answers, Reward};
use crate::task::{Feed, Member, Row, Samples, Target, Task, Trial};
use crate::{Error, Setting};
use core::ops::Range;

/// Most pairs whose scores are summed side by side while the samples stream by.
pub const PAIRS_AT_ONCE: usize = 64;

/// What scores the members of pairs.
#[derive(Clone, Copy)]
pub enum Scoring<'a> {
    /// Log-likelihoods of samples' labels, or errors of their targets.
    Samples(Samples<'a>),
    /// Log-likelihoods of the next tokens of streams; a member carries its own state along each.
    Streams(Feed<'a>),
    /// Episodes of an environment: members play [`Weight::samples`](super::Weight::samples) of it.
    Environment(Domain),
    /// Answers to puzzles: members answer [`Weight::samples`](super::Weight::samples) of them.
    Reward(Reward),
    /// The board's own task.
    Own,
}

/// The evaluation of pairs of one generation.
pub struct Evaluation<'a> {
    /// The pairs' constants; `pair` is ignored.
    pub pair: Pair<'a>,
    /// All parameters.
    pub weights: &'a [i8],
    /// What scores them.
    pub scoring: Scoring<'a>,
}

/// Memory of an evaluation.
pub struct Workspace<'a> {
    /// The forward pass.
    pub pass: Scratch<'a>,
    /// A member's state, [`Program::state_len`](crate::model::Program::state_len).
    pub state: &'a mut [i8],
    /// One pair's factors, [`entries_per_pair`](super::entries_per_pair).
    pub factors: &'a mut [i8],
    /// An input of the model.
    pub input: &'a mut [i8],
    /// The base model's nodes, [`Program::node_count`](crate::model::Program::node_count), where samples are
    /// credited by the rule against saturation; no room for them elsewhere.
    pub nodes: &'a mut [i8],
    /// Score differences of [`PAIRS_AT_ONCE`] pairs.
    pub differences: &'a mut [i32],
    /// For as many samples as there is room for: its index, then its first-layer products.
    pub tile: &'a mut [i32],
    /// Hears of every pass.
    pub progress: &'a mut dyn Progress,
}

impl Evaluation<'_> {
    /// Scores the weights themselves by a task, on a trial.
    pub fn measure<T: Task>(&self, trial: Trial, task: &mut T, work: &mut Workspace<'_>) -> i32 {
        let (input, state) = (&mut *work.input, &mut *work.state);
        let (pass, progress) = (&mut work.pass, &mut *work.progress);
        let mut memory = Memory { weights: self.weights, input, state, pass, progress };
        let (program, member) = (self.pair.program, Unperturbed);
        task.score(trial, &mut Acting { program, member, memory: &mut memory })
    }

    /// Evaluates a range of pairs, each packed as one fitness.
    ///
    /// # Errors
    /// [`Error::Setting`] where there are no samples and the board has no task.
    pub fn evaluate<T: Task>(
        &self,
        pairs: Range<u32>,
        task: &mut T,
        work: &mut Workspace<'_>,
        scores: &mut Packer<'_>,
    ) -> Result<(), Error> {
        if let (CreditTo::Sample, Scoring::Samples(samples)) = (self.pair.settings.credit, self.scoring) {
            self.evaluate_samples(samples, pairs, work, scores);
            return Ok(());
        }
        for first in pairs.clone().step_by(PAIRS_AT_ONCE) {
            let pairs = first..pairs.end.min(first.saturating_add(PAIRS_AT_ONCE as u32));
            self.differences(pairs.clone(), task, work)?;
            for &difference in part(work.differences, 0, pairs.len()) {
                scores.keep();
                scores.push(self.pair.settings.fitness(difference));
            }
        }
        Ok(())
    }

    /// Every pair on every sample, a fitness each. First-layer products are kept for as many samples as there
    /// is room for, and computed again for the others.
    fn evaluate_samples(
        &self,
        samples: Samples<'_>,
        pairs: Range<u32>,
        work: &mut Workspace<'_>,
        scores: &mut Packer<'_>,
    ) {
        let settings = self.pair.settings;
        let cell = self.cell();
        let room = work.tile.len().checked_div(cell).unwrap_or(0).max(1);
        for (place, pair) in pairs.enumerate() {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            scores.keep();
            for i in 0..settings.samples {
                let kept = (i as usize) < room - 1 || settings.samples as usize <= room;
                let start = (i as usize).min(room - 1) * cell;
                let cell = part_mut(work.tile, start, cell);
                let sample = self.sample(samples, pair, i, cell, place == 0 || !kept);
                work.progress.computed(self.weights.len() as u32);
                let by = difference(pair, work.factors, self.weights, sample, &mut work.pass);
                scores.push(settings.fitness(by));
            }
        }
    }

    /// Words that a sample takes of the tile: its index, and the products of the first layer if that has no
    /// window: products of all places would take much room.
    fn cell(&self) -> usize {
        self.pair.program.shared_products() + 1
    }

    /// Sample `i` of a pair with its first-layer products, which `cell` keeps behind its index.
    #[inline(never)]
    fn sample<'s>(
        &self,
        samples: Samples<'s>,
        pair: Pair<'_>,
        i: u32,
        cell: &'s mut [i32],
        fresh: bool,
    ) -> Shared<'s> {
        let Some((index, kept)) = cell.split_first_mut() else { return Shared::default() };
        if fresh {
            let number = pair.settings.sample_number(pair.generation, pair.pair, i);
            *index = sample_index(pair.seed, number, samples.len() as u32) as i32;
        }
        let (input, target) = samples.get(*index as u32);
        if let Some(step) = self.pair.program.steps().next().filter(|step| fresh && step.is_whole()) {
            products(step.matrix(self.weights), input, kept);
        }
        Shared { input, target, products: kept }
    }

    /// Score differences of up to [`PAIRS_AT_ONCE`] pairs, into the work memory.
    fn differences<T: Task>(
        &self,
        pairs: Range<u32>,
        task: &mut T,
        work: &mut Workspace<'_>,
    ) -> Result<(), Error> {
        match self.scoring {
            Scoring::Environment(domain) => {
                let Weight { samples: episodes, own_samples: own, .. } = *self.pair.settings;
                self.on_task(pairs, &mut Episodes { domain, episodes, own }, work)
            }
            Scoring::Reward(reward) => {
                // What a board without puzzles does not need is not linked.
                if cfg!(feature = "rewards") {
                    let Weight { samples: prompts, own_samples: own, .. } = *self.pair.settings;
                    self.on_task(pairs, &mut Answers { reward, prompts, own }, work)?;
                }
                Ok(())
            }
            Scoring::Own => self.on_task(pairs, task, work),
            Scoring::Streams(feed) => {
                // What a board without recurrent models does not need is not linked.
                if cfg!(feature = "recurrent") {
                    self.on_streams(feed, pairs, work);
                }
                Ok(())
            }
            Scoring::Samples(samples) => {
                self.on_samples(samples, pairs, work);
                Ok(())
            }
        }
    }

    fn on_samples(&self, samples: Samples<'_>, pairs: Range<u32>, work: &mut Workspace<'_>) {
        work.differences.fill(0);
        let settings = self.pair.settings;
        let cell = self.cell();
        let room = work.tile.len().checked_div(cell).unwrap_or(0);
        for first in (0..settings.samples).step_by(room.max(1)) {
            let tile = first..settings.samples.min(first.saturating_add(room as u32));
            for (place, pair) in pairs.clone().enumerate() {
                let pair = Pair { pair, ..self.pair };
                pair.fill_factors(work.factors);
                for (i, cell) in tile.clone().zip(work.tile.chunks_exact_mut(cell.max(1))) {
                    let fresh = place == 0 || settings.own_samples;
                    let sample = self.sample(samples, pair, i, cell, fresh);
                    work.progress.computed(self.weights.len() as u32);
                    let by = difference(pair, work.factors, self.weights, sample, &mut work.pass);
                    if let Some(difference) = work.differences.get_mut(place) {
                        *difference += by;
                    }
                }
            }
        }
    }

    /// Both twins of each pair on its streams; the run's bounds keep a difference within an `i32`.
    fn on_streams(&self, feed: Feed<'_>, pairs: Range<u32>, work: &mut Workspace<'_>) {
        for (difference, pair) in work.differences.iter_mut().zip(pairs) {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            *difference = 0;
            for i in 0..pair.settings.samples {
                let stream = pair.settings.stream(pair.pair, i);
                for twin in Twin::BOTH {
                    copy(work.state, feed.state(stream));
                    let mut member = Perturbed::new(pair, twin, work.factors);
                    for Row { start, target, .. } in feed.rows(stream) {
                        let (program, progress) = (pair.program, &mut *work.progress);
                        progress.computed(self.weights.len() as u32);
                        let logits =
                            run(program, self.weights, start, work.state, &mut member, &mut work.pass);
                        *difference = difference.wrapping_add(twin.sign() * target.score(logits));
                    }
                }
            }
        }
    }

    fn on_task<T: Task>(
        &self,
        pairs: Range<u32>,
        task: &mut T,
        work: &mut Workspace<'_>,
    ) -> Result<(), Error> {
        if !T::PRESENT {
            return Err(Error::Setting(Setting::Task));
        }
        for (difference, pair) in work.differences.iter_mut().zip(pairs) {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            let (input, state) = (&mut *work.input, &mut *work.state);
            let (pass, progress) = (&mut work.pass, &mut *work.progress);
            let member = Memory { weights: self.weights, input, state, pass, progress };
            *difference = task_difference(pair, work.factors, member, task);
        }
        Ok(())
    }
}

/// A sample, and the first layer's products `W x` of it, shared by every pair that sees it.
#[derive(Clone, Copy, Default)]
struct Shared<'a> {
    input: &'a [i8],
    target: Target<'a>,
    products: &'a [i32],
}

/// Scores both twins of a pair on one sample that they share: the score of `+` minus that of `-`.
fn difference(
    pair: Pair<'_>,
    factors: &[i8],
    weights: &[i8],
    Shared { input, target, products }: Shared<'_>,
    pass: &mut Scratch<'_>,
) -> i32 {
    let rank = pair.shape.rank;
    let shares = pair.program.shared_products() > 0;
    let shared =
        if shares { low_rank_inputs(part(factors, 0, input.len() * rank), rank, input) } else { [0; _] };
    let mut total = 0;
    for twin in Twin::BOTH {
        let (mut member, start) = if shares {
            let member = Perturbed::with_shared_input(pair, twin, factors, shared);
            (member, Start::Products { input, products })
        } else {
            (Perturbed::new(pair, twin, factors), Start::Input(input))
        };
        let logits = run(pair.program, weights, start, &mut [], &mut member, pass);
        total += twin.sign() * target.score(logits);
    }
    total
}

/// What a member acts with: the two of a pair one after the other.
struct Memory<'a, 'w> {
    weights: &'a [i8],
    input: &'a mut [i8],
    /// Of a recurrent model.
    state: &'a mut [i8],
    pass: &'a mut Scratch<'w>,
    progress: &'a mut dyn Progress,
}

/// A member in the hands of a [`Task`].
struct Acting<'a, 'm, 'w, P> {
    program: &'a Program,
    member: P,
    memory: &'a mut Memory<'m, 'w>,
}

impl<P: Perturbation> Member for Acting<'_, '_, '_, P> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let Memory { weights, input: room, pass, progress, .. } = &mut *self.memory;
        progress.computed(weights.len() as u32);
        let len = input.len().min(room.len());
        room.fill(0);
        copy(part_mut(room, 0, len), part(input, 0, len));
        run(self.program, weights, Start::Input(room), &mut [], &mut self.member, pass)
    }

    fn read(&mut self, token: u8) -> &[i8] {
        // What a board without puzzles does not need is not linked.
        if cfg!(not(feature = "rewards")) {
            return &[];
        }
        let Memory { weights, state, pass, progress, .. } = &mut *self.memory;
        progress.computed(weights.len() as u32);
        run(self.program, weights, Start::Token(token), state, &mut self.member, pass)
    }
}

/// Scores both twins of a pair by a task: the score of `+` minus that of `-`, saturated.
fn task_difference(pair: Pair<'_>, factors: &[i8], mut memory: Memory<'_, '_>, task: &mut impl Task) -> i32 {
    let trial = Trial { seed: pair.seed, generation: pair.generation, pair: pair.pair };
    let [plus, minus] = Twin::BOTH.map(|twin| {
        let member = Perturbed::new(pair, twin, factors);
        task.score(trial, &mut Acting { program: pair.program, member, memory: &mut memory })
    });
    plus.saturating_sub(minus)
}
