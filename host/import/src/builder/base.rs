//! The nodes so far, and the order of each one's values.

use std::rc::Rc;

use super::view::{Axes, View};
use crate::constant::Constant;
use crate::error::Reason;
use crate::graph::{Head, Kind, Node, Shape};

/// Most values of all activations and weights of a file together, as often as nodes read them.
const MOST_TOGETHER: usize = 1 << 26;

/// Most nodes of a graph.
const MOST_NODES: usize = 4096;

/// What a name in the file stands for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Known without an input.
    Constant(Rc<Constant>),
    /// Computed by a node.
    Node(View),
    /// What follows the scores of classes: dropped.
    Dropped,
}

pub(crate) struct Builder {
    pub(crate) file: String,
    pub(crate) nodes: Vec<Node>,
    /// Whether a layer has needed the node's order.
    pub(super) settled: Vec<bool>,
    /// Whether the node's order was changed for it.
    pub(super) turned: Vec<bool>,
    /// Value `i` of the input is value `order[i]` of the file's.
    pub(super) order: Vec<usize>,
    pub(super) head: Head,
    /// A sigmoid followed one output, which becomes two.
    pub(super) single: bool,
    /// What the scores of classes are read from: what is dropped must stand at the end.
    pub(super) scores: Option<View>,
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) left: usize,
}

impl Builder {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            nodes: Vec::new(),
            settled: Vec::new(),
            turned: Vec::new(),
            order: Vec::new(),
            head: Head::Values,
            single: false,
            scores: None,
            name: String::new(),
            operator: String::new(),
            left: MOST_TOGETHER,
        }
    }

    /// Nodes that follow come from this one of the file.
    pub(crate) fn at(&mut self, name: &str, operator: &str) {
        name.clone_into(&mut self.name);
        operator.clone_into(&mut self.operator);
    }

    /// The model's input, with the batch first.
    pub(crate) fn input(&mut self, dims: Vec<usize>) -> Result<Value, Reason> {
        if !self.nodes.is_empty() {
            return Err("a second input; models of one input are supported".to_owned());
        }
        let view = View::same(0, dims)?;
        if view.len() == 0 {
            return Err(format!("an input of {:?} has no values", view.dims));
        }
        self.order = (0..view.len()).collect();
        self.push(Kind::Input, Vec::new(), Shape::flat(view.len()), false)?;
        Ok(Value::Node(view))
    }

    pub(super) fn push(
        &mut self,
        kind: Kind,
        inputs: Vec<usize>,
        shape: Shape,
        settled: bool,
    ) -> Result<usize, Reason> {
        self.spend(shape.len())?;
        if self.nodes.len() == MOST_NODES {
            return Err(format!("more than {MOST_NODES} nodes"));
        }
        let (name, operator) = (self.name.clone(), self.operator.clone());
        self.nodes.push(Node { name, operator, inputs, shape, kind });
        self.settled.push(settled);
        self.turned.push(false);
        Ok(self.nodes.len() - 1)
    }

    /// Bounds the memory that a file can ask for.
    pub(crate) fn spend(&mut self, values: usize) -> Result<(), Reason> {
        self.left = self.left.checked_sub(values.max(1)).ok_or_else(|| {
            format!("activations and weights have more than {MOST_TOGETHER} values together")
        })?;
        Ok(())
    }

    /// The node with rows, columns and channels at these axes of the view.
    pub(super) fn image(&mut self, view: &View, axes: Axes) -> Result<(usize, Shape), Reason> {
        let (shape, order) = view.wanted(axes)?;
        self.spend(order.len())?;
        let settled = self.settled[view.node];
        if order.iter().enumerate().any(|(to, &from)| to != from) {
            self.reorder(view.node, &order)?;
        }
        self.settle(view.node, (!settled).then_some(shape))?;
        if self.nodes[view.node].shape == shape {
            return Ok((view.node, shape));
        }
        Ok((self.push(Kind::Reshape, vec![view.node], shape, true)?, shape))
    }

    /// The node with its values in the order that it has: what reads it turns its weights.
    pub(super) fn flat(&mut self, view: &View) -> Result<usize, Reason> {
        self.settle(view.node, None)?;
        Ok(view.node)
    }

    /// Fixes the order of a node and of what it takes its order from; gives them a shape.
    pub(super) fn settle(&mut self, node: usize, shape: Option<Shape>) -> Result<(), Reason> {
        if self.settled[node] {
            return Ok(());
        }
        self.settled[node] = true;
        if let Some(shape) = shape {
            self.nodes[node].shape = shape;
        }
        if self.follows(node) {
            for input in self.nodes[node].inputs.clone() {
                // What reads the input otherwise may have turned it since.
                if self.turned[input] != self.turned[node] {
                    return Err(self.two_orders(input));
                }
                self.settle(input, shape)?;
            }
        }
        Ok(())
    }

    fn two_orders(&self, node: usize) -> Reason {
        let name = &self.nodes[node].name;
        format!("the layout of `{name}` is needed in two orders, and activations are not transposed")
    }

    /// Whether a node's values lie as those of its inputs.
    fn follows(&self, node: usize) -> bool {
        matches!(self.nodes[node].kind, Kind::Clamp { .. } | Kind::Affine { .. } | Kind::Add)
    }

    /// Makes value `order[i]` of an unsettled node its value `i`.
    fn reorder(&mut self, node: usize, order: &[usize]) -> Result<(), Reason> {
        if self.settled[node] {
            return Err(self.two_orders(node));
        }
        self.turned[node] = true;
        let turned = |values: &[f32], size: usize| -> Vec<f32> {
            order.iter().flat_map(|&from| &values[from * size..(from + 1) * size]).copied().collect()
        };
        match &mut self.nodes[node].kind {
            Kind::Input => self.order = order.iter().map(|&from| self.order[from]).collect(),
            Kind::Dense { weights, bias } => {
                let inputs = weights.len() / bias.len();
                (*weights, *bias) = (turned(weights, inputs), turned(bias, 1));
            }
            Kind::Affine { gain, offset } => (*gain, *offset) = (turned(gain, 1), turned(offset, 1)),
            _ => {}
        }
        if self.follows(node) {
            for input in self.nodes[node].inputs.clone() {
                self.reorder(input, order)?;
            }
        }
        Ok(())
    }
}
