use super::{Activation, Description, Layer, MAX_LAYERS};
use crate::Error;
use crate::kernel::Divisor;
use crate::noise::fill_initial;
use crate::within::{part, part_mut};
use core::num::NonZeroI32;
use heapless::Vec;

/// A layer with the places of its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Inputs n.
    pub inputs: usize,
    /// Outputs m.
    pub outputs: usize,
    /// Tensor id of the matrix; a bias has the next.
    pub tensor: u32,
    /// Offset of the matrix among all parameters.
    pub matrix: usize,
    /// What is applied last.
    pub activation: Activation,
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

    /// The layer's scaling.
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

/// One parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Place in the declared order, from 0: its address in the noise.
    pub id: u32,
    /// The layer it belongs to.
    pub layer: usize,
    /// Its shape.
    pub kind: TensorKind,
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
            let Layer::Dense { outputs, bias, activation } = *layer;
            let bound = u64::from(inputs) * 127 * 127;
            let matrix = offset;
            offset += u64::from(outputs) * (u64::from(inputs) + u64::from(bias));
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
                activation,
                biased: bias,
                floor,
                shift,
            };
            self.layers.push(placed).map_err(|_| Error::Shape { layer: index as u32 })?;
            tensor += 1 + u32::from(bias);
            width = width.max(outputs);
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
            let kind = TensorKind::Matrix { rows: placed.outputs, columns: placed.inputs };
            let matrix = Tensor { id: placed.tensor, layer, kind, offset: placed.matrix };
            let bias = placed.bias_at().map(|offset| {
                let kind = TensorKind::Vector { len: placed.outputs };
                Tensor { id: placed.tensor + 1, layer, kind, offset }
            });
            core::iter::once(matrix).chain(bias)
        })
    }

    /// Fills `weights` with the initial weights of a run: matrices from the noise, biases 0.
    pub fn initialize(&self, seed: u32, weights: &mut [i8]) {
        for tensor in self.tensors() {
            let values = part_mut(weights, tensor.offset, tensor.len());
            match tensor.kind {
                TensorKind::Matrix { .. } => fill_initial(seed, tensor.id, values),
                TensorKind::Vector { .. } => values.fill(0),
            }
        }
    }
}
