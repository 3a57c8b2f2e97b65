use crate::Error;
use crate::kernel::{MAX_VALUES, Window};
use crate::noise::RESERVED_TENSORS;
#[cfg(feature = "convolution")]
use core::num::NonZeroU32;
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Most layers of a model.
pub const MAX_LAYERS: usize = if cfg!(feature = "convolution") { 32 } else { 16 };
/// Largest divisor that a layer of windows can name.
pub const MAX_DIVISOR: u32 = 1 << 20;
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

/// What a pool makes of a channel of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Pool {
    /// The largest value.
    Max,
    /// `sum // count`, a floor; the count is that of the window.
    Average,
}

/// One step of a model. Each kind brings its parameters in declared order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "convolution"), serde(try_from = "OfVectors", into = "OfVectors"))]
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
    #[cfg(feature = "convolution")]
    /// A convolution: at each place of the window `activation(clip(W window // divisor) [+ bias])`. The
    /// matrix is `channels` x window (rows, columns, inputs; input fastest), then the bias if any.
    ///
    /// A window over one place is a dense layer that names its divisor.
    Conv {
        /// What it reads at each place.
        window: Window,
        /// Channels m that it makes of a place.
        channels: u32,
        /// Whether a bias vector of m follows the matrix.
        bias: bool,
        /// What is applied last.
        activation: Activation,
        /// The divisor, 1..=[`MAX_DIVISOR`]; `16 isqrt(n)` of a window of n values unless it is named.
        divisor: Option<NonZeroU32>,
    },
    #[cfg(feature = "convolution")]
    /// A convolution of each channel by itself: a matrix of as many rows as there are channels, one column a
    /// position of the window, then the bias if any.
    Depthwise {
        /// What it reads at each place.
        window: Window,
        /// Whether a bias vector follows the matrix.
        bias: bool,
        /// What is applied last.
        activation: Activation,
        /// The divisor, 1..=[`MAX_DIVISOR`]; `16 isqrt(n)` of n positions unless it is named.
        divisor: Option<NonZeroU32>,
    },
    #[cfg(feature = "convolution")]
    /// A pool of each channel, without padding.
    Pool {
        /// What it reads at each place.
        window: Window,
        /// What it makes of that.
        kind: Pool,
    },
    #[cfg(feature = "convolution")]
    /// Keeps its input, which two branches read. The main branch follows, then either [`Layer::Join`] or
    /// [`Layer::Shortcut`] and the layer of the other branch. The layer that ends a branch has no ReLU.
    Fork {
        /// Values, those of its input.
        outputs: u32,
    },
    #[cfg(feature = "convolution")]
    /// Ends the main branch; the layer that follows reads what [`Layer::Fork`] has kept.
    Shortcut {
        /// Values of what was kept.
        outputs: u32,
    },
    #[cfg(feature = "convolution")]
    /// `activation(clip(a + b))` of the two branches, or of the main branch and what was kept.
    Join {
        /// Values, those of both branches.
        outputs: u32,
        /// What is applied last.
        activation: Activation,
    },
    /// Stands for a frozen front, whose layers are computed elsewhere: the model's input is what they make.
    /// It comes first. Their tensors keep their ids, which address noise, but are not among the parameters.
    Front {
        /// Values that the front makes, those of the model's input.
        outputs: u32,
        /// Tensors of the front.
        tensors: u16,
    },
    /// A [`Layer::Block`] with a ReLU between the two layers of its MLP.
    ReluBlock {
        /// Width D, that of its input.
        outputs: u32,
    },
}

/// The layers that a board without convolutions reads, each under its tag: to read the others costs it 4 KB.
#[cfg(not(feature = "convolution"))]
#[derive(Serialize, Deserialize)]
enum OfVectors {
    Dense { outputs: u32, bias: bool, activation: Activation },
    Embedding { outputs: u32 },
    Block { outputs: u32 },
    Norm { outputs: u32 },
    Conv,
    Depthwise,
    Pool,
    Fork,
    Shortcut,
    Join,
    Front { outputs: u32, tensors: u16 },
    ReluBlock { outputs: u32 },
}

#[cfg(not(feature = "convolution"))]
impl TryFrom<OfVectors> for Layer {
    type Error = Error;

    fn try_from(layer: OfVectors) -> Result<Self, Error> {
        Ok(match layer {
            OfVectors::Dense { outputs, bias, activation } => Self::Dense { outputs, bias, activation },
            OfVectors::Embedding { outputs } => Self::Embedding { outputs },
            OfVectors::Block { outputs } => Self::Block { outputs },
            OfVectors::Norm { outputs } => Self::Norm { outputs },
            OfVectors::Front { outputs, tensors } => Self::Front { outputs, tensors },
            OfVectors::ReluBlock { outputs } => Self::ReluBlock { outputs },
            _ => return Err(Error::NoConvolution),
        })
    }
}

#[cfg(not(feature = "convolution"))]
impl From<Layer> for OfVectors {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Dense { outputs, bias, activation } => Self::Dense { outputs, bias, activation },
            Layer::Embedding { outputs } => Self::Embedding { outputs },
            Layer::Block { outputs } => Self::Block { outputs },
            Layer::Norm { outputs } => Self::Norm { outputs },
            Layer::Front { outputs, tensors } => Self::Front { outputs, tensors },
            Layer::ReluBlock { outputs } => Self::ReluBlock { outputs },
        }
    }
}

impl Layer {
    /// Values the layer passes on.
    pub const fn outputs(&self) -> u32 {
        match *self {
            Self::Dense { outputs, .. }
            | Self::Embedding { outputs }
            | Self::Block { outputs }
            | Self::ReluBlock { outputs }
            | Self::Norm { outputs }
            | Self::Front { outputs, .. } => outputs,
            #[cfg(feature = "convolution")]
            Self::Fork { outputs } | Self::Shortcut { outputs } | Self::Join { outputs, .. } => outputs,
            #[cfg(feature = "convolution")]
            Self::Conv { window, channels, .. } => made(window, channels),
            #[cfg(feature = "convolution")]
            Self::Depthwise { window, .. } | Self::Pool { window, .. } => {
                made(window, window.channels as u32)
            }
        }
    }

    /// The window that it moves over its input, if it does.
    pub const fn window(&self) -> Option<Window> {
        match *self {
            #[cfg(feature = "convolution")]
            Self::Conv { window, .. } | Self::Depthwise { window, .. } | Self::Pool { window, .. } => {
                Some(window)
            }
            _ => None,
        }
    }

    /// What is applied last.
    pub const fn activation(&self) -> Activation {
        match *self {
            Self::Dense { activation, .. } => activation,
            #[cfg(feature = "convolution")]
            Self::Conv { activation, .. }
            | Self::Depthwise { activation, .. }
            | Self::Join { activation, .. } => activation,
            _ => Activation::None,
        }
    }

    /// Whether it is a block of the EGG language model, whose MLP has a ReLU or none.
    pub const fn is_block(&self) -> bool {
        matches!(self, Self::Block { .. } | Self::ReluBlock { .. })
    }

    /// Whether it takes a vector as it is, without rows and columns, or branches.
    pub const fn is_of_vectors(&self) -> bool {
        matches!(
            self,
            Self::Dense { .. }
                | Self::Embedding { .. }
                | Self::Block { .. }
                | Self::ReluBlock { .. }
                | Self::Norm { .. }
                | Self::Front { .. }
        )
    }

    /// Whether a bias is added to the products of its matrix.
    pub const fn has_bias(&self) -> bool {
        match *self {
            Self::Dense { bias, .. } => bias,
            #[cfg(feature = "convolution")]
            Self::Conv { bias, .. } | Self::Depthwise { bias, .. } => bias,
            _ => false,
        }
    }

    /// Whether it multiplies its input by a matrix, and makes nodes of the products.
    pub const fn is_linear(&self) -> bool {
        match self {
            Self::Dense { .. } => true,
            #[cfg(feature = "convolution")]
            Self::Conv { .. } | Self::Depthwise { .. } => true,
            _ => false,
        }
    }
}

#[cfg(feature = "convolution")]
/// Values that a layer makes at all places of its window; more than any model may have where a `u32` has no
/// room for them.
const fn made(window: Window, channels: u32) -> u32 {
    let values = window.count().saturating_mul(channels as u64);
    if values > MAX_VALUES as u64 { u32::MAX } else { values as u32 }
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
        Self::egg_of(Layer::Block { outputs: width }, blocks, vocabulary)
    }

    /// The same with a ReLU between the two layers of every block's MLP, which the reference has not.
    ///
    /// # Errors
    /// Those of [`Self::egg`].
    pub fn egg_relu(width: u32, blocks: u32, vocabulary: u32) -> Result<Self, Error> {
        Self::egg_of(Layer::ReluBlock { outputs: width }, blocks, vocabulary)
    }

    fn egg_of(block: Layer, blocks: u32, vocabulary: u32) -> Result<Self, Error> {
        let width = block.outputs();
        let too_many = |_| Error::Shape { layer: MAX_LAYERS as u32 };
        let mut layers = Vec::new();
        layers.push(Layer::Embedding { outputs: width }).map_err(too_many)?;
        for _ in 0..blocks {
            layers.push(block).map_err(too_many)?;
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

    /// Checks every size against its limit, and whether layers fit each other.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the layer; [`Error::NoRecurrence`], [`Error::NoConvolution`].
    pub fn check(&self) -> Result<(), Error> {
        // A board without convolutions reads no layer of them, and links nothing that is theirs.
        let windowed = cfg!(feature = "convolution") && !self.layers.iter().all(Layer::is_of_vectors);
        let width = if windowed { MAX_VALUES } else { MAX_WIDTH };
        if self.layers.is_empty() || self.inputs == 0 || self.inputs > width {
            return Err(Error::Shape { layer: 0 });
        }
        for (layer, outputs) in self.layers.iter().map(Layer::outputs).enumerate() {
            let limit = if layer + 1 == self.layers.len() { MAX_OUTPUTS } else { width };
            if outputs == 0 || outputs > limit {
                return Err(Error::Shape { layer: layer as u32 });
            }
        }
        #[cfg(feature = "convolution")]
        if windowed {
            return self.check_branches();
        }
        self.check_kinds()
    }

    /// Whether the layers of a convolutional model fit each other.
    #[cfg(feature = "convolution")]
    fn check_branches(&self) -> Result<(), Error> {
        let mut inputs = self.inputs;
        // What is kept for the second branch, and what the main branch has made once that has begun.
        let (mut kept, mut main) = (None, None);
        let mut before: Option<Layer> = None;
        let ends_branch = |layer: Option<Layer>| {
            layer.is_some_and(|layer| layer.is_linear() && layer.activation() == Activation::None)
        };
        for (place, &layer) in self.layers.iter().enumerate() {
            let fits = match layer {
                Layer::Dense { .. } => inputs <= MAX_WIDTH,
                Layer::Conv { window, channels, divisor, .. } => {
                    takes(window, inputs) && channels <= MAX_WIDTH && names(divisor)
                }
                Layer::Depthwise { window, divisor, .. } => takes(window, inputs) && names(divisor),
                Layer::Pool { window, .. } => takes(window, inputs) && window.padding == [0; 4],
                // The model's own input is nobody's to keep.
                Layer::Fork { outputs } => {
                    let has_input = matches!(before, None | Some(Layer::Front { .. }));
                    kept.is_none() && !has_input && outputs == inputs
                }
                Layer::Shortcut { outputs } => main.is_none() && ends_branch(before) && kept == Some(outputs),
                Layer::Join { outputs, .. } => match main {
                    Some(main) => main == outputs && inputs == outputs && ends_branch(before),
                    None => kept == Some(outputs) && inputs == outputs && ends_branch(before),
                },
                Layer::Front { outputs, tensors } => is_front(place, self.inputs, outputs, tensors),
                Layer::Embedding { .. }
                | Layer::Block { .. }
                | Layer::ReluBlock { .. }
                | Layer::Norm { .. } => false,
            };
            // Of the second branch there is one layer.
            let fits = fits && (!matches!(before, Some(Layer::Shortcut { .. })) || layer.is_linear());
            let is_second = matches!(
                place.checked_sub(2).and_then(|at| self.layers.get(at)),
                Some(Layer::Shortcut { .. })
            );
            let fits = fits && (!is_second || matches!(layer, Layer::Join { .. }));
            if !fits {
                return Err(Error::Shape { layer: place as u32 });
            }
            match layer {
                Layer::Fork { outputs } => kept = Some(outputs),
                Layer::Shortcut { .. } => main = Some(inputs),
                Layer::Join { .. } => (kept, main) = (None, None),
                _ => {}
            }
            inputs = layer.outputs();
            before = Some(layer);
        }
        match kept {
            None => Ok(()),
            Some(_) => Err(Error::Shape { layer: self.layers.len() as u32 }),
        }
    }

    /// A perceptron has dense layers only, behind a front if it has one; a recurrent model an embedding,
    /// blocks, a norm and a plain dense layer of as many outputs as there are tokens.
    fn check_kinds(&self) -> Result<(), Error> {
        let rest = match self.layers.first() {
            Some(&Layer::Front { outputs, tensors }) => {
                if !is_front(0, self.inputs, outputs, tensors) || self.layers.len() < 2 {
                    return Err(Error::Shape { layer: 0 });
                }
                self.layers.get(1..).unwrap_or_default()
            }
            _ => &self.layers,
        };
        if rest.iter().all(|layer| matches!(layer, Layer::Dense { .. })) {
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
                Layer::Block { outputs } | Layer::ReluBlock { outputs } => {
                    place > 0 && place + 1 < last && outputs == width
                }
                Layer::Norm { outputs } => place > 1 && place + 1 == last && outputs == width,
                Layer::Dense { outputs, bias, activation } => {
                    let plain = !bias && activation == Activation::None;
                    place == last && plain && outputs == self.inputs
                }
                #[cfg(feature = "convolution")]
                _ => false,
                #[cfg(not(feature = "convolution"))]
                Layer::Front { .. } => false,
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

#[cfg(feature = "convolution")]
/// Whether a window moves over so many values.
const fn takes(window: Window, inputs: u32) -> bool {
    window.is_valid() && window.inputs() == inputs as u64
}

/// Whether a front is where it belongs.
const fn is_front(place: usize, inputs: u32, outputs: u32, tensors: u16) -> bool {
    place == 0 && outputs == inputs && (tensors as u32) < RESERVED_TENSORS
}

#[cfg(feature = "convolution")]
/// Whether a divisor is in range.
const fn names(divisor: Option<NonZeroU32>) -> bool {
    match divisor {
        Some(divisor) => divisor.get() <= MAX_DIVISOR,
        None => true,
    }
}
