//! Layers with weights, and pools.

use super::message::Node;
use super::reader::Reader;
use crate::builder::{Axes, Kernel, Padding, Value, View};
use crate::constant::{Constant, axis};
use crate::error::Reason;
use crate::graph::{Pooling, elements};

impl Reader {
    pub(super) fn conv(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let bias = self.optional(node, 2)?;
        self.convolve(node, &view, &weights, bias.as_deref())
    }

    /// A convolution with kernels as outputs, inputs, rows, columns.
    pub(super) fn convolve(
        &mut self,
        node: &Node,
        view: &View,
        weights: &Constant,
        bias: Option<&Constant>,
    ) -> Result<Value, Reason> {
        let group = node.int("group", 1);
        let dims = &weights.dims;
        let rank = dims.len().saturating_sub(2);
        let (&[outputs, inputs], true) = (&dims[..2.min(dims.len())], rank == 1 || rank == 2) else {
            return Err(format!("a kernel of {dims:?}; convolutions over one or two axes are supported"));
        };
        let axes = Axes::channels_first(rank + 2)?;
        if view.dims.len() != rank + 2 {
            return Err(format!("a kernel of {dims:?} over an activation of {:?}", view.dims));
        }
        self.undilated(node)?;
        let channels = view.dims[axes.channels] as i64;
        let depthwise = group == channels && group != 1;
        if group != 1 && !(depthwise && outputs as i64 == group) {
            return Err(format!(
                "{group} groups over {channels} channels for {outputs} outputs; one group, or one a channel \
                 and output, is supported"
            ));
        }
        let size = if rank == 1 { [1, dims[2]] } else { [dims[2], dims[3]] };
        let area = size[0] * size[1];
        let values = weights.reshaped(vec![outputs, inputs, area])?.transposed(&[0, 2, 1])?.floats()?;
        let bias = biases(bias, outputs)?;
        let stride = node.pair("strides", rank, 1)?;
        let padding = padding(node, rank)?;
        let kernel = Kernel { outputs, size, inputs, depthwise, weights: values, bias };
        self.builder.conv(view, axes, kernel, stride, padding)
    }

    fn undilated(&self, node: &Node) -> Result<(), Reason> {
        match node.ints("dilations") {
            Some(steps) if steps.iter().any(|step| *step != 1) => {
                Err(format!("dilations of {steps:?}; kernels without dilation are supported"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn gemm(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let bias = self.optional(node, 2)?;
        self.product(node, &view, &weights, bias.as_deref())
    }

    /// `alpha * x * weights + beta * bias`.
    pub(super) fn product(
        &mut self,
        node: &Node,
        view: &View,
        weights: &Constant,
        bias: Option<&Constant>,
    ) -> Result<Value, Reason> {
        if node.int("transA", 0) != 0 {
            return Err("transA is set; activations are not transposed".to_owned());
        }
        let turned = node.int("transB", 0) != 0;
        let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
        let (weights, outputs, inputs) = matrix(weights, turned)?;
        let weights: Vec<f32> = weights.iter().map(|weight| weight * alpha).collect();
        let bias = biases(bias, outputs)?.iter().map(|bias| bias * beta).collect();
        self.builder.dense(view, &weights, bias, inputs)
    }

    pub(super) fn matmul(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let (weights, outputs, inputs) = matrix(&*self.constant(node, 1)?, false)?;
        self.builder.dense(&view, &weights, vec![0.0; outputs], inputs)
    }

    pub(super) fn normalisation(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        if node.int("training_mode", 0) != 0 {
            return Err("it normalises by the batch; export the model for inference".to_owned());
        }
        let mut part = |index| self.constant(node, index);
        let (scale, shift, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
        let epsilon = f64::from(node.float("epsilon", 1e-5));
        let gain = scale.zip(&variance, |scale, variance| scale / (variance + epsilon).sqrt())?;
        let offset = shift.zip(&mean.zip(&gain, |mean, gain| mean * gain)?, |shift, mean| shift - mean)?;
        // One value a channel, before the places.
        let spread = |constant: Constant| {
            let mut dims = constant.dims.clone();
            dims.extend(vec![1; view.dims.len().saturating_sub(2)]);
            constant.reshaped(dims)
        };
        self.builder.affine(&view, &spread(gain)?, &spread(offset)?)
    }

    pub(super) fn pool(&mut self, node: &Node, pooling: Pooling) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        self.pooled(node, &view, pooling)
    }

    pub(super) fn pooled(&mut self, node: &Node, view: &View, pooling: Pooling) -> Result<Value, Reason> {
        let rank = view.dims.len().saturating_sub(2);
        let axes = Axes::channels_first(view.dims.len())?;
        self.undilated(node)?;
        if node.output.len() > 1 {
            return Err("the places of the maxima are asked for; only the maxima are supported".to_owned());
        }
        let kernel = node.pair("kernel_shape", rank, 0)?;
        let stride = node.pair("strides", rank, 1)?;
        let up = node.int("ceil_mode", 0) != 0;
        self.builder.pool(view, axes, pooling, (kernel, stride), padding(node, rank)?, up)
    }

    pub(super) fn global(&mut self, node: &Node, pooling: Pooling) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let over: Vec<usize> = (2..view.dims.len()).collect();
        self.builder.global(&view, &over, pooling, true)
    }

    pub(super) fn mean(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let axes = match self.optional(node, 1)? {
            Some(axes) => axes.integers(),
            None => node.ints("axes").unwrap_or_default().to_vec(),
        };
        let rank = view.dims.len();
        let mut over = axes.iter().map(|at| axis(*at, rank)).collect::<Result<Vec<_>, _>>()?;
        over.sort_unstable();
        self.builder.global(&view, &over, Pooling::Average, node.int("keepdims", 1) != 0)
    }

    pub(super) fn pad(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        if node.text("mode").is_some_and(|mode| mode != "constant") {
            return Err("it pads by other values than zeros; zeros are supported".to_owned());
        }
        let value = match self.optional(node, 2)? {
            Some(value) => value.scalar()? as f32,
            None => node.float("value", 0.0),
        };
        if value != 0.0 {
            return Err(format!("it pads by {value}; zeros are supported"));
        }
        let pads = match self.optional(node, 1)? {
            Some(pads) => pads.integers(),
            None => node.ints("pads").unwrap_or_default().to_vec(),
        };
        if node.input.get(3).is_some_and(|axes| !axes.is_empty()) || pads.len() != 2 * view.dims.len() {
            return Err(format!(
                "{} pads; two for each of {} axes are supported",
                pads.len(),
                view.dims.len()
            ));
        }
        let size = |pad: i64| usize::try_from(pad).map_err(|_| format!("a padding of {pad}"));
        let (before, after) = pads.split_at(view.dims.len());
        let pairs = before.iter().zip(after).map(|(a, b)| Ok((size(*a)?, size(*b)?)));
        self.builder.pad(&view, &pairs.collect::<Result<Vec<_>, Reason>>()?)
    }
}

/// A matrix as outputs x inputs; `turned`: it lies so in the file.
fn matrix(weights: &Constant, turned: bool) -> Result<(Vec<f32>, usize, usize), Reason> {
    let [rows, columns] = weights.dims[..] else {
        return Err(format!("weights of {:?}; a matrix is supported", weights.dims));
    };
    if turned {
        Ok((weights.floats()?, rows, columns))
    } else {
        Ok((weights.transposed(&[1, 0])?.floats()?, columns, rows))
    }
}

/// One bias an output, zeros where there are none.
fn biases(bias: Option<&Constant>, outputs: usize) -> Result<Vec<f32>, Reason> {
    let Some(bias) = bias else {
        return elements(&[outputs]).map(|outputs| vec![0.0; outputs]).ok_or("too many outputs".to_owned());
    };
    match bias.floats()? {
        values if values.len() == outputs => Ok(values),
        values if values.len() == 1 => Ok(vec![values[0]; outputs]),
        values => Err(format!("{} biases for {outputs} outputs", values.len())),
    }
}

fn padding(node: &Node, rank: usize) -> Result<Padding, Reason> {
    match node.text("auto_pad").as_deref() {
        Some("SAME_UPPER") => return Ok(Padding::Same),
        Some("SAME_LOWER") => return Ok(Padding::SameLower),
        Some("VALID") => return Ok(Padding::Given([0; 4])),
        Some("NOTSET" | "") | None => {}
        Some(other) => return Err(format!("auto_pad `{other}`")),
    }
    let pads = node.ints("pads").unwrap_or_default();
    let size = |pad: i64| usize::try_from(pad).map_err(|_| format!("a padding of {pad}"));
    Ok(Padding::Given(match *pads {
        [] => [0; 4],
        [left, right] if rank == 1 => [0, 0, size(left)?, size(right)?],
        [top, left, bottom, right] if rank == 2 => [size(top)?, size(bottom)?, size(left)?, size(right)?],
        _ => return Err(format!("{} pads for {rank} axes", pads.len())),
    }))
}
