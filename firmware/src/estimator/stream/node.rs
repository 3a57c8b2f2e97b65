use super::places::{nodes, record_of};
use super::{copy, inputs_per_token, nodes_per_token};
use crate::estimator::node::{Node, add_outer, fill_nodes};
use crate::estimator::scores::Packer;
use crate::kernel::{add_node_noise, credit_node_noise, limit, log_likelihood};
use crate::model::recurrent::{self, Alteration, Unaltered, step};
use crate::model::{Layout, Role, Tensor};
use crate::noise::Address;
use crate::progress::Progress;
use crate::task::{Feed, Streams};
use crate::update::{Accumulator, Credit};
use core::ops::Range;

/// What a slot, a token of a stream, is evaluated and credited with.
#[derive(Clone, Copy)]
pub struct NodeRun<'a> {
    /// The estimator's settings.
    pub settings: &'a Node,
    /// The model.
    pub layout: &'a Layout,
    /// All parameters.
    pub weights: &'a [i8],
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// The shape of the streams.
    pub streams: Streams,
    /// What the generation reads.
    pub feed: Feed<'a>,
}

/// A slot: its stream, and the tokens before and after it.
struct Slot {
    number: u32,
    stream: u32,
    /// Its place in the stream.
    t: usize,
}

impl NodeRun<'_> {
    fn slot(&self, number: u32) -> Slot {
        let context = self.streams.context;
        let stream = number.checked_div(context).unwrap_or(0);
        Slot { number, stream, t: number.wrapping_sub(stream.wrapping_mul(context)) as usize }
    }

    /// A slot's token, and the one that follows.
    fn tokens(&self, slot: &Slot) -> (u8, usize) {
        let tokens = self.feed.tokens(slot.stream);
        let at = |t: usize| tokens.get(t).copied().unwrap_or(0);
        (at(slot.t), at(slot.t + 1).into())
    }

    /// Draws a member's noise on all nodes, one after another.
    fn fill_noise(&self, slot: &Slot, member: u32, eps: &mut [i8]) {
        let index = self.settings.index(slot.number, member);
        let at = Address { seed: self.seed, generation: self.generation, index, tensor: 0 };
        fill_nodes(at, nodes(self.layout), eps);
    }
}

/// Memory of an evaluation.
pub struct NodeWork<'a> {
    /// A step.
    pub step: recurrent::Work<'a>,
    /// The base model's state.
    pub state: &'a mut [i8],
    /// The same before the current token: where members fork.
    pub before: &'a mut [i8],
    /// A member's state, dropped after its step.
    pub fork: &'a mut [i8],
    /// A member's noise, [`nodes_per_token`].
    pub eps: &'a mut [i8],
    /// Hears of every member's step.
    pub progress: &'a mut dyn Progress,
}

/// A member: noise on every node.
struct Noisy<'a> {
    amplitude: i16,
    eps: &'a [i8],
}

impl Alteration for Noisy<'_> {
    #[inline]
    fn preactivation(&mut self, output: &mut [i8]) {
        let (here, rest) = self.eps.split_at_checked(output.len()).unwrap_or_default();
        add_node_noise(output, here, self.amplitude);
        self.eps = rest;
    }
}

/// Evaluates a range of slots. The base model runs from the start of the first one's stream; each member forks from its
/// state at a token, takes one step and is packed as one fitness.
pub fn evaluate(run: &NodeRun<'_>, slots: Range<u32>, work: &mut NodeWork<'_>, scores: &mut Packer<'_>) {
    let NodeRun { settings, layout, weights, .. } = *run;
    let start = run.slot(slots.start);
    for number in slots.start.saturating_sub(start.t as u32)..slots.end {
        let slot = run.slot(number);
        if slot.t == 0 {
            copy(work.state, run.feed.state(slot.stream));
        }
        let (token, target) = run.tokens(&slot);
        copy(work.before, work.state);
        let base = step(layout, weights, work.state, token, &mut Unaltered, &mut work.step);
        if number < slots.start {
            continue;
        }
        let base = log_likelihood(base, target);
        if settings.is_skipped(base) {
            scores.skip();
            continue;
        }
        scores.keep();
        for member in 0..settings.members {
            run.fill_noise(&slot, member, work.eps);
            work.progress.computed(weights.len() as u32);
            let mut score = |amplitude: i16| {
                copy(work.fork, work.before);
                let mut noisy = Noisy { amplitude, eps: work.eps };
                let logits = step(layout, weights, work.fork, token, &mut noisy, &mut work.step);
                log_likelihood(logits, target)
            };
            let amplitude = i16::from(settings.amplitude);
            let plus = score(amplitude);
            let reference = if settings.antithetic { score(-amplitude) } else { base };
            let clip = i32::from(settings.clip);
            scores.push(limit(plus - reference, clip) as i16);
        }
    }
}

/// What a kept slot leaves for the update.
pub struct Record<'a> {
    /// The base model's inputs of all matrices, [`inputs_per_token`].
    pub inputs: &'a mut [i8],
    /// The credit of all nodes, [`nodes_per_token`].
    pub deltas: &'a mut [i16],
}

struct Recorder<'a> {
    rest: &'a mut [i8],
}

impl Alteration for Recorder<'_> {
    fn products(&mut self, input: &[i8], _: &mut [i32]) {
        let rest = core::mem::take(&mut self.rest);
        let (here, rest) = rest.split_at_mut_checked(input.len()).unwrap_or_default();
        copy(here, input);
        self.rest = rest;
    }
}

/// Takes the base model over a slot, from the one before in its stream: `state` is the stream's, and begins with it.
/// Where the slot is kept, its record is rebuilt from its members' fitness: `delta_i = sum_k f_k eps_ki`. Returns its
/// token.
pub fn credit(
    run: &NodeRun<'_>,
    number: u32,
    state: &mut [i8],
    kept: Option<(impl Iterator<Item = i16>, Record<'_>)>,
    work: &mut NodeWork<'_>,
) -> u8 {
    let NodeRun { settings, layout, weights, .. } = *run;
    let slot = run.slot(number);
    if slot.t == 0 {
        copy(state, run.feed.state(slot.stream));
    }
    let (token, _) = run.tokens(&slot);
    let Some((fitness, record)) = kept else {
        step(layout, weights, state, token, &mut Unaltered, &mut work.step);
        return token;
    };
    step(layout, weights, state, token, &mut Recorder { rest: record.inputs }, &mut work.step);
    record.deltas.fill(0);
    for (member, f) in (0..settings.members).zip(fitness) {
        if f != 0 {
            run.fill_noise(&slot, member, work.eps);
            credit_node_noise(record.deltas, work.eps, f);
        }
    }
    token
}

/// The credit of a whole generation: `Z = sum_slots delta x^T` a matrix, whose x of an embedding is its token, and
/// `sum_slots delta` a bias. Norms get none.
pub struct GenerationCredit<'a> {
    /// The model.
    pub layout: &'a Layout,
    /// Tokens of the kept slots.
    pub tokens: &'a [u32],
    /// Inputs of the kept slots, [`inputs_per_token`] each.
    pub inputs: &'a [i8],
    /// Credit of the kept slots, [`nodes_per_token`] each.
    pub deltas: &'a [i16],
}

impl Credit for GenerationCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (input_at, node_at) = record_of(self.layout, tensor);
        let (rows, columns) = tensor.kind.shape();
        let (inputs, nodes) = (inputs_per_token(self.layout), nodes_per_token(self.layout));
        for (slot, &token) in self.tokens.iter().enumerate() {
            let of = |len: usize| slot * nodes + node_at..slot * nodes + node_at + len;
            let row = match tensor.role {
                Role::Norm => return,
                Role::Embedding => {
                    let deltas = self.deltas.get(of(columns)).unwrap_or_default();
                    let here = (token as usize).checked_sub(first).map(|row| row * columns);
                    let row = here.and_then(|at| z.get_mut(at..at + columns)).unwrap_or_default();
                    row.iter_mut().zip(deltas).for_each(|(z, &delta)| *z += T::from(delta.into()));
                    continue;
                }
                Role::Bias => &[1][..],
                Role::Weight => {
                    let at = slot * inputs + input_at;
                    self.inputs.get(at..at + columns).unwrap_or_default()
                }
            };
            let deltas = self.deltas.get(of(rows)).and_then(|deltas| deltas.get(first..)).unwrap_or_default();
            add_outer(z, deltas, row);
        }
    }
}
