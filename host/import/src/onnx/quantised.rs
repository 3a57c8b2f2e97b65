//! Quantised operators, read as the float functions that they stand for.

use std::rc::Rc;

use super::message::{Node, element};
use super::reader::Reader;
use crate::builder::{Value, View};
use crate::constant::{Constant, axis};
use crate::error::Reason;
use crate::graph::{Kind, Pooling};

impl Reader {
    /// The least and greatest value of the type of an input, signed bytes' where that is not known.
    fn limits_of(&self, node: &Node, index: usize) -> (f64, f64) {
        let kind = node.input.get(index).and_then(|name| self.types.get(name)).copied();
        match kind {
            None | Some(element::UINT8) => (0.0, 255.0),
            Some(element::INT16) => (-32768.0, 32767.0),
            Some(element::UINT16) => (0.0, 65535.0),
            Some(_) => (-128.0, 127.0),
        }
    }

    pub(super) fn quantise(&mut self, node: &Node) -> Result<Value, Reason> {
        match self.given(node, 0)? {
            Some(Value::Node(view)) => self.limited(node, &view, 1),
            Some(Value::Constant(constant)) => {
                let (scale, zero) = self.scale(node, 1, &constant, node.int("axis", 1))?;
                let (low, high) = self.limits_of(node, 2);
                let quantised = constant.zip(&scale, |value, scale| (value / scale).round_ties_even())?;
                let quantised = quantised.zip(&zero, |value, zero| (value + zero).clamp(low, high))?;
                if let (Some(output), Some(zero)) = (node.output.first(), node.input.get(2))
                    && let Some(kind) = self.types.get(zero).copied()
                {
                    self.types.insert(output.clone(), kind);
                }
                Ok(Value::Constant(Rc::new(quantised)))
            }
            _ => Err("it has no input".to_owned()),
        }
    }

    pub(super) fn dequantise(&mut self, node: &Node) -> Result<Value, Reason> {
        match self.given(node, 0)? {
            Some(Value::Constant(constant)) => {
                let float = self.floats_of(node, &constant, 1, node.int("axis", 1))?;
                Ok(Value::Constant(Rc::new(float)))
            }
            Some(value) => Ok(value),
            None => Err("it has no input".to_owned()),
        }
    }

    /// A scale at `index` and a zero point after it, with the sizes that make them fit the constant.
    fn scale(
        &mut self,
        node: &Node,
        index: usize,
        constant: &Constant,
        along: i64,
    ) -> Result<(Constant, Constant), Reason> {
        if node.int("block_size", 0) != 0 {
            return Err("scales of blocks; one scale a tensor or a channel is supported".to_owned());
        }
        let scale = self.constant(node, index)?;
        let zero = match self.optional(node, index + 1)? {
            Some(zero) => (*zero).clone(),
            None => Constant { dims: Vec::new(), values: vec![0.0] },
        };
        let fit = |part: &Constant| match part.values.len() {
            1 => part.reshaped(Vec::new()),
            count => {
                let mut dims = vec![1; constant.dims.len()];
                dims[axis(along, constant.dims.len())?] = count;
                part.reshaped(dims)
            }
        };
        Ok((fit(&scale)?, fit(&zero)?))
    }

    /// The floats of a quantised constant whose scale is input `index`.
    fn floats_of(
        &mut self,
        node: &Node,
        constant: &Constant,
        index: usize,
        along: i64,
    ) -> Result<Constant, Reason> {
        let (scale, zero) = self.scale(node, index, constant, along)?;
        constant.zip(&zero, |value, zero| value - zero)?.zip(&scale, |value, scale| value * scale)
    }

    /// The activation after quantisation with the scale at `index` and the zero point after it. A zero point
    /// at the least value cuts off what is negative: quantisers drop a ReLU for it.
    fn limited(&mut self, node: &Node, view: &View, index: usize) -> Result<Value, Reason> {
        let zero = match self.optional(node, index + 1)? {
            Some(zero) => zero.scalar()?,
            None => 0.0,
        };
        let (low, high) = self.limits_of(node, index + 1);
        // The input's own range is chosen anew from the data.
        if zero != low || matches!(self.builder.nodes[view.node].kind, Kind::Input) {
            return Ok(Value::Node(view.clone()));
        }
        let scale = self.constant(node, index)?.scalar()?;
        self.builder.clamp(view, 0.0, ((high - low) * scale) as f32)
    }

    fn limited_value(&mut self, node: &Node, value: Value, index: usize) -> Result<Value, Reason> {
        match value {
            Value::Node(view) => self.limited(node, &view, index),
            value => Ok(value),
        }
    }

    /// A bias of 32 bits, in units of the input's scale times each weight's.
    fn wide_bias(
        &mut self,
        node: &Node,
        index: usize,
        scales: [usize; 2],
    ) -> Result<Option<Constant>, Reason> {
        let Some(bias) = self.optional(node, index)? else { return Ok(None) };
        let unit = self.constant(node, scales[0])?.scalar()?;
        let scale = self.constant(node, scales[1])?;
        let scale = if scale.values.len() == 1 { scale.reshaped(Vec::new())? } else { (*scale).clone() };
        bias.zip(&scale, |bias, scale| bias * unit * scale).map(Some)
    }

    pub(super) fn quantised_conv(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 3)?;
        let weights = self.floats_of(node, &weights, 4, 0)?;
        let bias = self.wide_bias(node, 8, [1, 4])?;
        let value = self.convolve(node, &view, &weights, bias.as_ref())?;
        self.limited_value(node, value, 6)
    }

    pub(super) fn quantised_matmul(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 3)?;
        let weights = self.floats_of(node, &weights, 4, -1)?;
        let value = self.product(node, &view, &weights, None)?;
        self.limited_value(node, value, 6)
    }

    pub(super) fn quantised_gemm(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let along = if node.int("transB", 0) != 0 { 0 } else { 1 };
        let weights = self.constant(node, 3)?;
        let weights = self.floats_of(node, &weights, 4, along)?;
        let bias = self.wide_bias(node, 6, [1, 4])?;
        let value = self.product(node, &view, &weights, bias.as_ref())?;
        // Without an output scale the outputs are floats.
        match node.input.get(7) {
            Some(name) if !name.is_empty() => self.limited_value(node, value, 7),
            _ => Ok(value),
        }
    }

    pub(super) fn quantised_add(&mut self, node: &Node) -> Result<Value, Reason> {
        let value = match (self.given(node, 0)?, self.given(node, 3)?) {
            (Some(Value::Node(a)), Some(Value::Node(b))) => self.builder.add(&a, &b)?,
            (Some(Value::Node(view)), Some(Value::Constant(constant))) => {
                let offset = self.floats_of(node, &constant, 4, 0)?;
                let one = Constant { dims: Vec::new(), values: vec![1.0] };
                self.builder.affine(&view, &one, &offset)?
            }
            _ => return Err("a sum of other things than activations".to_owned()),
        };
        self.limited_value(node, value, 6)
    }

    pub(super) fn quantised_pool(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        if node.int("channels_last", 0) != 0 {
            return Err("channels_last is set; channels before places are supported".to_owned());
        }
        self.pooled(node, &view, Pooling::Average)
    }

    pub(super) fn quantised_global(&mut self, node: &Node) -> Result<Value, Reason> {
        if node.int("channels_last", 0) != 0 {
            return Err("channels_last is set; channels before places are supported".to_owned());
        }
        self.global(node, Pooling::Average)
    }
}
