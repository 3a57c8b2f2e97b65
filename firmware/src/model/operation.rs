use super::{Activation, Pool};
use crate::slice_ext::{part, part_mut};

/// Where a value lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// It is the model's input: features, or a token.
    #[default]
    Input,
    /// In the memory of a pass.
    Activation,
    /// In the state that a model carries from pass to pass.
    State,
}

/// A vector of `i8` that operations read and write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// Where it lies.
    pub memory: Memory,
    /// Whether a hook sees it as it is made, before its activation: nodes, which estimator `node` perturbs,
    /// and sums of two branches. Where it is recorded, that is what is.
    pub seen: bool,
    /// Whether a ReLU makes it what others read.
    pub relu: bool,
    /// Offset in that memory.
    pub at: u32,
    /// Components; of a token the size of the vocabulary.
    pub len: u32,
    /// Offset in what a pass records for the credit ([`record_len`](super::Program::record_len)); `None`
    /// where nothing needs it.
    pub record: Option<u32>,
}

impl Value {
    /// Components.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none; no value of a checked model is empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value in its memory.
    #[inline]
    pub fn of<'m>(&self, memory: &'m [i8]) -> &'m [i8] {
        part(memory, self.at as usize, self.len())
    }

    /// The value in its memory, to be written.
    #[inline]
    pub fn of_mut<'m>(&self, memory: &'m mut [i8]) -> &'m mut [i8] {
        part_mut(memory, self.at as usize, self.len())
    }
}

/// What an operation does with the values it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `to = W[token]`: the row of a matrix, `from` being a token.
    Embed,
    /// `to = norm(from, w)`, w a vector.
    Norm,
    /// `to = activation(clip(W from // (16 isqrt(n))) [+ bias])`.
    Linear {
        /// Whether a bias vector follows the matrix.
        bias: bool,
        /// What is applied last.
        activation: Activation,
    },
    /// `to = clip(to + from + b)`, b a vector.
    Sum,
    /// `to = ((from + 127) * with) >> 8`: what the gate `from` lets through of the state `with`.
    Gate,
    /// `to = to + (((from + 127) * (with - to)) >> 8)`: moves the state `to` towards the candidate `with`.
    Blend,
    /// `to = clip(to + from)`.
    Add,
    /// `to = activation(clip(W window // divisor) [+ bias])` at each place of a window over `from`.
    Windows {
        /// Whether every channel has a window of its own, one channel deep.
        depthwise: bool,
        /// Whether a bias vector follows the matrix.
        bias: bool,
        /// What is applied last.
        activation: Activation,
    },
    /// `to` is a pool of each channel at each place of a window over `from`.
    Pool(Pool),
    /// `to = activation(clip(to + from))`, of two branches.
    Join {
        /// What is applied last.
        activation: Activation,
    },
}
