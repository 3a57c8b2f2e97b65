//! Which operator does what.

use std::rc::Rc;

use super::reader::{Operation, Reader, after_scores};
use crate::builder::Value;
use crate::constant::{Constant, axis, resolve};
use crate::error::Reason;
use crate::graph::Pooling;

/// What an error about an unknown operator lists.
const SUPPORTED: &str = "supported are CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD, SUB, MUL, DIV, \
     MAX_POOL_2D, AVERAGE_POOL_2D, MEAN, RELU, RELU6, RELU_N1_TO_1, PAD, RESHAPE, SQUEEZE, EXPAND_DIMS, \
     TRANSPOSE, SHAPE, STRIDED_SLICE and PACK of sizes, QUANTIZE, DEQUANTIZE; at the end SOFTMAX, LOG_SOFTMAX, \
     LOGISTIC, ARG_MAX";

/// What may follow the scores of classes.
const AFTER_SCORES: &[&str] =
    &["SOFTMAX", "LOG_SOFTMAX", "ARG_MAX", "CAST", "RESHAPE", "SQUEEZE", "QUANTIZE", "DEQUANTIZE"];

impl Reader<'_> {
    pub(super) fn node(&mut self, node: &Operation<'_>) -> Result<(), Reason> {
        let output = *node.outputs.first().ok_or("it has no output")?;
        if let Some(Value::Dropped) = self.given(node, 0)? {
            if !AFTER_SCORES.contains(&node.operator.as_str()) {
                return Err(after_scores());
            }
            return self.set(output, Value::Dropped);
        }
        let value = match node.operator.as_str() {
            "CONV_2D" => self.conv(node),
            "DEPTHWISE_CONV_2D" => self.depthwise(node),
            "FULLY_CONNECTED" => self.dense(node),
            "ADD" | "SUB" | "MUL" | "DIV" => self.arithmetic(node),
            "MAX_POOL_2D" => self.pool(node, Pooling::Max),
            "AVERAGE_POOL_2D" => self.pool(node, Pooling::Average),
            "MEAN" => self.mean(node),
            "RELU" => self.limits(node, 0.0, f32::INFINITY),
            "RELU6" => self.limits(node, 0.0, 6.0),
            "RELU_N1_TO_1" => self.limits(node, -1.0, 1.0),
            "PAD" | "PADV2" => self.pad(node),
            "RESHAPE" => self.reshape(node),
            "SQUEEZE" => self.squeeze(node),
            "EXPAND_DIMS" => self.expand(node),
            "TRANSPOSE" => self.transpose(node),
            "SHAPE" | "STRIDED_SLICE" | "PACK" => self.sizes(node),
            "QUANTIZE" | "DEQUANTIZE" | "CAST" => {
                self.given(node, 0)?.ok_or_else(|| "it has no input".to_owned())
            }
            "SOFTMAX" | "LOG_SOFTMAX" | "ARG_MAX" | "LOGISTIC" => {
                let view = self.view(node, 0)?;
                self.builder.scores(&view, node.operator == "LOGISTIC")
            }
            _ => Err(format!("it is not supported; {SUPPORTED}")),
        }?;
        self.set(output, value)
    }

    fn limits(&mut self, node: &Operation<'_>, low: f32, high: f32) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        self.builder.clamp(&view, low, high)
    }

    fn reshape(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let sizes = match self.optional(node, 1)? {
            Some(sizes) => sizes.integers(),
            None => {
                let sizes = node.options.map_or(Ok(Vec::new()), |options| options.ints(0))?;
                sizes.into_iter().map(i64::from).collect()
            }
        };
        let dims = resolve(&sizes, &view.dims, false)?;
        Ok(Value::Node(view.reshaped(dims)?))
    }

    fn squeeze(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let rank = view.dims.len();
        let axes = node.options.map_or(Ok(Vec::new()), |options| options.ints(0))?;
        let axes = axes.iter().map(|at| axis(i64::from(*at), rank)).collect::<Result<Vec<_>, _>>()?;
        let gone = |at: usize| if axes.is_empty() { view.dims[at] == 1 } else { axes.contains(&at) };
        let dims = (0..rank).filter(|at| !gone(*at)).map(|at| view.dims[at]).collect();
        Ok(Value::Node(view.reshaped(dims)?))
    }

    fn expand(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let at = self.constant(node, 1)?.scalar()? as i64;
        let mut dims = view.dims.clone();
        dims.insert(axis(at, dims.len() + 1)?, 1);
        Ok(Value::Node(view.reshaped(dims)?))
    }

    fn transpose(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let order = self.constant(node, 1)?.integers();
        let order = order.into_iter().map(|at| axis(at, view.dims.len())).collect::<Result<Vec<_>, _>>()?;
        self.builder.spend(view.len())?;
        Ok(Value::Node(view.transposed(&order)?))
    }

    /// What a file computes of sizes to reshape by: the batch of an activation, beside constants.
    fn sizes(&mut self, node: &Operation<'_>) -> Result<Value, Reason> {
        let constant = match node.operator.as_str() {
            "SHAPE" => {
                let view = self.view(node, 0)?;
                Constant::vector(view.dims.iter().map(|size| *size as f64).collect())
            }
            "PACK" => {
                let mut sizes = Vec::new();
                for index in 0..node.inputs.len() {
                    sizes.push(self.constant(node, index)?.scalar()?);
                }
                Constant::vector(sizes)
            }
            _ => {
                let values = self.constant(node, 0)?;
                let (first, last) = (self.constant(node, 1)?.scalar()?, self.constant(node, 2)?.scalar()?);
                match (values.dims.len(), last - first == 1.0, values.values.get(first as usize)) {
                    (1, true, Some(size)) => Constant { dims: Vec::new(), values: vec![*size] },
                    _ => return Err("a part of a tensor; one size of a shape is supported".to_owned()),
                }
            }
        };
        Ok(Value::Constant(Rc::new(constant)))
    }
}
