use super::{Accelerator, Estimator, Fallback, Job, Members, Placement, Product, Unit, UnitError};
use crate::estimator::guided::Guided;
use crate::estimator::node::Node;
use crate::estimator::scores::Packer;
use crate::estimator::weight::{CreditTo, Weight};
use crate::kernel::{Twin, linear_report, relu};
use crate::model::{Action, Activation, MAX_LAYERS, Step};
use crate::noise::{Address, Noise, sample_index};
use crate::task::Target;
use embedded_hal::spi::SpiDevice;
use heapless::Vec;

/// Most streams of a unit that are used: the memory of their outputs is set aside.
const STREAMS: usize = 4;
/// Tensor ids that the unit's noise can address.
const TENSORS: u32 = 1 << 12;

/// Evaluates members on a unit. Layers are at most `WIDTH` wide.
///
/// Members that see the same input share a pass of the first layer: base and members of a slot, or twins of
/// up to four pairs. Later layers are a pass a member. The unit keeps the weights; where `shadow` has room
/// for them, only what an update has moved is sent.
pub struct OnUnit<S: SpiDevice, M, const WIDTH: usize> {
    unit: Unit<S>,
    shadow: M,
    placements: Vec<Placement, MAX_LAYERS>,
    loaded: Option<u32>,
    fallback: Option<Fallback<S::Error>>,
    /// First-layer outputs of the members that share a pass.
    outputs: [[i8; WIDTH]; 2 * STREAMS + 1],
    front: [i8; WIDTH],
    back: [i8; WIDTH],
    /// The base model's outputs in a slot with a guide, and their error.
    base: [i8; WIDTH],
    error: [i8; WIDTH],
}

impl<S: SpiDevice, M: AsMut<[i8]>, const WIDTH: usize> OnUnit<S, M, WIDTH> {
    /// Takes a unit, and memory for a copy of the weights (or none).
    pub const fn new(unit: Unit<S>, shadow: M) -> Self {
        Self {
            unit,
            shadow,
            placements: Vec::new(),
            loaded: None,
            fallback: None,
            outputs: [[0; WIDTH]; 2 * STREAMS + 1],
            front: [0; WIDTH],
            back: [0; WIDTH],
            base: [0; WIDTH],
            error: [0; WIDTH],
        }
    }

    /// Why the last job was left to the kernels; `None` where it was not.
    pub const fn fallback(&self) -> Option<&Fallback<S::Error>> {
        self.fallback.as_ref()
    }

    /// The unit.
    pub const fn unit(&mut self) -> &mut Unit<S> {
        &mut self.unit
    }

    /// The memory for a copy of the weights, as long as nothing relies on it: to make it larger.
    pub fn shadow(&mut self) -> &mut M {
        self.loaded = None;
        &mut self.shadow
    }

    fn streams(&self) -> u8 {
        self.unit.capabilities().streams.min(STREAMS as u8)
    }

    fn all(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> Result<(), Fallback<S::Error>> {
        if job.samples.is_empty() {
            return Err(Fallback::Task);
        }
        self.place(job)?;
        let outcome = self.synchronise(job).and_then(|()| match job.estimator {
            Estimator::Node(node) => {
                job.units.clone().try_for_each(|slot| self.slot(job, node, slot, scores))
            }
            Estimator::Weight(weight) => self.pairs(job, weight, scores),
            Estimator::Guided(guided) => {
                job.units.clone().try_for_each(|slot| self.guided_slot(job, guided, slot, scores))
            }
        });
        outcome.map_err(|error| {
            self.loaded = None;
            Fallback::Failed(error)
        })
    }

    /// Finds places for all matrices, where the unit can evaluate the job at all.
    fn place(&mut self, job: &Job<'_>) -> Result<(), Fallback<S::Error>> {
        let capabilities = self.unit.capabilities();
        if let Estimator::Weight(&Weight { noise, rank, .. }) = job.estimator
            && (noise != Noise::Sign || rank > capabilities.ranks)
        {
            return Err(Fallback::Perturbation);
        }
        let mut placements = Vec::new();
        let mut free = 0;
        for step in job.program.steps() {
            let Action::Linear { bias, .. } = step.action else { return Err(Fallback::Model) };
            if bias || step.tensor >= TENSORS {
                return Err(Fallback::Perturbation);
            }
            let (outputs, inputs) = (step.to.len(), step.from.len());
            let placement = (inputs.max(outputs) <= WIDTH)
                .then(|| self.unit.place(free, outputs, inputs))
                .flatten()
                .ok_or(Fallback::Model)?;
            free = placement.end();
            placements.push(placement).map_err(|_| Fallback::Model)?;
        }
        if placements != self.placements {
            self.placements = placements;
            self.loaded = None;
        }
        Ok(())
    }

    /// Makes the unit's weights those of the job.
    fn synchronise(&mut self, job: &Job<'_>) -> Result<(), UnitError<S::Error>> {
        if self.loaded == Some(job.checksum) {
            return Ok(());
        }
        let known = self.loaded.take().is_some();
        let shadow = self.shadow.as_mut();
        for (step, &placement) in job.program.steps().zip(&self.placements) {
            let new = step.matrix(job.weights);
            let old = shadow.get(step.offset..).and_then(|rest| rest.get(..new.len())).filter(|_| known);
            match old {
                Some(old) => self.unit.update(placement, old, new).map(|_| ())?,
                None => self.unit.load(placement, new)?,
            }
        }
        shadow.iter_mut().zip(job.weights).for_each(|(shadow, &weight)| *shadow = weight);
        self.loaded = Some(job.checksum);
        Ok(())
    }

    /// Runs the first layer and keeps the outputs of all its members.
    fn first(&mut self, job: &Job<'_>, input: &[i8], members: Members) -> Result<(), UnitError<S::Error>> {
        let (Some(step), Some(&matrix)) = (job.program.steps().next(), self.placements.first()) else {
            return Err(UnitError::TooLarge);
        };
        self.unit.run(&Product { matrix, input, members })?;
        for (member, output) in self.outputs.iter_mut().enumerate().take(members.len()) {
            let output = output.get_mut(..step.to.len()).ok_or(UnitError::TooLarge)?;
            self.unit.output(member, output)?;
            activate(&step, output);
        }
        Ok(())
    }

    /// Carries one of the first layer's outputs through the others, and scores it.
    fn score(
        &mut self,
        job: &Job<'_>,
        output: usize,
        target: Target<'_>,
        members: impl Fn(&Step) -> Members,
    ) -> Result<i32, UnitError<S::Error>> {
        Ok(target.score(self.rest(job, output, members)?))
    }

    /// Carries one of the first layer's outputs through the others, to the model's outputs in `front`.
    fn rest(
        &mut self,
        job: &Job<'_>,
        output: usize,
        members: impl Fn(&Step) -> Members,
    ) -> Result<&[i8], UnitError<S::Error>> {
        let Self { unit, placements, outputs, front, back, .. } = self;
        *front = *outputs.get(output).ok_or(UnitError::TooLarge)?;
        for (step, &matrix) in job.program.steps().zip(&*placements).skip(1) {
            let input = front.get(..step.from.len()).ok_or(UnitError::TooLarge)?;
            unit.run(&Product { matrix, input, members: members(&step) })?;
            let output = back.get_mut(..step.to.len()).ok_or(UnitError::TooLarge)?;
            unit.output(0, output)?;
            activate(&step, output);
            core::mem::swap(front, back);
        }
        front.get(..job.program.outputs()).ok_or(UnitError::TooLarge)
    }

    /// A slot of estimator `node`: its base and members, as `estimator::node` defines them.
    fn slot(
        &mut self,
        job: &Job<'_>,
        node: &Node,
        slot: u32,
        scores: &mut Packer<'_>,
    ) -> Result<(), UnitError<S::Error>> {
        let number = node.sample_number(job.generation, slot);
        let (input, target) = job.samples.get(sample_index(job.seed, number, job.samples.len() as u32));
        let address = |member: u32, tensor: u32| {
            let index = node.index(slot, member);
            Address { seed: job.seed, generation: job.generation, index, tensor }
        };
        let nodes = |member: u32, tensor: u32, count: u8, base: bool, plus: bool, minus: bool| {
            let first = address(member, tensor);
            Members::Nodes { first, count, amplitude: node.amplitude, base, plus, minus }
        };
        let mut base_score = None;
        for first in (0..node.members).step_by(usize::from(self.streams()).max(1)) {
            let count = (node.members - first).min(u32::from(self.streams())) as u8;
            let base = base_score.is_none();
            self.first(job, input, nodes(first, 0, count, base, true, node.antithetic))?;
            let reference = match base_score {
                Some(score) => score,
                None => {
                    let score = self.score(job, 0, target, |_| Members::Base)?;
                    if node.is_skipped(score) {
                        scores.skip();
                        return Ok(());
                    }
                    scores.keep();
                    *base_score.insert(score)
                }
            };
            let mut output = usize::from(base);
            for member in first..first.wrapping_add(u32::from(count)) {
                let mut of_twins = [reference; 2];
                for (score, &twin) in of_twins.iter_mut().zip(node.twins()) {
                    let (plus, minus) = (twin == Twin::Plus, twin == Twin::Minus);
                    let members = |step: &Step| nodes(member, step.tensor, 1, false, plus, minus);
                    *score = self.score(job, output, target, members)?;
                    output += 1;
                }
                let [plus, reference] = of_twins;
                scores.push(node.fitness(plus, reference));
            }
        }
        Ok(())
    }

    /// A slot of estimator `node` with a guide: its base and members, as `estimator::guided` defines them.
    fn guided_slot(
        &mut self,
        job: &Job<'_>,
        guided: &Guided,
        slot: u32,
        scores: &mut Packer<'_>,
    ) -> Result<(), UnitError<S::Error>> {
        let (node, hidden) = (&guided.node, guided.hidden_layers(job.program));
        let number = node.sample_number(job.generation, slot);
        let (input, target) = job.samples.get(sample_index(job.seed, number, job.samples.len() as u32));
        let nodes = |member: u32, tensor: u32, count: u8, base: bool| {
            let index = node.index(slot, member);
            let first = Address { seed: job.seed, generation: job.generation, index, tensor };
            Members::Nodes { first, count, amplitude: node.amplitude, base, plus: true, minus: false }
        };
        let members = guided.members_of(slot);
        // Members of a model whose first layer is frozen begin with what the base model makes of the input.
        let together = if hidden.has(0) { u32::from(self.streams()).max(1) } else { u32::MAX };
        let outputs = job.program.outputs();
        let mut known = false;
        let mut first = 0;
        while !known || first < members {
            let count = (members - first).min(together);
            let of_first =
                if hidden.has(0) && count > 0 { nodes(first, 0, count as u8, !known) } else { Members::Base };
            self.first(job, input, of_first)?;
            let behind_base = usize::from(!known);
            if !known {
                known = true;
                let base = self.rest(job, 0, |_| Members::Base)?;
                if node.is_skipped(target.score(base)) {
                    scores.skip();
                    return Ok(());
                }
                scores.keep();
                self.base = self.front;
                let base = self.base.get(..outputs).ok_or(UnitError::TooLarge)?;
                target.error(base, self.error.get_mut(..outputs).ok_or(UnitError::TooLarge)?);
            }
            for (output, member) in (behind_base..).zip(first..first.wrapping_add(count)) {
                let of_step = |step: &Step| {
                    if hidden.has(step.layer) { nodes(member, step.tensor, 1, false) } else { Members::Base }
                };
                let of_member = if hidden.has(0) { output } else { 0 };
                self.rest(job, of_member, of_step)?;
                let values = [&self.error, &self.front, &self.base].map(|values| values.get(..outputs));
                let [Some(error), Some(outputs), Some(base)] = values else {
                    return Err(UnitError::TooLarge);
                };
                scores.push(linear_report(error, outputs, base, node.clip));
            }
            first = first.wrapping_add(count);
        }
        Ok(())
    }

    /// Pairs of estimator `weight`, as `estimator::weight` defines them.
    fn pairs(
        &mut self,
        job: &Job<'_>,
        weight: &Weight,
        scores: &mut Packer<'_>,
    ) -> Result<(), UnitError<S::Error>> {
        let each = weight.credit == CreditTo::Sample;
        let together = if each || weight.own_samples { 1 } else { u32::from(self.streams()).max(1) };
        for first in job.units.clone().step_by(together as usize) {
            let count = together.min(job.units.end - first) as u8;
            let mut differences = [0i32; STREAMS];
            if each {
                scores.keep();
            }
            for i in 0..weight.samples {
                let number = weight.sample_number(job.generation, first, i);
                let sample = job.samples.get(sample_index(job.seed, number, job.samples.len() as u32));
                self.sample(
                    job,
                    weight,
                    first..first.wrapping_add(u32::from(count)),
                    sample,
                    &mut differences,
                )?;
                if each {
                    let [f, ..] = core::mem::take(&mut differences);
                    scores.push(weight.fitness(f));
                }
            }
            for &difference in differences.iter().take(if each { 0 } else { usize::from(count) }) {
                scores.keep();
                scores.push(weight.fitness(difference));
            }
        }
        Ok(())
    }

    /// Adds the score differences of pairs on a sample that they share.
    fn sample(
        &mut self,
        job: &Job<'_>,
        weight: &Weight,
        pairs: core::ops::Range<u32>,
        (input, target): (&[i8], Target<'_>),
        differences: &mut [i32; STREAMS],
    ) -> Result<(), UnitError<S::Error>> {
        let members = |pair: u32, tensor: u32, count: u8, plus: bool, minus: bool| Members::Pairs {
            first: Address { seed: job.seed, generation: job.generation, index: pair, tensor },
            count,
            rank: weight.rank,
            sigma_shift: weight.sigma_shift,
            plus,
            minus,
        };
        self.first(job, input, members(pairs.start, 0, pairs.len() as u8, true, true))?;
        let mut output = 0;
        for (pair, difference) in pairs.zip(differences) {
            for twin in Twin::BOTH {
                let (plus, minus) = (twin == Twin::Plus, twin == Twin::Minus);
                let of_step = |step: &Step| members(pair, step.tensor, 1, plus, minus);
                let score = self.score(job, output, target, of_step)?;
                *difference = difference.wrapping_add(twin.sign() * score);
                output += 1;
            }
        }
        Ok(())
    }
}

impl<S: SpiDevice, M: AsMut<[i8]>, const WIDTH: usize> Accelerator for OnUnit<S, M, WIDTH> {
    fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool {
        if matches!(self.fallback, Some(Fallback::Failed(_))) {
            return false;
        }
        self.fallback = self.all(job, scores).err();
        self.fallback.is_none()
    }
}

fn activate(step: &Step, output: &mut [i8]) {
    if step.activation() == Activation::Relu {
        relu(output);
    }
}
