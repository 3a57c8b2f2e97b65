//! From layers to operations: one table a kind of layer.

#[cfg(feature = "convolution")]
use super::Pool;
use super::operation::Action;
use super::{Activation, Layer};
use crate::kernel::{Window, standard_divisor};

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
        /// Whether a ReLU follows.
        relu: bool,
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

#[cfg(feature = "convolution")]
const WINDOW: Action = Action::Windows { depthwise: false, bias: false, activation: Activation::None };

static DENSE: [Operation; 1] = [operation(PLAIN, Operand::Input, Operand::Output, true)];
static EMBEDDING: [Operation; 1] = [operation(Action::Embed, Operand::Input, Operand::Output, true)];
#[cfg(feature = "convolution")]
static WINDOWS: [Operation; 1] = [operation(WINDOW, Operand::Input, Operand::Output, true)];
#[cfg(feature = "convolution")]
static POOL: [Operation; 1] = [operation(Action::Pool(Pool::Max), Operand::Input, Operand::Output, false)];
#[cfg(feature = "convolution")]
static JOIN: [Operation; 1] =
    [operation(Action::Join { activation: Activation::None }, Operand::Input, Operand::Output, false)];
static NORM: [Operation; 1] = [operation(Action::Norm, Operand::Input, Operand::Output, false)];

/// `[norm, GRU, residual, norm, 4 D wide MLP, residual]`. A gate's sum is `clip(W x + U s + b)`, each product
/// clipped first.
static BLOCK: [Operation; 14] = block(Activation::None);
static RELU_BLOCK: [Operation; 14] = block(Activation::Relu);

/// The operations of a block, by what is applied between the two layers of its MLP.
const fn block(activation: Activation) -> [Operation; 14] {
    const fn own(at: u8, widths: u8, nodes: bool, record: Option<u8>) -> Operand {
        Operand::Own { at, widths, nodes, relu: false, record }
    }
    let (x, state) = (Operand::Output, Operand::State { record: 1 });
    let (gate, summand, gated) = (own(0, 1, true, None), own(1, 1, false, None), own(1, 1, false, Some(2)));
    let (candidate, other) = (own(2, 1, true, None), own(3, 1, false, None));
    let (h, normed) = (own(4, 1, false, Some(0)), own(4, 1, false, Some(3)));
    let relu = matches!(activation, Activation::Relu);
    let middle = Operand::Own { at: 0, widths: 4, nodes: true, relu, record: Some(4) };
    let branch = own(4, 1, true, None);
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
        operation(Action::Linear { bias: false, activation }, normed, middle, true),
        operation(PLAIN, middle, branch, true),
        operation(Action::Add, branch, x, false),
    ]
}

/// Values of a block beside its input and output at its fullest moment, and values that it records; in
/// widths.
const BLOCK_OWN: u64 = 5;
const BLOCK_RECORD: u32 = 8;

/// A layer as a program keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lowered {
    pub(super) layer: Layer,
    /// The divisor of its products with its inputs.
    by: u32,
}

impl Lowered {
    pub(super) const fn new(layer: Layer, inputs: u32) -> Self {
        let by = match layer {
            #[cfg(feature = "convolution")]
            Layer::Conv { divisor: Some(divisor), .. } | Layer::Depthwise { divisor: Some(divisor), .. } => {
                divisor.get()
            }
            #[cfg(feature = "convolution")]
            Layer::Conv { window, .. } => standard_divisor(window.len() as u32),
            #[cfg(feature = "convolution")]
            Layer::Depthwise { window, .. } => standard_divisor(window.taps()),
            _ => standard_divisor(inputs),
        };
        Self { layer, by }
    }

    /// Its operations in order. What a board without recurrent models, or without convolutions, does not need
    /// is not linked.
    #[inline]
    pub(super) fn operations(&self) -> &'static [Operation] {
        match self.layer {
            Layer::Dense { .. } => &DENSE,
            #[cfg(feature = "convolution")]
            Layer::Conv { .. } | Layer::Depthwise { .. } => &WINDOWS,
            #[cfg(feature = "convolution")]
            Layer::Pool { .. } => &POOL,
            #[cfg(feature = "convolution")]
            Layer::Join { .. } => &JOIN,
            Layer::Embedding { .. } if cfg!(feature = "recurrent") => &EMBEDDING,
            Layer::Block { .. } if cfg!(feature = "recurrent") => &BLOCK,
            Layer::ReluBlock { .. } if cfg!(feature = "recurrent") => &RELU_BLOCK,
            Layer::Norm { .. } if cfg!(feature = "recurrent") => &NORM,
            _ => &[],
        }
    }

    /// An action of the table, with the settings of this layer.
    #[inline]
    pub(super) const fn specialised(&self, action: Action) -> Action {
        match self.layer {
            Layer::Dense { bias, activation, .. } => Action::Linear { bias, activation },
            #[cfg(feature = "convolution")]
            Layer::Conv { bias, activation, .. } => Action::Windows { depthwise: false, bias, activation },
            #[cfg(feature = "convolution")]
            Layer::Depthwise { bias, activation, .. } => {
                Action::Windows { depthwise: true, bias, activation }
            }
            #[cfg(feature = "convolution")]
            Layer::Pool { kind, .. } => Action::Pool(kind),
            #[cfg(feature = "convolution")]
            Layer::Join { activation, .. } => Action::Join { activation },
            _ => action,
        }
    }

    /// The divisor of products with so many inputs.
    #[inline]
    pub(super) const fn divisor(&self, inputs: u32) -> u32 {
        match self.layer {
            Layer::Block { outputs } | Layer::ReluBlock { outputs } if inputs != outputs => {
                standard_divisor(inputs)
            }
            _ => self.by,
        }
    }

    /// The window that it moves, if any, and what it makes of a place, of `outputs` in all.
    #[inline]
    pub(super) const fn window(&self, outputs: u32) -> (Option<Window>, u32) {
        match self.layer {
            #[cfg(feature = "convolution")]
            Layer::Conv { window, channels, .. } => (Some(window), channels),
            #[cfg(feature = "convolution")]
            Layer::Depthwise { window, .. } | Layer::Pool { window, .. } => {
                (Some(window), window.channels as u32)
            }
            _ => (None, outputs),
        }
    }

    /// Whether it changes its input instead of making an output beside it.
    #[inline]
    pub(super) const fn in_place(&self) -> bool {
        self.layer.is_block()
    }

    /// Whether its output is made of nodes as they are.
    #[inline]
    pub(super) const fn ends_in_nodes(&self) -> bool {
        self.layer.is_linear() || matches!(self.layer, Layer::Embedding { .. })
    }

    /// Values of its state.
    #[inline]
    pub(super) const fn state(&self) -> u32 {
        match self.layer {
            Layer::Block { outputs } | Layer::ReluBlock { outputs } => outputs,
            _ => 0,
        }
    }

    /// Values that it records, beside its output.
    #[inline]
    pub(super) const fn record(&self) -> u32 {
        match self.layer {
            Layer::Block { outputs } | Layer::ReluBlock { outputs } => BLOCK_RECORD * outputs,
            _ => 0,
        }
    }

    /// How many parameters it has.
    pub(super) const fn tensors(&self) -> u32 {
        match self.layer {
            Layer::Dense { bias, .. } => 1 + bias as u32,
            #[cfg(feature = "convolution")]
            Layer::Conv { bias, .. } | Layer::Depthwise { bias, .. } => 1 + bias as u32,
            Layer::Embedding { .. } | Layer::Norm { .. } => 1,
            Layer::Block { .. } | Layer::ReluBlock { .. } => 10,
            Layer::Front { tensors, .. } => tensors as u32,
            #[cfg(feature = "convolution")]
            Layer::Pool { .. } | Layer::Fork { .. } | Layer::Shortcut { .. } | Layer::Join { .. } => 0,
        }
    }
}

/// Whether the output of a layer is recorded: where a matrix reads it, or it is made of nodes whose credit
/// needs them.
#[inline]
pub(super) fn is_recorded(layers: &[Lowered], index: usize) -> bool {
    let of = |index: usize| layers.get(index).map(|lowered| lowered.layer);
    let is_linear = |index: usize| of(index).is_some_and(|layer| layer.is_linear());
    let Some(layer) = of(index) else { return false };
    match layer {
        Layer::Front { .. } => false,
        #[cfg(feature = "convolution")]
        Layer::Fork { .. } | Layer::Shortcut { .. } => false,
        _ if layer.is_linear() => index + 1 < layers.len() || matches!(layer.activation(), Activation::Relu),
        _ if matches!(layer.activation(), Activation::Relu) => true,
        _ => match of(index + 1) {
            #[cfg(feature = "convolution")]
            Some(Layer::Fork { .. }) => {
                let mut rest = layers.iter().skip(index + 2).map(|lowered| lowered.layer);
                let has_shortcut =
                    rest.find(|layer| matches!(layer, Layer::Shortcut { .. } | Layer::Join { .. }));
                is_linear(index + 2) || matches!(has_shortcut, Some(Layer::Shortcut { .. }))
            }
            _ => is_linear(index + 1),
        },
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
    /// Values of its window, where those have to be brought together.
    pub(super) window: u64,
}

impl Extent {
    pub(super) const fn of(layer: Layer, inputs: u32) -> Self {
        let (n, m) = (inputs as u64, layer.outputs() as u64);
        let none = Self { parameters: 0, summed: 0, products: 0, vector: 0, activations: 0, window: 0 };
        match layer {
            Layer::Dense { bias, .. } => Self {
                parameters: m * (n + bias as u64),
                summed: n,
                products: m,
                vector: if bias { m } else { 0 },
                activations: m,
                ..none
            },
            #[cfg(feature = "convolution")]
            Layer::Conv { window, channels, bias, .. } => {
                let channels = channels as u64;
                Self {
                    parameters: channels * (window.len() + bias as u64),
                    summed: window.len(),
                    products: channels,
                    vector: if bias { channels } else { 0 },
                    activations: m,
                    window: window.len(),
                }
            }
            #[cfg(feature = "convolution")]
            Layer::Depthwise { window, bias, .. } => {
                let (channels, taps) = (window.channels as u64, window.taps() as u64);
                Self {
                    parameters: channels * (taps + bias as u64),
                    summed: taps,
                    products: channels,
                    vector: if bias { channels } else { 0 },
                    activations: m,
                    window: window.len(),
                }
            }
            #[cfg(feature = "convolution")]
            Layer::Pool { window, .. } => Self { products: window.channels as u64, activations: m, ..none },
            Layer::Front { .. } => none,
            #[cfg(feature = "convolution")]
            Layer::Fork { .. } | Layer::Shortcut { .. } | Layer::Join { .. } => none,
            Layer::Embedding { .. } => Self { parameters: m * n, products: m, activations: m, ..none },
            Layer::Block { .. } | Layer::ReluBlock { .. } => Self {
                parameters: m * (12 * m + 4),
                summed: 4 * m,
                products: 4 * m,
                vector: m,
                activations: BLOCK_OWN * m,
                ..none
            },
            Layer::Norm { .. } => Self { parameters: m, products: m, vector: m, activations: m, ..none },
        }
    }
}
