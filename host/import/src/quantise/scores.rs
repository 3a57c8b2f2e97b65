//! The outputs: scores of classes, or values.

use super::calibration::Calibration;
use super::chain::{Stage, State, Step, last_linear};

/// Units of a score of 1.0, a natural logarithm, in 1/16 bit.
pub(super) const SIXTEENTHS: f32 = 16.0 / std::f32::consts::LN_2;

/// Moves the outputs to where they need the least range; returns what to add to each of them.
///
/// Of scores only differences count: their mean over the classes is taken out of the weights. Of values the
/// mean over the rows is taken out of the bias, and given back.
pub(super) fn centre(stages: &mut [Stage], rows: &[Vec<f32>], classes: bool) -> Vec<f32> {
    let outputs = stages.last().map_or(0, |stage| stage.shape.len());
    let mut offset = vec![0.0; outputs];
    let Some(last) = last_linear(stages) else { return offset };
    if classes {
        if let Step::Linear(linear) = &mut stages[last].step
            && !matches!(linear.form, super::chain::Form::Depthwise(_))
        {
            let (size, count) = (linear.fan_in(), linear.bias.len());
            take_mean(&mut linear.weights, size, count);
            take_mean(&mut linear.bias, 1, count);
        }
        return offset;
    }
    let Step::Linear(linear) = &mut stages[last].step.clone() else { return offset };
    let channels = linear.bias.len();
    let mut sums = vec![0.0f64; channels];
    for row in rows {
        for (at, value) in outcome(stages, row).into_iter().enumerate() {
            sums[at % channels] += f64::from(value);
        }
    }
    let count = (rows.len() * outputs / channels).max(1) as f64;
    for (bias, sum) in linear.bias.iter_mut().zip(&sums) {
        *bias -= (sum / count) as f32;
    }
    for (at, offset) in offset.iter_mut().enumerate() {
        *offset = (sums[at % channels] / count) as f32;
    }
    stages[last].step = Step::Linear(linear.clone());
    offset
}

/// Takes the mean over all outputs from each output's weights.
fn take_mean(values: &mut [f32], size: usize, outputs: usize) {
    for at in 0..size {
        let mean =
            values.iter().skip(at).step_by(size).map(|value| f64::from(*value)).sum::<f64>() / outputs as f64;
        values.iter_mut().skip(at).step_by(size).for_each(|value| *value -= mean as f32);
    }
}

/// What the float chain computes of a row in units.
fn outcome(stages: &[Stage], row: &[f32]) -> Vec<f32> {
    let mut state = State::new(row.to_vec());
    for stage in stages {
        stage.advance(&mut state);
    }
    state.value
}

/// The class of each chosen row: its label, or what the float model takes it for.
pub(super) fn labels(
    stages: &[Stage],
    rows: &[Vec<f32>],
    chosen: &[usize],
    calibration: &Calibration<'_>,
) -> Vec<usize> {
    match calibration.labels {
        Some(labels) => chosen.iter().map(|&at| labels[at]).collect(),
        None => rows.iter().map(|row| greatest(&outcome(stages, row))).collect(),
    }
}

/// The index of the greatest value, the first of equal ones.
pub(super) fn greatest<T: PartialOrd + Copy>(values: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// Whether one value is greater than all others.
pub(super) fn alone(values: &[i32], index: usize) -> bool {
    values.iter().enumerate().all(|(at, value)| at == index || *value < values[index])
}

/// Probabilities of scores.
pub(super) fn probabilities(scores: impl Iterator<Item = f32> + Clone) -> Vec<f32> {
    let largest = scores.clone().fold(f32::NEG_INFINITY, f32::max);
    let odds: Vec<f32> = scores.map(|score| (score - largest).exp()).collect();
    let sum: f32 = odds.iter().sum();
    odds.into_iter().map(|odds| odds / sum).collect()
}
