//! From layers to operations: one table a kind of layer.

use super::operation::Action;
use super::{Activation, Layer};
use crate::kernel::Divisor;

/// A value that an operation of a layer names. What is counted in widths is counted in outputs of the layer.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// What the layer takes.
    Input,
    /// What it makes.
    Output,
    /// Its state; recorded behind so many widths of the layer's record.
    State {
        /// Widths.
        record: u8,
    },
    /// A value between its operations.
    Own {
        /// Where it lies in the layer's own memory, in widths.
        at: u8,
        /// How long it is.
        widths: u8,
        /// Whether it is made of nodes.
        nodes: bool,
        /// Where it is recorded, in widths; `None` where no matrix reads it.
        record: Option<u8>,
    },
}

/// An operation of a layer.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) action: Action,
    pub(super) from: Operand,
    pub(super) with: Operand,
    pub(super) to: Operand,
    /// Whether its result, as it is then, is perturbed by estimator `node`.
    pub(super) makes_nodes: bool,
}

const fn operation(action: Action, from: Operand, to: Operand, makes_nodes: bool) -> Operation {
    Operation { action, from, with: from, to, makes_nodes }
}

const PLAIN: Action = Action::Linear { bias: false, activation: Activation::None };

static DENSE: [Operation; 1] = [operation(PLAIN, Operand::Input, Operand::Output, true)];
static EMBEDDING: [Operation; 1] = [operation(Action::Embed, Operand::Input, Operand::Output, true)];
static NORM: [Operation; 1] = [operation(Action::Norm, Operand::Input, Operand::Output, false)];

/// `[norm, GRU, residual, norm, 4 D wide MLP, residual]`. A gate's sum is `clip(W x + U s + b)`, each product
/// clipped first.
static BLOCK: [Operation; 14] = {
    const fn own(at: u8, widths: u8, nodes: bool, record: Option<u8>) -> Operand {
        Operand::Own { at, widths, nodes, record }
    }
    let (x, state) = (Operand::Output, Operand::State { record: 1 });
    let (gate, summand, gated) = (own(0, 1, true, None), own(1, 1, false, None), own(1, 1, false, Some(2)));
    let (candidate, other) = (own(2, 1, true, None), own(3, 1, false, None));
    let (h, normed) = (own(4, 1, false, Some(0)), own(4, 1, false, Some(3)));
    let (middle, branch) = (own(0, 4, true, Some(4)), own(4, 1, true, None));
    [
        operation(Action::Norm, x, h, false),
        operation(PLAIN, h, gate, false),
        operation(PLAIN, state, summand, false),
        operation(Action::Sum, summand, gate, true),
        Operation { with: state, ..operation(Action::Gate, gate, gated, false) },
        operation(PLAIN, h, candidate, false),
        operation(PLAIN, gated, other, false),
        operation(Action::Sum, other, candidate, true),
        Operation { with: candidate, ..operation(Action::Blend, gate, state, false) },
        operation(Action::Add, state, x, false),
        operation(Action::Norm, x, normed, false),
        operation(PLAIN, normed, middle, true),
        operation(PLAIN, middle, branch, true),
        operation(Action::Add, branch, x, false),
    ]
};
/// Values of a block beside its input and output at its fullest moment, and values that it records; in
/// widths.
const BLOCK_OWN: u64 = 5;
const BLOCK_RECORD: u32 = 8;

/// A layer as a program keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lowered {
    pub(super) layer: Layer,
    /// The floor division of a product with the layer's inputs: a divisor, or a shift where that is 0.
    floor: u16,
    shift: u8,
}

impl Lowered {
    pub(super) fn new(layer: Layer, inputs: u32) -> Self {
        let (floor, shift) = scaling(inputs);
        Self { layer, floor, shift }
    }

    /// Its operations in order. What a board without recurrent models does not need is not linked.
    #[inline]
    pub(super) fn operations(&self) -> &'static [Operation] {
        match self.layer {
            Layer::Dense { .. } => &DENSE,
            _ if cfg!(not(feature = "recurrent")) => &[],
            Layer::Embedding { .. } => &EMBEDDING,
            Layer::Block { .. } => &BLOCK,
            Layer::Norm { .. } => &NORM,
        }
    }

    /// An action of the table, with the settings of this layer.
    #[inline]
    pub(super) const fn specialised(&self, action: Action) -> Action {
        match self.layer {
            Layer::Dense { bias, activation, .. } => Action::Linear { bias, activation },
            _ => action,
        }
    }

    /// How products with so many inputs are scaled.
    #[inline]
    pub(super) fn scaling(&self, inputs: u32) -> (u16, u8) {
        match self.layer {
            Layer::Block { outputs } if inputs != outputs => scaling(inputs),
            _ => (self.floor, self.shift),
        }
    }

    /// Whether it changes its input instead of making an output beside it.
    #[inline]
    pub(super) const fn in_place(&self) -> bool {
        matches!(self.layer, Layer::Block { .. })
    }

    /// Whether its output is made of nodes as they are.
    #[inline]
    pub(super) const fn ends_in_nodes(&self) -> bool {
        matches!(self.layer, Layer::Dense { .. } | Layer::Embedding { .. })
    }

    /// Values of its state.
    #[inline]
    pub(super) const fn state(&self) -> u32 {
        match self.layer {
            Layer::Block { outputs } => outputs,
            _ => 0,
        }
    }

    /// Values that it records, beside its output.
    #[inline]
    pub(super) const fn record(&self) -> u32 {
        match self.layer {
            Layer::Block { outputs } => BLOCK_RECORD * outputs,
            _ => 0,
        }
    }

    /// Whether its output is recorded: where the matrix of the next layer reads it, or a ReLU shuts parts of
    /// it.
    #[inline]
    pub(super) const fn is_recorded(&self, next: Option<Layer>) -> bool {
        matches!(next, Some(Layer::Dense { .. }))
            || matches!(self.layer, Layer::Dense { activation: Activation::Relu, .. })
    }

    /// How many parameters it has.
    pub(super) const fn tensors(&self) -> u32 {
        match self.layer {
            Layer::Dense { bias, .. } => 1 + bias as u32,
            Layer::Embedding { .. } | Layer::Norm { .. } => 1,
            Layer::Block { .. } => 10,
        }
    }
}

/// A divisor, or a shift where that is 0.
const fn scaling(inputs: u32) -> (u16, u8) {
    match Divisor::for_inputs(inputs) {
        // 16 times the root of the largest width, of which a block has four, is below 2^16.
        Divisor::Floor(by) => (by.get() as u16, 0),
        Divisor::Reciprocal { by, .. } => (by as u16, 0),
        Divisor::Shift(by) => (0, by),
    }
}

/// What a layer takes, in 64 bits: a model that no machine could hold must be refused.
pub(super) struct Extent {
    pub(super) parameters: u64,
    /// Values that its widest matrix multiplies.
    pub(super) summed: u64,
    /// Products of its widest operation; components of its longest vector.
    pub(super) products: u64,
    pub(super) vector: u64,
    /// Values at its fullest moment, beside its input.
    pub(super) activations: u64,
}

impl Extent {
    pub(super) const fn of(layer: Layer, inputs: u32) -> Self {
        let (n, m) = (inputs as u64, layer.outputs() as u64);
        match layer {
            Layer::Dense { bias, .. } => Self {
                parameters: m * (n + bias as u64),
                summed: n,
                products: m,
                vector: if bias { m } else { 0 },
                activations: m,
            },
            Layer::Embedding { .. } => {
                Self { parameters: m * n, summed: 0, products: m, vector: 0, activations: m }
            }
            Layer::Block { .. } => Self {
                parameters: m * (12 * m + 4),
                summed: 4 * m,
                products: 4 * m,
                vector: m,
                activations: BLOCK_OWN * m,
            },
            Layer::Norm { .. } => Self { parameters: m, summed: 0, products: m, vector: m, activations: m },
        }
    }
}
