//! The layers of a description, with every window enumerated value by value.

use super::super::{Dense, Int};
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Activation, Description, Layer, Pool};

/// What a layer does.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Product,
    Depthwise,
    Pool(Pool),
    Fork,
    Shortcut,
    Join,
}

/// A layer, and what lies under its window.
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(super) relu: bool,
    /// Of every place of the window, the pixel under each of its positions; `None` in the padding.
    pub(crate) under: Vec<Vec<Option<usize>>>,
    /// Channels of a pixel.
    pub(super) depth: usize,
    pub(super) divisor: Int,
    /// Its matrix of m rows and n columns, and its bias.
    pub(super) tensors: Dense,
}

fn pixels_under(window: &Window) -> Vec<Vec<Option<usize>>> {
    let [rows, columns] = [window.rows, window.columns].map(i64::from);
    let [above, below, left, right] = window.padding.map(i64::from);
    let ([height, width], [down, across]) = (window.kernel.map(i64::from), window.stride.map(i64::from));
    let mut places = vec![];
    let mut top = -above;
    while top + height <= rows + below {
        let mut first = -left;
        while first + width <= columns + right {
            let pixel = |position: i64| {
                let (row, column) = (top + position / width, first + position % width);
                let inside = row >= 0 && row < rows && column >= 0 && column < columns;
                inside.then_some((row * columns + column) as usize)
            };
            places.push((0..height * width).map(pixel).collect());
            first += across;
        }
        top += down;
    }
    places
}

pub(crate) fn places(model: &Description) -> Vec<Place> {
    let (mut inputs, mut offset, mut id) = (model.inputs as usize, 0, 0);
    let mut places = vec![];
    for layer in &model.layers {
        let flat = vec![vec![Some(0)]];
        let none = (vec![], 0, 0, false, None);
        let (kind, (under, depth, m, bias, divisor)) = match *layer {
            Layer::Dense { outputs, bias, .. } => {
                (Kind::Product, (flat, inputs, outputs as usize, bias, None))
            }
            Layer::Conv { window, channels, bias, divisor, .. } => {
                let depth = usize::from(window.channels);
                (Kind::Product, (pixels_under(&window), depth, channels as usize, bias, divisor))
            }
            Layer::Depthwise { window, bias, divisor, .. } => {
                let depth = usize::from(window.channels);
                (Kind::Depthwise, (pixels_under(&window), depth, depth, bias, divisor))
            }
            Layer::Pool { window, kind } => {
                let depth = usize::from(window.channels);
                (Kind::Pool(kind), (pixels_under(&window), depth, depth, false, None))
            }
            Layer::Fork { .. } => (Kind::Fork, none),
            Layer::Shortcut { .. } => (Kind::Shortcut, none),
            Layer::Join { .. } => (Kind::Join, none),
            _ => panic!("{layer:?} is of recurrent models"),
        };
        let positions = under.first().map_or(0, Vec::len);
        let n = if kind == Kind::Product { positions * depth } else { positions };
        let relu = match *layer {
            Layer::Dense { activation, .. }
            | Layer::Conv { activation, .. }
            | Layer::Depthwise { activation, .. }
            | Layer::Join { activation, .. } => activation == Activation::Relu,
            _ => false,
        };
        let own = divisor.map(|divisor| Int::from(divisor.get()));
        let divisor = own.unwrap_or_else(|| 16 * (n as Int).isqrt());
        let (matrix, bias) = (offset, bias.then_some(offset + m * n));
        let tensors = Dense { n, m, id, matrix, bias, relu };
        if matches!(kind, Kind::Product | Kind::Depthwise) {
            offset += m * n + if bias.is_some() { m } else { 0 };
            id += 1 + u32::from(bias.is_some());
        }
        if !under.is_empty() {
            inputs = under.len() * m;
        }
        places.push(Place { kind, relu, under, depth, divisor, tensors });
    }
    places
}

impl Place {
    pub(crate) fn is_product(&self) -> bool {
        matches!(self.kind, Kind::Product | Kind::Depthwise)
    }

    /// Where its parameters lie among those of the model.
    pub(crate) fn parameters(&self) -> std::ops::Range<usize> {
        let Dense { n, m, matrix, bias, .. } = self.tensors;
        matrix..matrix + if self.is_product() { m * n + bias.map_or(0, |_| m) } else { 0 }
    }

    /// Nodes of the layer.
    pub(super) fn nodes(&self) -> usize {
        self.under.len() * self.tensors.m
    }

    /// What row `channel` of the matrix (or a pool of that channel) reads of `x` at a place.
    pub(super) fn read(&self, x: &[Int], place: usize, channel: usize) -> Vec<Int> {
        let value = |pixel: Option<usize>, k| pixel.map_or(0, |pixel| x[pixel * self.depth + k]);
        let positions = self.under[place].iter();
        match self.kind {
            Kind::Product => {
                positions.flat_map(|&pixel| (0..self.depth).map(move |k| value(pixel, k))).collect()
            }
            _ => positions.map(|&pixel| value(pixel, channel)).collect(),
        }
    }

    /// `Z += delta x^T` of all places, and of the bias the sum of its channel's deltas.
    pub(super) fn credit(&self, x: &[Int], deltas: &[Int], z: &mut [Int], of_bias: &mut [Int]) {
        let (n, m) = (self.tensors.n, self.tensors.m);
        for (value, delta) in deltas.iter().enumerate() {
            let (place, channel) = (value / m, value % m);
            of_bias[channel] += delta;
            let read = self.read(x, place, channel);
            z[channel * n..][..n].iter_mut().zip(read).for_each(|(z, x)| *z += delta * x);
        }
    }
}
