use super::arena::words;
use super::bounds::{self, Widths};
use super::{Estimator, Run, streams};
use crate::Error;
use crate::estimator::node::values_per_slot;
use crate::estimator::weight::{CreditTo, PAIRS_AT_ONCE, Weight, entries_per_pair};
use crate::kernel::LowRank;
use crate::model::{Layout, Role, Tensor, TensorKind};
use crate::noise::Noise;
use crate::task::Samples;
use crate::update::{Optimizer, Rule, Vote};

/// A checked run with its memory plan.
///
/// Arena, in this order, each part in whole 8-byte words: weights (i8), residuals (i16; only where the learner
/// updates itself by `residual`), samples (features and label byte each; only where the board has no store for
/// them) or what a generation reads of a text, credit of the generation so far (only
/// where the learner updates itself), and what is left as scratch. More scratch than needed makes larger blocks,
/// never other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    run: Run,
    layout: Layout,
    updates: bool,
    stored: bool,
    widths: Widths,
}

impl Plan {
    /// Checks a run. `updates`: whether the learner moves its weights itself, which needs memory for the credit
    /// and the residuals.
    ///
    /// # Errors
    /// Whatever makes the run impossible on any machine: a setting out of range, a sum that could overflow.
    pub fn new(run: Run, updates: bool) -> Result<Self, Error> {
        run.check()?;
        let widths = Widths { perturbation: false, credit: false };
        // In its place: a board's stack has no room for a layout beside the one in the plan.
        let mut plan = Self { run, layout: Layout::default(), updates, stored: false, widths };
        plan.layout.place(&plan.run.model)?;
        plan.widths = bounds::check(&plan.run, &plan.layout, updates)?;
        Ok(plan)
    }

    /// Puts the run's samples outside the arena.
    pub(super) const fn store_samples(&mut self) {
        self.stored = true;
    }

    pub(super) const fn stores_samples(&self) -> bool {
        self.stored
    }

    /// The run.
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// Where the model's parameters lie.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether the learner moves its weights itself.
    pub const fn updates(&self) -> bool {
        self.updates
    }

    /// Bytes of arena that the run needs at least.
    pub fn needs(&self) -> u64 {
        let fixed = words::<i8>(self.layout.parameters() as u64)
            + words::<i16>(self.residuals() as u64)
            + words::<u8>(self.arena_sample_bytes())
            + self.credit_words();
        8 * (fixed + self.scratch_words())
    }

    pub(super) fn residuals(&self) -> usize {
        if self.updates && self.run.optimizer == Optimizer::Residual { self.layout.parameters() } else { 0 }
    }

    pub(super) fn sample_bytes(&self) -> u64 {
        u64::from(self.run.samples()) * Samples::record_len(self.layout.inputs()) as u64
    }

    /// Bytes of the arena that hold what members are scored on: samples, or what a generation reads of a text.
    pub(super) fn arena_sample_bytes(&self) -> u64 {
        match self.feed() {
            Some(bytes) => bytes,
            None if self.stored => 0,
            None => self.sample_bytes(),
        }
    }

    /// Bytes that a generation reads of a text; `None` for another task.
    pub(super) fn feed(&self) -> Option<u64> {
        self.run.streams().map(|streams| streams.feed_len(self.layout.state_len()))
    }

    fn credit_words(&self) -> u64 {
        let lens = self.credit_lens();
        words::<u32>(lens.slots) + words::<i8>(lens.activations) + words::<i16>(lens.values)
    }

    /// What the credit of a generation keeps until the step.
    pub(super) fn credit_lens(&self) -> CreditLens {
        if !self.updates {
            return CreditLens::default();
        }
        let slots = match &self.run.estimator {
            Estimator::Node(node) => node.slots,
            Estimator::Weight(weight) if weight.credit == CreditTo::Sample => weight.samples,
            Estimator::Weight(weight) => {
                // A text's streams leave their states behind.
                let states = self.run.streams().map_or(0, |streams| u64::from(streams.count));
                let activations = states * self.layout.state_len() as u64;
                return CreditLens { activations, values: u64::from(weight.pairs), ..Default::default() };
            }
        };
        if let Some(streams) = self.run.streams() {
            return streams::node_credit(&self.layout, u64::from(slots), streams);
        }
        let values = u64::from(slots) * values_per_slot(&self.layout) as u64;
        CreditLens { slots: u64::from(slots), activations: values, values }
    }

    /// Words of scratch that the largest operation needs.
    fn scratch_words(&self) -> u64 {
        let evaluation = match &self.run.estimator {
            _ if self.feed().is_some() => streams::scratch_words(&self.layout, &self.run.estimator),
            Estimator::Node(_) => {
                self.pass_words()
                    + words::<i8>(self.layout.width() as u64)
                    + words::<i8>(values_per_slot(&self.layout) as u64)
            }
            Estimator::Weight(weight) => {
                self.pass_words()
                    + words::<i8>(entries_per_pair(weight, &self.layout) as u64)
                    + words::<i8>(self.layout.inputs() as u64)
                    + words::<i32>(PAIRS_AT_ONCE as u64)
                    + words::<i32>(1 + self.first_outputs() as u64)
            }
        };
        let step = if self.updates { self.step_words() } else { 0 };
        evaluation.max(step)
    }

    fn step_words(&self) -> u64 {
        let row = self.layout.tensors().map(|tensor| tensor.kind.shape().1).max().unwrap_or(0);
        let z = if self.widths.credit { words::<i64>(row as u64) } else { words::<i32>(row as u64) };
        z + words::<i8>(self.step_entries() as u64)
    }

    /// Entries of noise of the largest tensor, where the step draws any.
    pub(super) fn step_entries(&self) -> usize {
        self.run.estimator.crediting_pairs().map_or(0, |weight| {
            self.layout.tensors().map(|tensor| weight.entries(&tensor)).max().unwrap_or(0)
        })
    }

    fn pass_words(&self) -> u64 {
        words::<i32>(self.layout.width() as u64) + 2 * words::<i8>(self.layout.width() as u64)
    }

    pub(super) fn first_outputs(&self) -> usize {
        self.layout.layers().first().map_or(0, |l| l.outputs)
    }

    pub(super) const fn wide_credit(&self) -> bool {
        self.widths.credit
    }

    /// The constants of the perturbation's kernels.
    pub const fn low_rank(&self, weight: &Weight) -> LowRank {
        weight.low_rank(self.widths.perturbation)
    }

    /// The update rule of a generation whose learning rate (1/65536) or q (1/16) is `rate`; `None` for a tensor
    /// that no member perturbed, which stays as it is.
    pub(super) fn rule(&self, rate: u32, tensor: &Tensor) -> Option<Rule> {
        let Some(weight) = self.run.estimator.crediting_pairs() else {
            if tensor.role == Role::Norm {
                return None;
            }
            return Some(match self.run.optimizer {
                Optimizer::Residual => Rule::Residual { rate, floor: 64 },
                Optimizer::Vote { .. } => Rule::VoteOfRho { q: rate, floor: 64 },
            });
        };
        let (vector, shape) = (matches!(tensor.kind, TensorKind::Vector { .. }), self.low_rank(weight));
        if vector && shape.vector_shift().is_none()
            || tensor.role == Role::Embedding && !shape.embeddings_move()
        {
            return None;
        }
        Some(match self.run.optimizer {
            Optimizer::Residual => Rule::Residual { rate, floor: 1 },
            Optimizer::Vote { reference_rank_scale } => {
                let rank = if reference_rank_scale { 1 } else { u64::from(weight.rank) };
                // Z counts a sign entry as 1 and a near-normal one in 1/16, of which a product has two.
                let unit = match weight.noise {
                    Noise::Sign => 1,
                    Noise::NearNormal => 256,
                };
                let root = (u64::from(weight.pairs) * rank).isqrt();
                Rule::Vote(Vote { threshold: u64::from(rate) * root * unit, zero_moves: true })
            }
        })
    }
}

/// Lengths of what the credit of a generation keeps.
#[derive(Clone, Copy, Default)]
pub(super) struct CreditLens {
    /// Samples of the kept slots.
    pub(super) slots: u64,
    /// Their activations; on a text the states at the streams' ends, then the slots' inputs of matrices.
    pub(super) activations: u64,
    /// Their deltas, or the pairs' fitness.
    pub(super) values: u64,
}
