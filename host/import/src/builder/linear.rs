//! Layers with weights.

use super::base::{Builder, Value};
use super::view::{Axes, View};
use crate::constant::{Constant, repeated};
use crate::error::Reason;
use crate::graph::{Kind, Shape, Window, elements};

/// How far a window reaches over the edges of its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Padding {
    /// By these: top, bottom, left, right.
    Given([usize; 4]),
    /// As little as makes the output's size the input's, divided by the step: the larger half after the
    /// input.
    Same,
    /// The same, with the larger half before the input.
    SameLower,
}

impl Padding {
    /// The padding in places, with a window of this kernel and these steps.
    pub(crate) fn places(self, input: Shape, kernel: [usize; 2], stride: [usize; 2]) -> [usize; 4] {
        let lower = match self {
            Self::Given(places) => return places,
            Self::Same => false,
            Self::SameLower => true,
        };
        let along = |size: usize, kernel: usize, stride: usize| {
            let steps = size.div_ceil(stride.max(1)).saturating_sub(1);
            let whole = (steps * stride + kernel).saturating_sub(size);
            if lower { [whole.div_ceil(2), whole / 2] } else { [whole / 2, whole.div_ceil(2)] }
        };
        let [top, bottom] = along(input.rows, kernel[0], stride[0]);
        let [left, right] = along(input.columns, kernel[1], stride[1]);
        [top, bottom, left, right]
    }
}

/// The weights of a convolution, outputs x rows x columns x inputs; `depthwise`: one input, the output's own.
pub(crate) struct Kernel {
    pub(crate) outputs: usize,
    pub(crate) size: [usize; 2],
    pub(crate) inputs: usize,
    pub(crate) depthwise: bool,
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Builder {
    pub(crate) fn conv(
        &mut self,
        view: &View,
        axes: Axes,
        kernel: Kernel,
        stride: [usize; 2],
        padding: Padding,
    ) -> Result<Value, Reason> {
        let (node, input) = self.image(view, axes)?;
        let Kernel { outputs, size, inputs, depthwise, weights, bias } = kernel;
        let channels = if depthwise { outputs } else { inputs };
        if channels != input.channels {
            return Err(format!("a kernel for {channels} channels over {}", input.channels));
        }
        if size.iter().chain(&stride).any(|value| *value > 1 << 16) {
            return Err(format!("a window of {size:?} with steps {stride:?} is too large"));
        }
        let window = Window { input, kernel: size, stride, padding: padding.places(input, size, stride) };
        window.check()?;
        let expected = elements(&[outputs, size[0], size[1], inputs]);
        if outputs == 0 || expected != Some(weights.len()) || bias.len() != outputs {
            return Err(format!(
                "{} weights and {} biases for {outputs} outputs of {size:?} over {inputs} inputs",
                weights.len(),
                bias.len()
            ));
        }
        let shape = window.output(outputs);
        if elements(&[shape.rows, shape.columns, shape.channels]).is_none() {
            return Err(format!("an output of {shape} is too large"));
        }
        let kind = if depthwise {
            Kind::Depthwise { window, weights, bias }
        } else {
            Kind::Conv { window, weights, bias }
        };
        let node = self.push(kind, vec![node], shape, true)?;
        Ok(Value::Node(View::placed(node, shape, axes)?))
    }

    /// A matrix, outputs x inputs, over the view's last axis, or over all of its values.
    pub(crate) fn dense(
        &mut self,
        view: &View,
        weights: &[f32],
        bias: Vec<f32>,
        inputs: usize,
    ) -> Result<Value, Reason> {
        let outputs = bias.len();
        if inputs == 0 || outputs == 0 || elements(&[outputs, inputs]) != Some(weights.len()) {
            return Err(format!("{} weights for {outputs} outputs of {inputs} inputs", weights.len()));
        }
        let last = view.dims.len().saturating_sub(1);
        if view.len() != inputs {
            if view.dims.last() != Some(&inputs) {
                return Err(format!("a matrix for {inputs} inputs over {:?}", view.dims));
            }
            let axes = Axes::channels_last(view.dims.len())?;
            let (weights, size) = (weights.to_vec(), [1, 1]);
            let kernel = Kernel { outputs, size, inputs, depthwise: false, weights, bias };
            return self.conv(view, axes, kernel, [1, 1], Padding::Given([0; 4]));
        }
        let node = self.flat(view)?;
        let mut turned = vec![0.0; weights.len()];
        for (row, to) in weights.chunks_exact(inputs).zip(turned.chunks_exact_mut(inputs)) {
            for (weight, &own) in row.iter().zip(view.order.iter()) {
                to[own] = *weight;
            }
        }
        let kind = Kind::Dense { weights: turned, bias };
        let node = self.push(kind, vec![node], Shape::flat(outputs), false)?;
        let mut dims = view.dims.clone();
        match dims.get_mut(last) {
            Some(size) if *size == inputs => *size = outputs,
            _ => dims = vec![1, outputs],
        }
        Ok(Value::Node(View::same(node, dims)?))
    }

    /// `gain * x + offset` with constants that are repeated over the view as in NumPy.
    pub(crate) fn affine(
        &mut self,
        view: &View,
        gain: &Constant,
        offset: &Constant,
    ) -> Result<Value, Reason> {
        let mut spread = |constant: &Constant| -> Result<Vec<f32>, Reason> {
            let values = constant.floats()?;
            let from = repeated(&trimmed(&constant.dims, view.dims.len()), &view.dims)?;
            self.spend(from.len())?;
            let mut own = vec![0.0; view.len()];
            for (&at, &from) in view.order.iter().zip(&from) {
                own[at] = values[from];
            }
            Ok(own)
        };
        let (gain, offset) = (spread(gain)?, spread(offset)?);
        let (shape, settled) = (self.nodes[view.node].shape, self.settled[view.node]);
        let node = self.push(Kind::Affine { gain, offset }, vec![view.node], shape, settled)?;
        Ok(Value::Node(view.of(node)))
    }
}

/// Sizes without leading ones beyond a rank: a constant of [1, 1, 4] may stand beside a vector of [1, 4].
fn trimmed(dims: &[usize], rank: usize) -> Vec<usize> {
    let extra = dims.len().saturating_sub(rank);
    let ones = dims.iter().take(extra).take_while(|size| **size == 1).count();
    dims[ones..].to_vec()
}
