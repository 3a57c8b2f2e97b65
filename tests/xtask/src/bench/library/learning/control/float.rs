//! Float backpropagation of a perceptron, by stochastic gradient descent.

use super::super::trace::Trace;
use anyhow::Result;
use eggroll_firmware::noise::{Address, Stream, near_normal, sample_index};
use eggroll_host::data::{Dataset, Split};

/// The settings of the control.
#[derive(Clone)]
pub(in super::super) struct Float {
    pub(in super::super) model: String,
    pub(in super::super) batch: u32,
    pub(in super::super) steps: u32,
    /// Falls linearly to 0.
    pub(in super::super) rate: f32,
    pub(in super::super) momentum: f32,
}

/// A layer's weights, `inputs` rows of `outputs`: what an input does to all outputs stands together.
struct Layer {
    weights: Vec<f32>,
    /// The weights before the last batch: momentum repeats a part of what moved since.
    before: Vec<f32>,
    outputs: usize,
}

impl Layer {
    fn new(outputs: usize, inputs: usize, seed: u32, tensor: u32) -> Self {
        let mut noise = Stream::new(Address { seed, generation: 0, index: tensor, tensor: 0 });
        let scale = (2.0 / inputs as f32).sqrt() / 16.1;
        let mut weights = vec![0.0; inputs * outputs];
        for place in 0..inputs * outputs {
            let (output, input) = (place / inputs, place % inputs);
            weights[input * outputs + output] = f32::from(near_normal(noise.next_word())) * scale;
        }
        Self { before: weights.clone(), weights, outputs }
    }

    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; self.outputs];
        for (row, &x) in self.weights.chunks_exact(self.outputs).zip(x).filter(|(_, x)| **x != 0.0) {
            y.iter_mut().zip(row).for_each(|(y, w)| *y += w * x);
        }
        y
    }

    /// `W^T delta`, where the inputs are not 0.
    fn backward(&self, delta: &[f32], x: &[f32]) -> Vec<f32> {
        let dot = |row: &[f32]| row.iter().zip(delta).fold(0.0, |sum, (w, d)| sum + d * w);
        let rows = self.weights.chunks_exact(self.outputs).zip(x);
        rows.map(|(row, &x)| if x > 0.0 { dot(row) } else { 0.0 }).collect()
    }

    fn step(&mut self, delta: &[f32], x: &[f32], rate: f32) {
        let rows = self.weights.chunks_exact_mut(self.outputs).zip(x);
        for (row, &x) in rows.filter(|(_, x)| **x != 0.0) {
            row.iter_mut().zip(delta).for_each(|(w, d)| *w -= rate * d * x);
        }
    }

    fn carry_on(&mut self, momentum: f32) {
        for (w, before) in self.weights.iter_mut().zip(&mut self.before) {
            let moved = *w - *before;
            *before = *w;
            *w += momentum * moved;
        }
    }
}

fn input(data: &Dataset, sample: u32) -> Vec<f32> {
    data.row(sample as usize).iter().map(|&x| f32::from(x) / 16.0).collect()
}

/// What each layer reads, and last the outputs.
fn forward(layers: &[Layer], x: Vec<f32>) -> Vec<Vec<f32>> {
    let mut values = vec![x];
    for (place, layer) in layers.iter().enumerate() {
        let mut y = layer.forward(&values[place]);
        if place + 1 < layers.len() {
            y.iter_mut().for_each(|y| *y = y.max(0.0));
        }
        values.push(y);
    }
    values
}

/// The error at the outputs of softmax and cross-entropy.
fn output_error(logits: &[f32], label: u8) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|l| (l - most).exp()).sum();
    let mut delta: Vec<f32> = logits.iter().map(|l| (l - most).exp() / sum).collect();
    delta[usize::from(label)] -= 1.0;
    delta
}

fn accuracy(layers: &[Layer], data: &Dataset, samples: &[u32]) -> f64 {
    let right = |&&sample: &&u32| {
        let values = forward(layers, input(data, sample));
        let logits = &values[layers.len()];
        let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        best == Some(usize::from(data.label(sample as usize)))
    };
    samples.iter().filter(right).count() as f64 / samples.len() as f64
}

impl Float {
    /// Without momentum.
    pub(in super::super) const PLAIN: Self =
        Self { model: String::new(), batch: 4, steps: 6000, rate: 0.1, momentum: 0.0 };

    /// Trains once, and looks at the test part.
    pub(in super::super) fn learn(
        &self,
        data: &Dataset,
        parts: &Split,
        seed: u32,
        goals: &'static [f64],
    ) -> Result<Trace> {
        let sizes = self.model.split('-').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let mut layers: Vec<Layer> = (0..)
            .zip(sizes.windows(2))
            .map(|(tensor, pair)| Layer::new(pair[1], pair[0], seed, tensor))
            .collect();
        let mut trace = Trace::new(goals);
        for step in 0..self.steps {
            let rate = self.rate * (1.0 - step as f32 / self.steps as f32) / self.batch as f32;
            let mut moves = Vec::new();
            for slot in 0..self.batch {
                let number = u64::from(step * self.batch + slot);
                let sample = parts.train[sample_index(seed, number, parts.train.len() as u32) as usize];
                let values = forward(&layers, input(data, sample));
                let mut delta = output_error(&values[layers.len()], data.label(sample as usize));
                for place in (0..layers.len()).rev() {
                    let x = values[place].clone();
                    let back = if place > 0 { layers[place].backward(&delta, &x) } else { Vec::new() };
                    moves.push((place, std::mem::replace(&mut delta, back), x));
                }
            }
            if self.momentum > 0.0 {
                layers.iter_mut().for_each(|layer| layer.carry_on(self.momentum));
            }
            for (place, delta, x) in moves {
                layers[place].step(&delta, &x, rate);
            }
            // A backward pass costs about two forward passes.
            let done = step + 1 == self.steps;
            if trace.due(u64::from((step + 1) * self.batch * 3)) || done {
                trace.look(accuracy(&layers, data, &parts.test));
            }
        }
        Ok(trace)
    }
}
