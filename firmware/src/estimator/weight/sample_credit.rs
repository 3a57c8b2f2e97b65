use super::Pair;
use crate::estimator::node::{Recorder, SlotCredit, finish, input_of};
use crate::kernel::{Twin, add_low_rank, add_low_rank_depthwise, low_rank_inputs, relu};
use crate::model::{Scratch, Start, run};
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
        let mut rest = self.factors;
        let Scratch { activations, products, window, .. } = &mut *self.pass;
        for step in program.steps() {
            let entries: usize = step.tensors().map(|tensor| settings.entries(&tensor)).sum();
            let (entries, after) = split(rest, entries);
            rest = after;
            let Some(nodes) = step.nodes.filter(|_| step.is_product()) else { continue };
            let mut x = input_of(&step, features, out.record);
            if step.from.relu {
                // Recorded before its activation.
                let room = part_mut(activations, 0, x.len());
                copy(room, x);
                relu(room);
                x = room;
            }
            let (rows, columns) = step.matrix_shape();
            let (b, rest) = split(entries, columns * shape.rank);
            let (a, _) = split(rest, rows * shape.rank);
            let moved = part_mut(products, 0, rows);
            let deltas = part_mut(out.deltas, nodes.at, nodes.len);
            let mut places = deltas.chunks_exact_mut(rows.max(1));
            let room = if step.is_whole() { &mut [][..] } else { part_mut(window, 0, step.read_len()) };
            step.each_place(x, room, |_, x| {
                moved.fill(0);
                if cfg!(feature = "convolution") && step.is_depthwise() {
                    add_low_rank_depthwise(moved, a, b, x, Twin::Plus, shape);
                } else {
                    add_low_rank(moved, a, &low_rank_inputs(b, shape.rank, x), Twin::Plus, shape);
                }
                for (delta, p) in places.next().unwrap_or_default().iter_mut().zip(&*moved) {
                    *delta = delta.wrapping_add(f * p.signum() as i16);
                }
            });
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
