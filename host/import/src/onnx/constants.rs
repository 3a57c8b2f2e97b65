//! What is known without an input, and arithmetic with it.

use std::rc::Rc;

use super::message::Node;
use super::reader::Reader;
use super::tensor::constant;
use crate::builder::Value;
use crate::constant::{Constant, axis};
use crate::error::Reason;
use crate::graph::elements;

impl Reader {
    /// An operator whose result is a constant.
    pub(super) fn known(&mut self, node: &Node) -> Result<Value, Reason> {
        let constant = match node.op_type.as_str() {
            "Constant" => self.literal(node),
            "ConstantOfShape" => self.filled(node),
            "Shape" => self.shape(node),
            "Gather" => self.gather(node),
            "Slice" => self.slice(node),
            _ => self.concat(node),
        }?;
        self.builder.spend(constant.values.len())?;
        Ok(Value::Constant(Rc::new(constant)))
    }

    fn literal(&mut self, node: &Node) -> Result<Constant, Reason> {
        if let Some(tensor) = node.tensor("value") {
            if let Some(output) = node.output.first() {
                self.types.insert(output.clone(), tensor.data_type.unwrap_or(0));
            }
            return constant(tensor);
        }
        let one = |value: f64| Constant { dims: Vec::new(), values: vec![value] };
        for attribute in &node.attribute {
            match attribute.name.as_str() {
                "value_float" => return Ok(one(f64::from(attribute.f.unwrap_or(0.0)))),
                "value_int" => return Ok(one(attribute.i.unwrap_or(0) as f64)),
                "value_floats" => {
                    return Ok(Constant::vector(attribute.floats.iter().map(|v| f64::from(*v)).collect()));
                }
                "value_ints" => {
                    return Ok(Constant::vector(attribute.ints.iter().map(|v| *v as f64).collect()));
                }
                _ => {}
            }
        }
        Err("a constant that is neither a tensor nor numbers".to_owned())
    }

    fn filled(&mut self, node: &Node) -> Result<Constant, Reason> {
        let sizes = self.constant(node, 0)?.integers();
        let wrong = || format!("sizes of {sizes:?}");
        let dims = sizes.iter().map(|size| usize::try_from(*size)).collect::<Result<Vec<_>, _>>();
        let dims = dims.map_err(|_| wrong())?;
        let value = match node.tensor("value") {
            Some(tensor) => constant(tensor)?.scalar()?,
            None => 0.0,
        };
        let count = elements(&dims).ok_or_else(wrong)?;
        Constant::new(dims, vec![value; count])
    }

    fn shape(&self, node: &Node) -> Result<Constant, Reason> {
        let dims = match self.given(node, 0)? {
            Some(Value::Node(view)) => view.dims,
            Some(Value::Constant(constant)) => constant.dims.clone(),
            _ => return Err("it has no input".to_owned()),
        };
        let rank = dims.len() as i64;
        let bound = |at: i64| (if at < 0 { at + rank } else { at }).clamp(0, rank) as usize;
        let (start, end) = (bound(node.int("start", 0)), bound(node.int("end", rank)));
        let sizes = dims.get(start..end).unwrap_or_default();
        Ok(Constant::vector(sizes.iter().map(|size| *size as f64).collect()))
    }

    fn gather(&mut self, node: &Node) -> Result<Constant, Reason> {
        let (data, at) = (self.constant(node, 0)?, self.constant(node, 1)?);
        if data.dims.len() != 1 {
            return Err(format!("values of a constant of {:?}; of a vector they are supported", data.dims));
        }
        let values = at.integers().into_iter().map(|at| Ok(data.values[axis(at, data.values.len())?]));
        Constant::new(at.dims.clone(), values.collect::<Result<Vec<_>, Reason>>()?)
    }

    fn slice(&mut self, node: &Node) -> Result<Constant, Reason> {
        let data = self.constant(node, 0)?;
        let mut bounds = |index, name| -> Result<i64, Reason> {
            match (self.optional(node, index)?, node.ints(name)) {
                (Some(bound), _) => Ok(bound.scalar()? as i64),
                (None, Some([bound])) => Ok(*bound),
                _ => Err("a part of more than one axis of a constant".to_owned()),
            }
        };
        let (start, end) = (bounds(1, "starts")?, bounds(2, "ends")?);
        let step = self.optional(node, 4)?.map_or(Ok(1.0), |step| step.scalar())?;
        if data.dims.len() != 1 || step != 1.0 {
            return Err(format!("a part of a constant of {:?}; of a vector it is supported", data.dims));
        }
        let count = data.values.len() as i64;
        let bound = |at: i64| (if at < 0 { at.saturating_add(count) } else { at }).clamp(0, count) as usize;
        Ok(Constant::vector(data.values.get(bound(start)..bound(end)).unwrap_or_default().to_vec()))
    }

    fn concat(&mut self, node: &Node) -> Result<Constant, Reason> {
        let mut values = Vec::new();
        for index in 0..node.input.len() {
            let constant = match self.given(node, index)? {
                Some(Value::Constant(constant)) => constant,
                _ => return Err("activations are joined; of constants it is supported".to_owned()),
            };
            if constant.dims.len() != 1 || elements(&[values.len(), 1]).is_none() {
                return Err(format!("a constant of {:?} is joined; vectors are supported", constant.dims));
            }
            values.extend(&constant.values);
        }
        Ok(Constant::vector(values))
    }

    /// Add, Sub, Mul, Div: of constants, of an activation and a constant; Add of two activations, too.
    pub(super) fn arithmetic(&mut self, node: &Node) -> Result<Value, Reason> {
        let operator = node.op_type.as_str();
        let one = |value: f64| Constant { dims: Vec::new(), values: vec![value] };
        let missing = || "an input is missing".to_owned();
        let (a, b) = (self.given(node, 0)?.ok_or_else(missing)?, self.given(node, 1)?.ok_or_else(missing)?);
        match (a, b) {
            (Value::Constant(a), Value::Constant(b)) => {
                let constant = match operator {
                    "Add" => a.zip(&b, |a, b| a + b),
                    "Sub" => a.zip(&b, |a, b| a - b),
                    "Mul" => a.zip(&b, |a, b| a * b),
                    _ => a.zip(&b, |a, b| a / b),
                }?;
                Ok(Value::Constant(Rc::new(constant)))
            }
            (Value::Node(view), Value::Constant(b)) => {
                let (gain, offset) = match operator {
                    "Add" => (one(1.0), (*b).clone()),
                    "Sub" => (one(1.0), b.zip(&one(-1.0), |b, sign| b * sign)?),
                    "Mul" => ((*b).clone(), one(0.0)),
                    _ => (b.zip(&one(1.0), |b, one| one / b)?, one(0.0)),
                };
                self.builder.affine(&view, &gain, &offset)
            }
            (Value::Constant(a), Value::Node(view)) => match operator {
                "Add" => self.builder.affine(&view, &one(1.0), &a),
                "Sub" => self.builder.affine(&view, &one(-1.0), &a),
                "Mul" => self.builder.affine(&view, &a, &one(0.0)),
                _ => Err("a constant divided by an activation".to_owned()),
            },
            (Value::Node(a), Value::Node(b)) if operator == "Add" => self.builder.add(&a, &b),
            _ => Err(format!("{operator} of two activations; their sum is supported")),
        }
    }
}
