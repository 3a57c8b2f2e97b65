//! The input's centre and scale.

use super::chain::{Form, Stage, Step};
use super::output::InputScale;
use crate::error::{Error, data};
use crate::graph::Graph;

/// How much the ranges of an input's values may differ before each has its own scale.
const ALIKE: f32 = 4.0;

/// Centre and scale of the values after the graph's gain and offset.
pub(super) struct Rule {
    centre: Vec<f32>,
    scale: Vec<f32>,
}

impl Rule {
    /// A row in units, neither rounded nor clipped.
    pub(super) fn units(&self, row: &[f32]) -> Vec<f32> {
        let rule = self.centre.iter().zip(&self.scale);
        row.iter().zip(rule).map(|(x, (centre, scale))| (x - centre) * scale).collect()
    }

    /// The rule for values before the graph's gain and offset.
    pub(super) fn raw(&self, graph: &Graph) -> InputScale {
        let each = self.centre.iter().zip(&self.scale).zip(graph.input.gain.iter().zip(&graph.input.offset));
        let (centre, scale) = each
            .map(|((centre, scale), (gain, offset))| match *gain {
                0.0 => (0.0, 0.0),
                gain => ((centre - offset) / gain, scale * gain),
            })
            .unzip();
        InputScale { centre, scale }
    }
}

/// Chooses the rule from rows after gain and offset.
pub(super) fn choose(
    graph: &Graph,
    stages: &[Stage],
    rows: &[Vec<f32>],
    own: Option<bool>,
) -> Result<Rule, Error> {
    // A scale of the raw values is positive: where the file inverts a value, the first layer's weights do.
    let signed = |at: usize, scale: f32| if graph.input.gain[at] < 0.0 { -scale } else { scale };
    let size = graph.input.shape.len();
    let form = stages.first().and_then(Stage::linear).map(|linear| linear.form);
    let dense = form == Some(Form::Dense);
    // Zeros under padding stay the values' zeros.
    let padded = match form {
        Some(Form::Conv(window) | Form::Depthwise(window)) => window.padding != [0; 4],
        _ => false,
    };
    let columns: Vec<(f32, f32)> = (0..size).map(|at| bounds(rows.iter().map(|row| row[at]))).collect();
    let mut widths: Vec<f32> = columns.iter().map(|(low, high)| high - low).filter(|w| *w > 0.0).collect();
    widths.sort_by(f32::total_cmp);
    let differ = match (widths.get(widths.len() / 10), widths.get(widths.len() * 9 / 10)) {
        (Some(small), Some(large)) => large / small > ALIKE,
        _ => false,
    };
    if dense && own.unwrap_or(differ) {
        let (centre, scale) = (0..size)
            .map(|at| {
                let values: Vec<f32> = rows.iter().map(|row| row[at]).collect();
                let (centre, scale) = best(&values, None);
                (centre, signed(at, scale))
            })
            .unzip();
        return Ok(Rule { centre, scale });
    }
    let every = rows.iter().map(Vec::len).sum::<usize>().div_ceil(1 << 18).max(1);
    let values: Vec<f32> = rows.iter().flatten().step_by(every).copied().collect();
    let (centre, scale) = best(&values, padded.then_some(0.0));
    let scale: Vec<f32> = (0..size).map(|at| signed(at, scale)).collect();
    if !dense && scale.iter().any(|sign| *sign != scale[0]) {
        return Err(data(
            "the model inverts some values of its input and others not; a matrix may follow then",
        ));
    }
    Ok(Rule { centre: vec![centre; size], scale })
}

fn bounds(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// The centre and scale with the least squared error, of ranges that leave out more and more.
fn best(values: &[f32], centre: Option<f32>) -> (f32, f32) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut found = (centre.unwrap_or(sorted[0]), 1.0);
    let mut least = f64::INFINITY;
    for left_out in [0.0, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05] {
        let skip = ((sorted.len() as f64 * left_out) as usize).min((sorted.len() - 1) / 2);
        let (low, high) = (sorted[skip], sorted[sorted.len() - 1 - skip]);
        let middle = centre.unwrap_or(f32::midpoint(low, high));
        let half = (high - middle).max(middle - low);
        if half <= 0.0 || !(127.0 / half).is_finite() {
            continue;
        }
        let scale = 127.0 / half;
        let error: f64 = sorted
            .iter()
            .map(|value| {
                let units = ((value - middle) * scale).round().clamp(-127.0, 127.0);
                f64::from(units / scale + middle - value).powi(2)
            })
            .sum();
        if error < least {
            (least, found) = (error, (middle, scale));
        }
    }
    found
}

/// Makes the first layer read units: its weights are divided by the scale, its bias takes the centre's part.
pub(super) fn fold(stages: &mut [Stage], rule: &Rule) {
    let Some(Stage { step: Step::Linear(linear), .. }) = stages.first_mut() else { return };
    let size = linear.fan_in();
    let depthwise = matches!(linear.form, Form::Depthwise(_));
    for (output, bias) in linear.bias.iter_mut().enumerate() {
        for at in 0..size {
            let weight = &mut linear.weights[output * size + at];
            // All values share a rule, except before a matrix, where a weight belongs to one value.
            let input = match linear.form {
                Form::Dense => at,
                _ if depthwise => output,
                Form::Conv(_) | Form::Depthwise(_) => 0,
            };
            *bias += *weight * rule.centre[input];
            *weight /= if rule.scale[input] == 0.0 { 1.0 } else { rule.scale[input] };
        }
    }
}
