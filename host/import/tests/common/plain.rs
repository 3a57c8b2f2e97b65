//! The integer model by the definition of the arithmetic, place by place and without any of the crate's code.

use eggroll_import::{Activation, Layer, Pooling, Quantised, Window};

fn clip(value: i64) -> i64 {
    value.clamp(-127, 127)
}

/// `input[row][column][channel]`, 0 outside; the place is given with the padding before it.
fn at(window: &Window, input: &[i64], row: usize, column: usize, channel: usize) -> i64 {
    let (row, column) = (row as i64 - window.padding[0] as i64, column as i64 - window.padding[2] as i64);
    let shape = window.input;
    if row < 0 || column < 0 || row >= shape.rows as i64 || column >= shape.columns as i64 {
        return 0;
    }
    input[(row as usize * shape.columns + column as usize) * shape.channels + channel]
}

fn size(window: &Window) -> (usize, usize) {
    let rows = window.input.rows + window.padding[0] + window.padding[1];
    let columns = window.input.columns + window.padding[2] + window.padding[3];
    ((rows - window.kernel[0]) / window.stride[0] + 1, (columns - window.kernel[1]) / window.stride[1] + 1)
}

/// Calls a function for each output place and channel with the first row and column of its window.
fn over(window: &Window, channels: usize, mut value: impl FnMut(usize, usize, usize) -> i64) -> Vec<i64> {
    let (rows, columns) = size(window);
    let mut outputs = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            for channel in 0..channels {
                outputs.push(value(row * window.stride[0], column * window.stride[1], channel));
            }
        }
    }
    outputs
}

pub(crate) fn run(model: &Quantised, input: &[i8]) -> Vec<i8> {
    let mut weights = model.weights.iter().map(|weight| i64::from(*weight));
    let mut take = |count: usize| -> Vec<i64> { weights.by_ref().take(count).collect() };
    let mut x: Vec<i64> = input.iter().map(|value| i64::from(*value)).collect();
    let (mut fork, mut main) = (Vec::new(), None);
    for layer in &model.layers {
        match layer {
            Layer::Dense { inputs, outputs, bias, activation, divisor } => {
                assert_eq!(x.len(), *inputs);
                let kernel = take(inputs * outputs);
                let sums = (0..*outputs).map(|o| (0..*inputs).map(|i| kernel[o * inputs + i] * x[i]).sum());
                let sums: Vec<i64> = sums.collect();
                x = linear(sums, *divisor, bias.then(|| take(*outputs)), *activation);
            }
            Layer::Conv { window, outputs, bias, activation, divisor } => {
                let ([height, width], depth) = (window.kernel, window.input.channels);
                let kernel = take(outputs * height * width * depth);
                let sums = over(window, *outputs, |row, column, output| {
                    let mut sum = 0;
                    for r in 0..height {
                        for c in 0..width {
                            for i in 0..depth {
                                let weight = kernel[((output * height + r) * width + c) * depth + i];
                                sum += weight * at(window, &x, row + r, column + c, i);
                            }
                        }
                    }
                    sum
                });
                x = linear(sums, *divisor, bias.then(|| take(*outputs)), *activation);
            }
            Layer::Depthwise { window, bias, activation, divisor } => {
                let ([height, width], depth) = (window.kernel, window.input.channels);
                let kernel = take(depth * height * width);
                let sums = over(window, depth, |row, column, channel| {
                    let mut sum = 0;
                    for r in 0..height {
                        for c in 0..width {
                            let weight = kernel[(channel * height + r) * width + c];
                            sum += weight * at(window, &x, row + r, column + c, channel);
                        }
                    }
                    sum
                });
                x = linear(sums, *divisor, bias.then(|| take(depth)), *activation);
            }
            Layer::Pool { window, pooling } => {
                assert_eq!(window.padding, [0; 4]);
                let [height, width] = window.kernel;
                x = over(window, window.input.channels, |row, column, channel| {
                    let places = (0..height * width)
                        .map(|place| at(window, &x, row + place / width, column + place % width, channel));
                    match pooling {
                        Pooling::Max => places.max().unwrap(),
                        Pooling::Average => places.sum::<i64>().div_euclid((height * width) as i64),
                    }
                });
            }
            Layer::Fork => fork.clone_from(&x),
            Layer::Shortcut => main = Some(std::mem::replace(&mut x, fork.clone())),
            Layer::Join { activation } => {
                let other = main.take().unwrap_or_else(|| fork.clone());
                assert_eq!(other.len(), x.len());
                x = x.iter().zip(other).map(|(a, b)| active(clip(a + b), *activation)).collect();
            }
        }
    }
    assert_eq!(weights.count(), 0, "weights that no layer reads");
    x.into_iter().map(|value| i8::try_from(value).unwrap()).collect()
}

fn linear(sums: Vec<i64>, divisor: u32, bias: Option<Vec<i64>>, activation: Activation) -> Vec<i64> {
    let place = |(index, sum): (usize, i64)| {
        assert!(i32::try_from(sum).is_ok() && (1..=1 << 20).contains(&divisor));
        let value = clip(sum.div_euclid(i64::from(divisor)));
        active(bias.as_ref().map_or(value, |bias| clip(value + bias[index % bias.len()])), activation)
    };
    sums.into_iter().enumerate().map(place).collect()
}

fn active(value: i64, activation: Activation) -> i64 {
    if activation == Activation::Relu { value.max(0) } else { value }
}
