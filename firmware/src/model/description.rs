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
    /// Row `t` of a matrix inputs x `outputs` for a token `t`: first in a recurrent model.
    Embedding {
        /// Width D of the rows.
        outputs: u32,
    },
    /// `[norm, GRU, residual, norm, 4 D wide MLP, residual]`: a vector, three parameters of each gate (two
    /// matrices D x D and a bias), a vector, a matrix 4 D x D and one D x 4 D. Its state is D values.
    Block {
        /// Width D, that of its input.
        outputs: u32,
    },
    /// `norm`: a vector.
    Norm {
        /// Its length, that of its input.
        outputs: u32,
    },
}

impl Layer {
    /// Values the layer passes on.
    pub const fn outputs(&self) -> u32 {
        match *self {
            Self::Dense { outputs, .. }
            | Self::Embedding { outputs }
            | Self::Block { outputs }
            | Self::Norm { outputs } => outputs,
        }
    }
}

/// A model as data: what a host sends and a board checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Inputs of the first layer; of a recurrent model, which takes one token a step, the size of its
    /// vocabulary.
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

    /// The EGG language model (nano-egg): an embedding of `vocabulary` tokens, `blocks` blocks of width
    /// `width`, a norm, and a head with a logit a token.
    ///
    /// # Errors
    /// [`Error::Shape`] with a size of 0 or out of range, or more than [`MAX_LAYERS`]` - 3` blocks;
    /// [`Error::NoRecurrence`] where the crate was built without the feature `recurrent`.
    pub fn egg(width: u32, blocks: u32, vocabulary: u32) -> Result<Self, Error> {
        let too_many = |_| Error::Shape { layer: MAX_LAYERS as u32 };
        let mut layers = Vec::new();
        layers.push(Layer::Embedding { outputs: width }).map_err(too_many)?;
        for _ in 0..blocks {
            layers.push(Layer::Block { outputs: width }).map_err(too_many)?;
        }
        layers.push(Layer::Norm { outputs: width }).map_err(too_many)?;
        let head = Layer::Dense { outputs: vocabulary, bias: false, activation: Activation::None };
        layers.push(head).map_err(too_many)?;
        let model = Self { inputs: vocabulary, layers };
        model.check()?;
        Ok(model)
    }

    /// Whether it takes tokens, one a step, and carries a state from step to step.
    pub fn is_recurrent(&self) -> bool {
        matches!(self.layers.first(), Some(Layer::Embedding { .. }))
    }

    /// Outputs of the last layer, 0 for a model without layers.
    pub fn outputs(&self) -> u32 {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// Checks every size against its limit.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the layer; [`Error::NoRecurrence`].
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
        self.check_kinds()
    }

    /// A perceptron has dense layers only; a recurrent model an embedding, blocks, a norm and a plain dense
    /// layer of as many outputs as there are tokens.
    fn check_kinds(&self) -> Result<(), Error> {
        let dense = |layer: &Layer| matches!(layer, Layer::Dense { .. });
        if self.layers.iter().all(dense) {
            return Ok(());
        }
        if cfg!(not(feature = "recurrent")) {
            return Err(Error::NoRecurrence);
        }
        let last = self.layers.len().saturating_sub(1);
        let width = self.layers.first().map_or(0, Layer::outputs);
        for (place, layer) in self.layers.iter().enumerate() {
            let fits = match *layer {
                Layer::Embedding { .. } => place == 0,
                Layer::Block { outputs } => place > 0 && place + 1 < last && outputs == width,
                Layer::Norm { outputs } => place > 1 && place + 1 == last && outputs == width,
                Layer::Dense { outputs, bias, activation } => {
                    let plain = !bias && activation == Activation::None;
                    place == last && plain && outputs == self.inputs
                }
            };
            if !fits {
                return Err(Error::Shape { layer: place as u32 });
            }
        }
        // Each is where it belongs, and none is missing: a block needs the norm behind it, which needs a
        // block before it.
        if self.layers.len() < 4 {
            return Err(Error::Shape { layer: self.layers.len() as u32 });
        }
        Ok(())
    }
}
