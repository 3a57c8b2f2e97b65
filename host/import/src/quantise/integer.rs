//! The integer model, computed: what the quantiser measures itself by.

use super::chain::State;
use super::output::{Activation, Layer, Quantised};
use crate::error::{Error, data};
use crate::graph::{Pooling, Window};
use crate::kernel;

/// A layer with its weights.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) layer: Layer,
    pub(super) weights: Vec<i32>,
    pub(super) bias: Vec<i32>,
}

pub(super) fn clip(value: i32) -> i32 {
    value.clamp(-127, 127)
}

/// A linear layer's sums, divided and clipped, before its bias.
pub(super) fn divided(layer: &Layer, weights: &[i32], input: &[i32]) -> Vec<i32> {
    let (sums, divisor) = match layer {
        Layer::Dense { divisor, .. } => (kernel::dense(weights, input), *divisor),
        Layer::Conv { window, outputs, divisor, .. } => {
            (kernel::conv(window, weights, *outputs, input), *divisor)
        }
        Layer::Depthwise { window, divisor, .. } => (kernel::depthwise(window, weights, input), *divisor),
        _ => (input.to_vec(), 1),
    };
    sums.into_iter().map(|sum| clip(sum.div_euclid(divisor as i32))).collect()
}

pub(super) fn finished(mut values: Vec<i32>, bias: &[i32], activation: Activation) -> Vec<i32> {
    if !bias.is_empty() {
        for place in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in place.iter_mut().zip(bias) {
                *value = clip(*value + bias);
            }
        }
    }
    if activation == Activation::Relu {
        values.iter_mut().for_each(|value| *value = (*value).max(0));
    }
    values
}

pub(super) fn pooled(window: &Window, pooling: Pooling, input: &[i32]) -> Vec<i32> {
    match pooling {
        Pooling::Max => kernel::maximum(window, input),
        Pooling::Average => {
            let count = window.area() as i32;
            kernel::total(window, input).into_iter().map(|sum| sum.div_euclid(count)).collect()
        }
    }
}

impl Ready {
    pub(super) fn advance(&self, state: &mut State<i32>) {
        match &self.layer {
            Layer::Dense { activation, .. }
            | Layer::Conv { activation, .. }
            | Layer::Depthwise { activation, .. } => {
                let divided = divided(&self.layer, &self.weights, &state.value);
                state.value = finished(divided, &self.bias, *activation);
            }
            Layer::Pool { window, pooling } => state.value = pooled(window, *pooling, &state.value),
            Layer::Fork => state.fork(),
            Layer::Shortcut => state.shortcut(),
            Layer::Join { activation } => {
                let sums = state.other().iter().zip(&state.value).map(|(a, b)| clip(a + b)).collect();
                state.value = finished(sums, &[], *activation);
            }
        }
    }
}

impl Layer {
    /// How many weights the kernel has, and how many the bias.
    pub fn sizes(&self) -> (usize, usize) {
        let (size, outputs, biased) = match self {
            Self::Dense { inputs, outputs, bias, .. } => (*inputs, *outputs, *bias),
            Self::Conv { window, outputs, bias, .. } => {
                (window.area() * window.input.channels, *outputs, *bias)
            }
            Self::Depthwise { window, bias, .. } => (window.area(), window.input.channels, *bias),
            _ => return (0, 0),
        };
        (size * outputs, if biased { outputs } else { 0 })
    }
}

impl Quantised {
    /// Computes the integer model of one row, as [`InputScale::apply`](super::InputScale::apply) returns it.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] if the row has another length than the input.
    pub fn run(&self, row: &[i8]) -> Result<Vec<i8>, Error> {
        if row.len() != self.shape.len() {
            return Err(data(format!("a row of {} values for an input of {}", row.len(), self.shape.len())));
        }
        let mut state = State::new(row.iter().map(|value| i32::from(*value)).collect());
        let mut rest = self.weights.as_slice();
        let mut take = |count: usize| -> Result<Vec<i32>, Error> {
            let short = || data(format!("{} weights are fewer than the layers have", self.weights.len()));
            let (taken, left) = rest.split_at_checked(count).ok_or_else(short)?;
            rest = left;
            Ok(taken.iter().map(|weight| i32::from(*weight)).collect())
        };
        for layer in &self.layers {
            let (kernel, bias) = layer.sizes();
            let (weights, bias) = (take(kernel)?, take(bias)?);
            Ready { layer: layer.clone(), weights, bias }.advance(&mut state);
        }
        Ok(state.value.iter().map(|value| *value as i8).collect())
    }
}
