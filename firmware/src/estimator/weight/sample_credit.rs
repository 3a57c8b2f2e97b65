use super::Pair;
use crate::estimator::node::{Recorder, SlotCredit, finish, input_of};
use crate::kernel::{Twin, add_low_rank, low_rank_inputs, relu};
use crate::model::{Action, Activation, Scratch, Start, run};
use crate::slice_ext::{copy, part_mut, split};

/// Size of noise, in 1/16, that a ReLU output's credit assumes: as the default amplitude of estimator `node`.
const AMPLITUDE: i16 = 4;

/// Credit per sample: `delta = sum_p f * signum(P_p(x))` a layer, x the layer's input in the base model and P
/// the perturbation of member `+` as the forward pass adds it.
pub struct SampleCredit<'a, 'w> {
    /// The pair whose fitness is credited.
    pub pair: Pair<'a>,
    /// Its factors, drawn.
    pub factors: &'a [i8],
    /// Memory of a forward pass.
    pub pass: &'a mut Scratch<'w>,
}

impl SampleCredit<'_, '_> {
    /// Begins a sample: records the base model and clears its credit.
    pub fn begin(&mut self, weights: &[i8], input: &[i8], out: &mut SlotCredit<'_>) {
        let mut recorder = Recorder { record: out.record, nodes: &mut [] };
        run(self.pair.program, weights, Start::Input(input), &mut [], &mut recorder, self.pass);
        out.deltas.fill(0);
    }

    /// Adds one pair's fitness on a sample that has begun.
    pub fn add(&mut self, features: &[i8], f: i16, out: &mut SlotCredit<'_>) {
        let Pair { program, shape, settings, .. } = self.pair;
        let (mut rest, mut read_relu) = (self.factors, false);
        for step in program.steps() {
            let entries: usize = step.tensors().map(|tensor| settings.entries(&tensor)).sum();
            let (entries, after) = split(rest, entries);
            rest = after;
            let (Action::Linear { activation, .. }, Some(nodes)) = (step.action, step.nodes) else {
                continue;
            };
            let mut x = input_of(&step, features, out.record);
            if read_relu {
                // Recorded before its activation.
                let room = part_mut(self.pass.activations, 0, x.len());
                copy(room, x);
                relu(room);
                x = room;
            }
            let (b, rest) = split(entries, x.len() * shape.rank);
            let (a, _) = split(rest, nodes.len * shape.rank);
            let moved = part_mut(self.pass.products, 0, nodes.len);
            moved.fill(0);
            add_low_rank(moved, a, &low_rank_inputs(b, shape.rank, x), Twin::Plus, shape);
            for (delta, p) in part_mut(out.deltas, nodes.at, nodes.len).iter_mut().zip(moved) {
                *delta = delta.wrapping_add(f * p.signum() as i16);
            }
            read_relu = activation == Activation::Relu;
        }
    }

    /// Ends a sample once every pair is credited: what is recorded becomes what matrices have read. `nodes`
    /// is room for the base model's nodes, which another pass brings; without the rule against saturation
    /// there is none.
    pub fn finish(&mut self, weights: &[i8], input: &[i8], nodes: &mut [i8], out: &mut SlotCredit<'_>) {
        let program = self.pair.program;
        if !nodes.is_empty() {
            let mut recorder = Recorder { record: &mut [], nodes };
            run(program, weights, Start::Input(input), &mut [], &mut recorder, self.pass);
        }
        finish(program, AMPLITUDE, nodes, out);
    }
}
