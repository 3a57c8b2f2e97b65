use super::{Activation, Layout, Placed};
use crate::kernel::{add, products, relu, scale};
use crate::within::{copy, part, part_mut};

/// What makes a member differ from the base model: hooks into one forward pass.
///
/// The unperturbed model, both twins of estimator `weight` and the members of estimator `node` all run the same
/// [`forward`].
pub trait Perturbation {
    /// Adds to the products `W x` of a layer's matrix before they are scaled. `input` is the layer's input.
    #[inline]
    fn products(&mut self, layer: usize, input: &[i8], products: &mut [i32]) {
        let _ = (layer, input, products);
    }

    /// Adds a layer's bias to its saturated output.
    #[inline]
    fn bias(&mut self, layer: usize, bias: &[i8], output: &mut [i8]) {
        let _ = layer;
        add(output, bias);
    }

    /// Sees, and may change, a layer's saturated pre-activation, bias included.
    #[inline]
    fn preactivation(&mut self, layer: usize, output: &mut [i8]) {
        let _ = (layer, output);
    }
}

/// The base model.
pub struct Unperturbed;

impl Perturbation for Unperturbed {}

/// Where a pass begins: what members that see the same input can share of the first layer.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// At the model's input; nothing is shared.
    Input(&'a [i8]),
    /// With the first layer's unperturbed products of this input.
    Products {
        /// The model's input.
        input: &'a [i8],
        /// `W x` of the first layer.
        products: &'a [i32],
    },
    /// With the first layer's unperturbed pre-activation: enough for members that perturb nothing before it.
    Preactivation(&'a [i8]),
}

/// Memory of one pass: products and two activations, each as wide as the model's widest layer.
pub struct Workspace<'a> {
    /// Products of the current layer.
    pub products: &'a mut [i32],
    /// One activation.
    pub front: &'a mut [i8],
    /// The other.
    pub back: &'a mut [i8],
}

/// A layer's saturated pre-activation, bias included, of the unperturbed model.
pub fn preactivation(layer: &Placed, weights: &[i8], input: &[i8], sums: &mut [i32], output: &mut [i8]) {
    let sums = part_mut(sums, 0, layer.outputs);
    products(layer.matrix(weights), input, sums);
    scale(sums, layer.divisor(), output);
    if let Some(bias) = layer.bias(weights) {
        add(output, bias);
    }
}

/// Runs the model and returns its outputs, which lie in the workspace.
///
/// Shapes: `weights` holds all parameters of `layout`; the input, products or pre-activation that `start`
/// brings fit its first layer.
#[inline]
pub fn forward<'w, P: Perturbation>(
    layout: &Layout,
    weights: &[i8],
    start: Start<'_>,
    member: &mut P,
    work: &'w mut Workspace<'_>,
) -> &'w [i8] {
    // `front` holds the input of the coming layer, `back` takes its output.
    let (mut front, mut back) = (&mut *work.front, &mut *work.back);
    for (index, layer) in layout.layers().iter().enumerate() {
        let output = part_mut(back, 0, layer.outputs);
        let here = if index == 0 { start } else { Start::Input(part(front, 0, layer.inputs)) };
        let sums = part_mut(work.products, 0, layer.outputs);
        let perturbed_from = match here {
            Start::Input(input) => {
                products(layer.matrix(weights), input, sums);
                Some(input)
            }
            Start::Products { input, products } => {
                copy(sums, products);
                Some(input)
            }
            Start::Preactivation(shared) => {
                copy(output, shared);
                None
            }
        };
        if let Some(input) = perturbed_from {
            member.products(index, input, sums);
            scale(sums, layer.divisor(), output);
            if let Some(bias) = layer.bias(weights) {
                member.bias(index, bias, output);
            }
        }
        member.preactivation(index, output);
        if layer.activation == Activation::Relu {
            relu(output);
        }
        core::mem::swap(&mut front, &mut back);
    }
    part(front, 0, layout.outputs())
}
