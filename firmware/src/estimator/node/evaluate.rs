use super::{Node, Recorder, SlotCredit, fill_noise, finish};
use crate::estimator::scores::Packer;
use crate::kernel::{Twin, add_node_noise, credit_node_noise};
use crate::model::{LayerSet, Perturbation, Program, Scratch, Start, Step, first_nodes, run};
use crate::progress::Progress;
use crate::slice_ext::{copy, part_mut, split};
use crate::task::{Row, Source};

/// What the slots of a generation are evaluated and credited with.
#[derive(Clone, Copy)]
pub struct NodeRun<'a> {
    /// The estimator's settings.
    pub settings: &'a Node,
    /// The model.
    pub program: &'a Program,
    /// All parameters.
    pub weights: &'a [i8],
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// What slots read.
    pub source: Source<'a>,
}

impl<'a> NodeRun<'a> {
    /// What a slot reads.
    pub fn row(&self, slot: u32) -> Row<'a> {
        self.source.row(self.settings.sample_number(self.generation, slot), slot)
    }

    /// Draws the noise of a slot's member.
    fn fill_noise(&self, slot: u32, member: u32, eps: &mut [i8]) {
        let index = self.settings.index(slot, member);
        fill_noise(self.seed, self.generation, index, self.program, eps);
    }
}

/// Memory of an evaluation, or of a credit.
pub struct Workspace<'a> {
    /// A pass.
    pub pass: Scratch<'a>,
    /// The state of the base model, [`Program::state_len`]; behind the slots that were evaluated.
    pub state: &'a mut [i8],
    /// The same before the current slot: where members begin.
    pub before: &'a mut [i8],
    /// A member's state, dropped after its pass.
    pub fork: &'a mut [i8],
    /// The nodes of a model's first operation on features, shared by the base model and all members of a
    /// slot.
    pub first: &'a mut [i8],
    /// A member's noise on all nodes, [`Program::node_count`].
    pub eps: &'a mut [i8],
    /// The base model's nodes, [`Program::node_count`]; no room for them without the rule against saturation.
    pub nodes: &'a mut [i8],
    /// Hears of every member.
    pub progress: &'a mut dyn Progress,
}

/// A member: noise on the nodes of some layers.
pub(in crate::estimator) struct NoisyMember<'a> {
    pub(in crate::estimator) amplitude: i16,
    pub(in crate::estimator) layers: LayerSet,
    /// Noise of the nodes that are still to come.
    pub(in crate::estimator) eps: &'a [i8],
}

impl Perturbation for NoisyMember<'_> {
    #[inline]
    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        if self.layers.has(step.layer) {
            let (here, rest) = split(self.eps, values.len());
            add_node_noise(values, here, self.amplitude);
            self.eps = rest;
        }
    }
}

/// A member's pass. Out of line, because the interpreter is large and a board has it once for all members.
#[inline(never)]
pub(in crate::estimator) fn member_pass<'s>(
    program: &Program,
    weights: &[i8],
    start: Start<'_>,
    state: &mut [i8],
    mut member: NoisyMember<'_>,
    pass: &'s mut Scratch<'_>,
) -> &'s [i8] {
    run(program, weights, start, state, &mut member, pass)
}

/// The base model's pass, recorded where there is room for it. Out of line for the same reason.
#[inline(never)]
pub(in crate::estimator) fn base_pass<'s>(
    program: &Program,
    weights: &[i8],
    start: Start<'_>,
    state: &mut [i8],
    recorder: &mut Recorder<'_>,
    pass: &'s mut Scratch<'_>,
) -> &'s [i8] {
    run(program, weights, start, state, recorder, pass)
}

/// Evaluates one slot, which reads `row`: the base pass, which moves the base model's state, then the
/// members, each from the state before it, and each packed as one fitness. Where `out` is given, it gets what
/// [`credit`] would make of them, for less: base pass and noise are here already. Returns whether the slot is
/// kept.
///
/// Slots of a stream are evaluated in order, from [`Source::first_slot`] on; those that nobody asked for have
/// no `scores`, and no members.
pub fn evaluate(
    on: &NodeRun<'_>,
    slot: u32,
    Row { mut start, target, .. }: Row<'_>,
    work: &mut Workspace<'_>,
    scores: Option<&mut Packer<'_>>,
    mut out: Option<&mut SlotCredit<'_>>,
) -> bool {
    let NodeRun { settings, program, weights, .. } = *on;
    if let Some((_, state)) = on.source.stream_at(slot) {
        copy(work.state, state);
    }
    if let Start::Input(input) = start
        && first_nodes(program, weights, input, &mut work.pass, work.first)
    {
        let outputs = program.steps().next().map_or(0, |step| step.to.len());
        start = Start::Nodes(part_mut(work.first, 0, outputs));
    }
    copy(work.before, work.state);
    let mut recorder = match &mut out {
        Some(out) => Recorder { record: out.record, nodes: work.nodes },
        None => Recorder { record: &mut [], nodes: &mut [] },
    };
    let base = base_pass(program, weights, start, work.state, &mut recorder, &mut work.pass);
    let Some(scores) = scores else { return false };
    let base = target.score(base);
    if settings.is_skipped(base) {
        scores.skip();
        return false;
    }
    scores.keep();
    if let Some(out) = &mut out {
        out.deltas.fill(0);
    }
    for member in 0..settings.members {
        work.progress.computed(weights.len() as u32);
        on.fill_noise(slot, member, work.eps);
        let mut score = |twin: Twin| {
            let amplitude = settings.signed_amplitude(twin);
            let noisy = NoisyMember { amplitude, layers: LayerSet::ALL, eps: work.eps };
            copy(work.fork, work.before);
            target.score(member_pass(program, weights, start, work.fork, noisy, &mut work.pass))
        };
        let plus = score(Twin::Plus);
        let reference = if settings.antithetic { score(Twin::Minus) } else { base };
        let f = settings.fitness(plus, reference);
        scores.push(f);
        if let Some(out) = &mut out
            && f != 0
        {
            credit_node_noise(out.deltas, work.eps, f);
        }
    }
    if let Some(out) = out {
        finish(program, i16::from(settings.amplitude), work.nodes, out);
    }
    true
}

/// Rebuilds a kept slot's credit from its members' fitness: a base pass, which moves the base model's state,
/// and the noise again.
///
/// `delta_i = sum_k f_k eps_ki`, 0 for a ReLU output whose base node is at most `-amplitude`, and, by the
/// rule against saturation, where it would push a node at +-127 further out.
pub fn credit(
    on: &NodeRun<'_>,
    slot: u32,
    row: Row<'_>,
    fitness: impl Iterator<Item = i16>,
    state: &mut [i8],
    work: &mut Workspace<'_>,
    out: &mut SlotCredit<'_>,
) {
    let NodeRun { settings, program, weights, .. } = *on;
    let mut recorder = Recorder { record: out.record, nodes: work.nodes };
    base_pass(program, weights, row.start, state, &mut recorder, &mut work.pass);
    out.deltas.fill(0);
    for (member, f) in (0..settings.members).zip(fitness) {
        if f != 0 {
            on.fill_noise(slot, member, work.eps);
            credit_node_noise(out.deltas, work.eps, f);
        }
    }
    finish(program, i16::from(settings.amplitude), work.nodes, out);
}
