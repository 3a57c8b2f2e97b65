//! Estimator `node`: each member adds `amplitude * eps` to every layer's pre-activations; its fitness is the
//! difference to the unperturbed model on one sample, credited to that sample's activations.

use super::scores::{Packer, Shape};
use crate::kernel::{add_node_noise, credit_node_noise, dot, limit, log_likelihood, relu};
use crate::model::{
    Activation, Layout, Perturbation, Start, Tensor, TensorKind, Workspace, forward, preactivation,
};
use crate::noise::{Address, Stream, fill_signs};
use crate::progress::Progress;
use crate::update::{Accumulator, Credit, Squares, Statistics};
use crate::within::{copy, part, part_mut, split, split_mut};
use crate::{Error, Setting};
use serde::{Deserialize, Serialize};

/// Settings of estimator `node`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Node {
    /// Samples of a generation, 1..=2^20.
    pub slots: u32,
    /// Members of a slot (antithetic: pairs), 1..=256.
    pub members: u32,
    /// Size of the noise in 1/16, 1..=127.
    pub amplitude: u8,
    /// Largest fitness reported, 1..=127.
    pub clip: i16,
    /// A slot whose base log-likelihood is at least `-skip` (in 1/16 bit) has no members.
    pub skip: Option<u16>,
    /// Whether a fitness is the difference of two twins instead of member minus base.
    pub antithetic: bool,
}

impl Node {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first that is outside.
    pub fn check(&self) -> Result<(), Error> {
        let fault = if !(1..=1 << 20).contains(&self.slots) {
            Setting::Slots
        } else if !(1..=256).contains(&self.members) {
            Setting::Members
        } else if !(1..=127).contains(&self.amplitude) {
            Setting::Amplitude
        } else if !(1..=127).contains(&self.clip) {
            Setting::Clip
        } else {
            return Ok(());
        };
        Err(Error::Setting(fault))
    }

    /// How the scores of slots are packed.
    pub const fn shape(&self) -> Shape {
        Shape { values: self.members, clip: self.clip, skippable: self.skip.is_some() }
    }

    /// Forward passes of `units` slots of which `kept` have members; base passes count.
    pub const fn passes(&self, units: u64, kept: u64) -> u64 {
        units + kept * self.members as u64 * if self.antithetic { 2 } else { 1 }
    }

    /// Index of a slot's member among all of a generation: the counter of its noise.
    pub const fn index(&self, slot: u32, member: u32) -> u32 {
        slot.wrapping_mul(self.members).wrapping_add(member)
    }

    /// Whether a slot has no members, by its base log-likelihood in 1/16 bit.
    pub fn is_skipped(&self, base: i32) -> bool {
        self.skip.is_some_and(|skip| base >= -i32::from(skip))
    }

    /// Which sample number of the run a slot of a generation (from 1) is.
    pub const fn sample_number(&self, generation: u32, slot: u32) -> u64 {
        (generation as u64).saturating_sub(1) * self.slots as u64 + slot as u64
    }
}

/// Where a slot's noise lies, and its sample.
#[derive(Clone, Copy)]
pub struct Slot<'a> {
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// The slot within the generation.
    pub slot: u32,
    /// The sample's features.
    pub input: &'a [i8],
    /// The sample's label.
    pub label: usize,
}

impl Slot<'_> {
    /// Draws a member's noise on all layers, one after another.
    fn fill_noise(&self, node: &Node, layout: &Layout, member: u32, eps: &mut [i8]) {
        let index = node.index(self.slot, member);
        let at = Address { seed: self.seed, generation: self.generation, index, tensor: 0 };
        fill_nodes(at, layout.layers().iter().map(|layer| (layer.tensor, layer.outputs)), eps);
    }
}

/// Draws a member's noise on several tensors' nodes, one tensor after another: which it is, and how many nodes it has.
pub(super) fn fill_nodes(at: Address, tensors: impl Iterator<Item = (u32, usize)>, eps: &mut [i8]) {
    let mut rest = eps;
    for (tensor, len) in tensors {
        let (here, after) = split_mut(rest, len);
        fill_signs(&mut Stream::new(Address { tensor, ..at }), here);
        rest = after;
    }
}

/// Memory of an evaluation.
pub struct Work<'a> {
    /// The forward pass.
    pub pass: Workspace<'a>,
    /// The first layer's pre-activation, shared by the base model and all members of a slot.
    pub first: &'a mut [i8],
    /// A member's noise on all layers, [`values_per_slot`].
    pub eps: &'a mut [i8],
    /// Hears of every member.
    pub progress: &'a mut dyn Progress,
}

struct Noisy<'a> {
    amplitude: i16,
    /// Noise of the layers that are still to come.
    eps: &'a [i8],
}

impl Perturbation for Noisy<'_> {
    #[inline]
    fn preactivation(&mut self, _: usize, output: &mut [i8]) {
        let (here, rest) = split(self.eps, output.len());
        add_node_noise(output, here, self.amplitude);
        self.eps = rest;
    }
}

/// Evaluates one slot: the base pass, then its members, each packed as one fitness. Where `out` is given, it gets what
/// [`credit`] would make of them, for less: base pass and noise are here already. Returns whether the slot is kept.
pub fn evaluate(
    node: &Node,
    layout: &Layout,
    weights: &[i8],
    slot: &Slot<'_>,
    work: &mut Work<'_>,
    scores: &mut Packer<'_>,
    mut out: Option<&mut SlotCredit<'_>>,
) -> bool {
    let Some(first_layer) = layout.layers().first() else { return false };
    let first = part_mut(work.first, 0, first_layer.outputs);
    preactivation(first_layer, weights, slot.input, work.pass.products, first);
    let start = Start::Preactivation(first);
    let rest = out.as_mut().map_or(&mut [][..], |out| out.activations);
    let base = forward(layout, weights, start, &mut Recorder { rest }, &mut work.pass);
    let base = log_likelihood(base, slot.label);
    if node.is_skipped(base) {
        scores.skip();
        return false;
    }
    scores.keep();
    if let Some(out) = &mut out {
        out.deltas.fill(0);
    }
    let values = values_per_slot(layout);
    for member in 0..node.members {
        let eps = part_mut(work.eps, 0, values);
        work.progress.computed(weights.len() as u32);
        slot.fill_noise(node, layout, member, eps);
        let mut score = |amplitude: i16| {
            let mut noisy = Noisy { amplitude, eps };
            log_likelihood(forward(layout, weights, start, &mut noisy, &mut work.pass), slot.label)
        };
        let amplitude = i16::from(node.amplitude);
        let plus = score(amplitude);
        let reference = if node.antithetic { score(-amplitude) } else { base };
        let clip = i32::from(node.clip);
        let f = limit(plus - reference, clip) as i16;
        scores.push(f);
        if let Some(out) = &mut out
            && f != 0
        {
            credit_node_noise(out.deltas, eps, f);
        }
    }
    if let Some(out) = out {
        finish(layout, i16::from(node.amplitude), out);
    }
    true
}

/// What a slot leaves for the update: every layer's base activation and its credit.
pub struct SlotCredit<'a> {
    /// Activations of all layers one after another, [`values_per_slot`] in all.
    pub activations: &'a mut [i8],
    /// Credit of all layers, likewise.
    pub deltas: &'a mut [i16],
}

/// Outputs of all layers together: what one slot's credit needs of each kind.
pub fn values_per_slot(layout: &Layout) -> usize {
    layout.layers().iter().map(|l| l.outputs).sum()
}

/// Keeps the saturated pre-activations of all layers, one after another, as far as there is room.
pub(super) struct Recorder<'a> {
    pub(super) rest: &'a mut [i8],
}

impl Perturbation for Recorder<'_> {
    fn preactivation(&mut self, _: usize, output: &mut [i8]) {
        let rest = core::mem::take(&mut self.rest);
        if let Some((here, rest)) = rest.split_at_mut_checked(output.len()) {
            copy(here, output);
            self.rest = rest;
        }
    }
}

/// Rebuilds a kept slot's credit from its members' fitness: a base pass and the noise again.
///
/// `delta_i = sum_k f_k eps_ki`, 0 for a ReLU output whose base pre-activation is at most `-amplitude`.
pub fn credit(
    node: &Node,
    layout: &Layout,
    weights: &[i8],
    slot: &Slot<'_>,
    fitness: impl Iterator<Item = i16>,
    work: &mut Work<'_>,
    out: &mut SlotCredit<'_>,
) {
    let mut recorder = Recorder { rest: out.activations };
    forward(layout, weights, Start::Input(slot.input), &mut recorder, &mut work.pass);
    out.deltas.fill(0);
    for (member, f) in (0..node.members).zip(fitness) {
        if f == 0 {
            continue;
        }
        let eps = part_mut(work.eps, 0, values_per_slot(layout));
        slot.fill_noise(node, layout, member, eps);
        credit_node_noise(out.deltas, eps, f);
    }
    finish(layout, i16::from(node.amplitude), out);
}

/// Turns recorded pre-activations into activations, and takes back the credit of ReLU outputs that no noise of
/// size `amplitude` could have turned on.
pub fn finish(layout: &Layout, amplitude: i16, out: &mut SlotCredit<'_>) {
    let mut at = 0;
    for layer in layout.layers() {
        let outputs = part_mut(out.activations, at, layer.outputs);
        if layer.activation == Activation::Relu {
            for (delta, &u) in part_mut(out.deltas, at, layer.outputs).iter_mut().zip(&*outputs) {
                if i16::from(u) <= -amplitude {
                    *delta = 0;
                }
            }
            relu(outputs);
        }
        at += layer.outputs;
    }
}

/// `Z += delta x^T`, for as many rows as `z` has.
#[inline]
pub(super) fn add_outer<T: Accumulator>(z: &mut [T], deltas: &[i16], input: &[i8]) {
    // Rows are split off one by one: in chunks they would be counted, by a division that small cores lack.
    let mut rest = z;
    for &delta in deltas {
        let Some((row, after)) = rest.split_at_mut_checked(input.len()) else { break };
        if delta != 0 {
            for (z, &x) in row.iter_mut().zip(input) {
                *z += T::from(i32::from(delta) * i32::from(i16::from(x)));
            }
        }
        rest = after;
    }
}

/// The credit of a whole generation: `Z = sum_slots delta x^T` a matrix, `sum_slots delta` a bias.
pub struct GenerationCredit<'a, F> {
    /// The model.
    pub layout: &'a Layout,
    /// Activations of the kept slots, [`values_per_slot`] each.
    pub activations: &'a [i8],
    /// Credit of the kept slots, likewise.
    pub deltas: &'a [i16],
    /// The kept slots.
    pub slots: usize,
    /// Features of a kept slot's sample.
    pub input: F,
}

impl<'a, F: Fn(usize) -> &'a [i8]> GenerationCredit<'a, F> {
    /// Where the outputs of a tensor's layer begin among a slot's values.
    fn outputs_at(&self, slot: usize, tensor: &Tensor) -> usize {
        let before = self.layout.layers().iter().take(tensor.layer).map(|l| l.outputs).sum::<usize>();
        slot * values_per_slot(self.layout) + before
    }

    /// A slot's credit of the outputs of a tensor's layer.
    fn deltas_of(&self, slot: usize, tensor: &Tensor) -> &'a [i16] {
        let outputs = self.layout.layers().get(tensor.layer).map_or(0, |layer| layer.outputs);
        part(self.deltas, self.outputs_at(slot, tensor), outputs)
    }

    /// A slot's input of a tensor's layer.
    fn input_of(&self, slot: usize, tensor: &Tensor) -> &'a [i8] {
        if tensor.layer == 0 {
            return (self.input)(slot);
        }
        let inputs = self.layout.layers().get(tensor.layer).map_or(0, |layer| layer.inputs);
        part(self.activations, self.outputs_at(slot, tensor).saturating_sub(inputs), inputs)
    }
}

impl<'a, F: Fn(usize) -> &'a [i8]> Credit for GenerationCredit<'a, F> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        for slot in 0..self.slots {
            let deltas = self.deltas_of(slot, tensor).get(first..).unwrap_or_default();
            let TensorKind::Matrix { .. } = tensor.kind else {
                for (z, &delta) in z.iter_mut().zip(deltas) {
                    *z += T::from(i32::from(delta));
                }
                continue;
            };
            add_outer(z, deltas, self.input_of(slot, tensor));
        }
    }

    /// `sum Z^2 = sum_{s,s'} <delta_s, delta_s'> <x_s, x_s'>`, exact where no partial sum is: the arithmetic wraps.
    fn statistics(&self, tensor: &Tensor) -> Option<Statistics> {
        let TensorKind::Matrix { rows, columns } = tensor.kind else { return None };
        let slots = self.slots;
        // Half of all pairs of slots, against a product a slot and weight.
        if (slots + 1) * (rows + columns) >= 2 * rows * columns {
            return None;
        }
        let mut found = Statistics::default();
        for s in 0..slots {
            let (deltas, input) = (self.deltas_of(s, tensor), self.input_of(s, tensor));
            for other in 0..=s {
                let inputs = i64::from(dot(input, self.input_of(other, tensor)));
                let pairs = deltas.iter().zip(self.deltas_of(other, tensor));
                let deltas: i64 = pairs.map(|(&a, &b)| i64::from(i32::from(a) * i32::from(b))).sum();
                // Two's complement: the same bits as of a signed product.
                let product = (deltas as Squares).wrapping_mul(inputs as Squares);
                let times = if other == s { 1 } else { 2 };
                found.squares = found.squares.wrapping_add(product.wrapping_mul(times));
            }
            let delta = deltas.iter().map(|d| d.unsigned_abs()).max().unwrap_or(0);
            let x = input.iter().map(|x| x.unsigned_abs()).max().unwrap_or(0);
            found.largest += u64::from(delta) * u64::from(x);
        }
        Some(found)
    }

    fn is_silent(&self, tensor: &Tensor, row: usize) -> bool {
        (0..self.slots).all(|slot| self.deltas_of(slot, tensor).get(row).is_none_or(|&delta| delta == 0))
    }
}
