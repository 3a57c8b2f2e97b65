use super::arena::Cutter;
use super::{Estimator, Plan, Run, TaskKind};
use crate::Error;
use crate::estimator::node::{self, SlotCredit, values_per_slot};
use crate::estimator::scores::{Packer, Scores};
use crate::estimator::weight::{self, CreditTo, Pair, SampleCredit, Weight, finish_sample};
use crate::model::Workspace;
use crate::noise::sample_index;
use crate::task::{Samples, Task};
use crate::update::{Accumulator, Credit, step};
use crate::wire::Checksum;
use serde::{Deserialize, Serialize};

/// A part of the arena that can be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Section {
    /// All parameters in declared order, row-major, one byte each.
    Weights,
    /// The residuals of all parameters, `i16` little endian; only where the learner updates itself.
    Residuals,
    /// Samples: `inputs` features (i8) and a label byte each.
    Samples,
}

/// What a learner holds: proof that it and the host agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct State {
    /// The last generation that the weights hold; 0 for initial weights.
    pub generation: u32,
    /// CRC-32 over the generation (little endian), the weights and, where the learner updates itself, the
    /// residuals.
    pub checksum: u32,
}

/// A run in an arena: loads, evaluates, credits and steps. Every value is exact and independent of the order,
/// size and repetition of requests.
pub struct Learner<A> {
    arena: A,
    plan: Option<Plan>,
    state: Option<State>,
    /// Units of the coming step that are credited, and how many of them are kept.
    credited: u32,
    kept: usize,
}

/// The arena, cut by a plan.
struct Parts<'a> {
    weights: &'a mut [i8],
    residuals: &'a mut [i16],
    samples: &'a mut [u8],
    slots: &'a mut [u32],
    activations: &'a mut [i8],
    values: &'a mut [i16],
    scratch: Cutter<'a>,
}

impl<'a> Parts<'a> {
    fn cut(plan: &Plan, arena: &'a mut [u64]) -> Result<Self, Error> {
        let mut cutter = Cutter::new(arena);
        let credit = plan.credit_lens();
        Ok(Self {
            weights: cutter.take(plan.layout().parameters())?,
            residuals: cutter.take(plan.residuals())?,
            samples: cutter.take(plan.sample_bytes() as usize)?,
            slots: cutter.take(credit.slots as usize)?,
            activations: cutter.take(credit.activations as usize)?,
            values: cutter.take(credit.values as usize)?,
            scratch: cutter,
        })
    }
}

fn workspace<'a>(plan: &Plan, cutter: &mut Cutter<'a>) -> Result<Workspace<'a>, Error> {
    let width = plan.layout().width();
    Ok(Workspace { products: cutter.take(width)?, front: cutter.take(width)?, back: cutter.take(width)? })
}

fn node_work<'a>(plan: &Plan, mut cutter: Cutter<'a>) -> Result<node::Work<'a>, Error> {
    let width = plan.layout().width();
    Ok(node::Work {
        pass: workspace(plan, &mut cutter)?,
        first: cutter.take(width)?,
        eps: cutter.take(width)?,
    })
}

fn weight_work<'a>(
    plan: &Plan,
    settings: &Weight,
    mut cutter: Cutter<'a>,
) -> Result<weight::Work<'a>, Error> {
    Ok(weight::Work {
        pass: workspace(plan, &mut cutter)?,
        factors: cutter.take(weight::entries_per_pair(settings, plan.layout()))?,
        input: cutter.take(plan.layout().inputs())?,
        differences: cutter.take(weight::PAIRS_AT_ONCE)?,
        tile: bytemuck::cast_slice_mut(cutter.rest()),
    })
}

impl<A: AsMut<[u64]> + AsRef<[u64]>> Learner<A> {
    /// Takes an arena; nothing is configured yet.
    pub const fn new(arena: A) -> Self {
        Self { arena, plan: None, state: None, credited: 0, kept: 0 }
    }

    /// Bytes of the arena.
    pub fn arena_bytes(&self) -> u64 {
        8 * self.arena.as_ref().len() as u64
    }

    /// The configured run.
    pub const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// What the learner holds, once started.
    pub const fn state(&self) -> Option<State> {
        self.state
    }

    /// Configures a run; weights and residuals are 0 until loaded. The same run again changes nothing. Returns
    /// the bytes it needs.
    ///
    /// # Errors
    /// Those of [`Plan::new`]; [`Error::ArenaTooSmall`] with both sizes, and the former run stays.
    pub fn configure(&mut self, run: Run, updates: bool) -> Result<u64, Error> {
        let plan = Plan::new(run, updates)?;
        let (needs, has) = (plan.needs(), self.arena_bytes());
        if needs > has {
            return Err(Error::ArenaTooSmall { needs, has });
        }
        if self.plan.as_ref() != Some(&plan) {
            let parts = Parts::cut(&plan, self.arena.as_mut())?;
            parts.weights.fill(0);
            parts.residuals.fill(0);
            parts.samples.fill(0);
            self.plan = Some(plan);
            self.state = None;
        }
        Ok(needs)
    }

    /// Units of a generation, 0 before a run is configured.
    pub fn units(&self) -> u32 {
        self.plan.as_ref().map_or(0, |plan| plan.run().estimator.units())
    }

    fn parts(&mut self) -> Result<(&Plan, Parts<'_>), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        Ok((plan, Parts::cut(plan, self.arena.as_mut())?))
    }

    /// Loads bytes into a section at an offset. The learner must be started afterwards.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] beyond the section's end.
    pub fn load(&mut self, section: Section, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let (_, parts) = self.parts()?;
        let target: &mut [u8] = match section {
            Section::Weights => bytemuck::cast_slice_mut(parts.weights),
            Section::Residuals => bytemuck::cast_slice_mut(parts.residuals),
            Section::Samples => parts.samples,
        };
        let (start, end, has) =
            (offset as usize, u64::from(offset) + bytes.len() as u64, target.len() as u64);
        let target = usize::try_from(end).ok().and_then(|end| target.get_mut(start..end));
        target.ok_or(Error::OutOfRange { end, has })?.copy_from_slice(bytes);
        self.state = None;
        Ok(())
    }

    /// Draws the initial weights of the run and clears the residuals: what a fresh run starts from.
    ///
    /// # Errors
    /// [`Error::NotConfigured`].
    pub fn initialize(&mut self) -> Result<(), Error> {
        let (plan, parts) = self.parts()?;
        plan.layout().initialize(plan.run().seed, parts.weights);
        parts.residuals.fill(0);
        self.state = None;
        Ok(())
    }

    /// Accepts what is loaded as the weights after `generation`. Once started, the same again changes nothing: a
    /// late repeat must not pass moved weights off as those of an earlier generation.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] where nothing was loaded since the start of another generation;
    /// [`Error::BadWeight`] or [`Error::BadSample`] naming the first value that the arithmetic excludes.
    pub fn start(&mut self, generation: u32) -> Result<State, Error> {
        if let Some(state) = self.state {
            let have = state.generation;
            return if have == generation { Ok(state) } else { Err(Error::WrongGeneration { have }) };
        }
        let (plan, parts) = self.parts()?;
        if let Some(at) = parts.weights.iter().position(|&w| w == i8::MIN) {
            return Err(Error::BadWeight { at: at as u32 });
        }
        let samples = Samples::new(parts.samples, plan.layout().inputs());
        if let Some(at) = samples.first_invalid(plan.layout().outputs()) {
            return Err(Error::BadSample { at });
        }
        self.enter(generation)
    }

    /// The weights in declared order; empty before a run is configured.
    pub fn weights(&mut self) -> &[i8] {
        self.parts().map_or(&[], |(_, parts)| parts.weights)
    }

    /// The residuals in declared order; empty where the run has none.
    pub fn residuals(&mut self) -> &[i16] {
        self.parts().map_or(&[], |(_, parts)| parts.residuals)
    }

    fn enter(&mut self, generation: u32) -> Result<State, Error> {
        let (_, parts) = self.parts()?;
        let checksum = Checksum::of(generation, parts.weights, parts.residuals);
        let state = State { generation, checksum };
        self.state = Some(state);
        (self.credited, self.kept) = (0, 0);
        Ok(state)
    }

    /// Checks that `generation` is the one after the weights', and the range of units.
    fn admit(&self, generation: u32, first: u32, count: u32) -> Result<&Plan, Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let have = self.state.ok_or(Error::NotStarted)?.generation;
        if have.checked_add(1) != Some(generation) {
            return Err(Error::WrongGeneration { have });
        }
        let (end, has) = (u64::from(first) + u64::from(count), plan.run().estimator.units());
        if end > u64::from(has) { Err(Error::NoSuchUnits { end, has }) } else { Ok(plan) }
    }

    /// Evaluates units `first..first + count` of a generation and packs their scores into `out`; returns the
    /// bytes written.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless the weights are those of the generation before,
    /// [`Error::FrameTooSmall`], [`Error::NoSuchUnits`], [`Error::Setting`] where the run wants a task that the
    /// board lacks.
    pub fn evaluate<T: Task>(
        &mut self,
        generation: u32,
        first: u32,
        count: u32,
        task: &mut T,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.admit(generation, first, count)?;
        let (plan, parts) = self.parts()?;
        let run = plan.run();
        let mut packer = Packer::new(run.estimator.shape(), count as usize, out)?;
        let samples = Samples::new(parts.samples, plan.layout().inputs());
        match &run.estimator {
            Estimator::Node(settings) => {
                let mut work = node_work(plan, parts.scratch)?;
                for slot in first..first + count {
                    let slot = node_slot(run, settings, samples, generation, slot);
                    node::evaluate(settings, plan.layout(), parts.weights, &slot, &mut work, &mut packer);
                }
            }
            Estimator::Weight(settings) => {
                let pair = pair_of(plan, settings, generation);
                let environment = match run.task {
                    TaskKind::Environment(kind) => Some(kind),
                    TaskKind::Samples { .. } | TaskKind::Own => None,
                };
                let evaluation = weight::Evaluation { pair, weights: parts.weights, environment, samples };
                let mut work = weight_work(plan, settings, parts.scratch)?;
                evaluation.evaluate(first..first + count, task, &mut work, &mut packer)?;
            }
        }
        Ok(packer.finish())
    }

    /// Takes the scores of units `first..first + count` towards the step of a generation, in order. A range that
    /// is already in changes nothing; `first` = 0 begins anew. Returns how many units are credited.
    ///
    /// # Errors
    /// [`Error::BadScores`]; [`Error::NoSuchUnits`] where units before `first` are missing;
    /// [`Error::NoLocalUpdate`].
    pub fn credit(&mut self, generation: u32, first: u32, count: u32, bytes: &[u8]) -> Result<u32, Error> {
        let plan = self.admit(generation, first, count)?;
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let scores = Scores::new(plan.run().estimator.shape(), count as usize, bytes)?;
        let (credited, kept) = if first == 0 { (0, 0) } else { (self.credited, self.kept) };
        if first + count <= credited {
            return Ok(credited);
        }
        if first != credited {
            return Err(Error::NoSuchUnits { end: u64::from(first), has: credited });
        }
        let (plan, parts) = self.parts()?;
        let mut kept = kept;
        match &plan.run().estimator {
            Estimator::Node(settings) => {
                let layout = plan.layout();
                let samples = Samples::new(parts.samples, layout.inputs());
                let per_slot = values_per_slot(layout);
                let mut work = node_work(plan, parts.scratch)?;
                let mut values = scores.values();
                for (slot, flag) in (first..).zip(scores.flags()) {
                    if !flag {
                        continue;
                    }
                    let cells = kept * per_slot..(kept + 1) * per_slot;
                    let mut out = SlotCredit {
                        activations: &mut parts.activations[cells.clone()],
                        deltas: &mut parts.values[cells],
                    };
                    parts.slots[kept] = sample_of(plan.run(), settings, generation, slot);
                    let slot = node_slot(plan.run(), settings, samples, generation, slot);
                    let fitness = values.by_ref().take(settings.members as usize);
                    node::credit(settings, layout, parts.weights, &slot, fitness, &mut work, &mut out);
                    kept += 1;
                }
            }
            Estimator::Weight(settings) if settings.credit == CreditTo::Sample => {
                let pair = pair_of(plan, settings, generation);
                let samples = Samples::new(parts.samples, plan.layout().inputs());
                let per_sample = values_per_slot(plan.layout());
                let mut work = weight_work(plan, settings, parts.scratch)?;
                let mut values = scores.values();
                for place in first..first + count {
                    let pair = Pair { pair: place, ..pair };
                    pair.fill_factors(work.factors);
                    let mut credit = SampleCredit { pair, factors: work.factors, pass: &mut work.pass };
                    let cells = parts.activations.chunks_exact_mut(per_sample);
                    let cells = cells.zip(parts.values.chunks_exact_mut(per_sample));
                    for ((i, slot), (activations, deltas)) in (0..).zip(&mut *parts.slots).zip(cells) {
                        let mut out = SlotCredit { activations, deltas };
                        if place == 0 {
                            let number = settings.sample_number(generation, 0, i);
                            *slot = sample_index(pair.seed, number, samples.len() as u32);
                        }
                        let (input, _) = samples.get(*slot);
                        if place == 0 {
                            credit.begin(parts.weights, input, &mut out);
                        }
                        match values.next() {
                            Some(0) | None => {}
                            Some(f) => credit.add(input, f, &mut out),
                        }
                        if place + 1 == settings.pairs {
                            finish_sample(&pair, &mut out);
                        }
                    }
                }
                kept = settings.samples as usize;
            }
            Estimator::Weight(_) => {
                for (cell, f) in parts.values[first as usize..].iter_mut().zip(scores.values()) {
                    *cell = f;
                }
                kept += count as usize;
            }
        }
        (self.credited, self.kept) = (first + count, kept);
        Ok(self.credited)
    }

    /// Credits a range and, with the last one, steps: what a board does with scores that arrive in chunks. A
    /// generation that the weights hold already is done.
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
    ) -> Result<(), Error> {
        let done = self.state.is_some_and(|state| state.generation == generation);
        if !done && self.credit(generation, first, count, scores)? == self.units() {
            self.step(rate)?;
        }
        Ok(())
    }

    /// Moves the weights by the credited generation. `rate` is the generation's learning rate in 1/65536
    /// (`residual`) or its q in 1/16 (`vote`). Returns the new state and how many weights moved.
    ///
    /// # Errors
    /// [`Error::NoSuchUnits`] until every unit is credited.
    pub fn step(&mut self, rate: u32) -> Result<(State, u32), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let have = self.state.ok_or(Error::NotStarted)?.generation;
        let generation = have.checked_add(1).ok_or(Error::WrongGeneration { have })?;
        let units = plan.run().estimator.units();
        if self.credited != units {
            return Err(Error::NoSuchUnits { end: u64::from(self.credited), has: units });
        }
        let kept = self.kept;
        let (plan, parts) = self.parts()?;
        let moved = if plan.wide_credit() {
            step_all::<i64>(plan, parts, generation, kept, rate)
        } else {
            step_all::<i32>(plan, parts, generation, kept, rate)
        }?;
        Ok((self.enter(generation)?, moved))
    }
}

fn sample_of(run: &Run, settings: &node::Node, generation: u32, slot: u32) -> u32 {
    sample_index(run.seed, settings.sample_number(generation, slot), run.samples())
}

fn node_slot<'a>(
    run: &Run,
    settings: &node::Node,
    samples: Samples<'a>,
    generation: u32,
    slot: u32,
) -> node::Slot<'a> {
    let (input, label) = samples.get(sample_of(run, settings, generation, slot));
    node::Slot { seed: run.seed, generation, slot, input, label }
}

fn pair_of<'a>(plan: &'a Plan, settings: &'a Weight, generation: u32) -> Pair<'a> {
    let (shape, layout, seed) = (plan.low_rank(settings), plan.layout(), plan.run().seed);
    Pair { settings, shape, layout, seed, generation, pair: 0 }
}

fn step_all<T: Accumulator>(
    plan: &Plan,
    parts: Parts<'_>,
    generation: u32,
    kept: usize,
    rate: u32,
) -> Result<u32, Error> {
    let layout = plan.layout();
    let mut scratch = parts.scratch;
    let (weights, residuals) = (parts.weights, parts.residuals);
    if let Some(settings) = plan.run().estimator.crediting_pairs() {
        let credit = weight::GenerationCredit {
            pair: pair_of(plan, settings, generation),
            fitness: parts.values,
            entries: scratch.take(plan.step_entries())?,
        };
        return Ok(step_tensors::<T>(plan, rate, credit, scratch.rest(), weights, residuals));
    }
    let values = kept * values_per_slot(layout);
    let samples = Samples::new(parts.samples, layout.inputs());
    let slots = &*parts.slots;
    let credit = node::GenerationCredit {
        layout,
        activations: &parts.activations[..values],
        deltas: &parts.values[..values],
        input: |slot: usize| samples.get(slots[slot]).0,
    };
    Ok(step_tensors::<T>(plan, rate, credit, scratch.rest(), weights, residuals))
}

fn step_tensors<T: Accumulator>(
    plan: &Plan,
    rate: u32,
    mut credit: impl Credit,
    z: &mut [u64],
    weights: &mut [i8],
    residuals: &mut [i16],
) -> u32 {
    let z: &mut [T] = bytemuck::cast_slice_mut(z);
    let mut moved = 0;
    for tensor in plan.layout().tensors() {
        let Some(rule) = plan.rule(rate, &tensor) else { continue };
        let cells = tensor.offset..tensor.offset + tensor.len();
        let residuals = residuals.get_mut(cells.clone()).unwrap_or_default();
        moved += step(rule, &tensor, &mut credit, z, &mut weights[cells], residuals);
    }
    moved
}
