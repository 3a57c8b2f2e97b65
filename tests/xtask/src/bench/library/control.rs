//! The control: float backpropagation of the same network, by plain stochastic gradient descent.

use super::learning::Trace;
use eggroll_firmware::noise::{Address, Stream, near_normal, sample_index};
use eggroll_host::data::{Dataset, Split};

pub(super) const NAME: &str = "control: float backpropagation (SGD, batch 4, a sample counted as 3 passes)";

const HIDDEN: usize = 64;
const STEPS: u32 = 6000;
const BATCH: u32 = 4;
const RATE: f32 = 0.1;

/// A layer's weights, `outputs` rows of `inputs`.
struct Layer {
    weights: Vec<f32>,
    inputs: usize,
}

impl Layer {
    fn new(outputs: usize, inputs: usize, seed: u32, tensor: u32) -> Self {
        let mut noise = Stream::new(Address { seed, generation: 0, index: tensor, tensor: 0 });
        let scale = (2.0 / inputs as f32).sqrt() / 16.1;
        let weights =
            (0..outputs * inputs).map(|_| f32::from(near_normal(noise.next_word())) * scale).collect();
        Self { weights, inputs }
    }

    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let row = |row: &[f32]| row.iter().zip(x).map(|(w, x)| w * x).sum();
        self.weights.chunks_exact(self.inputs).map(row).collect()
    }

    /// `W^T delta`.
    fn backward(&self, delta: &[f32]) -> Vec<f32> {
        let mut back = vec![0.0; self.inputs];
        for (row, d) in self.weights.chunks_exact(self.inputs).zip(delta) {
            back.iter_mut().zip(row).for_each(|(back, w)| *back += d * w);
        }
        back
    }

    fn step(&mut self, delta: &[f32], x: &[f32], rate: f32) {
        for (row, d) in self.weights.chunks_exact_mut(self.inputs).zip(delta) {
            row.iter_mut().zip(x).for_each(|(w, x)| *w -= rate * d * x);
        }
    }
}

fn input(data: &Dataset, sample: u32) -> Vec<f32> {
    data.row(sample as usize).iter().map(|&x| f32::from(x) / 16.0).collect()
}

fn hidden(layer: &Layer, x: &[f32]) -> Vec<f32> {
    layer.forward(x).into_iter().map(|h| h.max(0.0)).collect()
}

fn accuracy(layers: &[Layer; 2], data: &Dataset, samples: &[u32]) -> f64 {
    let right = |&&sample: &&u32| {
        let logits = layers[1].forward(&hidden(&layers[0], &input(data, sample)));
        let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        best == Some(usize::from(data.label(sample as usize)))
    };
    samples.iter().filter(right).count() as f64 / samples.len() as f64
}

/// Trains the control once.
pub(super) fn learn(data: &Dataset, parts: &Split, seed: u32) -> Trace {
    let mut layers = [Layer::new(HIDDEN, data.features, seed, 0), Layer::new(data.classes, HIDDEN, seed, 1)];
    let mut trace = Trace::default();
    for step in 0..STEPS {
        let rate = RATE * (1.0 - step as f32 / STEPS as f32) / BATCH as f32;
        let mut moves = Vec::new();
        for slot in 0..BATCH {
            let number = u64::from(step * BATCH + slot);
            let sample = parts.train[sample_index(seed, number, parts.train.len() as u32) as usize];
            let x = input(data, sample);
            let h = hidden(&layers[0], &x);
            let logits = layers[1].forward(&h);
            let most = logits.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = logits.iter().map(|l| (l - most).exp()).sum();
            let mut delta: Vec<f32> = logits.iter().map(|l| (l - most).exp() / sum).collect();
            delta[usize::from(data.label(sample as usize))] -= 1.0;
            let mut back = layers[1].backward(&delta);
            back.iter_mut().zip(&h).for_each(|(back, &h)| *back *= f32::from(h > 0.0));
            moves.push((back, x, delta, h));
        }
        for (back, x, delta, h) in moves {
            layers[0].step(&back, &x, rate);
            layers[1].step(&delta, &h, rate);
        }
        // A backward pass costs about two forward passes.
        if trace.due(u64::from((step + 1) * BATCH * 3)) || step + 1 == STEPS {
            trace.look(accuracy(&layers, data, &parts.test));
        }
    }
    trace
}
