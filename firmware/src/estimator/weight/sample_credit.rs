use super::Pair;
use crate::estimator::node::{Recorder, SlotCredit, finish};
use crate::kernel::{Twin, add_low_rank, low_rank_inputs, relu};
use crate::model::{Activation, Start, TensorKind, Workspace, forward};
use crate::within::{copy, part, part_mut, split};

/// Size of noise, in 1/16, that a ReLU output's credit assumes: as the default amplitude of estimator `node`.
const AMPLITUDE: i16 = 4;

/// Credit per sample: `delta = sum_p f * signum(P_p(x))` a layer, x the layer's input in the base model and P the
/// perturbation of member `+` as the forward pass adds it.
pub struct SampleCredit<'a, 'w> {
    /// The pair whose fitness is credited.
    pub pair: Pair<'a>,
    /// Its factors, drawn.
    pub factors: &'a [i8],
    /// Memory of a forward pass.
    pub pass: &'a mut Workspace<'w>,
}

impl SampleCredit<'_, '_> {
    /// Begins a sample: records the base model's pre-activations and clears its credit.
    pub fn begin(&mut self, weights: &[i8], input: &[i8], out: &mut SlotCredit<'_>) {
        let mut recorder = Recorder { rest: out.activations };
        forward(self.pair.layout, weights, Start::Input(input), &mut recorder, self.pass);
        out.deltas.fill(0);
    }

    /// Adds one pair's fitness on a sample that has begun.
    pub fn add(&mut self, input: &[i8], f: i16, out: &mut SlotCredit<'_>) {
        let Pair { layout, shape, settings, .. } = self.pair;
        let (mut rest, mut at) = (self.factors, 0usize);
        for tensor in layout.tensors() {
            let (entries, after) = split(rest, settings.entries(&tensor));
            rest = after;
            let TensorKind::Matrix { rows, columns } = tensor.kind else { continue };
            let x = match tensor.layer {
                0 => input,
                layer => {
                    let x = part_mut(self.pass.front, 0, columns);
                    copy(x, part(out.activations, at.saturating_sub(columns), columns));
                    let before = layout.layers().get(layer - 1);
                    if before.is_some_and(|layer| layer.activation == Activation::Relu) {
                        relu(x);
                    }
                    x
                }
            };
            let (b, a) = split(entries, columns * shape.rank);
            let moved = part_mut(self.pass.products, 0, rows);
            moved.fill(0);
            add_low_rank(moved, a, &low_rank_inputs(b, shape.rank, x), Twin::Plus, shape);
            for (delta, p) in part_mut(out.deltas, at, rows).iter_mut().zip(moved) {
                *delta = delta.wrapping_add(f * p.signum() as i16);
            }
            at += rows;
        }
    }
}

/// Ends a sample once every pair is credited: its pre-activations become activations.
pub fn finish_sample(pair: &Pair<'_>, out: &mut SlotCredit<'_>) {
    finish(pair.layout, AMPLITUDE, out);
}
