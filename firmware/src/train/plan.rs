use super::arena::words;
use super::bounds::{self, Widths};
use super::{Estimator, Run};
use crate::Error;
use crate::estimator::guided::Guided;
use crate::estimator::weight::{CreditTo, PAIRS_AT_ONCE, Weight, entries_per_pair};
use crate::kernel::LowRank;
use crate::model::{Program, Role, Tensor, TensorKind};
use crate::noise::Noise;
use crate::task::Samples;
#[cfg(feature = "recurrent")]
use crate::update::Moment;
use crate::update::{Optimizer, Rule, Vote};

/// A checked run with its memory plan.
///
/// Arena, in this order, each part in whole 8-byte words: weights (i8), residuals (i16; only where the
/// learner updates itself by `residual`), the guide (i16; only where it updates itself and members teach
/// one), a text that is held (only where the board has no store for it), samples (features, then label byte
/// or targets each; only where the board has no store for them) or what a generation reads of a text, credit
/// of the generation so far (only where the learner updates itself), and what is left as scratch. More
/// scratch than needed makes larger blocks, never other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    run: Run,
    program: Program,
    updates: bool,
    stored: bool,
    widths: Widths,
}

impl Plan {
    /// Checks a run. `updates`: whether the learner moves its weights itself, which needs memory for the
    /// credit and the residuals.
    ///
    /// # Errors
    /// Whatever makes the run impossible on any machine: a setting out of range, a sum that could overflow.
    pub fn new(run: Run, updates: bool) -> Result<Self, Error> {
        let mut plan = Self::unchecked(&run, updates);
        plan.check()?;
        Ok(plan)
    }

    /// A plan that [`Self::check`] must follow.
    // Out of line: what the copy of the run takes is off a board's stack before the check.
    #[inline(never)]
    pub(super) fn unchecked(run: &Run, updates: bool) -> Self {
        let widths = Widths { perturbation: false, credit: false, guide: false };
        Self { run: run.clone(), program: Program::default(), updates, stored: false, widths }
    }

    /// Checks the run, and lowers its model. It is done in the plan's place: a board's stack has no room for
    /// a second one.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.run.check()?;
        self.program.lower(&self.run.model)?;
        self.widths = bounds::check(&self.run, &self.program, self.updates)?;
        Ok(())
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

    /// The model, lowered.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Whether the learner moves its weights itself.
    pub const fn updates(&self) -> bool {
        self.updates
    }

    /// Bytes of arena that the run needs at least.
    // Out of line, as its parts are: each walks through the model by itself.
    #[inline(never)]
    pub fn needs(&self) -> u64 {
        let fixed = words::<i8>(self.program.parameters() as u64)
            + words::<i16>(self.residuals() as u64)
            + words::<i16>(self.guide_len() as u64)
            + words::<u8>(self.arena_text_bytes())
            + words::<u8>(self.arena_sample_bytes())
            + self.credit_words();
        8 * (fixed + self.scratch_words())
    }

    /// What [`Self::needs`] is made of.
    pub fn parts(&self) -> PlanParts {
        PlanParts {
            weights: 8 * words::<i8>(self.program.parameters() as u64),
            residuals: 8 * words::<i16>(self.residuals() as u64),
            guide: 8 * words::<i16>(self.guide_len() as u64),
            text: 8 * words::<u8>(self.arena_text_bytes()),
            samples: 8 * words::<u8>(self.arena_sample_bytes()),
            credit: 8 * self.credit_words(),
            scratch: 8 * self.scratch_words(),
        }
    }

    /// Bytes that each kept slot leaves until the end of its generation in a learner that updates itself; 0
    /// in any other, and with credit to pairs.
    pub fn bytes_a_slot(&self) -> u64 {
        let (lens, slots) = (self.credit_lens(), u64::from(self.run.estimator.units()));
        if self.run.estimator.crediting_pairs().is_some() {
            return 0;
        }
        let all = 4 * lens.marks + lens.records + 2 * lens.values + lens.deltas + lens.errors;
        all.checked_div(slots).unwrap_or(0)
    }

    /// Bytes of the guide that a learner keeps; 0 where nobody teaches one.
    pub fn guide_bytes(&self) -> u64 {
        2 * self.guide_len() as u64
    }

    #[inline(never)]
    pub(super) fn residuals(&self) -> usize {
        if !self.updates || self.run.optimizer != Optimizer::Residual {
            return 0;
        }
        let trained = self.program.tensors().filter(|tensor| self.trains(tensor));
        trained.map(|tensor| self.residuals_of(&tensor)).sum()
    }

    /// Places of a trained tensor's residuals, with the moments of its rows where there are any.
    pub(super) fn residuals_of(&self, tensor: &Tensor) -> usize {
        #[cfg(feature = "recurrent")]
        if self.credits_text() && matches!(tensor.kind, TensorKind::Matrix { .. }) {
            return tensor.len() + Moment::PLACES * tensor.kind.shape().0;
        }
        tensor.len()
    }

    /// Whether a tensor is trained. One that is not has no residuals.
    pub(super) const fn trains(&self, tensor: &Tensor) -> bool {
        self.run.estimator.train().has_tensor(tensor)
    }

    /// The settings of a guided run that the learner moves the weights of itself.
    pub(super) fn guided_update(&self) -> Option<&Guided> {
        match &self.run.estimator {
            Estimator::Guided(guided) if self.updates && !self.program.is_recurrent() => Some(guided),
            _ => None,
        }
    }

    /// Whether the run credits a text without members.
    pub fn credits_text(&self) -> bool {
        cfg!(feature = "recurrent")
            && matches!(self.run.estimator, Estimator::Guided(_))
            && self.program.is_recurrent()
    }

    /// How long the parts of the memory are in which a stream of a text is credited.
    pub(super) fn text_lens(&self) -> TextLens {
        // The model begins with its embedding, which is as wide as its blocks; each has a state, and two
        // norms.
        let width = self.program.steps().next().map_or(0, |step| u64::from(step.to.len));
        let context = self.run.streams().map_or(0, |streams| u64::from(streams.context));
        let states = self.program.state_len() as u64;
        TextLens { width, stream: 2 * states + width, credit: states * context }
    }

    /// Entries of a guide that members teach; 0 where nobody keeps one.
    #[inline(never)]
    pub(super) fn guide_len(&self) -> usize {
        let taught = self.guided_update().filter(|guided| guided.node.members > 0);
        taught.map_or(0, |guided| guided.hidden_nodes(&self.program) * self.program.outputs())
    }

    /// Bytes that are loaded as samples: records of samples, or a text that is held.
    pub(super) fn sample_bytes(&self) -> u64 {
        if let Some(tokens) = self.run.held_tokens() {
            return tokens.into();
        }
        let record = Samples::record_len(self.program.inputs(), self.run.target_kind());
        u64::from(self.run.samples()) * record as u64
    }

    /// Bytes of the arena that hold what members are scored on: samples, or what a generation reads of a
    /// text.
    pub(super) fn arena_sample_bytes(&self) -> u64 {
        match self.feed() {
            Some(bytes) => bytes,
            None if self.stored => 0,
            None => self.sample_bytes(),
        }
    }

    /// Whether the learner holds the text that it trains on.
    pub(super) const fn holds_text(&self) -> bool {
        self.run.held_tokens().is_some()
    }

    /// Whether a host brings what each generation reads of a text.
    pub(super) fn is_fed_by_host(&self) -> bool {
        self.feed().is_some() && !self.holds_text()
    }

    /// Bytes of the arena that hold a text.
    pub(super) fn arena_text_bytes(&self) -> u64 {
        if self.holds_text() && !self.stored { self.sample_bytes() } else { 0 }
    }

    /// Bytes that a generation reads of a text; `None` for another task.
    pub(super) fn feed(&self) -> Option<u64> {
        self.run.streams().map(|streams| streams.feed_len(self.program.state_len()))
    }

    /// Views the bytes of the run's samples.
    pub fn samples<'a>(&self, bytes: &'a [u8]) -> Samples<'a> {
        Samples::with(bytes, self.program.inputs(), self.run.target_kind())
    }

    #[inline(never)]
    fn credit_words(&self) -> u64 {
        let lens = self.credit_lens();
        words::<i8>(lens.states)
            + words::<u32>(lens.marks)
            + words::<i8>(lens.records)
            + words::<i16>(lens.values)
            + words::<i8>(lens.deltas)
            + words::<i8>(lens.errors)
    }

    /// What the credit of a generation keeps until the step.
    #[inline(never)]
    pub(super) fn credit_lens(&self) -> CreditLens {
        if !self.updates {
            return CreditLens::default();
        }
        // A text's streams leave their states behind.
        let streams = self.run.streams().map_or(0, |streams| u64::from(streams.count));
        let states = streams * self.program.state_len() as u64;
        let slots = match &self.run.estimator {
            Estimator::Node(node) => u64::from(node.slots),
            Estimator::Weight(weight) if weight.credit == CreditTo::Sample => u64::from(weight.samples),
            Estimator::Weight(weight) => {
                return CreditLens { states, values: u64::from(weight.pairs), ..Default::default() };
            }
            Estimator::Guided(guided) if self.credits_text() => u64::from(guided.node.slots),
            Estimator::Guided(guided) => return self.guided_credit_lens(guided),
        };
        CreditLens {
            states,
            marks: slots,
            records: slots * self.program.record_len() as u64,
            values: slots * self.program.node_count() as u64,
            ..Default::default()
        }
    }

    fn guided_credit_lens(&self, guided: &Guided) -> CreditLens {
        let (program, slots) = (&self.program, u64::from(guided.node.slots));
        // Without members there is nobody to teach the guide.
        let taught = if guided.node.members > 0 { slots } else { 0 };
        CreditLens {
            states: 0,
            marks: slots,
            records: slots * program.record_len() as u64,
            values: taught * guided.hidden_nodes(program) as u64,
            deltas: slots * guided.trained_nodes(program) as u64,
            errors: taught * program.outputs() as u64,
        }
    }

    /// Words of scratch that the largest operation needs.
    #[inline(never)]
    fn scratch_words(&self) -> u64 {
        let program = &self.program;
        let state = words::<i8>(program.state_len() as u64);
        let evaluation = match &self.run.estimator {
            Estimator::Node(_) => {
                3 * state
                    + words::<i8>(self.first_outputs() as u64)
                    + words::<i8>(program.node_count() as u64)
                    + words::<i8>(self.saturation_nodes() as u64)
            }
            Estimator::Guided(_) if self.credits_text() => {
                let lens = self.text_lens();
                words::<i8>(program.node_count() as u64)
                    + words::<i32>(lens.width)
                    + words::<i8>(lens.stream)
                    + words::<i16>(lens.credit)
                    + words::<i16>(program.state_len() as u64)
            }
            Estimator::Guided(guided) => {
                let (hidden, outputs) = (guided.hidden_nodes(program) as u64, program.outputs() as u64);
                let credited = if self.updates { hidden } else { 0 };
                words::<i8>(self.first_outputs() as u64)
                    + words::<i8>(hidden)
                    + 2 * words::<i8>(outputs)
                    + words::<i16>(credited)
                    + self.guide_sums(credited)
            }
            Estimator::Weight(weight) => {
                state
                    + words::<i8>(entries_per_pair(weight, program) as u64)
                    + words::<i8>(self.features() as u64)
                    + words::<i8>(self.saturation_nodes() as u64)
                    + words::<i32>(PAIRS_AT_ONCE as u64)
                    + words::<i32>(1 + program.shared_products() as u64)
            }
        };
        let step = if self.updates { self.step_words() } else { 0 };
        (self.pass_words() + evaluation).max(step)
    }

    #[inline(never)]
    fn step_words(&self) -> u64 {
        let row = self.program.tensors().map(|tensor| tensor.kind.shape().1).max().unwrap_or(0);
        let z = if self.widths.credit { words::<i64>(row as u64) } else { words::<i32>(row as u64) };
        let lesson = if self.guide_len() > 0 { self.guide_sums(self.program.outputs() as u64) } else { 0 };
        (z + words::<i8>(self.step_entries() as u64)).max(lesson)
    }

    /// Words of so many sums that teach the guide.
    const fn guide_sums(&self, count: u64) -> u64 {
        if self.widths.guide { words::<i64>(count) } else { words::<i32>(count) }
    }

    pub(super) const fn wide_guide(&self) -> bool {
        self.widths.guide
    }

    /// Entries of noise of the largest tensor, where the step draws any.
    pub(super) fn step_entries(&self) -> usize {
        self.run.estimator.crediting_pairs().map_or(0, |weight| {
            self.program.tensors().map(|tensor| weight.entries(&tensor)).max().unwrap_or(0)
        })
    }

    fn pass_words(&self) -> u64 {
        words::<i8>(self.program.activations() as u64)
            + words::<i32>(self.program.products() as u64)
            + words::<i8>(self.program.longest_vector() as u64)
            + words::<i8>(self.program.largest_window() as u64)
    }

    /// Nodes that the rule against saturation looks at once the members have passed; 0 without that rule, and
    /// with a guide, whose slots know all their nodes anyway.
    pub(super) fn saturation_nodes(&self) -> usize {
        if self.updates && self.run.saturation { self.program.node_count() } else { 0 }
    }

    /// Nodes of the first operation of a model on features: what members that see the same input share.
    pub(super) fn first_outputs(&self) -> usize {
        if self.program.is_recurrent() {
            0
        } else {
            self.program.steps().next().filter(|step| step.makes_nodes).map_or(0, |step| step.to.len())
        }
    }

    /// Features of the model's input, 0 where it takes tokens.
    pub(super) fn features(&self) -> usize {
        if self.program.is_recurrent() { 0 } else { self.program.inputs() }
    }

    pub(super) const fn wide_credit(&self) -> bool {
        self.widths.credit
    }

    /// The constants of the perturbation's kernels.
    pub const fn low_rank(&self, weight: &Weight) -> LowRank {
        weight.low_rank(self.widths.perturbation)
    }

    /// The update rule of a generation whose learning rate (1/65536) or q (1/16) is `rate`; `None` for a
    /// tensor that no member perturbed, which stays as it is.
    pub(super) fn rule(&self, rate: u32, tensor: &Tensor) -> Option<Rule> {
        let Some(weight) = self.run.estimator.crediting_pairs() else {
            if tensor.role == Role::Norm || !self.trains(tensor) {
                return None;
            }
            return Some(match self.run.optimizer {
                #[cfg(feature = "recurrent")]
                Optimizer::Residual if self.credits_text() => Rule::RowResidual { rate, floor: 64 },
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

/// Bytes of an arena, by what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanParts {
    /// The weights.
    pub weights: u64,
    /// The residuals of a learner that updates itself.
    pub residuals: u64,
    /// The guide of one that members teach it.
    pub guide: u64,
    /// A text that is held.
    pub text: u64,
    /// Samples, or what a generation reads of a text.
    pub samples: u64,
    /// The credit of a generation so far.
    pub credit: u64,
    /// A pass and its members, or the step.
    pub scratch: u64,
}

/// Lengths of the memory in which a stream of a text is credited.
#[derive(Clone, Copy)]
pub(super) struct TextLens {
    /// Values that a block is wide.
    pub(super) width: u64,
    /// Those that the norms of a step read.
    pub(super) stream: u64,
    /// Those of the credit behind the gates, of all tokens of a stream.
    pub(super) credit: u64,
}

/// Lengths of what the credit of a generation keeps.
#[derive(Clone, Copy, Default)]
pub(super) struct CreditLens {
    /// States at the ends of a text's streams.
    pub(super) states: u64,
    /// What the kept slots have read.
    pub(super) marks: u64,
    /// What their matrices have read.
    pub(super) records: u64,
    /// The credit of their nodes, the pairs' fitness, or what the guide did not expect of hidden nodes.
    pub(super) values: u64,
    /// The credit of their nodes, guided.
    pub(super) deltas: u64,
    /// The errors at the outputs, guided.
    pub(super) errors: u64,
}
