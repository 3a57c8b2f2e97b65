//! The values of a file's names, and the inputs of its nodes.

use std::collections::HashMap;
use std::rc::Rc;

use super::message::Node;
use crate::builder::{Builder, Value, View};
use crate::constant::Constant;
use crate::error::Reason;

/// What a file's names stand for so far.
pub(super) struct Reader {
    pub(super) builder: Builder,
    pub(super) values: HashMap<String, Value>,
    /// Element types of constants: what limits a quantised value has.
    pub(super) types: HashMap<String, i32>,
}

impl Reader {
    /// The value of an input, if the node has it.
    pub(super) fn given(&self, node: &Node, index: usize) -> Result<Option<Value>, Reason> {
        let Some(name) = node.input.get(index).filter(|name| !name.is_empty()) else { return Ok(None) };
        let value = self.values.get(name).cloned();
        value.map(Some).ok_or_else(|| format!("it reads `{name}`, which no node before it computes"))
    }

    /// An input that a layer reads.
    pub(super) fn view(&self, node: &Node, index: usize) -> Result<View, Reason> {
        match self.given(node, index)? {
            Some(Value::Node(view)) => Ok(view),
            Some(Value::Constant(_)) => {
                Err(format!("input {index} is constant; a computed one is supported there"))
            }
            Some(Value::Dropped) => Err(after_scores()),
            None => Err(format!("input {index} is missing")),
        }
    }

    pub(super) fn constant(&mut self, node: &Node, index: usize) -> Result<Rc<Constant>, Reason> {
        self.optional(node, index)?.ok_or_else(|| format!("input {index} is missing"))
    }

    pub(super) fn optional(&mut self, node: &Node, index: usize) -> Result<Option<Rc<Constant>>, Reason> {
        match self.given(node, index)? {
            None => Ok(None),
            Some(Value::Constant(constant)) => {
                self.builder.spend(constant.values.len())?;
                Ok(Some(constant))
            }
            Some(_) => Err(format!("input {index} is computed; a constant is supported there")),
        }
    }

    pub(super) fn set(&mut self, node: &Node, value: Value) -> Result<(), Reason> {
        if let Value::Node(view) = &value {
            self.builder.spend(view.dims.len())?;
        }
        let name = node.output.first().ok_or("it has no output")?;
        self.values.insert(name.clone(), value);
        Ok(())
    }
}

pub(super) fn after_scores() -> Reason {
    "it reads what a softmax or sigmoid computed; those are supported at the end of a model only".to_owned()
}
