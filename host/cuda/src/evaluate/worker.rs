use crate::args::Drawing;
use crate::device::{Buffer, Device, DeviceError, Shape, launch};
use crate::noise::Places;
use crate::packing::Packing;
use crate::program::{Program, States, TILES};
use crate::windows;
use eggroll_batch::evaluate::is_batched;
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::task::Samples;
use eggroll_firmware::train::{Estimator, Plan};
use std::sync::Arc;
use zerocopy::IntoBytes;

/// Threads of a block; `kernels/tile.cuh` has the same.
pub(super) const THREADS: u32 = 256;
/// The part of a device's memory that a batch may take, as a divisor.
const PART: u64 = 4;
/// Most bytes of a batch: kernels count words of noise in 32 bits.
const MOST_BYTES: u64 = 1 << 33;
/// Most rows of a launch.
pub(super) const MOST_ROWS: usize = 1 << 22;

/// A program on the device.
pub(super) struct Loaded {
    pub(super) program: Program,
    pub(super) ops: Buffer,
}

/// Room for a chunk of pairs.
pub(crate) struct Crediting {
    pub(crate) fitness: Buffer,
    pub(crate) left: Buffer,
    pub(crate) right: Buffer,
    pub(crate) z: Buffer,
}

impl Crediting {
    fn new(device: &Arc<dyn Device>) -> Result<Self, DeviceError> {
        let empty = || Buffer::new(device, 0);
        Ok(Self { fitness: empty()?, left: empty()?, right: empty()?, z: empty()? })
    }
}

/// A device, prepared for a run.
pub struct Worker {
    pub(crate) device: Arc<dyn Device>,
    pub(crate) plan: Arc<Plan>,
    packing: Packing,
    pub(super) row_states: States,
    /// Those of tiles that fit, the largest first.
    pub(super) programs: Vec<Loaded>,
    pub(super) places: Places,
    draws: Buffer,
    /// Bytes that a batch may take.
    pub(crate) budget: u64,
    /// Sample records.
    pub(super) samples: Buffer,
    /// Their labels or targets, for the host that judges the outputs; empty of a run without a guide.
    pub(super) targets: Vec<u8>,
    /// What the generation reads of a text, and the states before it.
    pub(super) feed: Buffer,
    pub(super) initial: Buffer,
    pub(super) parameters: Buffer,
    /// The generation and the weights that are loaded.
    loaded: Option<(u32, Arc<[i8]>)>,
    members: Buffer,
    pub(super) noise: Buffer,
    pub(super) rows: Buffer,
    /// Values of rows under way, where a block's shared memory has no room for them.
    pub(super) values: Buffer,
    /// States of rows under way, and those that are kept of a base pass.
    pub(super) states: Buffer,
    pub(super) kept: Buffer,
    pub(super) ends: Buffer,
    pub(super) scores: Buffer,
    /// Outputs of the base model; and samples that members are judged on, with the errors there.
    pub(super) logits: Buffer,
    pub(super) judged: Buffer,
    pub(super) errors: Buffer,
    pub(crate) crediting: Crediting,
}

impl Worker {
    /// Prepares a device for a run; `None` where its members cannot be evaluated side by side
    /// ([`is_batched`]), or the model is too large for a block's shared memory.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn new(device: &Arc<dyn Device>, plan: &Plan, samples: &[u8]) -> Result<Option<Self>, DeviceError> {
        Self::with_budget(device, plan, samples, device.memory() / PART)
    }

    /// The same, with batches of so many bytes.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn with_budget(
        device: &Arc<dyn Device>,
        plan: &Plan,
        samples: &[u8],
        budget: u64,
    ) -> Result<Option<Self>, DeviceError> {
        let lowered = plan.program();
        let (Some(packing), true) = (Packing::new(lowered), is_batched(plan)) else { return Ok(None) };
        let (places, rank) = match &plan.run().estimator {
            Estimator::Weight(weight) => {
                let shape = plan.low_rank(weight);
                (Places::of_pairs(lowered, shape), shape.rank)
            }
            Estimator::Node(_) => (Places::of_nodes(lowered, LayerSet::ALL), 0),
            Estimator::Guided(guided) => (Places::of_nodes(lowered, guided.hidden_layers(lowered)), 0),
        };
        let shared = device.shared_memory();
        let programs = if lowered.is_convolutional() {
            windows::program(lowered, &packing, &places, rank, shared).into_iter().collect::<Vec<_>>()
        } else {
            let all = TILES.map(|tiles| Program::new(lowered, &packing, &places, rank, tiles));
            all.into_iter().filter(|program| program.shared <= shared).collect()
        };
        let load = |program: Program| {
            let ops = Buffer::of(device, &program.ops)?;
            Ok(Loaded { program, ops })
        };
        let programs = programs.into_iter().map(load).collect::<Result<Vec<_>, DeviceError>>()?;
        if programs.is_empty() {
            return Ok(None);
        }
        let targets = match &plan.run().estimator {
            Estimator::Guided(_) => {
                let inputs = lowered.inputs();
                let records = samples.chunks_exact(Samples::record_len(inputs, plan.run().target_kind()));
                records.flat_map(|record| &record[inputs..]).copied().collect()
            }
            Estimator::Weight(_) | Estimator::Node(_) => Vec::new(),
        };
        let empty = || Buffer::new(device, 0);
        Ok(Some(Self {
            device: Arc::clone(device),
            plan: Arc::new(plan.clone()),
            packing,
            row_states: States::new(lowered),
            programs,
            draws: Buffer::of(device, places.draws.as_bytes())?,
            places,
            budget: budget.min(MOST_BYTES),
            samples: Buffer::of(device, samples)?,
            targets,
            feed: empty()?,
            initial: empty()?,
            parameters: empty()?,
            loaded: None,
            members: empty()?,
            noise: empty()?,
            rows: empty()?,
            values: empty()?,
            states: empty()?,
            kept: empty()?,
            ends: empty()?,
            scores: empty()?,
            logits: empty()?,
            judged: empty()?,
            errors: empty()?,
            crediting: Crediting::new(device)?,
        }))
    }

    /// Loads a generation, once.
    pub(super) fn load(
        &mut self,
        generation: u32,
        weights: &Arc<[i8]>,
        feed: &[u8],
    ) -> Result<(), DeviceError> {
        let is_loaded =
            |(number, loaded): &(u32, Arc<[i8]>)| *number == generation && Arc::ptr_eq(loaded, weights);
        if self.loaded.as_ref().is_some_and(is_loaded) {
            return Ok(());
        }
        self.loaded = None;
        let packed = self.packing.pack(weights);
        self.parameters.fit(packed.len())?.write(&packed)?;
        let streams = self.plan.run().streams();
        let tokens = streams.map_or(0, |streams| streams.feed_len(0) as usize);
        let (tokens, initial) = feed.split_at(tokens.min(feed.len()));
        self.feed.fit(tokens.len())?.write(tokens)?;
        let initial = self.row_states.spread(initial);
        self.initial.fit(initial.len())?.write(&initial)?;
        self.loaded = Some((generation, Arc::clone(weights)));
        Ok(())
    }

    /// Draws the noise of members of the generation that is loaded, each by its index.
    pub(super) fn draw_noise(&mut self, members: &[u32]) -> Result<(), DeviceError> {
        let generation = self.loaded.as_ref().map_or(0, |(generation, _)| *generation);
        let (words, draws) = (self.places.words, self.places.draws.len());
        self.members.fit(4 * members.len())?.write(bytemuck::cast_slice(members))?;
        self.noise.fit(4 * members.len() * words)?;
        let args = Drawing {
            draws: self.draws.at(0),
            draw_count: draws as i64,
            members: self.members.at(0),
            member_count: members.len() as i64,
            noise: self.noise.at(0),
            noise_words: words as i64,
            seed: self.plan.run().seed.into(),
            generation: generation.into(),
        };
        let all = (members.len() * draws).div_ceil(THREADS as usize) as u64;
        let blocks = all.clamp(1, 32 * u64::from(self.device.processors())) as u32;
        let kernel = if self.places.is_near_normal { "draw_near_normal" } else { "draw_sign" };
        launch(&*self.device, kernel, Shape { blocks, threads: THREADS, shared: 0 }, &args)
    }

    /// Bytes of a member's noise.
    pub(super) const fn noise_bytes(&self) -> u64 {
        4 * self.places.words as u64
    }
}
