//! Estimator `node`: each member adds `amplitude * eps` to every layer's pre-activations; its fitness is the
//! difference to the unperturbed model on one sample, credited to that sample's activations.

use super::scores::{Packer, Shape};
use crate::kernel::{add_node_noise, credit_node_noise, log_likelihood, relu};
use crate::model::{
    Activation, Layout, Perturbation, Start, Tensor, TensorKind, Unperturbed, Workspace, forward,
    preactivation,
};
use crate::noise::{Address, Stream, fill_signs};
use crate::update::{Accumulator, Credit};
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
    fn stream(&self, node: &Node, member: u32, tensor: u32) -> Stream {
        let index = self.slot * node.members + member;
        Stream::new(Address { seed: self.seed, generation: self.generation, index, tensor })
    }
}

/// Memory of an evaluation.
pub struct Work<'a> {
    /// The forward pass.
    pub pass: Workspace<'a>,
    /// The first layer's pre-activation, shared by the base model and all members of a slot.
    pub first: &'a mut [i8],
    /// One layer's noise, as wide as the widest layer.
    pub eps: &'a mut [i8],
}

struct Noisy<'a, 's> {
    node: &'a Node,
    slot: &'a Slot<'s>,
    layout: &'a Layout,
    member: u32,
    amplitude: i16,
    eps: &'a mut [i8],
}

impl Perturbation for Noisy<'_, '_> {
    #[inline]
    fn preactivation(&mut self, layer: usize, output: &mut [i8]) {
        let eps = &mut self.eps[..output.len()];
        let tensor = self.layout.layers()[layer].tensor;
        fill_signs(&mut self.slot.stream(self.node, self.member, tensor), eps);
        add_node_noise(output, eps, self.amplitude);
    }
}

/// Evaluates one slot: the base pass, then its members, each packed as one fitness.
pub fn evaluate(
    node: &Node,
    layout: &Layout,
    weights: &[i8],
    slot: &Slot<'_>,
    work: &mut Work<'_>,
    scores: &mut Packer<'_>,
) {
    let Some(first_layer) = layout.layers().first() else { return };
    let first = &mut work.first[..first_layer.outputs];
    preactivation(first_layer, weights, slot.input, work.pass.products, first);
    let start = Start::Preactivation(first);
    let base = forward(layout, weights, start, &mut Unperturbed, &mut work.pass);
    let base = log_likelihood(base, slot.label);
    if node.skip.is_some_and(|skip| base >= -i32::from(skip)) {
        scores.skip();
        return;
    }
    scores.keep();
    for member in 0..node.members {
        let mut score = |amplitude: i16| {
            let mut noisy = Noisy { node, slot, layout, member, amplitude, eps: work.eps };
            log_likelihood(forward(layout, weights, start, &mut noisy, &mut work.pass), slot.label)
        };
        let amplitude = i16::from(node.amplitude);
        let plus = score(amplitude);
        let reference = if node.antithetic { score(-amplitude) } else { base };
        let clip = i32::from(node.clip);
        scores.push((plus - reference).clamp(-clip, clip) as i16);
    }
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

/// Keeps the saturated pre-activations of all layers, one after another.
pub(super) struct Recorder<'a> {
    pub(super) rest: &'a mut [i8],
}

impl Perturbation for Recorder<'_> {
    fn preactivation(&mut self, _: usize, output: &mut [i8]) {
        let (here, rest) = core::mem::take(&mut self.rest).split_at_mut(output.len());
        here.copy_from_slice(output);
        self.rest = rest;
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
        let mut at = 0;
        for layer in layout.layers() {
            let eps = &mut work.eps[..layer.outputs];
            fill_signs(&mut slot.stream(node, member, layer.tensor), eps);
            credit_node_noise(&mut out.deltas[at..at + layer.outputs], eps, f);
            at += layer.outputs;
        }
    }
    finish(layout, i16::from(node.amplitude), out);
}

/// Turns recorded pre-activations into activations, and takes back the credit of ReLU outputs that no noise of
/// size `amplitude` could have turned on.
pub(super) fn finish(layout: &Layout, amplitude: i16, out: &mut SlotCredit<'_>) {
    let mut at = 0;
    for layer in layout.layers() {
        let outputs = &mut out.activations[at..at + layer.outputs];
        if layer.activation == Activation::Relu {
            for (delta, &u) in out.deltas[at..at + layer.outputs].iter_mut().zip(&*outputs) {
                if i16::from(u) <= -amplitude {
                    *delta = 0;
                }
            }
            relu(outputs);
        }
        at += layer.outputs;
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
    /// Features of a kept slot's sample.
    pub input: F,
}

impl<'a, F: Fn(usize) -> &'a [i8]> Credit for GenerationCredit<'a, F> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let layers = self.layout.layers();
        let Some(layer) = layers.get(tensor.layer) else { return };
        let stride = values_per_slot(self.layout);
        let output_at: usize = layers[..tensor.layer].iter().map(|l| l.outputs).sum();
        let slots = self.deltas.chunks_exact(stride).zip(self.activations.chunks_exact(stride));
        for (slot, (deltas, activations)) in slots.enumerate() {
            let deltas = &deltas[output_at + first..output_at + layer.outputs];
            if let TensorKind::Vector { .. } = tensor.kind {
                for (z, &delta) in z.iter_mut().zip(deltas) {
                    *z += T::from(i32::from(delta));
                }
                continue;
            }
            let input = match tensor.layer {
                0 => (self.input)(slot),
                _ => &activations[output_at - layer.inputs..output_at],
            };
            for (row, &delta) in z.chunks_exact_mut(layer.inputs).zip(deltas) {
                if delta != 0 {
                    for (z, &x) in row.iter_mut().zip(input) {
                        *z += T::from(i32::from(delta) * i32::from(i16::from(x)));
                    }
                }
            }
        }
    }
}
