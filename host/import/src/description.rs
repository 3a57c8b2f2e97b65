//! Weights in safetensors files, with a TOML file that lists the layers.
//!
//! ```toml
//! weights = "model.safetensors"
//! layout = "pytorch"             # or "keras": how kernels, matrices and flattened activations lie
//! input = [28, 28, 1]            # rows, columns, channels; or one size for vectors
//! head = "softmax"               # or "sigmoid", or "none", the default
//!
//! [[layer]]
//! kind = "conv"
//! weight = "conv1.weight"
//! bias = "conv1.bias"            # may be absent
//! stride = [2, 2]                # 1 where absent
//! padding = "same"               # or "valid", the default, or [top, bottom, left, right]
//! norm = ["bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"]
//! epsilon = 1e-5
//! activation = "relu"            # or "relu6", or "none", the default
//!
//! [[layer]]
//! kind = "maxpool"
//! size = [2, 2]
//! ```

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::builder::{Axes, Builder, Kernel, Padding, Value, View};
use crate::constant::Constant;
use crate::error::{Error, Fault, Reason, file, tensor};
use crate::graph::{Graph, Pooling};
use crate::half::{bfloat, half};

/// The file of layers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// The safetensors file, beside this one.
    pub(crate) weights: String,
    layout: Layout,
    input: Vec<usize>,
    #[serde(default)]
    head: Head,
    layer: Vec<Layer>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Layout {
    /// Kernels as outputs, inputs, rows, columns; matrices as outputs, inputs; channels before places.
    Pytorch,
    /// Kernels as rows, columns, inputs, outputs; matrices as inputs, outputs; channels after places.
    Keras,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Head {
    Softmax,
    Sigmoid,
    #[default]
    None,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Operator {
    Dense,
    Conv,
    Depthwise,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Activation {
    Relu,
    Relu6,
    #[default]
    None,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Space {
    Named(String),
    Places([usize; 4]),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    kind: Operator,
    weight: Option<String>,
    bias: Option<String>,
    size: Option<[usize; 2]>,
    stride: Option<[usize; 2]>,
    padding: Option<Space>,
    /// Scale, shift, mean and variance.
    norm: Option<[String; 4]>,
    epsilon: Option<f64>,
    #[serde(default)]
    activation: Activation,
}

/// The description in a text.
pub(crate) fn parse(name: &str, text: &str) -> Result<Description, Error> {
    toml::from_str(text).map_err(|error| file(name, error.to_string()))
}

/// The graph of a description and the bytes of its safetensors file.
pub(crate) fn read(name: &str, description: &Description, bytes: &[u8]) -> Result<Graph, Error> {
    let beside = &description.weights;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| file(beside, error.to_string()))?;
    let mut constants = BTreeMap::new();
    for (called, view) in tensors.iter() {
        let constant = constant(view.dtype(), view.shape(), view.data());
        constants.insert(called.to_owned(), constant.map_err(|reason| tensor(beside, called, reason))?);
    }
    let mut reader = Reader { builder: Builder::new(name), layout: description.layout, constants };
    let mut value = reader.input(&description.input).map_err(|reason| tensor(name, "input", reason))?;
    for (index, layer) in description.layer.iter().enumerate() {
        let (node, operator) = (format!("layer {}", index + 1), format!("{:?}", layer.kind).to_lowercase());
        let called = layer.weight.clone().unwrap_or_else(|| node.clone());
        reader.builder.at(&called, &operator);
        let Value::Node(view) = value else { break };
        value = reader.layer(layer, &view).map_err(|reason| Fault { node, operator, reason }.within(name))?;
    }
    if let (Value::Node(view), Head::Softmax | Head::Sigmoid) = (&value, description.head) {
        let single = matches!(description.head, Head::Sigmoid);
        value = reader.builder.scores(view, single).map_err(|reason| file(name, reason))?;
    }
    reader.builder.finish(&[value])
}

fn constant(kind: Dtype, shape: &[usize], bytes: &[u8]) -> Result<Constant, Reason> {
    fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        bytes.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect()
    }
    let values = match kind {
        Dtype::F32 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => each(bytes, f64::from_le_bytes),
        Dtype::F16 => each(bytes, |b| half(u16::from_le_bytes(b))),
        Dtype::BF16 => each(bytes, |b| bfloat(u16::from_le_bytes(b))),
        Dtype::I8 => each(bytes, |b| f64::from(i8::from_le_bytes(b))),
        Dtype::U8 => each(bytes, |b| f64::from(u8::from_le_bytes(b))),
        Dtype::I32 => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
        // PyTorch counts batches beside its norms.
        Dtype::I64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
        other => {
            return Err(format!("elements of {other:?}; floats and integers of 8 to 64 bits are supported"));
        }
    };
    Constant::new(shape.to_vec(), values)
}

struct Reader {
    builder: Builder,
    layout: Layout,
    constants: BTreeMap<String, Constant>,
}

impl Reader {
    fn input(&mut self, sizes: &[usize]) -> Result<Value, Reason> {
        let dims = match (sizes, self.layout) {
            ([size], _) => vec![1, *size],
            ([rows, columns, channels], Layout::Pytorch) => vec![1, *channels, *rows, *columns],
            ([rows, columns, channels], Layout::Keras) => vec![1, *rows, *columns, *channels],
            _ => {
                return Err(format!(
                    "sizes of {sizes:?}; rows, columns and channels, or one size, are meant"
                ));
            }
        };
        self.builder.input(dims)
    }

    fn named(&mut self, name: &str) -> Result<Constant, Reason> {
        let found = self.constants.get(name).cloned();
        let found = found.ok_or_else(|| {
            let near: Vec<&str> = self.constants.keys().take(8).map(String::as_str).collect();
            format!("the weights have no tensor `{name}`; they begin with {}", near.join(", "))
        })?;
        self.builder.spend(found.values.len())?;
        Ok(found)
    }

    fn axes(&self, view: &View) -> Result<Axes, Reason> {
        match self.layout {
            Layout::Pytorch => Axes::channels_first(view.dims.len()),
            Layout::Keras => Axes::channels_last(view.dims.len()),
        }
    }

    fn layer(&mut self, layer: &Layer, view: &View) -> Result<Value, Reason> {
        let stride = layer.stride;
        let value = match layer.kind {
            Operator::Dense => self.dense(layer, view),
            Operator::Conv | Operator::Depthwise => self.conv(layer, view),
            Operator::MaxPool | Operator::AvgPool => {
                let size = layer.size.ok_or("a pool needs its `size`, [rows, columns]")?;
                let pooling = if layer.kind == Operator::MaxPool { Pooling::Max } else { Pooling::Average };
                let (axes, padding) = (self.axes(view)?, padding(layer)?);
                self.builder.pool(view, axes, pooling, (size, stride.unwrap_or(size)), padding, false)
            }
            Operator::GlobalAvgPool => {
                let axes = self.axes(view)?;
                let over: Vec<usize> = [axes.rows, axes.columns].into_iter().flatten().collect();
                self.builder.global(view, &over, Pooling::Average, false)
            }
        }?;
        let value = self.normalised(layer, value)?;
        match (value, layer.activation) {
            (Value::Node(view), Activation::Relu) => self.builder.clamp(&view, 0.0, f32::INFINITY),
            (Value::Node(view), Activation::Relu6) => self.builder.clamp(&view, 0.0, 6.0),
            (value, _) => Ok(value),
        }
    }

    fn weights(&mut self, layer: &Layer) -> Result<Constant, Reason> {
        let name = layer.weight.as_deref().ok_or("it needs `weight`, the name of a tensor")?;
        self.named(name)
    }

    fn bias(&mut self, layer: &Layer, outputs: usize) -> Result<Vec<f32>, Reason> {
        match &layer.bias {
            None => Ok(vec![0.0; outputs]),
            Some(name) => self.named(name)?.floats(),
        }
    }

    fn dense(&mut self, layer: &Layer, view: &View) -> Result<Value, Reason> {
        let weights = self.weights(layer)?;
        if weights.dims.len() != 2 {
            return Err(format!("weights of {:?}; a matrix is supported", weights.dims));
        }
        let weights = if self.layout == Layout::Keras { weights.transposed(&[1, 0])? } else { weights };
        let (outputs, inputs) = (weights.dims[0], weights.dims[1]);
        let bias = self.bias(layer, outputs)?;
        // Activations are flattened as they lie.
        let view = if view.len() == inputs { view.reshaped(vec![1, inputs])? } else { view.clone() };
        self.builder.dense(&view, &weights.floats()?, bias, inputs)
    }

    fn conv(&mut self, layer: &Layer, view: &View) -> Result<Value, Reason> {
        let weights = self.weights(layer)?;
        let depthwise = layer.kind == Operator::Depthwise;
        // A kernel over one axis has one row.
        let mut dims = weights.dims.clone();
        if dims.len() == 3 {
            dims.insert(if self.layout == Layout::Keras { 0 } else { 2 }, 1);
        }
        let weights = weights.reshaped(dims)?;
        if weights.dims.len() != 4 {
            return Err(format!("a kernel of {:?}; one of three or four axes is supported", weights.dims));
        }
        let order = match (self.layout, depthwise) {
            (Layout::Pytorch, _) => [0, 2, 3, 1],
            (Layout::Keras, false) => [3, 0, 1, 2],
            // Rows, columns, channels, and outputs a channel.
            (Layout::Keras, true) => [2, 0, 1, 3],
        };
        let weights = weights.transposed(&order)?;
        let (outputs, inputs) = (weights.dims[0], weights.dims[3]);
        if depthwise && inputs != 1 {
            return Err(format!("{inputs} outputs a channel; one is supported"));
        }
        let size = [weights.dims[1], weights.dims[2]];
        let bias = self.bias(layer, outputs)?;
        let kernel = Kernel { outputs, size, inputs, depthwise, weights: weights.floats()?, bias };
        let axes = self.axes(view)?;
        self.builder.conv(view, axes, kernel, layer.stride.unwrap_or([1, 1]), padding(layer)?)
    }

    fn normalised(&mut self, layer: &Layer, value: Value) -> Result<Value, Reason> {
        let (Some([scale, shift, mean, variance]), Value::Node(view)) = (&layer.norm, &value) else {
            return Ok(value);
        };
        let parts = [scale, shift, mean, variance].map(|name| self.named(name));
        let [scale, shift, mean, variance] = parts;
        let epsilon = layer.epsilon.unwrap_or(if self.layout == Layout::Keras { 1e-3 } else { 1e-5 });
        let gain = scale?.zip(&variance?, |scale, variance| scale / (variance + epsilon).sqrt())?;
        let offset = shift?.zip(&mean?.zip(&gain, |mean, gain| mean * gain)?, |shift, mean| shift - mean)?;
        let places = view.dims.len().saturating_sub(self.axes(view)?.channels + 1);
        let spread = |constant: Constant| {
            let mut dims = constant.dims.clone();
            dims.extend(vec![1; places]);
            constant.reshaped(dims)
        };
        self.builder.affine(view, &spread(gain)?, &spread(offset)?)
    }
}

fn padding(layer: &Layer) -> Result<Padding, Reason> {
    match &layer.padding {
        None => Ok(Padding::Given([0; 4])),
        Some(Space::Places(places)) => Ok(Padding::Given(*places)),
        Some(Space::Named(name)) => match name.as_str() {
            "same" => Ok(Padding::Same),
            "valid" => Ok(Padding::Given([0; 4])),
            _ => {
                Err(format!("padding `{name}`; `same`, `valid` or [top, bottom, left, right] are supported"))
            }
        },
    }
}
