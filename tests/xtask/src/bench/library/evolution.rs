//! The control for environments: evolution strategies in floats, antithetic Gaussian perturbations of all
//! weights, centred ranks, Adam (Salimans et al., *Evolution strategies as a scalable alternative to
//! reinforcement learning*, 2017). It plays the same integer environments, and sees the same observations.

use eggroll_firmware::noise::{Address, Stream};
use eggroll_firmware::task::Member;
use eggroll_firmware::task::environment::{EnvironmentKind, Episode};
use std::f64::consts::TAU;

/// What the control needs beside the population that it shares with the integer run.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    /// Standard deviation of the perturbation.
    pub(super) sigma: f64,
    /// Adam's step size, falling linearly to 0.
    pub(super) rate: f64,
}

/// The population and its budget.
#[derive(Clone, Copy)]
pub(super) struct Population {
    pub(super) kind: EnvironmentKind,
    /// Inputs, hidden units, outputs.
    pub(super) sizes: [usize; 3],
    pub(super) pairs: u32,
    pub(super) episodes: u32,
    pub(super) generations: u32,
}

/// A ReLU network without biases whose output of 1 is the environment's full scale.
struct Network {
    sizes: [usize; 3],
    weights: Vec<f64>,
    outputs: Vec<i8>,
}

impl Member for Network {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let [inputs, hidden, _] = self.sizes;
        let (first, second) = self.weights.split_at(inputs * hidden);
        let h: Vec<f64> = first
            .chunks_exact(inputs)
            .map(|row| row.iter().zip(input).map(|(w, &x)| w * f64::from(x) / 127.0).sum::<f64>().max(0.0))
            .collect();
        self.outputs.clear();
        self.outputs.extend(second.chunks_exact(hidden).map(|row| {
            let sum: f64 = row.iter().zip(&h).map(|(w, h)| w * h).sum();
            (127.0 * sum).round().clamp(-127.0, 127.0) as i8
        }));
        &self.outputs
    }
}

/// Fills with standard normal numbers: Box and Muller.
fn fill_normal(at: Address, out: &mut [f64]) {
    let mut noise = Stream::new(at);
    let mut uniform = || (f64::from(noise.next_word()) + 0.5) / 2f64.powi(32);
    out.fill_with(|| (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos());
}

/// The ranks of the values, from -0.5 to 0.5.
fn centred_ranks(values: &[i32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&i| values[i]);
    let mut ranks = vec![0.0; values.len()];
    // Equal values share their mean rank: where all fail alike, nothing moves.
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let middle = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|&i| ranks[i] = middle / (values.len() - 1) as f64 - 0.5);
        first += equal.len();
    }
    ranks
}

struct Adam {
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    fn step(&mut self, generation: u32, rate: f64, gradient: &[f64], weights: &mut [f64]) {
        let (b1, b2) = (0.9, 0.999);
        let (c1, c2) = (1.0 - f64::powi(b1, generation as i32), 1.0 - f64::powi(b2, generation as i32));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((w, g), (m, s)) in weights.iter_mut().zip(gradient).zip(moments) {
            *m = b1 * *m + (1.0 - b1) * g;
            *s = b2 * *s + (1.0 - b2) * g * g;
            *w += rate * (*m / c1) / ((*s / c2).sqrt() + 1e-8);
        }
    }
}

/// Trains once; `look` sees the model after every generation.
pub(super) fn learn(
    population: &Population,
    settings: Settings,
    seed: u32,
    mut look: impl FnMut(u32, &mut dyn Member),
) {
    let Population { kind, sizes, pairs, episodes, generations } = *population;
    let [inputs, hidden, outputs] = sizes;
    let len = hidden * (inputs + outputs);
    let mut network = Network { sizes, weights: vec![0.0; len], outputs: Vec::new() };
    fill_normal(Address { seed, generation: 0, index: 0, tensor: 0 }, &mut network.weights);
    for (i, w) in network.weights.iter_mut().enumerate() {
        *w /= (if i < inputs * hidden { inputs } else { hidden } as f64).sqrt();
    }
    let mut adam = Adam { mean: vec![0.0; len], square: vec![0.0; len] };
    for generation in 1..=generations {
        let base = network.weights.clone();
        let mut perturbations = vec![0.0; len * pairs as usize];
        let mut scores = Vec::new();
        for (pair, perturbation) in (0..pairs).zip(perturbations.chunks_exact_mut(len)) {
            fill_normal(Address { seed, generation, index: pair, tensor: 0 }, perturbation);
            for sigma in [settings.sigma, -settings.sigma] {
                let moved = network.weights.iter_mut().zip(&base).zip(&*perturbation);
                moved.for_each(|((w, base), p)| *w = base + sigma * p);
                let play = |index| kind.play(Episode { seed, generation, index }, &mut network);
                scores.push((0..episodes).map(play).sum());
            }
        }
        network.weights = base;
        let ranks = centred_ranks(&scores);
        let mut gradient = vec![0.0; len];
        for (ranks, perturbation) in ranks.chunks_exact(2).zip(perturbations.chunks_exact(len)) {
            let f = (ranks[0] - ranks[1]) / (2.0 * f64::from(pairs) * settings.sigma);
            gradient.iter_mut().zip(perturbation).for_each(|(g, p)| *g += f * p);
        }
        let left = f64::from(generations - generation + 1) / f64::from(generations);
        adam.step(generation, settings.rate * left, &gradient, &mut network.weights);
        look(generation, &mut network);
    }
}
