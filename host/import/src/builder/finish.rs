//! The graph, once all nodes of a file are known.

use super::base::{Builder, Value};
use super::fold::{fault, fold};
use crate::error::{Error, Fault, file};
use crate::graph::{Graph, Head, Input, Kind, Node, Shape, readers};

impl Builder {
    /// The graph of these outputs of the file.
    pub(crate) fn finish(mut self, outputs: &[Value]) -> Result<Graph, Error> {
        let mut output = self.scores.as_ref().map(|view| view.node);
        for value in outputs {
            match value {
                Value::Node(view) if output.is_none_or(|node| node == view.node) => output = Some(view.node),
                Value::Node(view) => {
                    return Err(file(
                        &self.file,
                        format!(
                            "`{}` is a second output; models of one output, and its class and probabilities, \
                             are supported",
                            self.nodes[view.node].name
                        ),
                    ));
                }
                Value::Dropped | Value::Constant(_) => {}
            }
        }
        let output = output.filter(|node| *node != 0);
        let output =
            output.ok_or_else(|| file(&self.file, "no output that layers compute from the input"))?;
        // An end that reads the output keeps what is folded within the rest.
        let shape = self.nodes[output].shape;
        self.nodes.push(Node {
            name: String::new(),
            operator: String::new(),
            inputs: vec![output],
            shape,
            kind: Kind::Reshape,
        });
        let end = self.nodes.len() - 1;
        prune(&mut self.nodes, end);
        fold(&mut self.nodes).map_err(|fault| fault.within(&self.file))?;
        let count = self.nodes[0].shape.len();
        let (mut gain, mut offset) = (vec![1.0; count], vec![0.0; count]);
        if let [reader] = readers(&self.nodes)[0][..]
            && let Kind::Affine { gain: factors, offset: terms } = &self.nodes[reader].kind
        {
            (gain, offset) = (factors.clone(), terms.clone());
            self.nodes[reader].kind = Kind::Reshape;
        }
        self.drop_reshapes();
        self.two_classes().map_err(|fault| fault.within(&self.file))?;
        if let Some(node) = self.nodes.iter().find(|node| matches!(node.kind, Kind::Affine { .. })) {
            let reason = "constants added to an input that other nodes read as it is".to_owned();
            return Err(fault(node, reason).within(&self.file));
        }
        if self.nodes.len() < 2 {
            return Err(file(&self.file, "no layer"));
        }
        let shape = self.nodes[0].shape;
        let input = Input { shape, order: self.order, gain, offset };
        Ok(Graph { file: self.file, input, nodes: self.nodes, head: self.head })
    }

    /// A sigmoid of one output is a softmax of 0 and that output.
    fn two_classes(&mut self) -> Result<(), Fault> {
        let output = self.nodes.len() - 1;
        if !self.single {
            return Ok(());
        }
        self.head = Head::Classes;
        let node = &mut self.nodes[output];
        if node.shape.len() != 1 {
            let outputs = node.shape.len();
            let reason = format!("a sigmoid of {outputs} outputs follows; of one output it is supported");
            return Err(fault(node, reason));
        }
        if let Kind::Dense { weights, bias } = &mut node.kind {
            weights.splice(0..0, vec![0.0; weights.len()]);
            bias.insert(0, 0.0);
            node.shape = Shape::flat(2);
            return Ok(());
        }
        let (name, operator) = (node.name.clone(), node.operator.clone());
        let kind = Kind::Dense { weights: vec![0.0, 1.0], bias: vec![0.0, 0.0] };
        self.nodes.push(Node { name, operator, inputs: vec![output], shape: Shape::flat(2), kind });
        Ok(())
    }

    /// Removes reshapes: layers read the same values whatever the shape, and windows hold their own.
    fn drop_reshapes(&mut self) {
        for index in 1..self.nodes.len() {
            if self.nodes[index].kind == Kind::Reshape
                && let Some(&input) = self.nodes[index].inputs.first()
                && index + 1 < self.nodes.len()
            {
                for node in &mut self.nodes {
                    node.inputs.iter_mut().filter(|read| **read == index).for_each(|read| *read = input);
                }
            }
        }
        let output = self.nodes.pop().map_or(0, |end| end.inputs[0]);
        prune(&mut self.nodes, output);
    }
}

/// Removes what the output does not need. The input stays.
fn prune(nodes: &mut Vec<Node>, output: usize) {
    let mut needed = vec![false; nodes.len()];
    needed[0] = true;
    needed[output] = true;
    for index in (0..nodes.len()).rev() {
        if needed[index] {
            nodes[index].inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    let mut places = vec![0; nodes.len()];
    let mut next = 0;
    for (index, needed) in needed.iter().enumerate() {
        places[index] = next;
        next += usize::from(*needed);
    }
    let mut index = 0;
    nodes.retain_mut(|node| {
        node.inputs.iter_mut().for_each(|input| *input = places[*input]);
        index += 1;
        needed[index - 1]
    });
}
