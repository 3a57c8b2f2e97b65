//! TensorFlow Lite files: tables of `schema.fbs` of TensorFlow, by the ids of their fields.

mod flatbuffer;
mod layers;
mod operators;
mod tensor;

use std::rc::Rc;

use crate::builder::{Builder, Value, View};
use crate::constant::Constant;
use crate::error::{Error, Fault, Reason, file, tensor as at_tensor};
use crate::graph::Graph;
use flatbuffer::{Bytes, Table};
use tensor::Tensor;

/// Reads a model from the bytes of a file.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Graph, Error> {
    let whole = |reason: Reason| file(name, reason);
    let mut reader = Reader::of(name, bytes).map_err(whole)?;
    let graph = reader.graph;
    let inputs = graph.ints(1).map_err(whole)?;
    for input in inputs {
        let tensor = reader.tensor(input).map_err(whole)?;
        let called = tensor.name.clone();
        reader.input(input).map_err(|reason| at_tensor(name, &called, reason))?;
    }
    if reader.builder.nodes.is_empty() {
        return Err(file(name, "the graph has no input"));
    }
    for (index, table) in graph.tables(3).map_err(whole)?.into_iter().enumerate() {
        let node =
            reader.operator(table).map_err(|reason| file(name, format!("operator {index}: {reason}")))?;
        reader.builder.at(&node.name, &node.operator);
        reader
            .node(&node)
            .map_err(|reason| Fault { node: node.name, operator: node.operator, reason }.within(name))?;
    }
    let mut outputs = Vec::new();
    for output in graph.ints(2).map_err(whole)? {
        let called = reader.tensor(output).map_err(whole)?.name.clone();
        let value = reader.value(output).map_err(|reason| at_tensor(name, &called, reason))?;
        outputs.push(value);
    }
    reader.builder.finish(&outputs)
}

/// One operation.
struct Operation<'a> {
    /// The name of its output.
    name: String,
    operator: String,
    inputs: Vec<i32>,
    outputs: Vec<i32>,
    options: Option<Table<'a>>,
}

impl Operation<'_> {
    /// An option of a byte, 0 where there is none: the schema's default.
    fn byte(&self, id: usize) -> Result<i8, Reason> {
        self.options.map_or(Ok(0), |options| options.byte(id, 0))
    }

    fn int(&self, id: usize, absent: i32) -> Result<i32, Reason> {
        self.options.map_or(Ok(absent), |options| options.int(id, absent))
    }
}

struct Reader<'a> {
    builder: Builder,
    graph: Table<'a>,
    codes: Vec<Table<'a>>,
    buffers: Vec<Table<'a>>,
    tensors: Vec<Tensor>,
    /// What operations computed.
    values: Vec<Option<Value>>,
}

impl<'a> Reader<'a> {
    fn of(name: &str, bytes: &'a [u8]) -> Result<Self, Reason> {
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

    fn tensor(&self, index: i32) -> Result<&Tensor, Reason> {
        let found = usize::try_from(index).ok().and_then(|index| self.tensors.get(index));
        found.ok_or_else(|| format!("tensor {index} does not exist"))
    }

    fn input(&mut self, index: i32) -> Result<(), Reason> {
        let mut dims = self.tensor(index)?.sizes()?;
        match dims.as_mut_slice() {
            [batch, _, ..] if *batch > 1 => return Err(format!("a batch of {batch}; one of 1 is supported")),
            [batch, _, ..] => *batch = 1,
            _ => {}
        }
        let value = self.builder.input(dims)?;
        self.set(index, value)
    }

    fn operator(&self, table: Table<'a>) -> Result<Operation<'a>, Reason> {
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
        let operator = if custom.is_empty() { operators::name(number) } else { custom };
        let (inputs, options) = (table.ints(1)?, table.table(4)?);
        Ok(Operation { name, operator, inputs, outputs, options })
    }

    /// What a tensor stands for.
    fn value(&mut self, index: i32) -> Result<Value, Reason> {
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

    fn given(&mut self, node: &Operation<'_>, index: usize) -> Result<Option<Value>, Reason> {
        match node.inputs.get(index) {
            None | Some(-1) => Ok(None),
            Some(tensor) => self.value(*tensor).map(Some),
        }
    }

    fn view(&mut self, node: &Operation<'_>, index: usize) -> Result<View, Reason> {
        match self.given(node, index)? {
            Some(Value::Node(view)) => Ok(view),
            Some(Value::Constant(_)) => {
                Err(format!("input {index} is constant; a computed one is supported there"))
            }
            Some(Value::Dropped) => Err(operators::after_scores()),
            None => Err(format!("input {index} is missing")),
        }
    }

    fn optional(&mut self, node: &Operation<'_>, index: usize) -> Result<Option<Rc<Constant>>, Reason> {
        match self.given(node, index)? {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(_) => Err(format!("input {index} is computed; a constant is supported there")),
        }
    }

    fn constant(&mut self, node: &Operation<'_>, index: usize) -> Result<Rc<Constant>, Reason> {
        self.optional(node, index)?.ok_or_else(|| format!("input {index} is missing"))
    }

    fn set(&mut self, index: i32, value: Value) -> Result<(), Reason> {
        let place = usize::try_from(index).ok().and_then(|index| self.values.get_mut(index));
        *place.ok_or_else(|| format!("tensor {index} does not exist"))? = Some(value);
        Ok(())
    }
}
