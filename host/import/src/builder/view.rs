//! Where the values of an activation lie in the file's own layout.

use std::rc::Rc;

use crate::constant::transposition;
use crate::error::Reason;
use crate::graph::{Shape, elements};

/// An activation as the file sees it: its sizes there, the batch (of one) first, and for each value in that
/// order its index in the node's own order of rows, columns and channels.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) node: usize,
    pub(crate) dims: Vec<usize>,
    pub(crate) order: Rc<Vec<usize>>,
}

/// Which axes of a view are the rows, the columns and the channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axes {
    pub(crate) rows: Option<usize>,
    pub(crate) columns: Option<usize>,
    pub(crate) channels: usize,
}

impl Axes {
    /// Channels before places, as in ONNX and PyTorch: for signals of 3 axes and images of 4.
    pub(crate) fn channels_first(rank: usize) -> Result<Self, Reason> {
        match rank {
            2 => Ok(Self { rows: None, columns: None, channels: 1 }),
            3 => Ok(Self { rows: None, columns: Some(2), channels: 1 }),
            4 => Ok(Self { rows: Some(2), columns: Some(3), channels: 1 }),
            _ => Err(format!("a tensor of {rank} axes; signals have 3 and images 4, the batch first")),
        }
    }

    /// Channels after places, as in TFLite and Keras.
    pub(crate) fn channels_last(rank: usize) -> Result<Self, Reason> {
        match rank {
            1 => Ok(Self { rows: None, columns: None, channels: 0 }),
            2 => Ok(Self { rows: None, columns: None, channels: 1 }),
            3 => Ok(Self { rows: None, columns: Some(1), channels: 2 }),
            4 => Ok(Self { rows: Some(1), columns: Some(2), channels: 3 }),
            _ => Err(format!("a tensor of {rank} axes; signals have 3 and images 4, the batch first")),
        }
    }

    /// The shape that the sizes have with these axes, and for each value in the order of rows, columns and
    /// channels its index in the file's order.
    fn placed(&self, dims: &[usize]) -> Result<(Shape, Vec<usize>), Reason> {
        let named: Vec<usize> =
            [self.rows, self.columns, Some(self.channels)].into_iter().flatten().collect();
        let mut order: Vec<usize> = (0..dims.len()).filter(|axis| !named.contains(axis)).collect();
        if let Some(axis) = order.iter().find(|axis| dims[**axis] != 1) {
            return Err(format!("axis {axis} of {dims:?} is no batch of one"));
        }
        order.extend(named);
        let size = |axis: Option<usize>| axis.map_or(1, |axis| dims[axis]);
        let shape =
            Shape { rows: size(self.rows), columns: size(self.columns), channels: size(Some(self.channels)) };
        Ok((shape, transposition(dims, &order)?.1))
    }
}

impl View {
    /// A view of a vector, or of anything whose file's order is that of the node.
    pub(crate) fn same(node: usize, dims: Vec<usize>) -> Result<Self, Reason> {
        let count = elements(&dims).ok_or_else(|| format!("an activation of {dims:?} is too large"))?;
        Ok(Self { node, dims, order: Rc::new((0..count).collect()) })
    }

    /// A view of an image or signal with its axes where `axes` has them.
    pub(crate) fn placed(node: usize, shape: Shape, axes: Axes) -> Result<Self, Reason> {
        let named = [axes.rows.zip(Some(shape.rows)), axes.columns.zip(Some(shape.columns))];
        let mut dims = vec![1; named.iter().flatten().count() + 2];
        for (axis, size) in named.into_iter().flatten().chain([(axes.channels, shape.channels)]) {
            dims[axis] = size;
        }
        let mut order = vec![0; shape.len()];
        for (own, file) in axes.placed(&dims)?.1.into_iter().enumerate() {
            order[file] = own;
        }
        Ok(Self { node, dims, order: Rc::new(order) })
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The shape with these axes, and for each value in its order the index in the node's own.
    pub(crate) fn wanted(&self, axes: Axes) -> Result<(Shape, Vec<usize>), Reason> {
        let (shape, file) = axes.placed(&self.dims)?;
        Ok((shape, file.into_iter().map(|index| self.order[index]).collect()))
    }

    pub(crate) fn reshaped(&self, dims: Vec<usize>) -> Result<Self, Reason> {
        if elements(&dims) != Some(self.len()) {
            return Err(format!("{:?} cannot be reshaped to {dims:?}", self.dims));
        }
        Ok(Self { dims, ..self.clone() })
    }

    pub(crate) fn transposed(&self, order: &[usize]) -> Result<Self, Reason> {
        let (dims, from) = transposition(&self.dims, order)?;
        let order = from.into_iter().map(|index| self.order[index]).collect();
        Ok(Self { node: self.node, dims, order: Rc::new(order) })
    }

    /// The same layout of another node with the same shape.
    pub(crate) fn of(&self, node: usize) -> Self {
        Self { node, ..self.clone() }
    }
}
