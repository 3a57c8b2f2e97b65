//! The float model that every reader produces.

use crate::error::Reason;

/// The most values that one activation, or one tensor of weights, may have.
pub(crate) const MOST_VALUES: usize = 1 << 24;

/// The most axes that a tensor may have.
const MOST_AXES: usize = 8;

/// Rows, columns and channels of an activation; it lies in this order, channel fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows: 1 for signals and vectors.
    pub rows: usize,
    /// Columns: 1 for vectors.
    pub columns: usize,
    /// Channels: all of a vector's values.
    pub channels: usize,
}

impl Shape {
    /// The shape of a vector.
    pub fn flat(channels: usize) -> Self {
        Self { rows: 1, columns: 1, channels }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.rows * self.columns * self.channels
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many places there are: rows times columns.
    pub fn places(&self) -> usize {
        self.rows * self.columns
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.places() == 1 {
            write!(f, "{}", self.channels)
        } else {
            write!(f, "{}x{}x{}", self.rows, self.columns, self.channels)
        }
    }
}

/// What a convolution or a pool moves over its input. A place outside has value 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The shape of the input.
    pub input: Shape,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Steps over rows and columns.
    pub stride: [usize; 2],
    /// Rows and columns added at the top, bottom, left and right.
    pub padding: [usize; 4],
}

impl Window {
    /// A window of one place that stays in it.
    pub fn point(input: Shape) -> Self {
        Self { input, kernel: [1, 1], stride: [1, 1], padding: [0; 4] }
    }

    /// The rows and columns of the output. Windows that are only partly filled are dropped.
    pub fn places(&self) -> [usize; 2] {
        let along = |size: usize, before: usize, after: usize, kernel: usize, stride: usize| {
            ((size + before + after).saturating_sub(kernel)) / stride + 1
        };
        let [top, bottom, left, right] = self.padding;
        [
            along(self.input.rows, top, bottom, self.kernel[0], self.stride[0]),
            along(self.input.columns, left, right, self.kernel[1], self.stride[1]),
        ]
    }

    /// The shape of the output with this many channels.
    pub fn output(&self, channels: usize) -> Shape {
        let [rows, columns] = self.places();
        Shape { rows, columns, channels }
    }

    /// How many places a kernel has.
    pub fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Refuses sizes that no computation could have, so that none of the methods above can overflow.
    pub(crate) fn check(&self) -> Result<(), Reason> {
        let sizes = [self.input.rows, self.input.columns, self.input.channels];
        let small = |value: &usize| *value < 1 << 16;
        if sizes.iter().chain(&self.kernel).chain(&self.stride).any(|v| *v == 0 || *v > MOST_VALUES)
            || !self.kernel.iter().chain(&self.stride).chain(&self.padding).all(small)
            || elements(&sizes).is_none()
        {
            return Err(format!(
                "a window of {:?} with steps {:?} and padding {:?} over {} is none",
                self.kernel, self.stride, self.padding, self.input
            ));
        }
        let [top, bottom, left, right] = self.padding;
        if self.input.rows + top + bottom < self.kernel[0]
            || self.input.columns + left + right < self.kernel[1]
        {
            return Err(format!("a kernel of {:?} is larger than its input {}", self.kernel, self.input));
        }
        Ok(())
    }
}

/// Which value a pool keeps of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The largest.
    Max,
    /// The mean.
    Average,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The model's input: always node 0, and only that one.
    Input,
    /// A matrix: weights are outputs x inputs, inputs in the order of the activation.
    Dense {
        /// Outputs x inputs.
        weights: Vec<f32>,
        /// One an output.
        bias: Vec<f32>,
    },
    /// A convolution over all channels.
    Conv {
        /// What it moves over.
        window: Window,
        /// Outputs x rows x columns x inputs.
        weights: Vec<f32>,
        /// One an output.
        bias: Vec<f32>,
    },
    /// A convolution of each channel for itself.
    Depthwise {
        /// What it moves over.
        window: Window,
        /// Channels x rows x columns.
        weights: Vec<f32>,
        /// One a channel.
        bias: Vec<f32>,
    },
    /// A pool of each channel, without padding.
    Pool {
        /// What it moves over.
        window: Window,
        /// What it keeps.
        pooling: Pooling,
    },
    /// The sum of two activations of one shape.
    Add,
    /// Limits: ReLU is 0 to infinity.
    Clamp {
        /// The least value.
        low: f32,
        /// The greatest value.
        high: f32,
    },
    /// The same values, read as another shape.
    Reshape,
    /// `gain * x + offset`, both one a value. No graph that a reader returns has one.
    Affine {
        /// One a value.
        gain: Vec<f32>,
        /// One a value.
        offset: Vec<f32>,
    },
    /// Zeros around the input: top, bottom, left, right. No graph that a reader returns has one.
    Pad([usize; 4]),
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name in the file; the name of its output where it has none.
    pub name: String,
    /// Its operator in the file.
    pub operator: String,
    /// Indices of the nodes that it reads.
    pub inputs: Vec<usize>,
    /// The shape of its output.
    pub shape: Shape,
    /// What it computes.
    pub kind: Kind,
}

/// What the model's outputs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Scores of classes, natural logarithms of odds: a softmax, or a sigmoid of one output, followed them.
    Classes,
    /// The file says nothing of them.
    Values,
}

/// The model's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its shape.
    pub shape: Shape,
    /// Value `i` of an input row is value `order[i]` of the file's own layout: a PyTorch image has channels
    /// first there.
    pub order: Vec<usize>,
    /// A value is first multiplied by its gain,
    pub gain: Vec<f32>,
    /// then its offset is added. Zero padding comes after both.
    pub offset: Vec<f32>,
}

/// A float model: its nodes in an order in which each follows those that it reads. The last one is the
/// output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The file that it was read from.
    pub file: String,
    /// What goes in.
    pub input: Input,
    /// What is computed.
    pub nodes: Vec<Node>,
    /// What comes out.
    pub head: Head,
}

impl Graph {
    /// The shape of the output.
    pub fn output(&self) -> Shape {
        self.nodes.last().map_or(self.input.shape, |node| node.shape)
    }

    /// A row in the file's own layout, put into the order of the model's input.
    pub fn ordered(&self, row: &[f32]) -> Vec<f32> {
        self.input.order.iter().map(|&from| row.get(from).copied().unwrap_or(0.0)).collect()
    }

    /// How many nodes read each node.
    pub(crate) fn readers(&self) -> Vec<Vec<usize>> {
        readers(&self.nodes)
    }
}

pub(crate) fn readers(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for &input in &node.inputs {
            readers[input].push(index);
        }
    }
    readers
}

/// The product of sizes, where it is small enough to be allocated.
pub(crate) fn elements(sizes: &[usize]) -> Option<usize> {
    if sizes.len() > MOST_AXES {
        return None;
    }
    // Sizes of 0 are left out first: steps along the other axes must not overflow either.
    let product = |product: usize, size: &usize| product.checked_mul((*size).max(1));
    let bound = sizes.iter().try_fold(1usize, product).filter(|bound| *bound <= MOST_VALUES)?;
    Some(if sizes.contains(&0) { 0 } else { bound })
}
