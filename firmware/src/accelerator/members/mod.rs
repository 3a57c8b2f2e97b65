//! Members of all estimators on a unit.

mod pairs;
mod pass;
mod slot;

use super::{Accelerator, Estimator, Fallback, Job, Members, Placement, Product, Unit, UnitError};
use crate::estimator::scores::Packer;
use crate::kernel::standard_divisor;
use crate::model::{MAX_LAYERS, Scratch, Start, Step, run};
use crate::noise::Noise;
use crate::slice_ext::{part, part_mut};
use embedded_hal::spi::SpiDevice;
use heapless::Vec;
use pass::{Member, OnePass, make, place_of};
use slot::Slots;

/// Most streams of a unit that are used: the memory of their outputs is set aside.
const STREAMS: usize = 4;
/// Tensor ids that the unit's noise can address.
const TENSORS: u32 = 1 << 12;

/// Values that lie in the memory of a pass, in widths of a layer: the input and the output of a layer and, in
/// a branch, what the other branch reads.
const VALUES: usize = 3;

/// Evaluates members on a unit. Layers have at most `WIDTH` values.
///
/// Members that see the same input share the products of the first layer: base and members of a slot, or
/// twins of up to four pairs. Later layers are a product a member and place. The unit keeps the weights;
/// where `shadow` has room for them, only what an update has moved is sent.
pub struct OnUnit<S: SpiDevice, M, const WIDTH: usize> {
    unit: Unit<S>,
    shadow: M,
    /// The places of the layers' matrices; `None` of a layer that the core computes.
    placements: Vec<Option<Placement>, MAX_LAYERS>,
    loaded: Option<u32>,
    fallback: Option<Fallback<S::Error>>,
    /// First-layer outputs of the members that share its products.
    outputs: [[i8; WIDTH]; 2 * STREAMS + 1],
    /// The memory of a pass: what lies between operations, and what the core's own take.
    activations: [[i8; WIDTH]; VALUES],
    products: [i32; WIDTH],
    vector: [i8; WIDTH],
    window: [i8; WIDTH],
    /// Noise that the core draws, or an input that is filled up with zeros.
    room: [i8; WIDTH],
    /// The outputs of the last pass.
    made: [i8; WIDTH],
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
            activations: [[0; WIDTH]; VALUES],
            products: [0; WIDTH],
            vector: [0; WIDTH],
            window: [0; WIDTH],
            room: [0; WIDTH],
            made: [0; WIDTH],
            base: [0; WIDTH],
            error: [0; WIDTH],
        }
    }

    /// Why the last job was left to the kernels; `None` where it was not.
    pub const fn fallback(&self) -> Option<&Fallback<S::Error>> {
        self.fallback.as_ref()
    }

    /// Asks the unit anew what it is, whatever has failed before; it gets all weights again. Returns whether
    /// it answers as it should. Where not, the kernels evaluate in its place, and [`Self::fallback`] says
    /// why.
    pub fn ask(&mut self) -> bool {
        self.loaded = None;
        self.placements = Vec::new();
        self.fallback = self.unit.ask().err().map(Fallback::Failed);
        self.fallback.is_none()
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
                let slots = Slots::of_node(node);
                job.units.clone().try_for_each(|slot| self.slot(job, &slots, slot, scores))
            }
            Estimator::Weight(weight) => self.pairs(job, weight, scores),
            Estimator::Guided(guided) => {
                let slots = Slots::of_guided(guided, job);
                job.units.clone().try_for_each(|slot| self.slot(job, &slots, slot, scores))
            }
        });
        outcome.map_err(|error| {
            self.loaded = None;
            Fallback::Failed(error)
        })
    }

    /// Finds places for the matrices that the unit multiplies, where it can evaluate the job at all.
    fn place(&mut self, job: &Job<'_>) -> Result<(), Fallback<S::Error>> {
        let capabilities = self.unit.capabilities();
        let mut rank = None;
        if let Estimator::Weight(weight) = job.estimator {
            if weight.noise != Noise::Sign || weight.rank > capabilities.ranks {
                return Err(Fallback::Perturbation);
            }
            rank = Some(usize::from(weight.rank));
        }
        let program = job.program;
        let widest = program.products().max(program.longest_vector()).max(program.largest_window());
        if program.is_recurrent() || program.activations() > VALUES * WIDTH || widest > WIDTH {
            return Err(Fallback::Model);
        }
        let mut placements = Vec::new();
        let mut free = 0;
        for step in program.steps() {
            if step.to.len() > WIDTH || step.tensor >= TENSORS {
                return Err(Fallback::Model);
            }
            let placement = self.place_step(&step, free, rank)?;
            free = placement.map_or(free, |placement| placement.end());
            let placed = placements.resize(step.layer, None).is_ok() && placements.push(placement).is_ok();
            if !placed {
                return Err(Fallback::Model);
            }
        }
        if placements.iter().all(Option::is_none) {
            return Err(Fallback::Products);
        }
        if placements != self.placements {
            self.placements = placements;
            self.loaded = None;
        }
        Ok(())
    }

    /// Finds a place for a step's matrix; `None` where the core multiplies by it, or where it has none. Pairs
    /// of estimator `weight` have a rank.
    fn place_step(
        &self,
        step: &Step,
        free: u32,
        rank: Option<usize>,
    ) -> Result<Option<Placement>, Fallback<S::Error>> {
        let ((rows, columns), by) = (step.matrix_shape(), step.divided_by());
        if !step.is_product() {
            return Ok(None);
        }
        if !step.is_depthwise() && u32::try_from(columns).is_ok_and(|columns| by == standard_divisor(columns))
        {
            return self.unit.place(free, rows, columns).map(Some).ok_or(Fallback::Model);
        }
        match rank {
            Some(rank) if (rows + columns) * rank > WIDTH => Err(Fallback::Factors),
            None if !step.is_depthwise() => {
                let wider = self.unit.place_divided(free, rows, columns, by);
                Ok(wider.filter(|wider| wider.inputs() <= WIDTH))
            }
            _ => Ok(None),
        }
    }

    /// Makes the unit's weights those of the job.
    fn synchronise(&mut self, job: &Job<'_>) -> Result<(), UnitError<S::Error>> {
        if self.loaded == Some(job.checksum) {
            return Ok(());
        }
        let known = self.loaded.take().is_some();
        let shadow = self.shadow.as_mut();
        for step in job.program.steps() {
            let Some(placement) = place_of(&self.placements, &step) else { continue };
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

    /// Has the products of the first layer made, at every place, and keeps the outputs of all members. Does
    /// nothing where the core computes that layer.
    fn first(&mut self, job: &Job<'_>, input: &[i8], members: Members) -> Result<(), UnitError<S::Error>> {
        let Self { unit, placements, outputs, window, room, .. } = self;
        let Some(step) = job.program.steps().next() else { return Err(UnitError::TooLarge) };
        let Some(matrix) = place_of(placements, &step) else { return Ok(()) };
        let window = part_mut(window, 0, if step.moves_window() { step.read_len() } else { 0 });
        let channels = step.channels();
        let mut made = Ok(());
        step.each_place(input, window, |place, x| {
            if made.is_err() {
                return;
            }
            made = make(unit, matrix, x, members, room).and_then(|()| {
                let mut outputs = outputs.iter_mut().take(members.len()).enumerate();
                outputs.try_for_each(|(member, output)| {
                    unit.output(member, part_mut(output, place * channels, channels))
                })
            });
        });
        made
    }

    /// Runs a member, from the first layer's outputs number `shared`, to the model's outputs in `made`. Out
    /// of line, because the interpreter is large and a board has it once for all members.
    #[inline(never)]
    fn pass(
        &mut self,
        job: &Job<'_>,
        input: &[i8],
        shared: usize,
        member: Member,
    ) -> Result<(), UnitError<S::Error>> {
        let Self { unit, placements, outputs, activations, products, vector, window, room, made, .. } = self;
        let first = job.program.steps().next().filter(|step| place_of(placements, step).is_some());
        let first = first.zip(outputs.get(shared)).map(|(step, output)| part(output, 0, step.to.len()));
        let mut pass = OnePass { unit, placements, member, first, room, failed: None };
        let activations = activations.as_flattened_mut();
        let mut scratch = Scratch { activations, products, vector, window };
        let start = Start::Input(input);
        let outputs = run(job.program, job.weights, start, &mut [], &mut pass, &mut scratch);
        made.iter_mut().zip(outputs).for_each(|(made, &output)| *made = output);
        pass.failed.map_or(Ok(()), Err)
    }
}

impl<S: SpiDevice, M: AsMut<[i8]>, const WIDTH: usize> Accelerator for OnUnit<S, M, WIDTH> {
    fn run_begins(&mut self) {
        if !self.answers() {
            self.ask();
        }
    }

    fn answers(&self) -> bool {
        !matches!(self.fallback, Some(Fallback::Failed(_)))
    }

    fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool {
        if !self.answers() {
            return false;
        }
        self.fallback = self.all(job, scores).err();
        self.fallback.is_none()
    }
}
