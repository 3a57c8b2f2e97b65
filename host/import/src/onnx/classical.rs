//! Operators of scikit-learn's models, of the domain `ai.onnx.ml`.

use super::message::Node;
use super::reader::Reader;
use crate::builder::Value;
use crate::constant::Constant;
use crate::error::Reason;

impl Reader {
    /// `(x - offset) * scale`.
    pub(super) fn scaler(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        let part = |name, absent: f64| match node.floats(name) {
            Some(values) if !values.is_empty() => {
                Constant::vector(values.iter().map(|value| f64::from(*value)).collect())
            }
            _ => Constant::vector(vec![absent]),
        };
        let (offset, scale) = (part("offset", 0.0), part("scale", 1.0));
        let offset = offset.zip(&scale, |offset, scale| -offset * scale)?;
        self.builder.affine(&view, &scale, &offset)
    }

    /// Scores of classes: the second output. The first is the best class.
    pub(super) fn classifier(&mut self, node: &Node) -> Result<(), Reason> {
        let view = self.view(node, 0)?;
        let (mut weights, mut bias) = self.rows(node)?;
        let classes =
            node.ints("classlabels_ints").map_or(0, <[i64]>::len).max(node.strings("classlabels_strings"));
        let inputs = weights.len() / bias.len();
        let post = node.text("post_transform").unwrap_or_default();
        if classes == 2 && bias.len() == 1 {
            weights.splice(0..0, vec![0.0; inputs]);
            bias.insert(0, 0.0);
        } else if post == "LOGISTIC" && bias.len() == 2 {
            // Two sigmoids of -z and z are a softmax of 0 and z.
            let (first, second) = weights.split_at(inputs);
            if first.iter().zip(second).any(|(a, b)| *a != -b) || bias[0] != -bias[1] {
                return Err("two sigmoids of different scores; of one score they are supported".to_owned());
            }
            weights[..inputs].fill(0.0);
            bias[0] = 0.0;
        }
        let value = self.builder.dense(&view, &weights, bias, inputs)?;
        let Value::Node(scores) = value else { return Ok(()) };
        let dropped = self.builder.scores(&scores, false)?;
        for output in &node.output {
            self.values.insert(output.clone(), dropped.clone());
        }
        Ok(())
    }

    pub(super) fn regressor(&mut self, node: &Node) -> Result<Value, Reason> {
        let view = self.view(node, 0)?;
        if node.text("post_transform").is_some_and(|post| post != "NONE") {
            return Err("a transformation of its results; NONE is supported".to_owned());
        }
        let (weights, bias) = self.rows(node)?;
        let inputs = weights.len() / bias.len();
        self.builder.dense(&view, &weights, bias, inputs)
    }

    /// Coefficients, outputs x inputs, and intercepts.
    fn rows(&self, node: &Node) -> Result<(Vec<f32>, Vec<f32>), Reason> {
        let weights = node.floats("coefficients").unwrap_or_default().to_vec();
        let rows = usize::try_from(node.int("targets", 1)).unwrap_or(0);
        let bias = match node.floats("intercepts") {
            Some(bias) if !bias.is_empty() => bias.to_vec(),
            _ if rows > 0 && rows <= weights.len() => vec![0.0; rows],
            _ => Vec::new(),
        };
        if bias.is_empty() || weights.is_empty() || !weights.len().is_multiple_of(bias.len()) {
            return Err(format!("{} coefficients for {} intercepts", weights.len(), bias.len()));
        }
        if weights.iter().chain(&bias).any(|value| !value.is_finite()) {
            return Err("a coefficient is no finite number".to_owned());
        }
        Ok((weights, bias))
    }
}
