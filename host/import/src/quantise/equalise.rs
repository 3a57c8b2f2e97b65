//! Channels that use their range alike.
//!
//! A channel may be multiplied by a factor if what reads it is divided by it: ReLU and pools keep factors
//! (cross-layer equalisation: Nagel et al., "Data-free quantization through weight equalization and bias
//! correction", 2019). Here the factors come from the activations' ranges, since one scale serves all
//! channels of a layer.

use super::chain::{Stage, State, Step};

/// The largest factor.
const MOST: f32 = 64.0;

/// The same function, with the channels of each layer that only another layer reads scaled alike; `strength`:
/// from 0, not at all, to 1, to the same range.
pub(super) fn equalise(stages: &[Stage], rows: &[Vec<f32>], strength: f32) -> Vec<Stage> {
    let mut stages = stages.to_vec();
    let ranges = ranges(&stages, rows);
    for index in 0..stages.len() {
        unreached(&mut stages[index], &ranges[index]);
        let Some(next) = reader(&stages, index) else { continue };
        let Some(linear) = stages[index].linear() else { continue };
        if strength == 0.0 || linear.limits.is_some_and(|limits| limits != (0.0, f32::INFINITY)) {
            continue;
        }
        let largest = ranges[index].iter().copied().fold(0.0, f32::max);
        let factor = |range: &f32| {
            if *range > 0.0 { (largest / range).powf(strength).clamp(1.0, MOST) } else { 1.0 }
        };
        let factors: Vec<f32> = ranges[index].iter().map(factor).collect();
        if let Step::Linear(linear) = &mut stages[index].step {
            let size = linear.fan_in();
            for (row, factor) in linear.weights.chunks_exact_mut(size).zip(&factors) {
                row.iter_mut().for_each(|weight| *weight *= factor);
            }
            linear.bias.iter_mut().zip(&factors).for_each(|(bias, factor)| *bias *= factor);
        }
        if let Step::Linear(linear) = &mut stages[next].step {
            for weight in 0..linear.weights.len() {
                linear.weights[weight] /= factors[linear.channel(weight, factors.len())];
            }
        }
    }
    stages
}

/// Limits that no value reached are none.
fn unreached(stage: &mut Stage, ranges: &[f32]) {
    let largest = ranges.iter().copied().fold(0.0, f32::max);
    if let Step::Linear(linear) = &mut stage.step
        && let Some((low, high)) = &mut linear.limits
        && *low == 0.0
        && largest < *high * 0.999
    {
        *high = f32::INFINITY;
    }
}

/// The linear layer that alone reads a stage, behind pools.
fn reader(stages: &[Stage], index: usize) -> Option<usize> {
    let after = stages[index + 1..].iter().position(|stage| !matches!(stage.step, Step::Pool { .. }))?;
    let next = index + 1 + after;
    stages[next].linear().is_some().then_some(next)
}

/// For each linear stage the largest absolute value that each channel's sums or results have.
fn ranges(stages: &[Stage], rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut ranges: Vec<Vec<f32>> = stages
        .iter()
        .map(|stage| stage.linear().map_or(Vec::new(), |linear| vec![0.0; linear.bias.len()]))
        .collect();
    for row in rows {
        let mut state = State::new(row.clone());
        for (stage, range) in stages.iter().zip(&mut ranges) {
            let sums = stage.advance(&mut state);
            let (Some(linear), Some(sums)) = (stage.linear(), sums) else { continue };
            // Sums below a ReLU need no range; sums above it are clipped before their bias is added.
            let floor =
                if linear.limits.is_some_and(|(low, _)| low == 0.0) { 0.0 } else { f32::NEG_INFINITY };
            for (sums, values) in sums.chunks_exact(range.len()).zip(state.value.chunks_exact(range.len())) {
                for ((range, sum), value) in range.iter_mut().zip(sums).zip(values) {
                    *range = range.max(sum.max(floor).abs()).max(value.abs());
                }
            }
        }
    }
    ranges
}
