use super::{Activation, Description, Layer, MAX_LAYERS};
use crate::Error;
use crate::kernel::Divisor;
use crate::noise::fill_initial;
use crate::within::{part, part_mut};
use core::num::NonZeroI32;
use heapless::Vec;

/// Which kind a layer is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Layer::Dense`].
    Dense,
    /// [`Layer::Embedding`].
    Embedding,
    /// [`Layer::Block`].
    Block,
    /// [`Layer::Norm`].
    Norm,
}

/// A layer with the places of its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Inputs n.
    pub inputs: usize,
    /// Outputs m.
    pub outputs: usize,
    /// Tensor id of the first parameter, of a dense layer its matrix; a bias has the next.
    pub tensor: u32,
    /// Offset of that among all parameters.
    pub matrix: usize,
    /// What is applied last.
    pub activation: Activation,
    /// What it is.
    pub kind: Kind,
    /// Whether a bias follows the matrix.
    biased: bool,
    /// The layer's scaling, in the room of two numbers: a divisor, or a shift where that is 0. A board's stack holds
    /// these structures several times over.
    floor: u16,
    shift: u8,
}

impl Placed {
    /// The layer's matrix, row-major `outputs` x `inputs`.
    #[inline]
    pub fn matrix<'w>(&self, weights: &'w [i8]) -> &'w [i8] {
        part(weights, self.matrix, self.outputs * self.inputs)
    }

    /// The layer's bias, if it has one.
    #[inline]
    pub fn bias<'w>(&self, weights: &'w [i8]) -> Option<&'w [i8]> {
        self.bias_at().map(|at| part(weights, at, self.outputs))
    }

    /// Offset of the bias, if the layer has one.
    #[inline]
    const fn bias_at(&self) -> Option<usize> {
        if self.biased { Some(self.matrix + self.outputs * self.inputs) } else { None }
    }

    /// The layer's parameter number `part`, in declared order, which is the order in which a pass meets them.
    const fn part(&self, part: u32) -> Option<(TensorKind, Role)> {
        let (d, matrix) = (self.outputs, TensorKind::Matrix { rows: self.outputs, columns: self.inputs });
        let vector = TensorKind::Vector { len: d };
        Some(match (self.kind, part) {
            (Kind::Dense, 0) => (matrix, Role::Weight),
            (Kind::Dense, 1) if self.biased => (vector, Role::Bias),
            (Kind::Embedding, 0) => (TensorKind::Matrix { rows: self.inputs, columns: d }, Role::Embedding),
            (Kind::Norm, 0) | (Kind::Block, 0 | 7) => (vector, Role::Norm),
            (Kind::Block, 1 | 2 | 4 | 5) => (matrix, Role::Weight),
            (Kind::Block, 3 | 6) => (vector, Role::Bias),
            (Kind::Block, 8) => (TensorKind::Matrix { rows: 4 * d, columns: d }, Role::Weight),
            (Kind::Block, 9) => (TensorKind::Matrix { rows: d, columns: 4 * d }, Role::Weight),
            _ => return None,
        })
    }

    /// The layer's scaling; of a block that of its matrices but the last, which has more inputs.
    #[inline]
    pub const fn divisor(&self) -> Divisor {
        match NonZeroI32::new(self.floor as i32) {
            Some(by) => Divisor::by(by),
            None => Divisor::Shift(self.shift),
        }
    }
}

/// What kind of parameter a tensor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorKind {
    /// `rows` x `columns`, row-major.
    Matrix {
        /// Outputs m.
        rows: usize,
        /// Inputs n.
        columns: usize,
    },
    /// A vector.
    Vector {
        /// Components.
        len: usize,
    },
}

impl TensorKind {
    /// Rows and columns; a vector's components are its rows.
    pub const fn shape(self) -> (usize, usize) {
        match self {
            Self::Matrix { rows, columns } => (rows, columns),
            Self::Vector { len } => (len, 1),
        }
    }
}

/// What a parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A matrix that multiplies.
    Weight,
    /// A vector that is added.
    Bias,
    /// A matrix whose rows are looked up.
    Embedding,
    /// A vector that scales what is normed.
    Norm,
}

/// One parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Place in the declared order, from 0: its address in the noise.
    pub id: u32,
    /// The layer it belongs to.
    pub layer: usize,
    /// Its shape.
    pub kind: TensorKind,
    /// What it does.
    pub role: Role,
    /// Offset of its first value among all parameters.
    pub offset: usize,
}

impl Tensor {
    /// Values it holds.
    pub const fn len(&self) -> usize {
        match self.kind {
            TensorKind::Matrix { rows, columns } => rows * columns,
            TensorKind::Vector { len } => len,
        }
    }

    /// Whether it holds none; no tensor of a checked model does.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Most parameters of a layer.
const MOST_PARTS: u32 = 10;

/// What a layer takes, in 64 bits: a model that no machine could hold must be refused.
struct Extent {
    kind: Kind,
    activation: Activation,
    biased: bool,
    /// Parameters, tensors.
    parameters: u64,
    tensors: u32,
    /// Values that its widest matrix multiplies; its widest activation.
    summed: u64,
    width: u64,
}

impl Extent {
    const fn of(layer: Layer, inputs: u32) -> Self {
        let (n, m) = (inputs as u64, layer.outputs() as u64);
        let (kind, activation, biased) = match layer {
            Layer::Dense { bias, activation, .. } => (Kind::Dense, activation, bias),
            Layer::Embedding { .. } => (Kind::Embedding, Activation::None, false),
            Layer::Block { .. } => (Kind::Block, Activation::None, false),
            Layer::Norm { .. } => (Kind::Norm, Activation::None, false),
        };
        let (parameters, tensors, summed, width) = match kind {
            Kind::Dense => (m * (n + biased as u64), 1 + biased as u32, n, m),
            Kind::Embedding => (m * n, 1, 0, m),
            Kind::Block => (m * (12 * m + 4), MOST_PARTS, 4 * m, 4 * m),
            Kind::Norm => (m, 1, 0, m),
        };
        Self { kind, activation, biased, parameters, tensors, summed, width }
    }
}

/// A checked model with the places of all its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    layers: Vec<Placed, MAX_LAYERS>,
    parameters: usize,
    width: usize,
}

impl Layout {
    /// Places a model's parameters in their declared order.
    ///
    /// # Errors
    /// [`Error::Shape`] for a size out of range, [`Error::Overflow`] where `W x` could leave an `i32` or the
    /// parameters could not be addressed.
    pub fn new(model: &Description) -> Result<Self, Error> {
        let mut layout = Self::default();
        layout.place(model)?;
        Ok(layout)
    }

    /// Places a model's parameters in an empty layout, where it is: it is large for a board's stack.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(crate) fn place(&mut self, model: &Description) -> Result<(), Error> {
        model.check()?;
        let (mut inputs, mut offset, mut tensor) = (model.inputs, 0u64, 0u32);
        let mut width = model.inputs;
        for (index, layer) in model.layers.iter().enumerate() {
            let (outputs, extent) = (layer.outputs(), Extent::of(*layer, inputs));
            let bound = extent.summed * 127 * 127;
            let matrix = offset;
            offset += extent.parameters;
            for (bound, limit) in [(bound, i32::MAX as u64), (offset, i32::MAX as u64)] {
                if bound > limit {
                    return Err(Error::Overflow { layer: index as u32, bound, limit });
                }
            }
            // 16 times the root of the largest width is 4080.
            let (floor, shift) = match Divisor::for_inputs(inputs) {
                Divisor::Floor(by) => (by.get() as u16, 0),
                Divisor::Reciprocal { by, .. } => (by as u16, 0),
                Divisor::Shift(by) => (0, by),
            };
            let placed = Placed {
                inputs: inputs as usize,
                outputs: outputs as usize,
                tensor,
                matrix: matrix as usize,
                activation: extent.activation,
                kind: extent.kind,
                biased: extent.biased,
                floor,
                shift,
            };
            self.layers.push(placed).map_err(|_| Error::Shape { layer: index as u32 })?;
            tensor += extent.tensors;
            width = width.max(extent.width as u32);
            inputs = outputs;
        }
        (self.parameters, self.width) = (offset as usize, width as usize);
        Ok(())
    }

    /// The layers in order.
    pub fn layers(&self) -> &[Placed] {
        &self.layers
    }

    /// Parameters of the model, one byte each.
    pub const fn parameters(&self) -> usize {
        self.parameters
    }

    /// The widest activation, inputs included.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Inputs of the model.
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |l| l.inputs)
    }

    /// Outputs of the model.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.outputs)
    }

    /// All parameters in declared order.
    pub fn tensors(&self) -> impl Iterator<Item = Tensor> + '_ {
        self.layers.iter().enumerate().flat_map(|(layer, placed)| {
            let mut offset = placed.matrix;
            (0..MOST_PARTS).map_while(move |part| {
                let (kind, role) = placed.part(part)?;
                let tensor = Tensor { id: placed.tensor + part, layer, kind, role, offset };
                offset += tensor.len();
                Some(tensor)
            })
        })
    }

    /// Whether the model takes tokens and carries a state.
    pub fn is_recurrent(&self) -> bool {
        self.layers.first().is_some_and(|layer| layer.kind == Kind::Embedding)
    }

    /// Values of the state that a recurrent model carries from token to token.
    pub fn state_len(&self) -> usize {
        let blocks = self.layers.iter().filter(|layer| layer.kind == Kind::Block);
        blocks.map(|layer| layer.outputs).sum()
    }

    /// Fills `weights` with the initial weights of a run: matrices from the noise, biases 0, norms 16 (1.0).
    pub fn initialize(&self, seed: u32, weights: &mut [i8]) {
        for tensor in self.tensors() {
            let values = part_mut(weights, tensor.offset, tensor.len());
            match tensor.role {
                Role::Weight | Role::Embedding => fill_initial(seed, tensor.id, values),
                Role::Bias => values.fill(0),
                Role::Norm => values.fill(16),
            }
        }
    }
}
