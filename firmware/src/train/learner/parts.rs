use crate::Error;
use crate::estimator::guided::{self, Guide, Guided, GuidedRun};
use crate::estimator::node::{self, Node, NodeRun};
use crate::estimator::weight::{self, Pair, Weight};
use crate::model::Scratch;
use crate::progress::Progress;
use crate::slice_ext::part_mut;
use crate::task::{Feed, SampleStore, Source};
use crate::train::Plan;
use crate::train::arena::Cutter;

/// The arena, cut by a plan, and the samples wherever they lie.
pub(super) struct Parts<'a> {
    pub(super) weights: &'a mut [i8],
    pub(super) residuals: &'a mut [i16],
    pub(super) guide: &'a mut [i16],
    /// What a generation reads: samples, or its feed.
    pub(super) samples: &'a [u8],
    /// The text, where it is held.
    #[cfg(feature = "recurrent")]
    pub(super) text: &'a [u8],
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
    /// The credit of their nodes, the pairs' fitness, or what the guide did not expect of hidden nodes.
    pub(super) values: &'a mut [i16],
    /// The credit of their nodes, guided.
    pub(super) deltas: &'a mut [i8],
    /// The errors at the outputs, guided.
    pub(super) errors: &'a mut [i8],
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

    /// The same of a guided run.
    pub(super) fn keep_guided(
        &mut self,
        plan: &Plan,
        guided: &Guided,
        kept: usize,
        mark: u32,
    ) -> guided::SlotCredit<'_> {
        if let Some(place) = self.marks.get_mut(kept) {
            *place = mark;
        }
        let program = plan.program();
        let (record, trained) = (program.record_len(), guided.trained_nodes(program));
        let taught = guided.node.members > 0;
        let hidden = if taught { guided.hidden_nodes(program) } else { 0 };
        let outputs = if taught { program.outputs() } else { 0 };
        guided::SlotCredit {
            record: part_mut(self.records, kept * record, record),
            deltas: part_mut(self.deltas, kept * trained, trained),
            error: part_mut(self.errors, kept * outputs, outputs),
            residuals: part_mut(self.values, kept * hidden, hidden),
        }
    }
}

impl<'a> Parts<'a> {
    pub(super) fn cut(plan: &Plan, arena: &'a mut [u64], store: &'a impl SampleStore) -> Result<Self, Error> {
        let mut cutter = Cutter::new(arena);
        let weights = cutter.take(plan.program().parameters())?;
        let residuals = cutter.take(plan.residuals())?;
        let guide = cutter.take(plan.guide_len())?;
        #[cfg(feature = "recurrent")]
        let text = &*cutter.take(plan.arena_text_bytes() as usize)?;
        let samples = &*cutter.take(plan.arena_sample_bytes() as usize)?;
        let stored = || store.bytes().get(..plan.sample_bytes() as usize);
        #[cfg(feature = "recurrent")]
        let text =
            if plan.holds_text() && plan.stores_samples() { stored().unwrap_or_default() } else { text };
        let is_stored = plan.stores_samples() && !plan.holds_text();
        let samples = if is_stored { stored().unwrap_or_default() } else { samples };
        let credit = plan.credit_lens();
        Ok(Self {
            weights,
            residuals,
            guide,
            samples,
            #[cfg(feature = "recurrent")]
            text,
            credit: Kept {
                states: cutter.take(credit.states as usize)?,
                marks: cutter.take(credit.marks as usize)?,
                records: cutter.take(credit.records as usize)?,
                values: cutter.take(credit.values as usize)?,
                deltas: cutter.take(credit.deltas as usize)?,
                errors: cutter.take(credit.errors as usize)?,
            },
            scratch: cutter,
        })
    }

    /// What was loaded as samples: those, or a text that is held.
    pub(super) fn loaded(&self, plan: &Plan) -> &'a [u8] {
        #[cfg(feature = "recurrent")]
        if plan.holds_text() {
            return self.text;
        }
        let _ = plan;
        self.samples
    }
}

/// Where the rows of a run come from: `bytes` are its samples, or what a generation reads of its text.
pub(super) fn source_of<'a>(plan: &Plan, bytes: &'a [u8]) -> Source<'a> {
    match plan.run().streams() {
        Some(streams) => {
            Source::Streams { streams, feed: Feed::new(bytes, streams, plan.program().state_len()) }
        }
        None => Source::Samples { samples: plan.samples(bytes), seed: plan.run().seed },
    }
}

fn scratch<'a>(plan: &Plan, cutter: &mut Cutter<'a>) -> Result<Scratch<'a>, Error> {
    let program = plan.program();
    Ok(Scratch {
        activations: cutter.take(program.activations())?,
        products: cutter.take(program.products())?,
        vector: cutter.take(program.longest_vector())?,
        window: cutter.take(program.largest_window())?,
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
        nodes: cutter.take(plan.saturation_nodes())?,
        progress,
    })
}

pub(super) fn guided_work<'a>(
    plan: &Plan,
    settings: &Guided,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<guided::Workspace<'a>, Error> {
    let program = plan.program();
    let (hidden, outputs) = (settings.hidden_nodes(program), program.outputs());
    let credited = if plan.updates() { hidden } else { 0 };
    Ok(guided::Workspace {
        pass: scratch(plan, &mut cutter)?,
        first: cutter.take(plan.first_outputs())?,
        eps: cutter.take(hidden)?,
        outputs: cutter.take(outputs)?,
        error: cutter.take(outputs)?,
        credit: cutter.take(credited)?,
        sums: if plan.wide_guide() {
            guided::Sums::Wide(cutter.take(credited)?)
        } else {
            guided::Sums::Narrow(cutter.take(credited)?)
        },
        progress,
    })
}

/// Cuts the memory of the credit of a text without members.
#[cfg(feature = "recurrent")]
pub(super) fn text_work<'a>(plan: &Plan, mut cutter: Cutter<'a>) -> Result<guided::TextWorkspace<'a>, Error> {
    let (program, lens) = (plan.program(), plan.text_lens());
    Ok(guided::TextWorkspace {
        pass: scratch(plan, &mut cutter)?,
        nodes: cutter.take(program.node_count())?,
        sums: cutter.take(lens.width as usize)?,
        stream: cutter.take(lens.stream as usize)?,
        credit: cutter.take(lens.credit as usize)?,
        carried: cutter.take(program.state_len())?,
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
        nodes: cutter.take(plan.saturation_nodes())?,
        differences: cutter.take(weight::PAIRS_AT_ONCE)?,
        tile: bytemuck::cast_slice_mut(cutter.rest()),
        progress,
    })
}

/// The samples' place in the arena, or that of what a generation reads of a text; empty where a store holds
/// the samples.
pub(super) fn arena_samples<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<&'a mut [u8], Error> {
    let mut cutter = behind_guide(plan, arena)?;
    #[cfg(feature = "recurrent")]
    cutter.take::<u8>(plan.arena_text_bytes() as usize)?;
    cutter.take(plan.arena_sample_bytes() as usize)
}

fn behind_guide<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<Cutter<'a>, Error> {
    let mut cutter = Cutter::new(arena);
    cutter.take::<i8>(plan.program().parameters())?;
    cutter.take::<i16>(plan.residuals())?;
    cutter.take::<i16>(plan.guide_len())?;
    Ok(cutter)
}

/// What a learner that holds its text makes feeds of, in the arena.
#[cfg(feature = "recurrent")]
pub(super) struct Reading<'a> {
    /// The text; empty where a store holds it.
    pub(super) text: &'a mut [u8],
    /// What a generation reads.
    pub(super) feed: &'a mut [u8],
    /// States at the ends of the streams.
    pub(super) states: &'a [i8],
}

#[cfg(feature = "recurrent")]
pub(super) fn reading<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<Reading<'a>, Error> {
    let mut cutter = behind_guide(plan, arena)?;
    Ok(Reading {
        text: cutter.take(plan.arena_text_bytes() as usize)?,
        feed: cutter.take(plan.arena_sample_bytes() as usize)?,
        states: cutter.take(plan.credit_lens().states as usize)?,
    })
}

/// Where what is loaded as samples lies in the arena; empty where a store holds it.
pub(super) fn arena_loaded<'a>(plan: &Plan, arena: &'a mut [u64]) -> Result<&'a mut [u8], Error> {
    #[cfg(feature = "recurrent")]
    if plan.holds_text() {
        return Ok(reading(plan, arena)?.text);
    }
    arena_samples(plan, arena)
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

/// The guide of a run as it is now.
pub(super) fn guide_of<'a>(plan: &Plan, kept: &'a [i16]) -> Guide<'a> {
    match plan.guided_update() {
        Some(guided) if guided.node.members == 0 => {
            Guide::Start { seed: plan.run().seed, scale: guided.guide_scale }
        }
        _ => Guide::Kept(kept),
    }
}

/// The same of a guided run.
pub(super) fn guided_run<'a>(
    plan: &'a Plan,
    settings: &'a Guided,
    weights: &'a [i8],
    guide: &'a [i16],
    samples: &'a [u8],
    generation: u32,
) -> GuidedRun<'a> {
    let node = node_run(plan, &settings.node, weights, samples, generation);
    GuidedRun { settings, node, guide: guide_of(plan, guide) }
}

pub(super) fn pair_of<'a>(plan: &'a Plan, settings: &'a Weight, generation: u32) -> Pair<'a> {
    let (shape, program, seed) = (plan.low_rank(settings), plan.program(), plan.run().seed);
    Pair { settings, shape, program, seed, generation, pair: 0 }
}
