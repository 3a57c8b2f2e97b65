//! A graph that grows by one operation at a time.

use super::message::{ATTRIBUTE_INT, ATTRIBUTE_INTS, Attribute, Graph, INT8, INT32, INT64, Node, Tensor};

/// The graph so far.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) graph: Graph,
}

impl Builder {
    /// Adds an operation on some values, and returns its result, which has a name of its own unless one is
    /// given.
    pub(super) fn op(&mut self, kind: &str, inputs: &[&str]) -> String {
        let name = self.name(&kind.to_lowercase());
        self.named(kind, inputs, &name, &[]);
        name
    }

    /// A name for the result of the next operation.
    pub(super) fn name(&self, of: &str) -> String {
        format!("{of}_{}", self.graph.node.len())
    }

    /// Adds an operation over one axis, which then is gone, of those that take axes as an attribute.
    pub(super) fn over_axis(&mut self, kind: &str, value: &str, axis: i64) -> String {
        let name = self.op(kind, &[value]);
        let axes =
            Attribute { name: "axes".to_owned(), i: None, ints: vec![axis], r#type: Some(ATTRIBUTE_INTS) };
        if let Some(node) = self.graph.node.last_mut() {
            node.attribute = vec![axes, attribute("keepdims", 0)];
        }
        name
    }

    /// Adds an operation whose result has this name.
    pub(super) fn named(&mut self, kind: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("node_{}", self.graph.node.len()),
            op_type: kind.to_owned(),
            attribute: attributes.iter().map(|&(name, i)| attribute(name, i)).collect(),
        });
    }

    /// Converts to another type of elements.
    pub(super) fn cast(&mut self, value: &str, to: i32) -> String {
        let name = self.name("cast");
        self.named("Cast", &[value], &name, &[("to", i64::from(to))]);
        name
    }

    fn constant(&mut self, data_type: i32, dims: &[usize], raw_data: Vec<u8>) -> String {
        let name = format!("constant_{}", self.graph.initializer.len());
        self.graph.initializer.push(Tensor {
            dims: dims.iter().map(|&size| size as i64).collect(),
            data_type: Some(data_type),
            name: name.clone(),
            raw_data: Some(raw_data),
        });
        name
    }

    /// A constant of bytes with a sign.
    pub(super) fn int8(&mut self, dims: &[usize], values: impl Iterator<Item = i8>) -> String {
        self.constant(INT8, dims, values.map(|value| value as u8).collect())
    }

    /// A single constant of 32 bits.
    pub(super) fn int32(&mut self, value: i32) -> String {
        self.int32s(&[], std::iter::once(value))
    }

    /// A constant of 32 bits.
    pub(super) fn int32s(&mut self, dims: &[usize], values: impl Iterator<Item = i32>) -> String {
        self.constant(INT32, dims, values.flat_map(i32::to_le_bytes).collect())
    }

    /// A constant of 64 bits.
    pub(super) fn int64(&mut self, dims: &[usize], values: impl Iterator<Item = i64>) -> String {
        self.constant(INT64, dims, values.flat_map(i64::to_le_bytes).collect())
    }

    /// Divides by a positive number and rounds down. `Div` of integers rounds towards 0, and `Mod` has the
    /// sign of the divisor: without the remainder the quotient is exact.
    pub(super) fn floor_divided(&mut self, value: &str, by: &str) -> String {
        let remainder = self.op("Mod", &[value, by]);
        let multiple = self.op("Sub", &[value, &remainder]);
        self.op("Div", &[&multiple, by])
    }
}

/// An attribute that is an integer.
fn attribute(name: &str, i: i64) -> Attribute {
    Attribute { name: name.to_owned(), i: Some(i), ints: Vec::new(), r#type: Some(ATTRIBUTE_INT) }
}
