use crate::Error;
use crate::estimator::node;
use crate::estimator::weight::{self, Pair, Weight};
use crate::model::{Layout, Workspace};
use crate::noise::sample_index;
use crate::progress::Progress;
use crate::task::{SampleStore, Samples};
use crate::train::arena::Cutter;
use crate::train::{Plan, Run};
use crate::within::part_mut;

/// The arena, cut by a plan, and the samples wherever they lie.
pub(super) struct Parts<'a> {
    pub(super) weights: &'a mut [i8],
    pub(super) residuals: &'a mut [i16],
    pub(super) samples: &'a [u8],
    pub(super) credit: Kept<'a>,
    pub(super) scratch: Cutter<'a>,
}

/// The credit of a generation so far.
pub(super) struct Kept<'a> {
    /// Samples of the kept slots.
    pub(super) slots: &'a mut [u32],
    /// Their activations.
    pub(super) activations: &'a mut [i8],
    /// Their deltas, or the pairs' fitness.
    pub(super) values: &'a mut [i16],
}

impl<'a> Parts<'a> {
    pub(super) fn cut(plan: &Plan, arena: &'a mut [u64], store: &'a impl SampleStore) -> Result<Self, Error> {
        let mut cutter = Cutter::new(arena);
        let weights = cutter.take(plan.layout().parameters())?;
        let residuals = cutter.take(plan.residuals())?;
        let samples = &*cutter.take(plan.arena_sample_bytes() as usize)?;
        let stored = || store.bytes().get(..plan.sample_bytes() as usize);
        let samples = if plan.stores_samples() { stored().unwrap_or_default() } else { samples };
        let credit = plan.credit_lens();
        Ok(Self {
            weights,
            residuals,
            samples,
            credit: Kept {
                slots: cutter.take(credit.slots as usize)?,
                activations: cutter.take(credit.activations as usize)?,
                values: cutter.take(credit.values as usize)?,
            },
            scratch: cutter,
        })
    }
}

fn workspace<'a>(plan: &Plan, cutter: &mut Cutter<'a>) -> Result<Workspace<'a>, Error> {
    let width = plan.layout().width();
    Ok(Workspace { products: cutter.take(width)?, front: cutter.take(width)?, back: cutter.take(width)? })
}

pub(super) fn node_work<'a>(
    plan: &Plan,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<node::Work<'a>, Error> {
    let width = plan.layout().width();
    Ok(node::Work {
        pass: workspace(plan, &mut cutter)?,
        first: cutter.take(width)?,
        eps: cutter.take(node::values_per_slot(plan.layout()))?,
        progress,
    })
}

pub(super) fn weight_work<'a>(
    plan: &Plan,
    settings: &Weight,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<weight::Work<'a>, Error> {
    Ok(weight::Work {
        pass: workspace(plan, &mut cutter)?,
        factors: cutter.take(weight::entries_per_pair(settings, plan.layout()))?,
        input: cutter.take(plan.layout().inputs())?,
        differences: cutter.take(weight::PAIRS_AT_ONCE)?,
        tile: bytemuck::cast_slice_mut(cutter.rest()),
        progress,
    })
}

/// The samples' place in the arena; empty where a store holds them.
pub(super) fn arena_samples<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<&'a mut [u8], Error> {
    let mut cutter = Cutter::new(arena);
    cutter.take::<i8>(plan.layout().parameters())?;
    cutter.take::<i16>(plan.residuals())?;
    cutter.take(plan.arena_sample_bytes() as usize)
}

pub(super) fn sample_of(run: &Run, settings: &node::Node, generation: u32, slot: u32) -> u32 {
    sample_index(run.seed, settings.sample_number(generation, slot), run.samples())
}

pub(super) fn node_slot<'a>(
    run: &Run,
    settings: &node::Node,
    samples: Samples<'a>,
    generation: u32,
    slot: u32,
) -> node::Slot<'a> {
    slot_with(run, samples, generation, slot, sample_of(run, settings, generation, slot))
}

/// Notes the sample of the kept slot number `kept`, and brings the room of its credit.
pub(super) fn keep_slot<'c>(
    layout: &Layout,
    credit: &'c mut Kept<'_>,
    kept: usize,
    sample: u32,
) -> node::SlotCredit<'c> {
    if let Some(place) = credit.slots.get_mut(kept) {
        *place = sample;
    }
    let len = node::values_per_slot(layout);
    node::SlotCredit {
        activations: part_mut(credit.activations, kept * len, len),
        deltas: part_mut(credit.values, kept * len, len),
    }
}

/// A slot whose sample is chosen.
pub(super) fn slot_with<'a>(
    run: &Run,
    samples: Samples<'a>,
    generation: u32,
    slot: u32,
    sample: u32,
) -> node::Slot<'a> {
    let (input, label) = samples.get(sample);
    node::Slot { seed: run.seed, generation, slot, input, label }
}

pub(super) fn pair_of<'a>(plan: &'a Plan, settings: &'a Weight, generation: u32) -> Pair<'a> {
    let (shape, layout, seed) = (plan.low_rank(settings), plan.layout(), plan.run().seed);
    Pair { settings, shape, layout, seed, generation, pair: 0 }
}
