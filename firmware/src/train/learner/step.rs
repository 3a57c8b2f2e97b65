use super::parts::{Parts, pair_of};
use super::{Learner, State};
use crate::Error;
use crate::credit::{Accumulator, Credit};
#[cfg(feature = "recurrent")]
use crate::credit::{CreditRow, Statistics};
use crate::estimator::guided::Lessons;
use crate::estimator::node::Deltas;
use crate::estimator::{node, weight};
#[cfg(feature = "recurrent")]
use crate::model::Tensor;
use crate::progress::{Progress, Quiet};
use crate::slice_ext::{part, part_mut, split_mut};
use crate::task::SampleStore;
use crate::train::{Estimator, Plan};
use crate::update::step;

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Credits a range and, with the last one, steps: what a board does with scores that arrive in chunks. A
    /// generation that the weights hold already is done. `progress` hears how far the step is.
    ///
    /// # Errors
    /// Those of [`Self::credit`] and [`Self::step`].
    pub fn apply(
        &mut self,
        generation: u32,
        rate: u32,
        first: u32,
        count: u32,
        scores: &[u8],
        progress: &mut dyn Progress,
    ) -> Result<(), Error> {
        let done = self.state.is_some_and(|state| state.generation == generation);
        if !done && self.credit(generation, first, count, scores)? == self.units() {
            self.step_telling(rate, progress)?;
        }
        Ok(())
    }

    /// Moves the weights by the credited generation. `rate` is the generation's learning rate in 1/65536
    /// (`residual`) or its q in 1/16 (`vote`). Returns the new state and how many weights moved.
    ///
    /// # Errors
    /// [`Error::NoSuchUnits`] until every unit is credited.
    pub fn step(&mut self, rate: u32) -> Result<(State, u32), Error> {
        self.step_telling(rate, &mut Quiet)
    }

    fn step_telling(&mut self, rate: u32, progress: &mut dyn Progress) -> Result<(State, u32), Error> {
        let (generation, moved) = self.advance(rate, progress)?;
        Ok((self.enter(generation)?, moved))
    }

    /// [`Self::step`] by a credit that the caller has: for one who computes what [`Self::credit`] and
    /// [`Self::step`] would, only faster.
    ///
    /// # Errors
    /// [`Error::NotStarted`], [`Error::NoLocalUpdate`].
    pub fn step_with(&mut self, rate: u32, credit: &mut impl Credit) -> Result<(State, u32), Error> {
        let have = self.state.ok_or(Error::NotStarted)?.generation;
        let generation = have.checked_add(1).ok_or(Error::WrongGeneration { have })?;
        let (plan, parts) = self.parts()?;
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let (weights, residuals, z) = (parts.weights, parts.residuals, parts.scratch.rest());
        let moved = if plan.wide_credit() {
            step_tensors::<i64>(plan, rate, credit, z, weights, residuals)
        } else {
            step_tensors::<i32>(plan, rate, credit, z, weights, residuals)
        };
        Ok((self.enter(generation)?, moved))
    }

    /// [`Self::step`] without the checksum: [`Self::enter`] must follow before anybody sees the state.
    pub(super) fn advance(&mut self, rate: u32, progress: &mut dyn Progress) -> Result<(u32, u32), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let have = self.state.ok_or(Error::NotStarted)?.generation;
        let generation = have.checked_add(1).ok_or(Error::WrongGeneration { have })?;
        let units = plan.run().estimator.units();
        if self.credited != units {
            return Err(Error::NoSuchUnits { end: u64::from(self.credited), has: units });
        }
        let kept = self.kept;
        let (plan, parts) = self.parts()?;
        let moved = step_by_credit(plan, parts, generation, kept, rate, progress)?;
        (self.state, self.credited, self.kept) = (Some(State { generation, checksum: 0 }), 0, 0);
        Ok((generation, moved))
    }
}

/// Moves the weights by what is credited. Not generic, so that it is compiled once, with this crate's
/// optimisation, for whatever memory a learner lives in.
fn step_by_credit(
    plan: &Plan,
    parts: Parts<'_>,
    generation: u32,
    kept: usize,
    rate: u32,
    progress: &mut dyn Progress,
) -> Result<u32, Error> {
    if plan.wide_credit() {
        step_all::<i64>(plan, parts, generation, kept, rate, progress)
    } else {
        step_all::<i32>(plan, parts, generation, kept, rate, progress)
    }
}

fn step_all<T: Accumulator>(
    plan: &Plan,
    parts: Parts<'_>,
    generation: u32,
    kept: usize,
    rate: u32,
    progress: &mut dyn Progress,
) -> Result<u32, Error> {
    let mut scratch = parts.scratch;
    let (weights, residuals) = (parts.weights, parts.residuals);
    if let Some(settings) = plan.run().estimator.crediting_pairs() {
        let mut credit = weight::GenerationCredit {
            pair: pair_of(plan, settings, generation),
            fitness: parts.credit.values,
            entries: scratch.take(plan.step_entries())?,
            progress,
        };
        return Ok(step_tensors::<T>(plan, rate, &mut credit, scratch.rest(), weights, residuals));
    }
    let (program, kept_credit) = (plan.program(), parts.credit);
    let marks = part(kept_credit.marks, 0, kept);
    let records = part(kept_credit.records, 0, kept * program.record_len());
    let (train, samples) = (plan.run().estimator.train(), plan.samples(parts.samples));
    let z = scratch.rest();
    if let (Estimator::Guided(guided), false) = (&plan.run().estimator, parts.guide.is_empty()) {
        let lessons = Lessons {
            residuals: part(kept_credit.values, 0, kept * guided.hidden_nodes(program)),
            errors: part(kept_credit.errors, 0, kept * program.outputs()),
            kind: plan.run().target_kind(),
        };
        if plan.wide_guide() {
            lessons.teach::<i64>(guided, program, parts.guide, bytemuck::cast_slice_mut(z));
        } else {
            lessons.teach::<i32>(guided, program, parts.guide, bytemuck::cast_slice_mut(z));
        }
    }
    let deltas = match &plan.run().estimator {
        Estimator::Guided(guided) if !plan.credits_text() => {
            Deltas::Narrow(part(kept_credit.deltas, 0, kept * guided.trained_nodes(program)))
        }
        _ => Deltas::Wide(part(kept_credit.values, 0, kept * program.node_count())),
    };
    let credit = node::GenerationCredit { program, train, marks, records, deltas, samples };
    #[cfg(feature = "recurrent")]
    let mut credit = Telling { credit, kept: kept as u32, progress };
    #[cfg(not(feature = "recurrent"))]
    let mut credit = credit;
    Ok(step_tensors::<T>(plan, rate, &mut credit, z, weights, residuals))
}

/// Credit that tells how far it is: that of a text's tokens takes long on a small board.
#[cfg(feature = "recurrent")]
struct Telling<'a> {
    credit: node::GenerationCredit<'a>,
    kept: u32,
    progress: &'a mut dyn Progress,
}

#[cfg(feature = "recurrent")]
impl Credit for Telling<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        self.progress.computed((z.len() as u32).saturating_mul(self.kept));
        self.credit.add_rows(tensor, first, z);
    }

    fn statistics(&self, tensor: &Tensor) -> Option<Statistics> {
        self.credit.statistics(tensor)
    }

    fn rows<T: Accumulator>(
        &mut self,
        tensor: &Tensor,
        apart: bool,
        z: &mut [T],
        each: &mut dyn FnMut(usize, CreditRow<'_, T>),
    ) {
        self.progress.computed((tensor.len() as u32).saturating_mul(self.kept));
        self.credit.rows(tensor, apart, z, each);
    }
}

fn step_tensors<T: Accumulator>(
    plan: &Plan,
    rate: u32,
    credit: &mut impl Credit,
    z: &mut [u64],
    weights: &mut [i8],
    residuals: &mut [i16],
) -> u32 {
    let z: &mut [T] = bytemuck::cast_slice_mut(z);
    let mut moved = 0;
    // A vote has none.
    let mut behind = residuals;
    for tensor in plan.program().tensors() {
        let (at, len) = (tensor.offset, tensor.len());
        let here = if plan.trains(&tensor) { plan.residuals_of(&tensor).min(behind.len()) } else { 0 };
        let (residuals, rest) = split_mut(behind, here);
        behind = rest;
        let Some(rule) = plan.rule(rate, &tensor) else { continue };
        moved += step(rule, &tensor, credit, z, part_mut(weights, at, len), residuals);
    }
    moved
}
