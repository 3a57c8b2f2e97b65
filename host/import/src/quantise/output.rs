//! What the quantiser returns.

use crate::graph::{Pooling, Shape, Window};

/// What follows a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing but the clip to +-127.
    None,
    /// `max(x, 0)`.
    Relu,
}

/// One layer of the integer model. A linear one computes `y = clip(floor(sum W x / divisor))`,
/// `y = clip(y + bias)`, and its activation; all values are in [-127, 127].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Layer {
    /// A matrix over all values of its input.
    Dense { inputs: usize, outputs: usize, bias: bool, activation: Activation, divisor: u32 },
    /// A convolution over all channels; kernels lie as outputs, rows, columns, inputs.
    Conv { window: Window, outputs: usize, bias: bool, activation: Activation, divisor: u32 },
    /// A convolution of each channel for itself; kernels lie as channels, rows, columns.
    Depthwise { window: Window, bias: bool, activation: Activation, divisor: u32 },
    /// A pool; the mean is `floor(sum / count)`.
    Pool { window: Window, pooling: Pooling },
    /// The value here is also where the shortcut of the next [`Layer::Join`] starts.
    Fork,
    /// The layer that follows reads the value at the fork.
    Shortcut,
    /// `activation(clip(a + b))` of the main branch and the shortcut, or the value at the fork.
    Join { activation: Activation },
}

/// How inputs become integers: `clip(round((x - centre) * scale))`, `x` in the order of the model's input and
/// before the graph's gain and offset.
#[derive(Clone, Debug, PartialEq)]
pub struct InputScale {
    /// One a value.
    pub centre: Vec<f32>,
    /// Units per 1.0, one a value; 0 where a value is constant.
    pub scale: Vec<f32>,
}

impl InputScale {
    /// The centre and scale of all values, where they are the same.
    pub fn single(&self) -> Option<(f32, f32)> {
        let (&centre, &scale) = (self.centre.first()?, self.scale.first()?);
        let same = self.centre.iter().all(|c| *c == centre) && self.scale.iter().all(|s| *s == scale);
        same.then_some((centre, scale))
    }

    /// A row in integers.
    pub fn apply(&self, row: &[f32]) -> Vec<i8> {
        let rule = self.centre.iter().zip(&self.scale);
        row.iter()
            .zip(rule)
            // A float beyond the bounds of an integer becomes its bound.
            .map(|(x, (centre, scale))| ((x - centre) * scale).round().clamp(-127.0, 127.0) as i8)
            .collect()
    }
}

/// What the outputs mean: output `i` stands for `y / scale + offset[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputScale {
    /// Units per 1.0. For scores of classes 16 / ln 2, units of 1/16 bit, or less where +-127 does not allow
    /// it.
    pub scale: f32,
    /// One an output; zeros for scores of classes, of which differences count.
    pub offset: Vec<f32>,
    /// For scores of classes: how large a score is beside what 1/16 bit would make of it; 1 where all fit.
    pub share_of_bits: Option<f32>,
}

/// How a layer does on the calibration's data.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerReport {
    /// The node's name in the file.
    pub name: String,
    /// What the layer is.
    pub layer: Layer,
    /// The shape of its output.
    pub shape: Shape,
    /// Units per 1.0 of its output; for channels that were equalised a mean.
    pub scale: f32,
    /// The largest absolute value, as a share of 127.
    pub range_used: f32,
    /// The absolute values that 50, 99 and 99.9 % of all values do not exceed, as shares of 127.
    pub percentiles: [f32; 3],
    /// The share of values at -127 or 127.
    pub saturated: f32,
    /// The root of the mean squared error against the float model, as a share of the float values' own.
    pub error: f32,
}

/// How the integer model does beside the float model on the calibration's data.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// One a layer, in order.
    pub layers: Vec<LayerReport>,
    /// The shares of labels that the float model and the integer model meet.
    pub accuracy: Option<[f32; 2]>,
    /// The share of rows for which both models choose the same class.
    pub agreement: Option<f32>,
    /// How far channels were scaled to use the range alike: 0 not at all, 1 as far as possible.
    pub equalised: f32,
}

/// An integer model.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// The shape of its input.
    pub shape: Shape,
    /// How inputs become integers.
    pub input: InputScale,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// The weights of all layers in order, each layer's kernel and then its bias.
    pub weights: Vec<i8>,
    /// What comes out.
    pub output: OutputScale,
    /// How it does.
    pub report: Report,
}
