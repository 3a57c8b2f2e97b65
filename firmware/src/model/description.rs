use crate::Error;
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Most layers of a model.
pub const MAX_LAYERS: usize = 16;
/// Largest width of a layer.
pub const MAX_WIDTH: u32 = 65_535;
/// Most outputs of a model: the sum in the log-likelihood is a `u32`.
pub const MAX_OUTPUTS: u32 = 4096;

/// What follows a layer's saturated output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activation {
    /// Nothing: the saturation is the nonlinearity.
    None,
    /// `max(x, 0)`.
    Relu,
}

/// One step of a model. Each kind brings its parameters in declared order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Layer {
    /// `activation(clip(W x // (16 isqrt(n))) [+ bias])`: a matrix `outputs` x inputs, then the bias if any.
    Dense {
        /// Outputs m.
        outputs: u32,
        /// Whether a bias vector of m follows the matrix.
        bias: bool,
        /// What is applied last.
        activation: Activation,
    },
}

impl Layer {
    /// Values the layer passes on.
    pub const fn outputs(&self) -> u32 {
        match *self {
            Self::Dense { outputs, .. } => outputs,
        }
    }
}

/// A model as data: what a host sends and a board checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Inputs of the first layer.
    pub inputs: u32,
    /// The layers in order.
    pub layers: Vec<Layer, MAX_LAYERS>,
}

impl Description {
    /// A multilayer perceptron `sizes[0]-sizes[1]-...`: ReLU on all layers but the last.
    ///
    /// # Errors
    /// [`Error::Shape`] with fewer than two sizes, more than [`MAX_LAYERS`] layers, or a size out of range.
    pub fn mlp(sizes: &[u32], bias: bool) -> Result<Self, Error> {
        let (&inputs, outputs) = sizes.split_first().ok_or(Error::Shape { layer: 0 })?;
        let mut layers = Vec::new();
        for (i, &outputs_of) in outputs.iter().enumerate() {
            let activation = if i + 1 == outputs.len() { Activation::None } else { Activation::Relu };
            layers
                .push(Layer::Dense { outputs: outputs_of, bias, activation })
                .map_err(|_| Error::Shape { layer: MAX_LAYERS as u32 })?;
        }
        let model = Self { inputs, layers };
        model.check()?;
        Ok(model)
    }

    /// Outputs of the last layer, 0 for a model without layers.
    pub fn outputs(&self) -> u32 {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// Checks every size against its limit.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the layer.
    pub fn check(&self) -> Result<(), Error> {
        if self.layers.is_empty() || self.inputs == 0 || self.inputs > MAX_WIDTH {
            return Err(Error::Shape { layer: 0 });
        }
        for (layer, outputs) in self.layers.iter().map(Layer::outputs).enumerate() {
            let limit = if layer + 1 == self.layers.len() { MAX_OUTPUTS } else { MAX_WIDTH };
            if outputs == 0 || outputs > limit {
                return Err(Error::Shape { layer: layer as u32 });
            }
        }
        Ok(())
    }
}
