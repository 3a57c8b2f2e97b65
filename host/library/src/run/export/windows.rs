//! A convolutional model as all forms that run write it: its operations in order, and where each value
//! between them lies in one memory.

use super::dense::divisor;
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Action, Activation, Memory, Pool, Program, Step, Value};
use std::ops::Range;

/// What is made of a place of a window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Products of all that lies under it: a convolution, or a dense layer, which has one place.
    Convolution,
    /// Products of each channel by itself.
    Depthwise,
    /// The largest value of each channel.
    Max,
    /// The mean of each channel.
    Average,
}

impl Kind {
    /// What the function that makes it is called in C and in Rust.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Convolution => "convolution",
            Self::Depthwise => "depthwise",
            Self::Max => "max",
            Self::Average => "average",
        }
    }
}

/// A layer that moves a window.
pub(super) struct Layer<'a> {
    pub(super) kind: Kind,
    pub(super) window: Window,
    /// What it makes of a place.
    pub(super) channels: usize,
    /// Row-major, a row a channel; empty for pools.
    pub(super) weights: &'a [i8],
    /// Empty where it has none.
    pub(super) bias: &'a [i8],
    /// Of products, or of the sum under a pool.
    pub(super) divisor: i32,
    pub(super) relu: bool,
}

/// One operation of a pass.
pub(super) enum Operation<'a> {
    /// Writes `to`.
    Layer(Layer<'a>),
    /// Adds to `to`: the sum of two branches.
    Join {
        /// Whether a ReLU follows.
        relu: bool,
    },
}

/// An operation, and where it finds what it reads and writes.
pub(super) struct Planned<'a> {
    pub(super) operation: Operation<'a>,
    /// Its place in the memory; `None` for the input of the model.
    pub(super) from: Option<Range<usize>>,
    pub(super) to: Range<usize>,
}

/// All operations.
pub(super) struct Windows<'a> {
    pub(super) operations: Vec<Planned<'a>>,
    /// Values of the memory: as few as the program of a board takes.
    pub(super) memory: usize,
}

impl Layer<'_> {
    /// Rows and columns of its places.
    pub(super) fn places(&self) -> [usize; 2] {
        self.window.places().map(|count| count as usize)
    }

    /// Values of its weights to a channel.
    pub(super) fn columns(&self) -> usize {
        self.weights.len().checked_div(self.channels).unwrap_or(0)
    }
}

impl<'a> Windows<'a> {
    pub(super) fn new(program: &Program, weights: &'a [i8]) -> Self {
        let range = |value: Value| value.at as usize..value.at as usize + value.len();
        let planned = |step: Step| {
            let operation = operation(&step, weights)?;
            let from = (step.from.memory == Memory::Activation).then(|| range(step.from));
            Some(Planned { operation, from, to: range(step.to) })
        };
        Self { operations: program.steps().filter_map(planned).collect(), memory: program.activations() }
    }

    /// The layers that move windows, by their numbers from 0.
    pub(super) fn layers(&self) -> impl Iterator<Item = (usize, &Layer<'a>)> {
        let layers = self.operations.iter().filter_map(|planned| match &planned.operation {
            Operation::Layer(layer) => Some(layer),
            Operation::Join { .. } => None,
        });
        layers.enumerate()
    }

    /// Whether it has a layer of some kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.layers().any(|(_, layer)| layer.kind == kind)
    }

    /// Whether it has branches.
    pub(super) fn has_branches(&self) -> bool {
        self.operations.iter().any(|planned| matches!(planned.operation, Operation::Join { .. }))
    }

    /// Where the outputs of the model lie.
    pub(super) fn outputs(&self) -> Range<usize> {
        self.operations.last().map_or(0..0, |planned| planned.to.clone())
    }
}

/// What a step computes. There are no others in a convolutional model.
fn operation<'a>(step: &Step, weights: &'a [i8]) -> Option<Operation<'a>> {
    let relu = step.activation() == Activation::Relu;
    let kind = match step.action {
        Action::Join { .. } => return Some(Operation::Join { relu }),
        Action::Linear { .. } | Action::Windows { depthwise: false, .. } => Kind::Convolution,
        Action::Windows { depthwise: true, .. } => Kind::Depthwise,
        Action::Pool(Pool::Max) => Kind::Max,
        Action::Pool(Pool::Average) => Kind::Average,
        _ => return None,
    };
    // A dense layer of a convolutional model reads no more than a window has channels.
    let window = step.window.or_else(|| u16::try_from(step.from.len()).ok().map(Window::whole))?;
    let divisor = match kind {
        Kind::Average => window.taps().try_into().unwrap_or(i32::MAX),
        _ => divisor(step),
    };
    let (matrix, bias) = (step.matrix(weights), step.vector(weights).unwrap_or_default());
    Some(Operation::Layer(Layer {
        kind,
        window,
        channels: step.channels(),
        weights: matrix,
        bias,
        divisor,
        relu,
    }))
}
