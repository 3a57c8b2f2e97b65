//! The data that choose the scales.

use crate::error::{Error, data};
use crate::graph::{Graph, Kind};

/// What the outputs are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// Scores of classes if there are labels, or a softmax or sigmoid at the model's end; else values.
    #[default]
    Auto,
    /// The greatest output is the class.
    Classes,
    /// The outputs are the results.
    Values,
}

/// Rows of the model's input, and what they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calibration<'a> {
    /// Rows of floats in the order of the model's input (see [`Graph::ordered`]).
    pub rows: &'a [Vec<f32>],
    /// The class of each row, from 0.
    pub labels: Option<&'a [usize]>,
    /// What the outputs are for.
    pub task: Task,
    /// Whether each value of the input has its own centre and scale. Absent: where a matrix reads the input
    /// and its values' ranges differ much.
    pub per_feature: Option<bool>,
}

/// Scales are chosen from as many rows as make about this many products, or values.
const MOST_PRODUCTS: usize = 1 << 29;
const MOST_VALUES: usize = 1 << 24;
const MOST_ROWS: usize = 512;
const LEAST_ROWS: usize = 16;

impl Calibration<'_> {
    pub(super) fn check(&self, graph: &Graph) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Err(data(
                "no rows; scales are chosen from some rows of the data that the model is used on",
            ));
        }
        let size = graph.input.shape.len();
        for (index, row) in self.rows.iter().enumerate() {
            if row.len() != size {
                return Err(data(format!(
                    "row {index} has {} values, but the input of {} has {size} ({})",
                    row.len(),
                    graph.file,
                    graph.input.shape
                )));
            }
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return Err(data(format!("row {index} has a value of {value}, which is no finite number")));
            }
        }
        let Some(labels) = self.labels else { return Ok(()) };
        if labels.len() != self.rows.len() {
            return Err(data(format!("{} labels for {} rows", labels.len(), self.rows.len())));
        }
        let outputs = graph.output().len();
        match labels.iter().find(|label| **label >= outputs) {
            Some(label) if self.task != Task::Values => {
                Err(data(format!("a label of {label}, but the model has {outputs} outputs")))
            }
            _ => Ok(()),
        }
    }

    /// The indices of the rows that the scales are chosen from, spread over all.
    pub(super) fn chosen(&self, graph: &Graph) -> Vec<usize> {
        let largest = graph.nodes.iter().map(|node| node.shape.len()).max().unwrap_or(1).max(1);
        let products: usize = graph.nodes.iter().map(products).sum();
        let count = (MOST_PRODUCTS / products.max(1)).min(MOST_VALUES / largest);
        let count = count.clamp(LEAST_ROWS, MOST_ROWS).min(self.rows.len());
        (0..count).map(|index| index * self.rows.len() / count).collect()
    }
}

fn products(node: &crate::graph::Node) -> usize {
    match &node.kind {
        Kind::Dense { weights, .. } => weights.len(),
        Kind::Conv { weights, .. } | Kind::Depthwise { weights, .. } => {
            weights.len().saturating_mul(node.shape.places())
        }
        _ => node.shape.len(),
    }
}
