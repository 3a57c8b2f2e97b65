use super::operation::{Action, Value};
use super::{Activation, Role, Tensor, TensorKind};
use crate::kernel::{Divisor, Window};
use crate::slice_ext::part;

/// Components that estimator `node` perturbs together and credits together: the result of one or more
/// operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// The tensor whose stream their noise is drawn from: the first that makes them.
    pub tensor: u32,
    /// Offset of the first among all nodes of a pass.
    pub at: usize,
    /// How many there are.
    pub len: usize,
}

/// One operation of a pass, with everything that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The layer it was lowered from.
    pub layer: usize,
    /// What it reads.
    pub from: Value,
    /// What else it reads: of a gate the state, of a blend the candidate. Of others the same as `from`.
    pub with: Value,
    /// What it writes.
    pub to: Value,
    /// Id of its first parameter, if it has any.
    pub tensor: u32,
    /// Offset of that among all parameters.
    pub offset: usize,
    /// The nodes that its parameters are credited by; `None` for norms and for operations without parameters.
    pub nodes: Option<Nodes>,
    /// Whether the nodes are whole after it: estimator `node` perturbs them here.
    pub makes_nodes: bool,
    /// What it reads at each place, if it moves a window over `from`.
    pub window: Option<Window>,
    /// What it makes of a place: all of `to` without a window.
    #[cfg(feature = "convolution")]
    pub(super) channels: u32,
    /// Where what shuts its nodes is recorded, if a ReLU can: its own nodes, or the sum of the branch that it
    /// ends.
    #[cfg(feature = "convolution")]
    pub(super) gate: Option<u32>,
    /// The divisor of a product.
    pub(super) by: u32,
}

impl Step {
    /// The floor division of a product.
    #[inline]
    pub const fn divisor(&self) -> Divisor {
        Divisor::by(self.by)
    }

    /// What it makes of a place: all of its result without a window.
    #[inline]
    pub const fn channels(&self) -> usize {
        #[cfg(feature = "convolution")]
        let channels = self.channels as usize;
        #[cfg(not(feature = "convolution"))]
        let channels = self.to.len();
        channels
    }

    /// Where what shuts its nodes is recorded, if a ReLU can: its own nodes, or the sum of the branch that it
    /// ends.
    #[inline]
    pub const fn gate(&self) -> Option<u32> {
        #[cfg(feature = "convolution")]
        let gate = self.gate;
        #[cfg(not(feature = "convolution"))]
        let gate = if self.to.relu { self.to.record } else { None };
        gate
    }

    /// What a product is divided by.
    #[inline]
    pub const fn divided_by(&self) -> u32 {
        self.by
    }

    /// What is applied last.
    pub const fn activation(&self) -> Activation {
        match self.action {
            Action::Linear { activation, .. }
            | Action::Windows { activation, .. }
            | Action::Join { activation } => activation,
            _ => Activation::None,
        }
    }

    /// Whether it multiplies by a matrix.
    #[inline]
    pub const fn is_product(&self) -> bool {
        matches!(self.action, Action::Linear { .. } | Action::Windows { .. })
    }

    /// Whether its matrix reads its input at one place, all of it.
    #[inline]
    pub const fn is_whole(&self) -> bool {
        matches!(self.action, Action::Linear { .. })
    }

    /// Whether its matrix reads its input at the places of a window.
    #[inline]
    pub const fn moves_window(&self) -> bool {
        matches!(self.action, Action::Windows { .. })
    }

    /// Whether every channel has a window of its own.
    #[inline]
    pub const fn is_depthwise(&self) -> bool {
        matches!(self.action, Action::Windows { depthwise: true, .. })
    }

    /// Whether a vector follows its matrix.
    #[inline]
    pub(crate) const fn has_bias(&self) -> bool {
        matches!(self.action, Action::Linear { bias: true, .. } | Action::Windows { bias: true, .. })
    }

    /// Rows and columns of its matrix; an embedding's are turned.
    #[inline]
    pub const fn matrix_shape(&self) -> (usize, usize) {
        match self.action {
            Action::Embed | Action::Linear { .. } => (self.to.len(), self.from.len()),
            Action::Windows { depthwise, .. } => match self.window {
                Some(window) if depthwise => (self.channels(), window.taps() as usize),
                Some(window) => (self.channels(), window.len() as usize),
                None => (0, 0),
            },
            _ => (0, 0),
        }
    }

    /// Places of its window; 1 without one.
    #[inline]
    pub const fn places(&self) -> u64 {
        match self.window {
            Some(window) => window.count(),
            None => 1,
        }
    }

    /// Values that its matrix reads at a place: all of `from` without a window.
    #[inline]
    pub const fn read_len(&self) -> usize {
        match self.window {
            Some(window) => window.len() as usize,
            None => self.from.len(),
        }
    }

    /// Brings what its matrix reads of `x` at every place, in the order of the places: all of it without a
    /// window. `room` has [`Self::read_len`] values, or none without a window.
    #[inline]
    pub fn each_place(&self, x: &[i8], room: &mut [i8], mut each: impl FnMut(usize, &[i8])) {
        match self.window {
            Some(window) => window.each(x, room, each),
            None => each(0, x),
        }
    }

    /// Values of its matrix; 0 where it has none.
    #[inline]
    pub(super) const fn matrix_len(&self) -> usize {
        let (rows, columns) = self.matrix_shape();
        rows * columns
    }

    /// Its matrix, row-major: outputs x inputs of a product, channels x window where it moves one, `from` x
    /// `to` of an embedding.
    #[inline]
    pub fn matrix<'w>(&self, weights: &'w [i8]) -> &'w [i8] {
        part(weights, self.offset, self.matrix_len())
    }

    /// Its vector, if it has one.
    #[inline]
    pub fn vector<'w>(&self, weights: &'w [i8]) -> Option<&'w [i8]> {
        match self.action {
            Action::Norm | Action::Sum => Some(part(weights, self.offset, self.to.len())),
            _ if self.has_bias() => Some(part(weights, self.offset + self.matrix_len(), self.channels())),
            _ => None,
        }
    }

    /// Components of its vector; 0 where it has none.
    #[inline]
    pub(super) const fn vector_len(&self) -> usize {
        match self.action {
            Action::Norm | Action::Sum => self.to.len(),
            _ if self.has_bias() => self.channels(),
            _ => 0,
        }
    }

    /// Its parameter number `i`, in declared order.
    pub(super) const fn parameter(&self, i: u32) -> Option<(TensorKind, Role)> {
        let (rows, columns) = self.matrix_shape();
        Some(match (self.action, i) {
            (Action::Linear { .. } | Action::Windows { .. }, 0) => {
                (TensorKind::Matrix { rows, columns }, Role::Weight)
            }
            (Action::Embed, 0) => (TensorKind::Matrix { rows: columns, columns: rows }, Role::Embedding),
            (Action::Sum, 0) => (TensorKind::Vector { len: self.vector_len() }, Role::Bias),
            (Action::Norm, 0) => (TensorKind::Vector { len: self.vector_len() }, Role::Norm),
            (_, 1) if self.has_bias() => (TensorKind::Vector { len: self.vector_len() }, Role::Bias),
            _ => return None,
        })
    }

    /// Whether it also reads what it writes.
    pub const fn reads_result(&self) -> bool {
        matches!(self.action, Action::Sum | Action::Blend | Action::Add | Action::Join { .. })
    }

    /// Its parameters, in declared order.
    pub fn tensors(self) -> impl Iterator<Item = Tensor> {
        (0..).map_while(move |i| self.nth_tensor(i))
    }

    /// Its parameter number `i` with its place. A step has two at most: a matrix, and the vector behind it.
    pub(super) const fn nth_tensor(&self, i: u32) -> Option<Tensor> {
        let Some((kind, role)) = self.parameter(i) else { return None };
        let before = if i > 0 { self.matrix_len() } else { 0 };
        Some(Tensor { id: self.tensor + i, layer: self.layer, kind, role, offset: self.offset + before })
    }
}
