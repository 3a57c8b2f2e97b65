use super::{Guide, Guided, Watch, is_dead};
use crate::credit::Accumulator;
use crate::estimator::node::{NodeRun, NoisyMember, Recorder, activate, base_pass, member_pass};
use crate::estimator::scores::Packer;
use crate::kernel::{add_residual, keep_within, linear_report, unexplained};
use crate::model::{Scratch, Start, first_nodes};
use crate::noise::{Address, Stream, fill_signs};
use crate::progress::Progress;
use crate::slice_ext::{copy, part, part_mut};
use crate::task::Row;

/// What the slots of a generation are evaluated and credited with.
#[derive(Clone, Copy)]
pub struct GuidedRun<'a> {
    /// The estimator's settings.
    pub settings: &'a Guided,
    /// Model, weights, noise and samples.
    pub node: NodeRun<'a>,
    /// The guide from before the generation. Who only reports needs none.
    pub guide: Guide<'a>,
}

/// Memory of an evaluation, or of a credit.
pub struct Workspace<'a> {
    /// A pass.
    pub pass: Scratch<'a>,
    /// The nodes of the model's first operation, shared by the base model and all members of a slot.
    pub first: &'a mut [i8],
    /// A member's noise on all hidden nodes.
    pub eps: &'a mut [i8],
    /// The base model's outputs.
    pub outputs: &'a mut [i8],
    /// The error at the outputs.
    pub error: &'a mut [i8],
    /// What the guide makes of it, for every hidden node. Who only reports needs no room here.
    pub credit: &'a mut [i16],
    /// What members report beyond that, credited to their noise, for every hidden node. Who only reports
    /// needs no room here.
    pub sums: Sums<'a>,
    /// Hears of every member.
    pub progress: &'a mut dyn Progress,
}

/// Sums of the members' residuals, in the width that the run's bounds ask for.
pub enum Sums<'a> {
    /// 32 bits.
    Narrow(&'a mut [i32]),
    /// 64 bits.
    Wide(&'a mut [i64]),
}

/// What a kept slot leaves for the update.
pub struct SlotCredit<'a> {
    /// What the matrices of the base model read, [`Program::record_len`](crate::model::Program::record_len).
    pub record: &'a mut [i8],
    /// The credit of the nodes of all trained layers.
    pub deltas: &'a mut [i8],
    /// The error at the outputs. A guide that nobody teaches needs no room here.
    pub error: &'a mut [i8],
    /// Credit of the hidden nodes that the guide did not expect. A guide that nobody teaches needs no room
    /// here.
    pub residuals: &'a mut [i16],
}

impl Sums<'_> {
    fn clear(&mut self) {
        match self {
            Self::Narrow(sums) => sums.fill(0),
            Self::Wide(sums) => sums.fill(0),
        }
    }

    fn add(&mut self, report: i16, credit: &[i16], eps: &[i8]) {
        fn add<T: Accumulator>(sums: &mut [T], report: i16, credit: &[i16], eps: &[i8]) {
            add_residual(sums, unexplained(report, credit, eps), eps);
        }
        match self {
            Self::Narrow(sums) => add(sums, report, credit, eps),
            Self::Wide(sums) => add(sums, report, credit, eps),
        }
    }

    fn of(&self, node: usize) -> i16 {
        let sum = match self {
            Self::Narrow(sums) => sums.get(node).map(|&sum| sum.into()),
            Self::Wide(sums) => sums.get(node).copied(),
        };
        sum.unwrap_or(0i64).clamp(-32_767, 32_767) as i16
    }
}

impl GuidedRun<'_> {
    /// Draws the noise of a slot's member on all hidden nodes.
    fn fill_noise(&self, slot: u32, member: u32, eps: &mut [i8]) {
        let NodeRun { settings, program, seed, generation, .. } = self.node;
        let index = settings.index(slot, member);
        for hidden in self.settings.hidden(program) {
            let at = Address { seed, generation, index, tensor: hidden.nodes.tensor };
            fill_signs(&mut Stream::new(at), part_mut(eps, hidden.at, hidden.nodes.len));
        }
    }

    /// The base pass over what a slot reads.
    fn base(&self, start: Start<'_>, work: &mut Workspace<'_>, record: &mut [i8]) {
        let NodeRun { program, weights, .. } = self.node;
        let mut recorder = Recorder { record, nodes: &mut [] };
        let base = base_pass(program, weights, start, &mut [], &mut recorder, &mut work.pass);
        copy(work.outputs, base);
    }

    /// Whether the base pass over a slot's row makes it one to skip.
    fn is_skipped(&self, row: &Row<'_>, work: &Workspace<'_>) -> bool {
        self.node.settings.is_skipped(row.target.score(work.outputs))
    }

    /// What the guide makes of the error, for nodes that are not dead; no member has reported yet.
    fn begin(&self, work: &mut Workspace<'_>, record: &[i8]) {
        let NodeRun { settings, program, .. } = self.node;
        self.guide.credit(self.settings.hidden(program), work.error, work.credit);
        for hidden in self.settings.hidden(program) {
            let credit = part_mut(work.credit, hidden.at, hidden.nodes.len);
            for (credit, &gate) in credit.iter_mut().zip(hidden.gates(record)) {
                if is_dead(gate, settings.amplitude) {
                    *credit = 0;
                }
            }
        }
        work.sums.clear();
    }

    /// Puts the credit of a slot together once all its members have reported, and turns the recorded nodes
    /// into what their activations make of them.
    fn finish(&self, work: &Workspace<'_>, out: &mut SlotCredit<'_>) {
        let NodeRun { settings, program, .. } = self.node;
        let (mixture, mut behind) = (self.settings.mixture(), 0);
        for hidden in self.settings.hidden(program) {
            let nodes = part(out.record, hidden.step.to.record.unwrap_or(0) as usize, hidden.nodes.len);
            let deltas = part_mut(out.deltas, hidden.at, hidden.nodes.len);
            let mut gates = hidden.gates(out.record).iter();
            for (place, delta) in (hidden.at..).zip(&mut *deltas) {
                let dead = gates.next().is_some_and(|&gate| is_dead(gate, settings.amplitude));
                let residual = if dead { 0 } else { work.sums.of(place) };
                *delta = mixture.delta(residual, work.credit.get(place).copied().unwrap_or(0));
                if let Some(kept) = out.residuals.get_mut(place) {
                    *kept = residual;
                }
            }
            keep_within(deltas, nodes);
            behind = hidden.at + hidden.nodes.len;
        }
        if let Some(of_outputs @ [_, ..]) = out.deltas.get_mut(behind..) {
            copy(of_outputs, work.error);
            keep_within(of_outputs, work.outputs);
        }
        if !out.error.is_empty() {
            copy(out.error, work.error);
        }
        activate(program, out.record);
    }
}

/// Evaluates one slot, which reads `row`: the base pass, then the slot's members, each packed as one report.
/// Where `out` is given, it gets what [`credit`] would make of them, for less: base pass and noise are here
/// already. Returns whether the slot is kept.
pub fn evaluate(
    on: &GuidedRun<'_>,
    slot: u32,
    row: Row<'_>,
    work: &mut Workspace<'_>,
    scores: &mut Packer<'_>,
    mut out: Option<&mut SlotCredit<'_>>,
) -> bool {
    let NodeRun { settings, program, weights, .. } = on.node;
    let mut start = row.start;
    // In the place of the workspace's own, so that it can be read while that is written.
    let first = core::mem::take(&mut work.first);
    if let Start::Input(input) = start
        && first_nodes(program, weights, input, &mut work.pass, first)
    {
        let outputs = program.steps().next().map_or(0, |step| step.to.len());
        start = Start::Nodes(part(first, 0, outputs));
    }
    let record = out.as_mut().map_or(&mut [][..], |out| out.record);
    on.base(start, work, record);
    let skipped = on.is_skipped(&row, work);
    if skipped {
        scores.skip();
    } else {
        scores.keep();
        row.target.error(work.outputs, work.error);
        if let Some(out) = &out {
            on.begin(work, out.record);
        }
        let layers = on.settings.hidden_layers(program);
        for member in 0..on.settings.members_of(slot) {
            work.progress.computed(weights.len() as u32);
            on.fill_noise(slot, member, work.eps);
            let noisy = NoisyMember { amplitude: settings.amplitude.into(), layers, eps: work.eps };
            let outputs = member_pass(program, weights, start, &mut [], noisy, &mut work.pass);
            let report = linear_report(work.error, outputs, work.outputs, settings.clip);
            scores.push(report);
            if out.is_some() {
                work.sums.add(report, work.credit, work.eps);
            }
        }
        if let Some(out) = &mut out {
            on.finish(work, out);
        }
    }
    work.first = first;
    !skipped
}

/// Rebuilds a slot's credit from its members' reports: a base pass, and the noise again. `kept` is what was
/// reported of the slot; without it the base pass decides. `watch` hears of every report. Returns whether the
/// slot is kept.
#[expect(clippy::too_many_arguments, reason = "each is another thing")]
pub fn credit(
    on: &GuidedRun<'_>,
    slot: u32,
    row: Row<'_>,
    kept: Option<bool>,
    reports: impl Iterator<Item = i16>,
    work: &mut Workspace<'_>,
    out: &mut SlotCredit<'_>,
    watch: &mut impl Watch,
) -> bool {
    if kept == Some(false) {
        return false;
    }
    on.base(row.start, work, out.record);
    if kept.is_none() && on.is_skipped(&row, work) {
        return false;
    }
    row.target.error(work.outputs, work.error);
    on.begin(work, out.record);
    for (member, report) in (0..on.settings.members_of(slot)).zip(reports) {
        on.fill_noise(slot, member, work.eps);
        work.sums.add(report, work.credit, work.eps);
        watch.reported(report, work.credit, work.eps);
    }
    on.finish(work, out);
    true
}
