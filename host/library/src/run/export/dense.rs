use eggroll_firmware::model::{Activation, Step};

/// A dense layer of a perceptron: `clip(clip(W x // divisor) + bias)`, then ReLU where it has one.
pub(super) struct Dense<'a> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// `16 * isqrt(inputs)`.
    pub(super) divisor: i32,
    /// Row-major, a row an output.
    pub(super) weights: &'a [i8],
    /// Empty where it has none.
    pub(super) bias: &'a [i8],
    pub(super) relu: bool,
}

impl<'a> Dense<'a> {
    pub(super) fn new(step: &Step, weights: &'a [i8]) -> Self {
        Self {
            inputs: step.from.len(),
            outputs: step.to.len(),
            divisor: divisor(step),
            weights: step.matrix(weights),
            bias: step.vector(weights).unwrap_or_default(),
            relu: step.activation() == Activation::Relu,
        }
    }
}

/// What the products of a step are divided by: at most 2^20, or 16 times the root of what there may be
/// inputs.
pub(super) fn divisor(step: &Step) -> i32 {
    step.divided_by().try_into().unwrap_or(i32::MAX)
}

/// The widest layer but the last, at least 1: the values that a pass keeps.
pub(super) fn widest(layers: &[Dense<'_>]) -> usize {
    let hidden = layers.split_last().map_or(&[][..], |(_, hidden)| hidden);
    hidden.iter().map(|layer| layer.outputs).max().unwrap_or(1)
}
