//! The semantics once more, written as they read: every sum in `i128`, every factor formed, nothing shared,
//! nothing blocked. Slow, and the measure of what the crate computes.

use super::Report;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Activation, Description, Layer};
use eggroll_firmware::noise::{Noise, sample_index, threefry2x32};
use eggroll_firmware::task::Loss;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::sync::OnceLock;

/// Wide enough for every sum.
pub(crate) type Int = i128;

/// The rule against saturation: no credit pushes a value at a limit further out.
pub(crate) fn within(delta: Int, u: Int) -> Int {
    if (u == 127 && delta > 0) || (u == -127 && delta < 0) { 0 } else { delta }
}

pub(crate) fn clip(x: Int) -> Int {
    x.clamp(-127, 127)
}

pub(crate) fn wide(values: &[i8]) -> Vec<Int> {
    values.iter().map(|&x| Int::from(x)).collect()
}

/// Entry `i` of the stream at an address: +-1, or a near-normal integer.
pub(crate) fn entry(noise: Noise, key: [u32; 2], index: u32, tensor: u32, i: usize) -> Int {
    let word = |w: usize| threefry2x32(key, [index, (tensor << 20) + (w / 2) as u32])[w % 2];
    match noise {
        Noise::Sign => 1 - 2 * Int::from(word(i / 32) >> (i % 32) & 1),
        Noise::NearNormal => {
            let s = 2 * word(i).to_be_bytes().iter().map(|&b| Int::from(b)).sum::<Int>() - 1020;
            s.signum() * ((s.abs() * 111 + 1024) >> 11)
        }
    }
}

/// An unsigned integer of any size, least significant limb first.
type Big = Vec<u64>;

fn power16(x: u64) -> Big {
    let square = |a: &Big| {
        let mut out = vec![0u64; 2 * a.len()];
        for (i, &x) in a.iter().enumerate() {
            let mut carry = 0u128;
            for (j, &y) in a.iter().enumerate() {
                carry += u128::from(out[i + j]) + u128::from(x) * u128::from(y);
                out[i + j] = carry as u64;
                carry >>= 64;
            }
            out[i + a.len()] = carry as u64;
        }
        out
    };
    (0..4).fold(vec![x], |power, _| square(&power))
}

/// Whether `a >= 2^exponent`.
fn reaches(a: &Big, exponent: usize) -> bool {
    a.iter()
        .enumerate()
        .any(|(i, &limb)| limb != 0 && 64 * i + 63 - limb.leading_zeros() as usize >= exponent)
}

/// `floor(16 * 2^(i/16))`: the largest integer whose successor's 16th power is beyond `2^(64 + i)`. (Whole
/// powers of two occur only where `i` is a multiple of 16.)
fn exponential(i: usize) -> u64 {
    let exceeds =
        |x: u64| if i.is_multiple_of(16) { x > 16 << (i / 16) } else { reaches(&power16(x), 64 + i) };
    let (mut low, mut high) = (0, 1 << 21);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if exceeds(middle) { high = middle } else { low = middle }
    }
    low
}

/// `E[i]` for all `i`.
pub(crate) fn exponentials() -> &'static [u64] {
    static TABLE: OnceLock<Vec<u64>> = OnceLock::new();
    TABLE.get_or_init(|| (0..256).map(exponential).collect())
}

/// `floor(16 * log2(sum / 16))`: `16^16 * 2^g <= sum^16` is `64 + g` bits reached.
pub(crate) fn logarithm(sum: u64) -> usize {
    let power = power16(sum);
    (0..512).take_while(|g| reaches(&power, 64 + g)).last().unwrap()
}

/// `(l_t + 128) - floor(16 * log2(sum_c E[l_c + 128] / 16))`.
pub(crate) fn log_likelihood(logits: &[Int], target: usize) -> Int {
    let sum = logits.iter().map(|&l| exponentials()[(l + 128) as usize]).sum();
    logits[target] + 128 - logarithm(sum) as Int
}

/// A layer and where its parameters lie.
pub(crate) struct Dense {
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) id: u32,
    pub(crate) matrix: usize,
    pub(crate) bias: Option<usize>,
    pub(crate) relu: bool,
}

pub(crate) fn layers(model: &Description) -> Vec<Dense> {
    let (mut n, mut at, mut id) = (model.inputs as usize, 0, 0);
    model
        .layers
        .iter()
        .map(|layer| {
            let &Layer::Dense { outputs, bias, activation } = layer else { panic!("{layer:?} is not dense") };
            let m = outputs as usize;
            let relu = activation == Activation::Relu;
            let layer = Dense { n, m, id, matrix: at, bias: bias.then_some(at + m * n), relu };
            (n, at, id) = (m, at + m * n + if bias { m } else { 0 }, id + 1 + u32::from(bias));
            layer
        })
        .collect()
}

/// Who runs the model.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    Base,
    Twin { generation: u32, pair: u32, sign: Int },
    Noisy { generation: u32, index: u32, amplitude: Int },
}

/// What a pass leaves: each layer's input and clipped pre-activation, and the outputs.
pub(crate) struct Pass {
    pub(crate) inputs: Vec<Vec<Int>>,
    pub(crate) pre: Vec<Vec<Int>>,
    pub(crate) outputs: Vec<Int>,
}

/// A run by the letter.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) run: Run,
    pub(crate) weights: Vec<Int>,
    pub(crate) residuals: Vec<Int>,
    /// Features, then the label or the targets.
    pub(crate) samples: Vec<(Vec<Int>, Vec<Int>)>,
}

impl Plain {
    pub(crate) fn new(run: &Run, weights: &[i8], records: &[u8]) -> Self {
        let samples = records
            .chunks_exact(run.model.inputs as usize + run.target_kind().len())
            .map(|r| {
                let (x, target) = r.split_at(run.model.inputs as usize);
                let of_byte = |&t: &u8| match run.task {
                    TaskKind::Regression { .. } => Int::from(t as i8),
                    _ => Int::from(t),
                };
                (x.iter().map(|&x| Int::from(x as i8)).collect(), target.iter().map(of_byte).collect())
            })
            .collect();
        Self { run: run.clone(), weights: wide(weights), residuals: vec![0; weights.len()], samples }
    }

    pub(super) fn weight(&self) -> Weight {
        let Estimator::Weight(weight) = self.run.estimator else { panic!("not estimator weight") };
        weight
    }

    pub(super) fn sample(&self, number: u64) -> &(Vec<Int>, Vec<Int>) {
        &self.samples[sample_index(self.run.seed, number, self.samples.len() as u32) as usize]
    }

    /// The factors A (m x r) and B (n x r) of a pair.
    pub(super) fn factors(
        &self,
        generation: u32,
        pair: u32,
        layer: &Dense,
    ) -> (Vec<Vec<Int>>, Vec<Vec<Int>>) {
        let (weight, key) = (self.weight(), [self.run.seed, generation]);
        let r = usize::from(weight.rank);
        let rows = |count: usize, from: usize| {
            let at = |i, k| entry(weight.noise, key, pair, layer.id, from + i * r + k);
            (0..count).map(|i| (0..r).map(|k| at(i, k)).collect()).collect()
        };
        (rows(layer.m, layer.n * r), rows(layer.n, 0))
    }

    /// A pair's noise on component `i` of a bias, as it counts in Z.
    pub(super) fn vector(&self, generation: u32, pair: u32, layer: &Dense, i: usize) -> Int {
        let noise = self.weight().noise;
        let at = |i| entry(noise, [self.run.seed, generation], pair, layer.id + 1, i);
        if noise == Noise::Sign { at(i) } else { at(2 * i) * at(2 * i + 1) }
    }

    pub(super) fn vectors_move(&self) -> bool {
        self.weight().noise == Noise::NearNormal || self.weight().sigma_shift <= 4
    }

    pub(crate) fn pass(&self, input: &[Int], who: Who) -> Pass {
        let (mut pass, mut x) = (Pass { inputs: vec![], pre: vec![], outputs: vec![] }, input.to_vec());
        for layer in &layers(&self.run.model) {
            let row = |i: usize| &self.weights[layer.matrix + i * layer.n..][..layer.n];
            let dot = |row: &[Int]| row.iter().zip(&x).map(|(w, x)| w * x).sum::<Int>();
            let mut sums: Vec<Int> = (0..layer.m).map(|i| dot(row(i))).collect();
            if let Who::Twin { generation, pair, sign } = who {
                let weight = self.weight();
                // A sign entry stands for +-16.
                let unit = if weight.noise == Noise::Sign { 16 } else { 1 };
                let (a, b) = self.factors(generation, pair, layer);
                for (sum, a) in sums.iter_mut().zip(&a) {
                    let seen = |k: usize| b.iter().zip(&x).map(|(b, x)| unit * b[k] * x).sum::<Int>();
                    let p: Int = a.iter().enumerate().map(|(k, a)| unit * a * seen(k)).sum();
                    *sum += (sign * p) >> (4 + weight.sigma_shift);
                }
            }
            let divisor = 16 * (layer.n as Int).isqrt();
            let mut y: Vec<Int> = sums.iter().map(|s| clip(s.div_euclid(divisor))).collect();
            for (i, y) in y.iter_mut().enumerate() {
                let Some(at) = layer.bias else { continue };
                let mut v = self.weights[at + i];
                if let Who::Twin { generation, pair, sign } = who
                    && self.vectors_move()
                {
                    let unit = if self.weight().noise == Noise::Sign { 256 } else { 1 };
                    let n = unit * self.vector(generation, pair, layer, i);
                    v = clip(v + ((sign * n) >> (4 + self.weight().sigma_shift)));
                }
                *y = clip(*y + v);
            }
            if let Who::Noisy { generation, index, amplitude } = who {
                for (i, y) in y.iter_mut().enumerate() {
                    let eps = entry(Noise::Sign, [self.run.seed, generation], index, layer.id, i);
                    *y = clip(*y + amplitude * eps);
                }
            }
            pass.inputs.push(x);
            pass.pre.push(y.clone());
            x = y.iter().map(|&y| if layer.relu { y.max(0) } else { y }).collect();
        }
        pass.outputs = x;
        pass
    }

    pub(crate) fn score(&self, (input, target): &(Vec<Int>, Vec<Int>), who: Who) -> Int {
        self.score_of(&self.pass(input, who).outputs, target)
    }

    /// The score of a model's outputs on a sample with such a label or targets.
    pub(super) fn score_of(&self, outputs: &[Int], target: &[Int]) -> Int {
        let errors = target.iter().zip(outputs).map(|(t, y)| t - y);
        match self.run.task {
            TaskKind::Regression { loss: Loss::Squared, .. } => -(errors.map(|e| e * e).sum::<Int>() / 16),
            TaskKind::Regression { loss: Loss::Absolute, .. } => -errors.map(Int::abs).sum::<Int>(),
            _ => log_likelihood(outputs, target[0] as usize),
        }
    }

    /// What a board must report of a generation.
    pub(crate) fn report(&self, generation: u32) -> Report {
        let limit = |f: Int, c: i16| f.clamp(-Int::from(c), Int::from(c)) as i16;
        match &self.run.estimator {
            Estimator::Weight(w) => (0..w.pairs)
                .map(|pair| {
                    let score = |sign, i| {
                        let sample = self.sample(w.sample_number(generation, pair, i));
                        self.score(sample, Who::Twin { generation, pair, sign })
                    };
                    let differences = (0..w.samples).map(|i| score(1, i) - score(-1, i));
                    Some(match w.credit {
                        CreditTo::Pair => vec![limit(differences.sum(), w.clip)],
                        CreditTo::Sample => differences.map(|f| limit(f, w.clip)).collect(),
                    })
                })
                .collect(),
            Estimator::Guided(_) => unreachable!("`tests/guided.rs` has it"),
            Estimator::Node(node) => (0..node.slots)
                .map(|slot| {
                    let sample = self.sample(node.sample_number(generation, slot));
                    let base = self.score(sample, Who::Base);
                    if node.skip.is_some_and(|skip| base >= -Int::from(skip)) {
                        return None;
                    }
                    let member = |k, sign| {
                        let amplitude = sign * Int::from(node.amplitude);
                        let index = slot * node.members + k;
                        self.score(sample, Who::Noisy { generation, index, amplitude })
                    };
                    let other = |k| if node.antithetic { member(k, -1) } else { base };
                    Some((0..node.members).map(|k| limit(member(k, 1) - other(k), node.clip)).collect())
                })
                .collect(),
        }
    }

    /// Moves the weights by a generation's report.
    pub(crate) fn step(&mut self, generation: u32, report: &Report, rate: u32) {
        // Everything is credited at the weights before the step.
        let mut moves = vec![];
        for layer in &layers(&self.run.model) {
            let (matrix, bias) = match self.run.estimator {
                Estimator::Weight(_) if self.credits_pairs() => self.weight_credit(generation, report, layer),
                Estimator::Weight(_) => self.sample_credit(generation, report, layer),
                Estimator::Node(node) => self.node_credit(&node, generation, report, layer),
                Estimator::Guided(_) => unreachable!("`tests/guided.rs` has it"),
            };
            moves.push((layer.matrix, matrix));
            let stays = self.credits_pairs() && !self.vectors_move();
            moves.extend(layer.bias.filter(|_| !stays).map(|at| (at, bias)));
        }
        for (at, z) in moves {
            self.move_tensor(at, &z, rate);
        }
    }

    pub(super) fn credits_pairs(&self) -> bool {
        matches!(self.run.estimator, Estimator::Weight(w) if w.credit == CreditTo::Pair)
    }

    /// Credit per sample: the direction in which each pair moved a pre-activation, times its fitness there.
    fn sample_credit(&self, generation: u32, report: &Report, layer: &Dense) -> (Vec<Int>, Vec<Int>) {
        let (mut z, mut of_bias) = (vec![0; layer.m * layer.n], vec![0; layer.m]);
        let weight = self.weight();
        let place = layers(&self.run.model).iter().position(|l| l.id == layer.id).unwrap();
        let unit = if weight.noise == Noise::Sign { 16 } else { 1 };
        for i in 0..weight.samples {
            let base = self.pass(&self.sample(weight.sample_number(generation, 0, i)).0, Who::Base);
            let x = &base.inputs[place];
            let mut delta = vec![0; layer.m];
            for (pair, f) in (0..).zip(report) {
                let f = Int::from(f.as_ref().unwrap()[i as usize]);
                let (a, b) = self.factors(generation, pair, layer);
                for (delta, a) in delta.iter_mut().zip(&a) {
                    let seen = |k: usize| b.iter().zip(x).map(|(b, x)| unit * b[k] * x).sum::<Int>();
                    let p: Int = a.iter().enumerate().map(|(k, a)| unit * a * seen(k)).sum();
                    *delta += f * (p >> (4 + weight.sigma_shift)).signum();
                }
            }
            for (row, mut delta) in delta.into_iter().enumerate() {
                if layer.relu && base.pre[place][row] <= -4 {
                    delta = 0;
                }
                if self.run.saturation {
                    delta = within(delta, base.pre[place][row]);
                }
                of_bias[row] += delta;
                for (j, x) in x.iter().enumerate() {
                    z[row * layer.n + j] += delta * x;
                }
            }
        }
        (z, of_bias)
    }

    pub(super) fn weight_credit(
        &self,
        generation: u32,
        report: &Report,
        layer: &Dense,
    ) -> (Vec<Int>, Vec<Int>) {
        let (mut z, mut of_bias) = (vec![0; layer.m * layer.n], vec![0; layer.m]);
        for (pair, f) in (0..).zip(report) {
            let f = Int::from(f.as_ref().unwrap()[0]);
            let (a, b) = self.factors(generation, pair, layer);
            for (z, (i, j)) in z.iter_mut().zip((0..layer.m).flat_map(|i| (0..layer.n).map(move |j| (i, j))))
            {
                *z += f * a[i].iter().zip(&b[j]).map(|(a, b)| a * b).sum::<Int>();
            }
            for (i, z) in of_bias.iter_mut().enumerate().filter(|_| layer.bias.is_some()) {
                *z += f * self.vector(generation, pair, layer, i);
            }
        }
        (z, of_bias)
    }

    fn node_credit(
        &self,
        node: &Node,
        generation: u32,
        report: &Report,
        layer: &Dense,
    ) -> (Vec<Int>, Vec<Int>) {
        let (mut z, mut of_bias) = (vec![0; layer.m * layer.n], vec![0; layer.m]);
        let place = layers(&self.run.model).iter().position(|l| l.id == layer.id).unwrap();
        for (slot, f) in (0..).zip(report) {
            let Some(f) = f else { continue };
            let base = self.pass(&self.sample(node.sample_number(generation, slot)).0, Who::Base);
            for i in 0..layer.m {
                let eps =
                    |k| entry(Noise::Sign, [self.run.seed, generation], slot * node.members + k, layer.id, i);
                let mut delta: Int = (0..).zip(f).map(|(k, &f)| Int::from(f) * eps(k)).sum();
                if layer.relu && base.pre[place][i] <= -Int::from(node.amplitude) {
                    delta = 0;
                }
                if self.run.saturation {
                    delta = within(delta, base.pre[place][i]);
                }
                of_bias[i] += delta;
                for (j, x) in base.inputs[place].iter().enumerate() {
                    z[i * layer.n + j] += delta * x;
                }
            }
        }
        (z, of_bias)
    }

    pub(crate) fn move_tensor(&mut self, at: usize, z: &[Int], rate: u32) {
        let (rate, node) = (Int::from(rate), !self.credits_pairs());
        let floor = if node { 64 } else { 1 };
        let mean = z.iter().map(|z| z * z).sum::<Int>() / z.len() as Int;
        let rho = mean.isqrt().max(floor);
        for (place, &z) in (at..).zip(z) {
            let w = &mut self.weights[place];
            match self.run.optimizer {
                Optimizer::Vote { reference_rank_scale } => {
                    let threshold = if node {
                        rate * rho
                    } else {
                        let Estimator::Weight(weight) = self.run.estimator else { unreachable!() };
                        let rank = if reference_rank_scale { 1 } else { Int::from(weight.rank) };
                        let unit = if weight.noise == Noise::Sign { 1 } else { 256 };
                        rate * (Int::from(weight.pairs) * rank).isqrt() * unit
                    };
                    if z.abs() * 16 >= threshold && !(node && z == 0) {
                        *w = clip(*w + if z > 0 { 1 } else { -1 });
                    }
                }
                Optimizer::Residual => {
                    let fits = |&e: &i32| (rate << e) / rho < 1 << 15;
                    let (mu, e) = match (0..=30).rev().find(fits) {
                        Some(e) => ((rate << e) / rho, e),
                        None => ((1 << 15) - 1, 0),
                    };
                    let t = self.residuals[place] + ((z * mu) >> e);
                    let step = (t + 32768) >> 16;
                    *w = clip(*w + step);
                    self.residuals[place] = t - 65536 * step;
                }
            }
        }
    }
}
