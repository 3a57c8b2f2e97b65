use crate::Error;
use crate::estimator::node::{self, Node, NodeRun};
use crate::estimator::weight::{self, Pair, Weight};
use crate::model::Scratch;
use crate::progress::Progress;
use crate::slice_ext::part_mut;
use crate::task::{Feed, SampleStore, Samples, Source};
use crate::train::Plan;
use crate::train::arena::Cutter;

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
    /// States at the ends of a text's streams.
    pub(super) states: &'a mut [i8],
    /// What the kept slots have read.
    pub(super) marks: &'a mut [u32],
    /// What their matrices have read.
    pub(super) records: &'a mut [i8],
    /// The credit of their nodes, or the pairs' fitness.
    pub(super) values: &'a mut [i16],
}

impl Kept<'_> {
    /// Notes what the kept slot number `kept` has read, and brings the room of its credit.
    pub(super) fn keep(&mut self, plan: &Plan, kept: usize, mark: u32) -> node::SlotCredit<'_> {
        if let Some(place) = self.marks.get_mut(kept) {
            *place = mark;
        }
        let (record, nodes) = (plan.program().record_len(), plan.program().node_count());
        node::SlotCredit {
            record: part_mut(self.records, kept * record, record),
            deltas: part_mut(self.values, kept * nodes, nodes),
        }
    }
}

impl<'a> Parts<'a> {
    pub(super) fn cut(plan: &Plan, arena: &'a mut [u64], store: &'a impl SampleStore) -> Result<Self, Error> {
        let mut cutter = Cutter::new(arena);
        let weights = cutter.take(plan.program().parameters())?;
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
                states: cutter.take(credit.states as usize)?,
                marks: cutter.take(credit.marks as usize)?,
                records: cutter.take(credit.records as usize)?,
                values: cutter.take(credit.values as usize)?,
            },
            scratch: cutter,
        })
    }
}

/// The samples of a run, wherever they lie.
pub(super) fn samples_of<'a>(plan: &Plan, bytes: &'a [u8]) -> Samples<'a> {
    Samples::new(bytes, plan.program().inputs())
}

/// Where the rows of a run come from: `bytes` are its samples, or what a generation reads of its text.
pub(super) fn source_of<'a>(plan: &Plan, bytes: &'a [u8]) -> Source<'a> {
    match plan.run().streams() {
        Some(streams) => {
            Source::Streams { streams, feed: Feed::new(bytes, streams, plan.program().state_len()) }
        }
        None => Source::Samples { samples: samples_of(plan, bytes), seed: plan.run().seed },
    }
}

fn scratch<'a>(plan: &Plan, cutter: &mut Cutter<'a>) -> Result<Scratch<'a>, Error> {
    let program = plan.program();
    Ok(Scratch {
        activations: cutter.take(program.activations())?,
        products: cutter.take(program.products())?,
        vector: cutter.take(program.longest_vector())?,
    })
}

pub(super) fn node_work<'a>(
    plan: &Plan,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<node::Workspace<'a>, Error> {
    let state = plan.program().state_len();
    Ok(node::Workspace {
        pass: scratch(plan, &mut cutter)?,
        state: cutter.take(state)?,
        before: cutter.take(state)?,
        fork: cutter.take(state)?,
        first: cutter.take(plan.first_outputs())?,
        eps: cutter.take(plan.program().node_count())?,
        progress,
    })
}

pub(super) fn weight_work<'a>(
    plan: &Plan,
    settings: &Weight,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<weight::Workspace<'a>, Error> {
    Ok(weight::Workspace {
        pass: scratch(plan, &mut cutter)?,
        state: cutter.take(plan.program().state_len())?,
        factors: cutter.take(weight::entries_per_pair(settings, plan.program()))?,
        input: cutter.take(plan.features())?,
        differences: cutter.take(weight::PAIRS_AT_ONCE)?,
        tile: bytemuck::cast_slice_mut(cutter.rest()),
        progress,
    })
}

/// The samples' place in the arena; empty where a store holds them.
pub(super) fn arena_samples<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<&'a mut [u8], Error> {
    let mut cutter = Cutter::new(arena);
    cutter.take::<i8>(plan.program().parameters())?;
    cutter.take::<i16>(plan.residuals())?;
    cutter.take(plan.arena_sample_bytes() as usize)
}

/// What the slots of a generation are evaluated and credited with.
pub(super) fn node_run<'a>(
    plan: &'a Plan,
    settings: &'a Node,
    weights: &'a [i8],
    samples: &'a [u8],
    generation: u32,
) -> NodeRun<'a> {
    let source = source_of(plan, samples);
    NodeRun { settings, program: plan.program(), weights, seed: plan.run().seed, generation, source }
}

pub(super) fn pair_of<'a>(plan: &'a Plan, settings: &'a Weight, generation: u32) -> Pair<'a> {
    let (shape, program, seed) = (plan.low_rank(settings), plan.program(), plan.run().seed);
    Pair { settings, shape, program, seed, generation, pair: 0 }
}
