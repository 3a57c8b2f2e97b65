//! Windows of 32-bit integers: what lies under each place is gathered, and multiplied by one matrix. There
//! are convolutions of integers in ONNX, but their sums need no more be exact than those of `MatMulInteger`.

use super::super::windows::{Kind, Layer, Operation, Windows};
use super::dense::{scaled, transposed};
use super::graph::Builder;

/// Adds all operations behind the features, and returns the outputs.
pub(super) fn windows(builder: &mut Builder, windows: &Windows<'_>, features: &str) -> String {
    // The value that was written last at each place of the memory.
    let mut memory: Vec<(usize, String)> = Vec::new();
    let mut output = features.to_owned();
    for planned in &windows.operations {
        let at =
            |place: usize| memory.iter().rev().find(|(at, _)| *at == place).map(|(_, name)| name.clone());
        let from = planned.from.as_ref().and_then(|from| at(from.start)).unwrap_or(features.to_owned());
        output = match &planned.operation {
            Operation::Layer(of) => layer(builder, of, &from),
            Operation::Join { relu } => {
                let other = at(planned.to.start).unwrap_or_default();
                let sum = builder.op("Add", &[&other, &from]);
                let [low, high] = [if *relu { 0 } else { -127 }, 127].map(|end| builder.int32(end));
                builder.op("Clip", &[&sum, &low, &high])
            }
        };
        memory.push((planned.to.start, output.clone()));
    }
    output
}

/// A layer, of values [batch, number].
fn layer(builder: &mut Builder, layer: &Layer<'_>, x: &str) -> String {
    let (window, channels) = (&layer.window, usize::from(layer.window.channels));
    let ([rows, columns], taps) = (layer.places(), window.taps() as usize);
    let places = rows * columns;
    // [batch, places, positions, channels]
    let under = gathered(builder, layer, x);
    let made = match layer.kind {
        Kind::Convolution => {
            let read = reshaped(builder, &under, &[places, taps * channels]);
            let weights = transposed(builder, layer.weights, taps * channels);
            let sum = builder.op("MatMul", &[&read, &weights]);
            scaled(builder, &sum, layer.divisor, layer.bias, layer.relu)
        }
        Kind::Depthwise => {
            let weights = transposed(builder, layer.weights, taps);
            let products = builder.op("Mul", &[&under, &weights]);
            let sum = summed(builder, &products);
            scaled(builder, &sum, layer.divisor, layer.bias, layer.relu)
        }
        Kind::Max => builder.over_axis("ReduceMax", &under, POSITIONS),
        Kind::Average => {
            let sum = summed(builder, &under);
            scaled(builder, &sum, layer.divisor, layer.bias, layer.relu)
        }
    };
    reshaped(builder, &made, &[places * layer.channels])
}

/// The axis of positions under a window.
const POSITIONS: i64 = 2;

fn summed(builder: &mut Builder, values: &str) -> String {
    let axis = builder.int64(&[1], std::iter::once(POSITIONS));
    let name = builder.name("reducesum");
    builder.named("ReduceSum", &[values, &axis], &name, &[("keepdims", 0)]);
    name
}

/// The same values in another shape behind the batch.
fn reshaped(builder: &mut Builder, value: &str, shape: &[usize]) -> String {
    // 0 leaves the size of the batch as it is.
    let sizes = std::iter::once(0).chain(shape.iter().map(|&size| size as i64));
    let shape = builder.int64(&[shape.len() + 1], sizes);
    builder.op("Reshape", &[value, &shape])
}

/// What lies under the window at each place: [batch, places, positions, channels].
fn gathered(builder: &mut Builder, layer: &Layer<'_>, x: &str) -> String {
    let (window, [rows, columns]) = (&layer.window, layer.places());
    let (pixels, taps) = (usize::from(window.rows) * usize::from(window.columns), window.taps() as usize);
    let channels = usize::from(window.channels);
    let places = rows * columns;
    let under = pixels_under(layer);
    if under.iter().copied().eq(0..pixels) {
        // The window moves over each pixel once, in their order.
        return reshaped(builder, x, &[places, taps, channels]);
    }
    let mut values = reshaped(builder, x, &[pixels, channels]);
    if under.contains(&pixels) {
        // One pixel of zeros behind the others.
        let pads = builder.int64(&[6], [0, 0, 0, 0, 1, 0].into_iter());
        values = builder.op("Pad", &[&values, &pads]);
    }
    let places = builder.int32s(&[places, taps], under.iter().map(|&pixel| pixel as i32));
    let name = builder.name("gather");
    builder.named("Gather", &[&values, &places], &name, &[("axis", 1)]);
    name
}

/// The pixel under each position at each place; the one behind the last for those in the padding.
fn pixels_under(layer: &Layer<'_>) -> Vec<usize> {
    let window = &layer.window;
    let [rows, columns] = [window.rows, window.columns].map(usize::from);
    let ([height, width], [down, across]) = (window.kernel.map(usize::from), window.stride.map(usize::from));
    let [above, _, left, _] = window.padding.map(usize::from);
    let [rows_of, columns_of] = layer.places();
    let mut under = Vec::with_capacity(rows_of * columns_of * height * width);
    for (p, q) in (0..rows_of).flat_map(|p| (0..columns_of).map(move |q| (p, q))) {
        for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
            let row = (p * down + i).checked_sub(above).filter(|&row| row < rows);
            let column = (q * across + j).checked_sub(left).filter(|&column| column < columns);
            under.push(row.zip(column).map_or(rows * columns, |(row, column)| row * columns + column));
        }
    }
    under
}
