//! The values of a file's tensors, and the inputs of its operations.

use std::rc::Rc;

use super::flatbuffer::{Bytes, Table};
use super::names;
use super::tensor::Tensor;
use crate::builder::{Builder, Value, View};
use crate::constant::Constant;
use crate::error::Reason;

/// One operation.
pub(super) struct Operation<'a> {
    /// The name of its output.
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    pub(super) options: Option<Table<'a>>,
}

impl Operation<'_> {
    /// An option of a byte, 0 where there is none: the schema's default.
    pub(super) fn byte(&self, id: usize) -> Result<i8, Reason> {
        self.options.map_or(Ok(0), |options| options.byte(id, 0))
    }

    pub(super) fn int(&self, id: usize, absent: i32) -> Result<i32, Reason> {
        self.options.map_or(Ok(absent), |options| options.int(id, absent))
    }
}

/// What a file's tensors stand for so far.
pub(super) struct Reader<'a> {
    pub(super) builder: Builder,
    pub(super) graph: Table<'a>,
    pub(super) codes: Vec<Table<'a>>,
    pub(super) buffers: Vec<Table<'a>>,
    pub(super) tensors: Vec<Tensor>,
    /// What operations computed.
    pub(super) values: Vec<Option<Value>>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(name: &str, bytes: &'a [u8]) -> Result<Self, Reason> {
        if bytes.get(4..8) != Some(b"TFL3") {
            return Err("no TFLite model (it does not have TFL3 at byte 4)".to_owned());
        }
        let model = Bytes(bytes).root()?;
        let graphs = model.tables(2)?;
        let [graph] = graphs[..] else {
            return Err(format!("{} graphs; models of one are supported", graphs.len()));
        };
        let tensors = graph.tables(0)?.into_iter().map(Tensor::of).collect::<Result<Vec<_>, _>>()?;
        let (codes, buffers) = (model.tables(1)?, model.tables(4)?);
        let values = vec![None; tensors.len()];
        Ok(Self { builder: Builder::new(name), graph, codes, buffers, tensors, values })
    }

    pub(super) fn tensor(&self, index: i32) -> Result<&Tensor, Reason> {
        let found = usize::try_from(index).ok().and_then(|index| self.tensors.get(index));
        found.ok_or_else(|| format!("tensor {index} does not exist"))
    }

    pub(super) fn input(&mut self, index: i32) -> Result<(), Reason> {
        let mut dims = self.tensor(index)?.sizes()?;
        match dims.as_mut_slice() {
            [batch, _, ..] if *batch > 1 => return Err(format!("a batch of {batch}; one of 1 is supported")),
            [batch, _, ..] => *batch = 1,
            _ => {}
        }
        let value = self.builder.input(dims)?;
        self.set(index, value)
    }

    pub(super) fn operator(&self, table: Table<'a>) -> Result<Operation<'a>, Reason> {
        let index = table.int(0, 0)?;
        let code = usize::try_from(index).ok().and_then(|index| self.codes.get(index));
        let code = code.ok_or_else(|| format!("operator code {index} does not exist"))?;
        // Codes from 127 on have only the wider field.
        let number = code.int(3, 0)?.max(i32::from(code.byte(0, 0)?));
        let custom = code.text(1)?;
        let outputs = table.ints(2)?;
        let name = match outputs.first() {
            Some(output) => self.tensor(*output)?.name.clone(),
            None => String::new(),
        };
        let operator = if custom.is_empty() { names::name(number) } else { custom };
        let (inputs, options) = (table.ints(1)?, table.table(4)?);
        Ok(Operation { name, operator, inputs, outputs, options })
    }

    /// What a tensor stands for.
    pub(super) fn value(&mut self, index: i32) -> Result<Value, Reason> {
        let tensor = self.tensor(index)?;
        if let Some(Some(value)) = self.values.get(index as usize) {
            return Ok(value.clone());
        }
        let name = tensor.name.clone();
        let constant = tensor.constant(&self.buffers).map_err(|reason| format!("`{name}`: {reason}"))?;
        let constant = constant.ok_or_else(|| format!("nothing before it computes `{name}`"))?;
        self.builder.spend(constant.values.len())?;
        Ok(Value::Constant(Rc::new(constant)))
    }

    pub(super) fn given(&mut self, node: &Operation<'_>, index: usize) -> Result<Option<Value>, Reason> {
        match node.inputs.get(index) {
            None | Some(-1) => Ok(None),
            Some(tensor) => self.value(*tensor).map(Some),
        }
    }

    pub(super) fn view(&mut self, node: &Operation<'_>, index: usize) -> Result<View, Reason> {
        match self.given(node, index)? {
            Some(Value::Node(view)) => Ok(view),
            Some(Value::Constant(_)) => {
                Err(format!("input {index} is constant; a computed one is supported there"))
            }
            Some(Value::Dropped) => Err(after_scores()),
            None => Err(format!("input {index} is missing")),
        }
    }

    pub(super) fn optional(
        &mut self,
        node: &Operation<'_>,
        index: usize,
    ) -> Result<Option<Rc<Constant>>, Reason> {
        match self.given(node, index)? {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(_) => Err(format!("input {index} is computed; a constant is supported there")),
        }
    }

    pub(super) fn constant(&mut self, node: &Operation<'_>, index: usize) -> Result<Rc<Constant>, Reason> {
        self.optional(node, index)?.ok_or_else(|| format!("input {index} is missing"))
    }

    pub(super) fn set(&mut self, index: i32, value: Value) -> Result<(), Reason> {
        let place = usize::try_from(index).ok().and_then(|index| self.values.get_mut(index));
        *place.ok_or_else(|| format!("tensor {index} does not exist"))? = Some(value);
        Ok(())
    }
}

pub(super) fn after_scores() -> Reason {
    "it reads what a softmax or sigmoid computed; those are supported at the end of a model only".to_owned()
}
