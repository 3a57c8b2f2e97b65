//! Layers with weights, pools, and arithmetic.

use std::rc::Rc;

use super::reader::{Operation, Reader};
use crate::builder::{Axes, Kernel, Padding, Value, View};
use crate::constant::{Constant, axis};
use crate::error::Reason;
use crate::graph::{Pooling, elements};

impl Reader<'_> {
    /// The activation that is part of an operation, as the schema's `ActivationFunctionType` numbers it.
    fn activated(&mut self, value: Value, activation: i8) -> Result<Value, Reason> {
        let (low, high) = match activation {
            0 => return Ok(value),
            1 => (0.0, f32::INFINITY),
            2 => (-1.0, 1.0),
            3 => (0.0, 6.0),
            other => {
                return Err(format!("activation {other}; ReLU, ReLU6 and limits of -1 and 1 are supported"));
            }
        };
        match value {
            Value::Node(view) => self.builder.clamp(&view, low, high),
            value => Ok(value),
        }
    }

    /// The steps over rows and columns, from the fields of the one over columns and of the one over rows.
    fn steps(node: &Operation<'_>, columns: usize, rows: usize, what: &str) -> Result<[usize; 2], Reason> {
        let size = |size: i32| usize::try_from(size).map_err(|_| format!("{what} of {size}"));
        Ok([size(node.int(rows, 0)?)?, size(node.int(columns, 0)?)?])
    }

    fn padding(node: &Operation<'_>) -> Result<Padding, Reason> {
        match node.byte(0)? {
            0 => Ok(Padding::Same),
            1 => Ok(Padding::Given([0; 4])),
            other => Err(format!("padding {other}; SAME and VALID are supported")),
        }
    }

    fn undilated(node: &Operation<'_>, columns: usize, rows: usize) -> Result<(), Reason> {
        let dilation = [node.int(rows, 1)?, node.int(columns, 1)?];
        if dilation != [1, 1] {
            return Err(format!("dilations of {dilation:?}; kernels without dilation are supported"));
        }
        Ok(())
    }

    fn biases(&mut self, node: &Operation<'_>, outputs: usize) -> Result<Vec<f32>, Reason> {
        match self.optional(node, 2)? {
            Some(bias) if bias.values.len() == outputs => bias.floats(),
            Some(bias) => Err(format!("{} biases for {outputs} outputs", bias.values.len())),
            None => {
                elements(&[outputs]).map(|outputs| vec![0.0; outputs]).ok_or("too many outputs".to_owned())
            }
        }
    }

    pub(super) fn conv(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let [outputs, rows, columns, inputs] = weights.dims[..] else {
            return Err(format!("a kernel of {:?}; one of four axes is supported", weights.dims));
        };
        Self::undilated(node, 4, 5)?;
        let stride = Self::steps(node, 1, 2, "steps")?;
        let bias = self.biases(node, outputs)?;
        let weights = weights.floats()?;
        let kernel = Kernel { outputs, size: [rows, columns], inputs, depthwise: false, weights, bias };
        let value = self.builder.conv(&view, image(&view)?, kernel, stride, Self::padding(node)?)?;
        self.activated(value, node.byte(3)?)
    }

    pub(super) fn depthwise(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let [1, rows, columns, outputs] = weights.dims[..] else {
            return Err(format!(
                "a kernel of {:?}; one of four axes, the first 1, is supported",
                weights.dims
            ));
        };
        Self::undilated(node, 5, 6)?;
        let axes = image(&view)?;
        let channels = view.dims[axes.channels];
        // Several outputs of a single channel are a convolution.
        let depthwise = channels != 1;
        if depthwise && outputs != channels {
            return Err(format!("{outputs} outputs of {channels} channels; one a channel is supported"));
        }
        let stride = Self::steps(node, 1, 2, "steps")?;
        let bias = self.biases(node, outputs)?;
        let weights = weights.transposed(&[0, 3, 1, 2])?.floats()?;
        let kernel = Kernel { outputs, size: [rows, columns], inputs: 1, depthwise, weights, bias };
        let value = self.builder.conv(&view, axes, kernel, stride, Self::padding(node)?)?;
        self.activated(value, node.byte(4)?)
    }

    pub(super) fn dense(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let mut view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let [outputs, inputs] = weights.dims[..] else {
            return Err(format!("weights of {:?}; a matrix is supported", weights.dims));
        };
        if node.byte(1)? != 0 {
            return Err("shuffled weights; the plain format is supported".to_owned());
        }
        let bias = self.biases(node, outputs)?;
        // Without keep_num_dims all axes but the last are places.
        if node.byte(2)? == 0 && view.len() == inputs {
            view = view.reshaped(vec![1, inputs])?;
        }
        let value = self.builder.dense(&view, &weights.floats()?, bias, inputs)?;
        self.activated(value, node.byte(0)?)
    }

    pub(super) fn pool(&mut self, node: &Operation<'_>, pooling: Pooling) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let stride = Self::steps(node, 1, 2, "steps")?;
        let kernel = Self::steps(node, 3, 4, "a window")?;
        let padding = Self::padding(node)?;
        let value = self.builder.pool(&view, image(&view)?, pooling, (kernel, stride), padding, false)?;
        self.activated(value, node.byte(5)?)
    }

    pub(super) fn mean(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let axes = self.constant(node, 1)?.integers();
        let over = axes.into_iter().map(|at| axis(at, view.dims.len())).collect::<Result<Vec<_>, _>>();
        let mut over = over?;
        over.sort_unstable();
        self.builder.global(&view, &over, Pooling::Average, node.byte(0)? != 0)
    }

    pub(super) fn pad(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        if let Some(value) = self.optional(node, 2)?
            && value.scalar()? != 0.0
        {
            return Err("it pads by other values than zeros; zeros are supported".to_owned());
        }
        let pads = self.constant(node, 1)?.integers();
        let size = |pad: &i64| usize::try_from(*pad).map_err(|_| format!("a padding of {pad}"));
        let pairs = pads.as_chunks::<2>().0.iter().map(|[before, after]| Ok((size(before)?, size(after)?)));
        self.builder.pad(&view, &pairs.collect::<Result<Vec<_>, Reason>>()?)
    }

    /// Arithmetic of an activation and a constant, or the sum of two activations.
    pub(super) fn arithmetic(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let operator = node.operator.as_str();
        let one = |value: f64| Constant { dims: Vec::new(), values: vec![value] };
        let missing = || "an input is missing".to_owned();
        let (a, b) = (self.given(node, 0)?.ok_or_else(missing)?, self.given(node, 1)?.ok_or_else(missing)?);
        let (view, gain, offset) = match (a, b, operator) {
            (Value::Node(a), Value::Node(b), "ADD") => {
                let value = self.builder.add(&a, &b)?;
                return self.activated(value, node.byte(0)?);
            }
            (Value::Node(view), Value::Constant(b), "ADD")
            | (Value::Constant(b), Value::Node(view), "ADD") => (view, Rc::new(one(1.0)), b),
            (Value::Node(view), Value::Constant(b), "SUB") => {
                let turned = b.zip(&one(-1.0), |b, sign| b * sign)?;
                (view, Rc::new(one(1.0)), Rc::new(turned))
            }
            (Value::Constant(a), Value::Node(view), "SUB") => (view, Rc::new(one(-1.0)), a),
            (Value::Node(view), Value::Constant(b), "MUL")
            | (Value::Constant(b), Value::Node(view), "MUL") => (view, b, Rc::new(one(0.0))),
            (Value::Node(view), Value::Constant(b), "DIV") => {
                (view, Rc::new(b.zip(&one(1.0), |b, one| one / b)?), Rc::new(one(0.0)))
            }
            _ => {
                return Err(format!(
                    "{operator} of these inputs; with a constant, or a sum, it is supported"
                ));
            }
        };
        let value = self.builder.affine(&view, &gain, &offset)?;
        self.activated(value, node.byte(0)?)
    }
}

fn image(view: &View) -> Result<Axes, Reason> {
    Axes::channels_last(view.dims.len())
}
