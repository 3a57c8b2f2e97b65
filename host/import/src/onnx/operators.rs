//! Which operator does what.

use super::message::Node;
use super::reader::{Reader, after_scores};
use crate::builder::Value;
use crate::error::Reason;
use crate::graph::Pooling;

/// What an error about an unknown operator lists.
const SUPPORTED: &str = "supported are Conv, Gemm, MatMul, Add, Sub, Mul, Div, BatchNormalization, Relu, Clip, \
     MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool, ReduceMean, Flatten, Reshape, Squeeze, Unsqueeze, \
     Transpose, Pad, Identity, Dropout, Cast, QuantizeLinear, DequantizeLinear, QLinearConv, QLinearMatMul, \
     QLinearAdd, QLinearAveragePool, QLinearGlobalAveragePool, QGemm, Scaler, LinearClassifier, LinearRegressor; \
     at the end Softmax, LogSoftmax, Sigmoid, ArgMax, Normalizer, ZipMap";

/// What may follow the scores of classes: it computes probabilities, or the class, of them.
const AFTER_SCORES: &[&str] = &[
    "ArgMax",
    "ArrayFeatureExtractor",
    "Cast",
    "Concat",
    "DequantizeLinear",
    "Flatten",
    "Gather",
    "Identity",
    "LabelEncoder",
    "LogSoftmax",
    "Normalizer",
    "QuantizeLinear",
    "Reshape",
    "Softmax",
    "Squeeze",
    "Sub",
    "TopK",
    "Transpose",
    "Unsqueeze",
    "ZipMap",
];

impl Reader {
    pub(super) fn node(&mut self, node: &Node) -> Result<(), Reason> {
        let inputs =
            (0..node.input.len()).map(|index| self.given(node, index)).collect::<Result<Vec<_>, _>>()?;
        if inputs.iter().flatten().any(|value| matches!(value, Value::Dropped)) {
            let computed = inputs.iter().flatten().any(|value| matches!(value, Value::Node(_)));
            if computed || !AFTER_SCORES.contains(&node.op_type.as_str()) {
                return Err(after_scores());
            }
            for output in &node.output {
                self.values.insert(output.clone(), Value::Dropped);
            }
            return Ok(());
        }
        let value = match node.op_type.as_str() {
            "Conv" => self.conv(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.matmul(node),
            "BatchNormalization" => self.normalisation(node),
            "Add" | "Sub" | "Mul" | "Div" => self.arithmetic(node),
            "Relu" => self.limits(node, 0.0, f32::INFINITY),
            "Clip" => self.clip(node),
            "MaxPool" => self.pool(node, Pooling::Max),
            "AveragePool" => self.pool(node, Pooling::Average),
            "GlobalMaxPool" => self.global(node, Pooling::Max),
            "GlobalAveragePool" => self.global(node, Pooling::Average),
            "ReduceMean" => self.mean(node),
            "Pad" => self.pad(node),
            "Flatten" => self.flatten(node),
            "Reshape" => self.reshape(node),
            "Squeeze" => self.squeeze(node),
            "Unsqueeze" => self.unsqueeze(node),
            "Transpose" => self.transpose(node),
            "Identity" | "Dropout" | "Cast" => self.same(node),
            "Constant" | "ConstantOfShape" | "Shape" | "Gather" | "Concat" | "Slice" => self.known(node),
            "QuantizeLinear" => self.quantise(node),
            "DequantizeLinear" => self.dequantise(node),
            "QLinearConv" => self.quantised_conv(node),
            "QLinearMatMul" => self.quantised_matmul(node),
            "QGemm" => self.quantised_gemm(node),
            "QLinearAdd" => self.quantised_add(node),
            "QLinearAveragePool" => self.quantised_pool(node),
            "QLinearGlobalAveragePool" => self.quantised_global(node),
            "Scaler" => self.scaler(node),
            "LinearClassifier" => return self.classifier(node),
            "LinearRegressor" => self.regressor(node),
            "Softmax" | "LogSoftmax" | "ArgMax" | "ZipMap" | "Normalizer" | "TopK" | "Sigmoid" => {
                let view = self.view(node, 0)?;
                let value = self.builder.scores(&view, node.op_type == "Sigmoid")?;
                for output in &node.output {
                    self.values.insert(output.clone(), value.clone());
                }
                return Ok(());
            }
            _ => Err(format!("it is not supported; {SUPPORTED}")),
        }?;
        self.set(node, value)
    }

    fn limits(&mut self, node: &Node, low: f32, high: f32) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        self.builder.clamp(&view, low, high)
    }

    fn clip(&mut self, node: &Node) -> Result<Value, Reason> {
        let mut given = |index, name, absent| -> Result<f32, Reason> {
            match self.optional(node, index)? {
                Some(limit) => Ok(limit.scalar()? as f32),
                None => Ok(node.float(name, absent)),
            }
        };
        let low = given(1, "min", f32::NEG_INFINITY)?;
        let high = given(2, "max", f32::INFINITY)?;
        // Writers put the greatest float where they mean no limit.
        let open = |limit: f32| if limit.abs() > 1e30 { limit.signum() * f32::INFINITY } else { limit };
        self.limits(node, open(low), open(high))
    }

    fn same(&mut self, node: &Node) -> Result<Value, Reason> {
        self.given(node, 0)?.ok_or_else(|| "it has no input".to_owned())
    }
}
