//! Layers without weights, and what is dropped after the last one.

use super::base::{Builder, Value};
use super::linear::Padding;
use super::view::{Axes, View};
use crate::error::Reason;
use crate::graph::{Head, Kind, Pooling, Shape, Window};

impl Builder {
    pub(crate) fn clamp(&mut self, view: &View, low: f32, high: f32) -> Result<Value, Reason> {
        if low.is_nan() || high.is_nan() || low > high {
            return Err(format!("limits of {low} and {high}"));
        }
        let (shape, settled) = (self.nodes[view.node].shape, self.settled[view.node]);
        let node = self.push(Kind::Clamp { low, high }, vec![view.node], shape, settled)?;
        Ok(Value::Node(view.of(node)))
    }

    /// A pool; `rounded_up`: windows that are only partly filled count, too.
    pub(crate) fn pool(
        &mut self,
        view: &View,
        axes: Axes,
        pooling: Pooling,
        (kernel, stride): ([usize; 2], [usize; 2]),
        padding: Padding,
        rounded_up: bool,
    ) -> Result<Value, Reason> {
        let (node, input) = self.image(view, axes)?;
        if kernel.iter().chain(&stride).any(|value| *value == 0 || *value > 1 << 16) {
            return Err(format!("a window of {kernel:?} with steps {stride:?}"));
        }
        let padding = padding.places(input, kernel, stride);
        let window = Window { input, kernel, stride, padding: [0; 4] };
        let padded = Window { padding, ..window };
        padded.check()?;
        window.check()?;
        let left = |size: usize, kernel: usize, stride: usize| !(size - kernel).is_multiple_of(stride);
        let partial = rounded_up
            && (left(input.rows + padding[0] + padding[1], kernel[0], stride[0])
                || left(input.columns + padding[2] + padding[3], kernel[1], stride[1]));
        if partial || padding[0] != 0 || padding[2] != 0 || padded.places() != window.places() {
            return Err(format!(
                "a pool whose windows of {kernel:?} reach over the edges of {input}; pools without padding, \
                 whose windows all lie within, are supported"
            ));
        }
        let shape = window.output(input.channels);
        let node = self.push(Kind::Pool { window, pooling }, vec![node], shape, true)?;
        Ok(Value::Node(View::placed(node, shape, axes)?))
    }

    /// A pool over all places: over these axes of the view.
    pub(crate) fn global(
        &mut self,
        view: &View,
        over: &[usize],
        pooling: Pooling,
        keep: bool,
    ) -> Result<Value, Reason> {
        let rank = view.dims.len();
        let last = rank == 4 && over == [1, 2] || rank == 3 && over == [1];
        let first = rank == 4 && over == [2, 3] || rank == 3 && over == [2];
        let axes = match (first, last) {
            (true, _) => Axes::channels_first(rank)?,
            (_, true) => Axes::channels_last(rank)?,
            _ => {
                return Err(format!(
                    "a mean over the axes {over:?} of {:?}; over all places is supported",
                    view.dims
                ));
            }
        };
        let (rows, columns) = (axes.rows.map_or(1, |axis| view.dims[axis]), axes.columns);
        let kernel = [rows, columns.map_or(1, |axis| view.dims[axis])];
        let pooled = self.pool(view, axes, pooling, (kernel, [1, 1]), Padding::Given([0; 4]), false)?;
        match pooled {
            Value::Node(view) if !keep => {
                let channels = view.len();
                Ok(Value::Node(view.reshaped(vec![1, channels])?))
            }
            other => Ok(other),
        }
    }

    /// The sum of two activations.
    pub(crate) fn add(&mut self, a: &View, b: &View) -> Result<Value, Reason> {
        let shapes = [self.nodes[a.node].shape, self.nodes[b.node].shape];
        if a.dims != b.dims || a.order != b.order || shapes[0] != shapes[1] {
            return Err(format!(
                "a sum of {:?} and {:?}; two activations of one shape and layout are supported",
                a.dims, b.dims
            ));
        }
        self.settle(a.node, None)?;
        self.settle(b.node, None)?;
        let node = self.push(Kind::Add, vec![a.node, b.node], shapes[0], true)?;
        Ok(Value::Node(a.of(node)))
    }

    /// Zeros around a view: one pair (before, after) for each of its axes.
    pub(crate) fn pad(&mut self, view: &View, pairs: &[(usize, usize)]) -> Result<Value, Reason> {
        if pairs.len() != view.dims.len() {
            return Err(format!("a padding of {} axes for {:?}", pairs.len(), view.dims));
        }
        let rank = pairs.len();
        let padded: Vec<usize> = (0..rank).filter(|axis| pairs[*axis] != (0, 0)).collect();
        if padded.is_empty() {
            return Ok(Value::Node(view.clone()));
        }
        let [first, last] = [Axes::channels_first(rank)?, Axes::channels_last(rank)?];
        let fits =
            |axes: &Axes| padded.iter().all(|axis| Some(*axis) == axes.rows || Some(*axis) == axes.columns);
        // Where both would do, the layout that needs no other order of the node is the right one.
        let natural = |axes: &Axes| {
            view.wanted(*axes).is_ok_and(|(_, order)| order.iter().enumerate().all(|(to, from)| to == *from))
        };
        let axes = match [first, last].into_iter().filter(fits).collect::<Vec<_>>()[..] {
            [axes] => axes,
            [first, last] => {
                if natural(&last) && !natural(&first) {
                    last
                } else {
                    first
                }
            }
            _ => return Err(format!("a padding of {pairs:?}; rows and columns are padded")),
        };
        let (node, shape) = self.image(view, axes)?;
        let along = |axis: Option<usize>| axis.map_or((0, 0), |axis| pairs[axis]);
        let ((top, bottom), (left, right)) = (along(axes.rows), along(axes.columns));
        if [top, bottom, left, right].iter().any(|places| *places >= 1 << 16) {
            return Err(format!("a padding of {pairs:?} is too large"));
        }
        let [rows, columns] = [shape.rows + top + bottom, shape.columns + left + right];
        let shape = Shape { rows, columns, ..shape };
        crate::graph::elements(&[rows, columns, shape.channels])
            .ok_or_else(|| format!("an output of {shape} is too large"))?;
        let node = self.push(Kind::Pad([top, bottom, left, right]), vec![node], shape, true)?;
        Ok(Value::Node(View::placed(node, shape, axes)?))
    }

    /// What follows are probabilities of these scores, or the best class: dropped.
    pub(crate) fn scores(&mut self, view: &View, single: bool) -> Result<Value, Reason> {
        if self.scores.as_ref().is_some_and(|scores| scores.node != view.node) {
            return Err("probabilities of two different activations; one is supported".to_owned());
        }
        self.head = Head::Classes;
        self.single |= single;
        self.scores = Some(view.clone());
        Ok(Value::Dropped)
    }
}
