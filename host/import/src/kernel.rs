//! Sums over windows, for floats and for integers alike.

use std::ops::{AddAssign, Mul};

use crate::graph::{Shape, Window};

/// What is multiplied and added.
pub(crate) trait Number: Copy + Default + AddAssign + Mul<Output = Self> + PartialOrd {}

impl Number for f32 {}
impl Number for i32 {}

/// Calls `visit` with the place in the kernel and the index of the first channel in the input, for each place
/// of the window at (`row`, `column`) that lies within the input.
fn visit(window: &Window, row: usize, column: usize, mut visit: impl FnMut(usize, usize)) {
    let Shape { rows, columns, channels } = window.input;
    for kernel_row in 0..window.kernel[0] {
        let Some(y) = (row * window.stride[0] + kernel_row).checked_sub(window.padding[0]) else { continue };
        for kernel_column in 0..window.kernel[1] {
            let x = (column * window.stride[1] + kernel_column).checked_sub(window.padding[2]);
            let Some(x) = x.filter(|x| *x < columns && y < rows) else { continue };
            visit(kernel_row * window.kernel[1] + kernel_column, (y * columns + x) * channels);
        }
    }
}

/// The sums of a convolution: kernels lie as outputs, rows, columns, inputs.
pub(crate) fn conv<T: Number>(window: &Window, weights: &[T], outputs: usize, input: &[T]) -> Vec<T> {
    let [rows, columns] = window.places();
    let channels = window.input.channels;
    let size = window.area() * channels;
    let mut sums = vec![T::default(); rows * columns * outputs];
    for (place, sums) in sums.chunks_exact_mut(outputs).enumerate() {
        visit(window, place / columns, place % columns, |at, from| {
            let values = &input[from..from + channels];
            for (sum, kernel) in sums.iter_mut().zip(weights.chunks_exact(size)) {
                *sum += dot(&kernel[at * channels..(at + 1) * channels], values);
            }
        });
    }
    sums
}

/// The sums of a convolution of each channel for itself: kernels lie as channels, rows, columns.
pub(crate) fn depthwise<T: Number>(window: &Window, weights: &[T], input: &[T]) -> Vec<T> {
    let [rows, columns] = window.places();
    let channels = window.input.channels;
    let area = window.area();
    let mut sums = vec![T::default(); rows * columns * channels];
    for (place, sums) in sums.chunks_exact_mut(channels).enumerate() {
        visit(window, place / columns, place % columns, |at, from| {
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum += weights[channel * area + at] * input[from + channel];
            }
        });
    }
    sums
}

/// The products of a matrix, outputs x inputs.
pub(crate) fn dense<T: Number>(weights: &[T], input: &[T]) -> Vec<T> {
    weights.chunks_exact(input.len()).map(|row| dot(row, input)).collect()
}

/// The largest value of each window.
pub(crate) fn maximum<T: Number>(window: &Window, input: &[T]) -> Vec<T> {
    let mut best: Vec<Option<T>> = vec![None; window.output(window.input.channels).len()];
    pool(window, input, &mut best, |best, value| {
        if best.is_none_or(|best| value > best) {
            *best = Some(value);
        }
    });
    best.into_iter().map(Option::unwrap_or_default).collect()
}

/// The sum of each window.
pub(crate) fn total<T: Number>(window: &Window, input: &[T]) -> Vec<T> {
    let mut sums = vec![T::default(); window.output(window.input.channels).len()];
    pool(window, input, &mut sums, |sum, value| *sum += value);
    sums
}

fn pool<T: Number, S>(window: &Window, input: &[T], outputs: &mut [S], mut each: impl FnMut(&mut S, T)) {
    let columns = window.places()[1];
    let channels = window.input.channels;
    for (place, outputs) in outputs.chunks_exact_mut(channels).enumerate() {
        visit(window, place / columns, place % columns, |_, from| {
            for (output, &value) in outputs.iter_mut().zip(&input[from..from + channels]) {
                each(output, value);
            }
        });
    }
}

fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    // Eight sums, so that the compiler may add floats side by side.
    let mut sums = [T::default(); 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a8.remainder().iter().zip(b8.remainder());
    for (a, b) in a8.zip(b8) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut total = T::default();
    for sum in sums {
        total += sum;
    }
    for (&a, &b) in rest {
        total += a * b;
    }
    total
}
