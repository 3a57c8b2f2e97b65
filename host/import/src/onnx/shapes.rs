//! Operators that only change the layout.

use std::rc::Rc;

use super::message::Node;
use super::reader::Reader;
use crate::builder::Value;
use crate::constant::{axis, resolve};
use crate::error::Reason;

impl Reader {
    fn sizes(&self, node: &Node) -> Result<(Value, Vec<usize>), Reason> {
        match self.given(node, 0)? {
            Some(Value::Node(view)) => Ok((Value::Node(view.clone()), view.dims)),
            Some(Value::Constant(constant)) => Ok((Value::Constant(constant.clone()), constant.dims.clone())),
            _ => Err("it has no input".to_owned()),
        }
    }

    fn shaped(value: Value, dims: Vec<usize>) -> Result<Value, Reason> {
        match value {
            Value::Node(view) => Ok(Value::Node(view.reshaped(dims)?)),
            Value::Constant(constant) => Ok(Value::Constant(Rc::new(constant.reshaped(dims)?))),
            Value::Dropped => Ok(Value::Dropped),
        }
    }

    pub(super) fn flatten(&mut self, node: &Node) -> Result<Value, Reason> {
        let (value, dims) = self.sizes(node)?;
        let at = node.int("axis", 1);
        let at = if at == dims.len() as i64 { dims.len() } else { axis(at, dims.len())? };
        let (before, after) = dims.split_at(at);
        Self::shaped(value, vec![before.iter().product(), after.iter().product()])
    }

    pub(super) fn reshape(&mut self, node: &Node) -> Result<Value, Reason> {
        let (value, dims) = self.sizes(node)?;
        let sizes = match node.ints("shape") {
            Some(sizes) => sizes.to_vec(),
            None => self.constant(node, 1)?.integers(),
        };
        Self::shaped(value, resolve(&sizes, &dims, node.int("allowzero", 0) == 0)?)
    }

    /// The axes that an attribute or the second input names.
    fn axes(&mut self, node: &Node, rank: usize) -> Result<Option<Vec<usize>>, Reason> {
        let axes = match (node.ints("axes"), self.optional(node, 1)?) {
            (Some(axes), _) => axes.to_vec(),
            (None, Some(axes)) => axes.integers(),
            (None, None) => return Ok(None),
        };
        axes.iter().map(|at| axis(*at, rank)).collect::<Result<Vec<_>, _>>().map(Some)
    }

    pub(super) fn squeeze(&mut self, node: &Node) -> Result<Value, Reason> {
        let (value, dims) = self.sizes(node)?;
        let axes = self.axes(node, dims.len())?;
        let gone = |at: usize| match &axes {
            Some(axes) => axes.contains(&at),
            None => dims[at] == 1,
        };
        let left = (0..dims.len()).filter(|at| !gone(*at)).map(|at| dims[at]).collect();
        Self::shaped(value, left)
    }

    pub(super) fn unsqueeze(&mut self, node: &Node) -> Result<Value, Reason> {
        let (value, dims) = self.sizes(node)?;
        let more = match node.ints("axes") {
            Some(axes) => axes.len(),
            None => self.constant(node, 1)?.values.len(),
        };
        let rank = dims.len() + more;
        if rank > 8 {
            return Err(format!("a tensor of {rank} axes"));
        }
        let axes = self.axes(node, rank)?.unwrap_or_default();
        let mut rest = dims.into_iter();
        let wider =
            (0..rank).map(|at| if axes.contains(&at) { 1 } else { rest.next().unwrap_or(1) }).collect();
        Self::shaped(value, wider)
    }

    pub(super) fn transpose(&mut self, node: &Node) -> Result<Value, Reason> {
        let (value, dims) = self.sizes(node)?;
        let order = match node.ints("perm") {
            Some(order) => order.iter().map(|at| axis(*at, dims.len())).collect::<Result<Vec<_>, _>>()?,
            None => (0..dims.len()).rev().collect(),
        };
        match value {
            Value::Node(view) => {
                self.builder.spend(view.len())?;
                Ok(Value::Node(view.transposed(&order)?))
            }
            Value::Constant(constant) => Ok(Value::Constant(Rc::new(constant.transposed(&order)?))),
            Value::Dropped => Ok(Value::Dropped),
        }
    }
}
