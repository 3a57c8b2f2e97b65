//! Backpropagation in the integers of this project: the control that differs from the default in one thing
//! only, where the credit of hidden layers comes from.
//!
//! Forward passes, initial weights, order of samples, error at the outputs, the rule against saturation,
//! learning rates and the update are the program's own. The credit of a hidden layer is `W^T delta` of the
//! layer after it, with the divisor of the forward pass and four more bits of fraction, where the hidden
//! output is not 0.

use super::super::rule::{Rule, begin, fault};
use super::super::trace::Trace;
use anyhow::{Result, anyhow};
use eggroll_firmware::credit::{Accumulator, Credit};
use eggroll_firmware::kernel::{keep_within, log_likelihood, output_error};
use eggroll_firmware::model::{Perturbation, Program, Scratch, Start, Step, Tensor, TensorKind, run};
use eggroll_firmware::noise::sample_index;
use eggroll_firmware::train::Estimator;
use eggroll_host::data::{Dataset, Split};
use eggroll_host::measure::accuracy;

/// Bits of fraction of a hidden layer's credit.
const FRACTION: u32 = 4;
/// As far as int8 reaches.
const LARGEST: i32 = 127 << FRACTION;

/// The settings of the control.
pub(in super::super) struct Integer {
    pub(in super::super) model: String,
    pub(in super::super) slots: Option<u32>,
    /// Whether samples that the model knows take a forward pass only, as they do in the default.
    pub(in super::super) skips: bool,
}

/// A sample as the layers of the model see it.
#[derive(Default)]
struct Seen {
    /// What each layer reads.
    inputs: Vec<Vec<i8>>,
    /// What it makes of that, before its activation.
    nodes: Vec<Vec<i8>>,
    /// The credit of that.
    deltas: Vec<Vec<i32>>,
}

impl Perturbation for Seen {
    fn products(&mut self, _: &Step, input: &[i8], _: &mut [i32]) {
        self.inputs.push(input.to_vec());
    }

    fn nodes(&mut self, _: &Step, values: &mut [i8]) {
        self.nodes.push(values.to_vec());
    }
}

impl Seen {
    /// Works the error at the outputs back through the layers.
    fn backward(&mut self, program: &Program, weights: &[i8], error: &[i8]) {
        let mut delta: Vec<i32> = error.iter().map(|&error| i32::from(error) << FRACTION).collect();
        let steps: Vec<Step> = program.steps().collect();
        for (step, nodes) in steps.iter().zip(&self.nodes).rev() {
            keep_within(&mut delta, nodes);
            if step.layer == 0 {
                // Nothing before it has weights.
                self.deltas.push(delta);
                break;
            }
            let inputs = step.from.len();
            let mut back = vec![0i32; inputs];
            for (row, &delta) in step.matrix(weights).chunks_exact(inputs).zip(&delta) {
                back.iter_mut().zip(row).for_each(|(back, &w)| *back += delta * i32::from(w));
            }
            let by = 16 * (inputs.isqrt() as i32);
            // The last layer reads what is not 0 where the one before it is on.
            let read = &self.inputs[step.layer];
            for (back, &x) in back.iter_mut().zip(read) {
                let rounded = (*back + by / 2).div_euclid(by).clamp(-LARGEST, LARGEST);
                *back = if x == 0 { 0 } else { rounded };
            }
            self.deltas.push(std::mem::replace(&mut delta, back));
        }
        self.deltas.reverse();
    }
}

/// The samples of a generation that are credited.
struct Generation(Vec<Seen>);

impl Credit for Generation {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let TensorKind::Matrix { columns, .. } = tensor.kind else { return };
        for seen in &self.0 {
            let rows = z.chunks_exact_mut(columns).zip(&seen.deltas[tensor.layer][first..]);
            for (z, &delta) in rows.filter(|(_, delta)| **delta != 0) {
                T::add_multiple(z, &seen.inputs[tensor.layer], delta);
            }
        }
    }
}

impl Integer {
    /// Trains once, with as many samples as the default sees, and looks at the test part.
    pub(in super::super) fn learn(
        &self,
        data: &Dataset,
        parts: &Split,
        seed: u32,
        goals: &'static [f64],
    ) -> Result<Trace> {
        let rule = Rule::guided(&self.model, self.slots);
        let config = rule.config(data, seed)?;
        let of_run = config.run(parts.train.len()).map_err(|error| anyhow!("{error}"))?;
        let Estimator::Guided(guided) = of_run.estimator else {
            return Err(anyhow!("the default has a guide"));
        };
        let rates = config.schedule.rates(config.generations);
        let (mut learner, program) = begin(of_run, data, parts)?;
        let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let mut error = vec![0; program.outputs()];
        let (mut trace, mut passes) = (Trace::new(goals), 0);
        for generation in 1..=config.generations {
            let mut credit = Generation(Vec::new());
            for slot in 0..guided.node.slots {
                let number = guided.node.sample_number(generation, slot);
                let sample =
                    parts.train[sample_index(seed, number, parts.train.len() as u32) as usize] as usize;
                let (mut seen, label) = (Seen::default(), usize::from(data.label(sample)));
                let mut scratch = Scratch::new(&program, &mut bytes, &mut products).map_err(fault)?;
                let start = Start::Input(data.row(sample));
                let outputs = run(&program, learner.weights(), start, &mut [], &mut seen, &mut scratch);
                passes += 1;
                if self.skips && guided.node.is_skipped(log_likelihood(outputs, label)) {
                    continue;
                }
                output_error(outputs, label, &mut error);
                seen.backward(&program, learner.weights(), &error);
                // A backward pass costs about two forward passes.
                passes += 2;
                credit.0.push(seen);
            }
            learner.step_with(rates.at(generation), &mut credit).map_err(fault)?;
            if trace.due(passes) || generation == config.generations {
                trace.look(accuracy(&program, learner.weights(), data, &parts.test).unwrap_or(0.0));
            }
        }
        Ok(trace)
    }
}
