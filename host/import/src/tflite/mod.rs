//! TensorFlow Lite files: tables of `schema.fbs` of TensorFlow, by the ids of their fields.

mod flatbuffer;
mod layers;
mod names;
mod operators;
mod reader;
mod tensor;

use crate::error::{Error, Fault, Reason, file, tensor as at_tensor};
use crate::graph::Graph;
use reader::Reader;

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
