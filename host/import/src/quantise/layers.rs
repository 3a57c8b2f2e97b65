//! All layers of a chain, one after the other: each is fitted to what the integer layers before it computed.

use super::chain::{Stage, State, Step, last_linear};
use super::integer::Ready;
use super::linear::{self, Kernel};
use super::output::{Activation, Layer};
use super::range::{self, Classes, Record};
use super::scores::{SIXTEENTHS, alone, probabilities};
use crate::error::Fault;

/// The most inputs of a sum: of products of 127 by 127, in 32 bits.
const MOST_INPUTS: usize = (i32::MAX / (127 * 127)) as usize;

/// Which scales of scores are tried, as shares of 1/16 bit a unit, and how much accuracy a larger one may
/// lose.
const SHARES: [f32; 14] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05];
const LOSS: f64 = 0.001;

/// What the scales are chosen for.
pub(super) enum Goal {
    /// The class of each row that is looked at.
    Classes(Vec<usize>),
    Values,
}

/// How one stage does.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) stage: Stage,
    pub(super) ready: Ready,
    pub(super) scale: f32,
    /// How often each absolute value occurs.
    pub(super) counts: [u64; 128],
    pub(super) error: f64,
    pub(super) power: f64,
}

/// An integer model of a chain.
pub(super) struct Made {
    pub(super) stages: Vec<Measured>,
    /// How far it is from the float model: of probabilities, or of values.
    pub(super) error: f64,
    pub(super) equalised: f32,
}

struct Rows {
    floats: Vec<State<f32>>,
    integers: Vec<State<i32>>,
}

pub(super) fn make(stages: &[Stage], rows: &[Vec<f32>], goal: &Goal) -> Result<Made, Fault> {
    let classes = range::classes(stages);
    let scored = scored(stages, &classes, goal);
    let mut scales = scales(stages, rows, &classes, scored)?;
    let units = |row: &Vec<f32>| row.iter().map(|value| value.round().clamp(-127.0, 127.0) as i32).collect();
    let mut rows = Rows {
        floats: rows.iter().map(|row| State::new(row.clone())).collect(),
        integers: rows.iter().map(|row| State::new(units(row))).collect(),
    };
    let mut made = Vec::with_capacity(stages.len());
    for (index, stage) in stages.iter().enumerate() {
        for state in &mut rows.floats {
            stage.advance(state);
        }
        let input = classes.inputs[index].map_or(1.0, |class| scales[class]);
        let scale = &mut scales[classes.outputs[index]];
        let ready = match &stage.step {
            Step::Linear(_) => {
                if scored == Some(index)
                    && let Goal::Classes(labels) = goal
                {
                    *scale = score(&stages[index..], &rows, input, *scale, labels);
                }
                fit(stage, &rows, input, *scale)
            }
            Step::Pool { window, pooling } => plain(Layer::Pool { window: *window, pooling: *pooling }),
            Step::Fork => plain(Layer::Fork),
            Step::Shortcut => plain(Layer::Shortcut),
            Step::Join(limits) => {
                let relu = limits.is_some_and(|(low, _)| low == 0.0);
                plain(Layer::Join { activation: if relu { Activation::Relu } else { Activation::None } })
            }
        };
        for state in &mut rows.integers {
            ready.advance(state);
        }
        made.push(measured(stage, ready, *scale, &rows));
    }
    let scale = made.last().map_or(1.0, |last| last.scale);
    let error = distance(&rows, scale, matches!(goal, Goal::Classes(_)));
    Ok(Made { stages: made, error, equalised: 0.0 })
}

fn plain(layer: Layer) -> Ready {
    Ready { layer, weights: Vec::new(), bias: Vec::new() }
}

/// The stage whose scale is that of scores: no sum shares it.
fn scored(stages: &[Stage], classes: &Classes, goal: &Goal) -> Option<usize> {
    let last = last_linear(stages).filter(|_| matches!(goal, Goal::Classes(_)))?;
    let own = classes.outputs[last];
    (classes.outputs.iter().position(|class| *class == own) == Some(last)).then_some(last)
}

/// One scale a class: with the least error, and such that a divisor of at least 1 makes it.
fn scales(
    stages: &[Stage],
    rows: &[Vec<f32>],
    classes: &Classes,
    scored: Option<usize>,
) -> Result<Vec<f32>, Fault> {
    let records = range::records(stages, rows);
    if let Some(at) = records.iter().position(|record| !record.is_finite()) {
        let reason = "the float model computes values that are no finite numbers here".to_owned();
        return Err(Fault { node: stages[at].name.clone(), operator: "layer".to_owned(), reason });
    }
    let mut scales = vec![1.0; classes.count];
    for (class, scale) in scales.iter_mut().enumerate() {
        let own: Vec<&Record> =
            (0..stages.len()).filter(|at| classes.outputs[*at] == class).map(|at| &records[at]).collect();
        *scale = if scored.is_some_and(|at| classes.outputs[at] == class) {
            SIXTEENTHS
        } else {
            range::best(&own, f32::INFINITY)
        };
    }
    // A smaller scale of one class lowers what later ones can have; sums share scales, so once is not enough.
    for _ in 0..=classes.count {
        for (index, stage) in stages.iter().enumerate() {
            let Some(linear) = stage.linear() else { continue };
            if linear.fan_in() > MOST_INPUTS {
                let reason = format!("sums of {} products; up to {MOST_INPUTS} fit 32 bits", linear.fan_in());
                return Err(Fault { node: stage.name.clone(), operator: "layer".to_owned(), reason });
            }
            let input = classes.inputs[index].map_or(1.0, |class| scales[class]);
            let most = 127.0 * input / linear::largest(linear).max(f32::MIN_POSITIVE);
            let scale = &mut scales[classes.outputs[index]];
            *scale = scale.min(most);
        }
    }
    Ok(scales)
}

/// The mean square of each channel of the integers that a stage reads.
fn power(stage: &Stage, rows: &Rows) -> Vec<f64> {
    let channels = match stage.linear().map(|linear| (linear.form, linear.fan_in())) {
        Some((super::chain::Form::Dense, inputs)) => inputs,
        Some((super::chain::Form::Conv(window) | super::chain::Form::Depthwise(window), _)) => {
            window.input.channels
        }
        None => 1,
    };
    let mut sums = vec![0.0; channels];
    for state in &rows.integers {
        for place in state.value.chunks_exact(channels) {
            sums.iter_mut().zip(place).for_each(|(sum, value)| *sum += f64::from(value * value));
        }
    }
    sums
}

/// The layer of a linear stage with these scales, and the sums of all rows.
fn fitted(
    stage: &Stage,
    rows: &Rows,
    input: f32,
    scale: f32,
    power: &[f64],
) -> (Kernel, Vec<i32>, Vec<Vec<i32>>) {
    let empty = (Kernel { weights: Vec::new(), divisor: 1 }, Vec::new(), Vec::new());
    let Some(own) = stage.linear() else { return empty };
    let kernel = linear::kernel(own, scale / input, power);
    let inputs: Vec<&[i32]> = rows.integers.iter().map(|state| state.value.as_slice()).collect();
    let sums = linear::sums(own, &kernel, &inputs);
    let floats: Vec<&[f32]> = rows.floats.iter().map(|state| state.value.as_slice()).collect();
    let bias = linear::bias(own, scale, &sums, &floats);
    (kernel, bias, sums)
}

fn fit(stage: &Stage, rows: &Rows, input: f32, scale: f32) -> Ready {
    let power = power(stage, rows);
    let (kernel, bias, _) = fitted(stage, rows, input, scale, &power);
    let biased = bias.iter().any(|bias| *bias != 0);
    let bias = if biased { bias } else { Vec::new() };
    let Some(own) = stage.linear() else { return plain(Layer::Fork) };
    Ready { layer: linear::layer(own, kernel.divisor, biased), weights: kernel.weights, bias }
}

/// The largest scale of scores, up to `most`, that loses no accuracy to clipping. `rest`: the stage that
/// computes them, and the pools after it.
fn score(rest: &[Stage], rows: &Rows, input: f32, most: f32, labels: &[usize]) -> f32 {
    let Some(own) = rest[0].linear() else { return most };
    let power = power(&rest[0], rows);
    let accuracies: Vec<(f32, f64)> = SHARES
        .iter()
        .map(|share| {
            let scale = most * share;
            let (_, bias, sums) = fitted(&rest[0], rows, input, scale, &power);
            let right = sums.into_iter().zip(labels).filter(|(sums, label)| {
                let mut state = State::new(linear::results(own, sums.clone(), &bias));
                for stage in &rest[1..] {
                    if let Step::Pool { window, pooling } = &stage.step {
                        plain(Layer::Pool { window: *window, pooling: *pooling }).advance(&mut state);
                    }
                }
                // A tie, as clipping makes them, is no right answer.
                alone(&state.value, **label)
            });
            (scale, right.count() as f64 / labels.len().max(1) as f64)
        })
        .collect();
    let best = accuracies.iter().fold(0.0, |best: f64, (_, accuracy)| best.max(*accuracy));
    accuracies.iter().find(|(_, accuracy)| *accuracy >= best - LOSS).map_or(most, |(scale, _)| *scale)
}

fn measured(stage: &Stage, ready: Ready, scale: f32, rows: &Rows) -> Measured {
    let (mut counts, mut error, mut power) = ([0; 128], 0.0, 0.0);
    for (float, integer) in rows.floats.iter().zip(&rows.integers) {
        for (float, integer) in float.value.iter().zip(&integer.value) {
            counts[integer.unsigned_abs().min(127) as usize] += 1;
            error += f64::from(*integer as f32 / scale - float).powi(2);
            power += f64::from(*float).powi(2);
        }
    }
    Measured { stage: stage.clone(), ready, scale, counts, error, power }
}

/// The mean squared difference of probabilities, or the squared error of values as a share of their square.
fn distance(rows: &Rows, scale: f32, classes: bool) -> f64 {
    let (mut error, mut power) = (0.0, 0.0);
    for (float, integer) in rows.floats.iter().zip(&rows.integers) {
        let found = integer.value.iter().map(|value| *value as f32 / scale);
        let pairs: Vec<(f32, f32)> = if classes {
            let exact = probabilities(float.value.iter().copied());
            exact.into_iter().zip(probabilities(found)).collect()
        } else {
            float.value.iter().copied().zip(found).collect()
        };
        error += pairs.iter().map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        power += pairs.iter().map(|(a, _)| f64::from(*a).powi(2)).sum::<f64>();
    }
    error / power.max(f64::MIN_POSITIVE)
}
