//! The float model, computed.

use crate::error::{Error, data};
use crate::graph::{Graph, Kind, Node, Pooling, Shape};
use crate::kernel;

/// What a float model computed of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    /// One a node, in the graph's order.
    pub nodes: Vec<Vec<f32>>,
}

impl Activations {
    /// The model's outputs.
    pub fn outputs(&self) -> &[f32] {
        self.nodes.last().map_or(&[], Vec::as_slice)
    }
}

impl Graph {
    /// Computes the model of one row: rows, columns, channels, as [`Graph::ordered`] returns it.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] if the row has another length than the input.
    pub fn run(&self, row: &[f32]) -> Result<Activations, Error> {
        if row.len() != self.input.shape.len() {
            return Err(data(format!(
                "a row has {} values, but the input of {} has {} ({})",
                row.len(),
                self.file,
                self.input.shape.len(),
                self.input.shape,
            )));
        }
        let mut nodes: Vec<Vec<f32>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = match &node.kind {
                Kind::Input => self.scaled(row),
                Kind::Add => sums(&nodes[node.inputs[0]], &nodes[node.inputs[1]]),
                _ => apply(node, &nodes[node.inputs[0]], self.nodes[node.inputs[0]].shape),
            };
            nodes.push(value);
        }
        Ok(Activations { nodes })
    }

    /// A row after the input's gain and offset.
    pub(crate) fn scaled(&self, row: &[f32]) -> Vec<f32> {
        let scale = self.input.gain.iter().zip(&self.input.offset);
        row.iter().zip(scale).map(|(x, (gain, offset))| x * gain + offset).collect()
    }
}

fn sums(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn apply(node: &Node, input: &[f32], shape: Shape) -> Vec<f32> {
    match &node.kind {
        Kind::Dense { weights, bias } => biased(kernel::dense(weights, input), bias),
        Kind::Conv { window, weights, bias } => {
            biased(kernel::conv(window, weights, bias.len(), input), bias)
        }
        Kind::Depthwise { window, weights, bias } => biased(kernel::depthwise(window, weights, input), bias),
        Kind::Pool { window, pooling: Pooling::Max } => kernel::maximum(window, input),
        Kind::Pool { window, pooling: Pooling::Average } => {
            kernel::total(window, input).iter().map(|sum| sum / window.area() as f32).collect()
        }
        Kind::Clamp { low, high } => input.iter().map(|x| x.max(*low).min(*high)).collect(),
        Kind::Affine { gain, offset } => {
            input.iter().zip(gain.iter().zip(offset)).map(|(x, (gain, offset))| x * gain + offset).collect()
        }
        Kind::Pad(padding) => pad(input, shape, *padding),
        Kind::Input | Kind::Add | Kind::Reshape => input.to_vec(),
    }
}

/// Adds one bias a channel.
pub(crate) fn biased(mut sums: Vec<f32>, bias: &[f32]) -> Vec<f32> {
    for place in sums.chunks_exact_mut(bias.len()) {
        for (sum, bias) in place.iter_mut().zip(bias) {
            *sum += bias;
        }
    }
    sums
}

fn pad(input: &[f32], shape: Shape, [top, bottom, left, right]: [usize; 4]) -> Vec<f32> {
    let width = (shape.columns + left + right) * shape.channels;
    let mut output = vec![0.0; (shape.rows + top + bottom) * width];
    for (row, values) in input.chunks_exact(shape.columns * shape.channels).enumerate() {
        let at = (row + top) * width + left * shape.channels;
        output[at..at + values.len()].copy_from_slice(values);
    }
    output
}
