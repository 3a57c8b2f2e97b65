//! The weights, the divisor and the bias of one layer.

use super::chain::{Form, Linear};
use super::integer::{clip, divided, finished};
use super::output::{Activation, Layer};

/// The largest divisor.
const MOST: f32 = (1 << 20) as f32;

/// By which shares of the largest weight the range is tried: a single large weight may be clipped.
const SHARES: [f32; 7] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4];

/// A kernel in integers.
pub(super) struct Kernel {
    pub(super) weights: Vec<i32>,
    pub(super) divisor: u32,
}

pub(super) fn largest(linear: &Linear) -> f32 {
    linear.weights.iter().fold(0.0, |largest, weight| largest.max(weight.abs()))
}

/// Chooses the divisor with the least expected error of the sums: `ratio` is the output's scale over the
/// input's, `power` the mean square of each input channel.
pub(super) fn kernel(linear: &Linear, ratio: f32, power: &[f64]) -> Kernel {
    let largest = largest(linear) * ratio;
    let mut best: Option<(f64, Kernel)> = None;
    let mut tried = 0;
    for share in SHARES {
        let divisor = (127.0 / (largest * share)).floor().clamp(1.0, MOST);
        // What is no number is 0 as an integer.
        if (divisor as u32).max(1) == tried {
            continue;
        }
        tried = (divisor as u32).max(1);
        let factor = ratio * divisor;
        let mut error = 0.0;
        let weights = linear
            .weights
            .iter()
            .enumerate()
            .map(|(at, weight)| {
                let exact = weight * factor;
                let rounded = exact.round().clamp(-127.0, 127.0);
                error +=
                    power[linear.channel(at, power.len())] * f64::from((rounded - exact) / divisor).powi(2);
                rounded as i32
            })
            .collect();
        let kernel = Kernel { weights, divisor: tried };
        if best.as_ref().is_none_or(|(least, _)| error < *least) {
            best = Some((error, kernel));
        }
    }
    best.map_or(Kernel { weights: vec![0; linear.weights.len()], divisor: 1 }, |(_, kernel)| kernel)
}

/// The layer of a linear stage.
pub(super) fn layer(linear: &Linear, divisor: u32, bias: bool) -> Layer {
    let activation = match linear.limits {
        Some((0.0, _)) => Activation::Relu,
        // Limits as far below 0 as above are those of the range.
        _ => Activation::None,
    };
    let outputs = linear.bias.len();
    match linear.form {
        Form::Dense => Layer::Dense { inputs: linear.fan_in(), outputs, bias, activation, divisor },
        Form::Conv(window) => Layer::Conv { window, outputs, bias, activation, divisor },
        Form::Depthwise(window) => Layer::Depthwise { window, bias, activation, divisor },
    }
}

/// A layer's sums over all rows, divided and clipped.
pub(super) fn sums(linear: &Linear, kernel: &Kernel, inputs: &[&[i32]]) -> Vec<Vec<i32>> {
    let layer = layer(linear, kernel.divisor, true);
    inputs.iter().map(|input| divided(&layer, &kernel.weights, input)).collect()
}

/// For each output the bias with the least squared error against the float values: it makes up for the floor
/// of the division, and for what earlier layers lost on average.
pub(super) fn bias(linear: &Linear, scale: f32, sums: &[Vec<i32>], floats: &[&[f32]]) -> Vec<i32> {
    let outputs = linear.bias.len();
    let relu = linear.limits.is_some_and(|(low, _)| low == 0.0);
    let floor = if relu { 0 } else { -127 };
    let nearest = |at: usize| (linear.bias[at] * scale + 0.5).round().clamp(-127.0, 127.0) as i32;
    let mut found = Vec::with_capacity(outputs);
    for at in 0..outputs {
        let (middle, mut best) = (nearest(at), (f64::INFINITY, 0));
        for step in [0, 1, -1, 2, -2, 3, -3] {
            let bias = clip(middle + step);
            let mut error = 0.0;
            for (sums, floats) in sums.iter().zip(floats) {
                for (sum, float) in
                    sums.iter().skip(at).step_by(outputs).zip(floats.iter().skip(at).step_by(outputs))
                {
                    let exact = (float * scale).clamp(-127.0, 127.0);
                    error += f64::from(clip(sum + bias).max(floor) as f32 - exact).powi(2);
                }
            }
            if error < best.0 {
                best = (error, bias);
            }
        }
        found.push(best.1);
    }
    found
}

/// The layer's results of its sums.
pub(super) fn results(linear: &Linear, sums: Vec<i32>, bias: &[i32]) -> Vec<i32> {
    let relu = linear.limits.is_some_and(|(low, _)| low == 0.0);
    finished(sums, bias, if relu { Activation::Relu } else { Activation::None })
}
