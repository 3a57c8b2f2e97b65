//! ONNX files: `onnx.proto` of the ONNX project, and the quantised operators of ONNX Runtime.

mod attribute;
mod classical;
mod constants;
mod layers;
mod message;
mod operators;
mod quantised;
mod reader;
mod shapes;
mod tensor;

use std::collections::HashMap;
use std::rc::Rc;

use prost::Message;

use crate::builder::{Builder, Value};
use crate::constant::Constant;
use crate::error::{Error, Fault, Reason, file, tensor};
use crate::graph::Graph;
use message::{Model, Node, ValueInfo};
use reader::Reader;

/// Reads a model from the bytes of a file.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Graph, Error> {
    let model = Model::decode(bytes).map_err(|error| file(name, format!("no ONNX model ({error})")))?;
    let graph = model.graph.ok_or_else(|| file(name, "no ONNX model (it has no graph)"))?;
    let mut reader = Reader { builder: Builder::new(name), values: HashMap::new(), types: HashMap::new() };
    for initial in &graph.initializer {
        // Texts are names of classes.
        if initial.data_type == Some(message::element::STRING) {
            reader
                .values
                .insert(initial.name.clone(), Value::Constant(Rc::new(Constant::vector(Vec::new()))));
            continue;
        }
        let constant = tensor::constant(initial).map_err(|reason| tensor(name, &initial.name, reason))?;
        reader.types.insert(initial.name.clone(), initial.data_type.unwrap_or(0));
        reader.values.insert(initial.name.clone(), Value::Constant(Rc::new(constant)));
    }
    for input in
        graph.input.iter().filter(|input| !reader.values.contains_key(&input.name)).collect::<Vec<_>>()
    {
        reader.builder.at(&input.name, "input");
        let value = sizes(input).and_then(|dims| reader.builder.input(dims));
        let value = value.map_err(|reason| tensor(name, &input.name, reason))?;
        reader.values.insert(input.name.clone(), value);
    }
    if reader.builder.nodes.is_empty() {
        return Err(file(name, "the graph has no input"));
    }
    for node in &graph.node {
        let (called, operator) = (called(node), node.op_type.clone());
        reader.builder.at(&called, &operator);
        reader.node(node).map_err(|reason| Fault { node: called, operator, reason }.within(name))?;
    }
    let outputs = graph
        .output
        .iter()
        .map(|output| {
            let value = reader.values.get(&output.name).cloned();
            value.ok_or_else(|| file(name, format!("nothing computes the output `{}`", output.name)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    reader.builder.finish(&outputs)
}

fn called(node: &Node) -> String {
    match node.output.first() {
        Some(output) if node.name.is_empty() => output.clone(),
        _ => node.name.clone(),
    }
}

/// The sizes of an input: a batch of one, and sizes that are known.
fn sizes(input: &ValueInfo) -> Result<Vec<usize>, Reason> {
    let shape = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()?.shape.as_ref());
    let shape = shape.ok_or("an input without a shape; export the model with fixed sizes")?;
    let sizes = shape.dim.iter().enumerate().map(|(axis, size)| match size.dim_value.unwrap_or(0) {
        0 | -1 if axis == 0 && shape.dim.len() > 1 => Ok(1),
        size if axis == 0 && shape.dim.len() > 1 && size > 1 => {
            Err(format!("a batch of {size}; export the model with a free batch or one of 1"))
        }
        size if size > 0 => usize::try_from(size).map_err(|_| format!("a size of {size}")),
        _ => Err(format!("axis {axis} has no fixed size; export the model with fixed sizes")),
    });
    sizes.collect()
}
