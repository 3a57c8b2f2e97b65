//! Guided credit on texts: a reference of its own in plain code, the rule at every clip, and credit in
//! ranges.

#![allow(clippy::needless_range_loop, reason = "a place is looked up in several lists at once")]

use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::{Description, Layer, LayerSet};
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::collections::HashMap;

fn guided(slots: u32) -> Guided {
    let node = Node { slots, members: 0, amplitude: 8, clip: 127, skip: None, antithetic: false };
    Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 64, train: LayerSet::ALL }
}

fn run(width: u32, blocks: u32, vocabulary: u32, (streams, context): (u32, u32)) -> Run {
    Run {
        seed: 7,
        model: Description::egg(width, blocks, vocabulary).unwrap(),
        task: TaskKind::Text { context },
        estimator: Estimator::Guided(guided(streams * context)),
        optimizer: Optimizer::Residual,
        saturation: false,
    }
}

/// A learner of `run` at its first weights, fed with tokens that a small generator brings.
fn fed(run: &Run, weights: Option<&[i8]>) -> Learner<Vec<u64>> {
    let plan = Plan::new(run.clone(), true).unwrap();
    let mut learner = Learner::new(vec![0; plan.needs() as usize / 8]);
    learner.configure(run.clone(), true).unwrap();
    learner.initialize().unwrap();
    if let Some(weights) = weights {
        let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
        learner.load(Section::Weights, 0, &bytes).unwrap();
    }
    learner.start(0).unwrap();
    learner.feed(1, 0, &feed(run)).unwrap();
    learner
}

fn feed(run: &Run) -> Vec<u8> {
    let (streams, plan) = (run.streams().unwrap(), Plan::new(run.clone(), true).unwrap());
    let tokens = streams.count * (streams.context + 1);
    let vocabulary = plan.program().outputs() as u32;
    let mut word = 12_345u32;
    let mut next = || {
        word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        word >> 16
    };
    // Some tokens are 0, which resets the states.
    let mut feed: Vec<u8> = (0..tokens).map(|_| (next() % vocabulary) as u8).collect();
    let states = streams.count as usize * plan.program().state_len();
    feed.extend((0..states).map(|_| (next() % 255) as i32 - 127).map(|state| state as i8 as u8));
    feed
}

/// The model in plain integers, and its credit, written from `docs/arithmetic.md` alone.
struct Plain {
    width: usize,
    blocks: usize,
    vocabulary: usize,
    relu: bool,
    w: Vec<Vec<Vec<i64>>>,
}

/// What a token's step leaves of a block.
#[derive(Clone, Default)]
struct BlockStep {
    h: Vec<i64>,
    s: Vec<i64>,
    f: Vec<i64>,
    g: Vec<i64>,
    c: Vec<i64>,
    x1: Vec<i64>,
    h2: Vec<i64>,
    u: Vec<i64>,
    read: Vec<i64>,
    v: Vec<i64>,
    x2: Vec<i64>,
}

fn clip(value: i64) -> i64 {
    value.clamp(-127, 127)
}

/// What the rule against saturation leaves of credit at `u`.
fn within(credit: i64, u: i64) -> i64 {
    if (u == 127 && credit > 0) || (u == -127 && credit < 0) { 0 } else { credit }
}

fn limited(credit: i64) -> i64 {
    credit.clamp(-8191, 8191)
}

fn linear(w: &[Vec<i64>], x: &[i64]) -> Vec<i64> {
    let divisor = 16 * (x.len() as u64).isqrt() as i64;
    w.iter().map(|row| clip(row.iter().zip(x).map(|(w, x)| w * x).sum::<i64>().div_euclid(divisor))).collect()
}

fn norm(x: &[i64], w: &[i64]) -> Vec<i64> {
    let m = x.iter().map(|x| x.abs()).sum::<i64>().max(1) / x.len() as i64;
    let of = |(x, w): (&i64, &i64)| match m {
        0 if x * w == 0 => -1,
        0 => -2,
        m => clip((x * w).div_euclid(m)),
    };
    x.iter().zip(w).map(of).collect()
}

/// `floor(16 * 2^(i/16))`: of a float, whose error is far below what is rounded away.
fn power(i: i64) -> i64 {
    (16.0 * 2f64.powf(i as f64 / 16.0) + 1e-9).floor() as i64
}

impl Plain {
    fn new(run: &Run, weights: &[i8]) -> Self {
        let plan = Plan::new(run.clone(), true).unwrap();
        let w = plan.program().tensors().map(|tensor| {
            let (_, columns) = tensor.kind.shape();
            let values = &weights[tensor.offset..tensor.offset + tensor.len()];
            values.chunks(columns).map(|row| row.iter().map(|&w| w.into()).collect()).collect()
        });
        let w: Vec<Vec<Vec<i64>>> = w.collect();
        let (blocks, vocabulary) = ((w.len() - 3) / 10, w[0].len());
        let relu = matches!(run.model.layers[1], Layer::ReluBlock { .. });
        Self { width: w[0][0].len(), blocks, vocabulary, relu, w }
    }

    fn vector(&self, tensor: usize) -> Vec<i64> {
        self.w[tensor].iter().map(|row| row[0]).collect()
    }

    fn step(&self, token: usize, states: &mut [Vec<i64>]) -> (Vec<BlockStep>, Vec<i64>, Vec<i64>, Vec<i64>) {
        if token == 0 {
            states.iter_mut().for_each(|state| state.fill(0));
        }
        let mut x = self.w[0][token].clone();
        let first = x.clone();
        let mut steps = Vec::new();
        for (block, state) in states.iter_mut().enumerate() {
            let at = 1 + 10 * block;
            let mut step =
                BlockStep { h: norm(&x, &self.vector(at)), s: state.clone(), ..Default::default() };
            let sums = |w: usize, u: usize, b: usize, x: &[i64], y: &[i64]| -> Vec<i64> {
                let (a, c, b) = (linear(&self.w[at + w], x), linear(&self.w[at + u], y), self.vector(at + b));
                (0..self.width).map(|j| clip(a[j] + c[j] + b[j])).collect()
            };
            step.f = sums(1, 2, 3, &step.h, &step.s);
            step.g = step.f.iter().zip(&step.s).map(|(f, s)| ((f + 127) * s) >> 8).collect();
            step.c = sums(4, 5, 6, &step.h, &step.g);
            for j in 0..self.width {
                state[j] += ((step.f[j] + 127) * (step.c[j] - state[j])) >> 8;
                x[j] = clip(x[j] + state[j]);
            }
            step.x1 = x.clone();
            step.h2 = norm(&x, &self.vector(at + 7));
            step.u = linear(&self.w[at + 8], &step.h2);
            step.read = step.u.iter().map(|&u| if self.relu { u.max(0) } else { u }).collect();
            step.v = linear(&self.w[at + 9], &step.read);
            for j in 0..self.width {
                x[j] = clip(x[j] + step.v[j]);
            }
            step.x2 = x.clone();
            steps.push(step);
        }
        let h = norm(&x, &self.vector(1 + 10 * self.blocks));
        let logits = linear(&self.w[2 + 10 * self.blocks], &h);
        (steps, first, h, logits)
    }

    /// Z of all tensors, of all streams.
    fn credit(&self, run: &Run, feed: &[u8]) -> Vec<Vec<Vec<i64>>> {
        let streams = run.streams().unwrap();
        let (context, d) = (streams.context as usize, self.width);
        let mut z: Vec<Vec<Vec<i64>>> =
            self.w.iter().map(|rows| rows.iter().map(|row| vec![0; row.len()]).collect()).collect();
        let (tokens, states) = feed.split_at(streams.count as usize * (context + 1));
        for stream in 0..streams.count as usize {
            let tokens = &tokens[stream * (context + 1)..][..context + 1];
            let state = &states[stream * d * self.blocks..][..d * self.blocks];
            let mut state: Vec<Vec<i64>> =
                state.chunks(d).map(|of| of.iter().map(|&s| i64::from(s as i8)).collect()).collect();
            let steps: Vec<_> =
                tokens[..context].iter().map(|&token| self.step(token.into(), &mut state)).collect();
            let mut carried = vec![vec![0; d]; self.blocks];
            for t in (0..context).rev() {
                let (blocks, first, h, logits) = &steps[t];
                let target = usize::from(tokens[t + 1]);
                let sum: i64 = logits.iter().map(|l| power(l + 128)).sum();
                let mut g: Vec<i64> = logits.iter().map(|l| -(1024 * power(l + 128) / sum)).collect();
                g[target] = 0;
                g[target] = -g.iter().sum::<i64>();
                let p: Vec<i64> = g.iter().zip(logits).map(|(&g, &l)| within(g, l)).collect();
                let (head, ln) = (2 + 10 * self.blocks, self.vector(1 + 10 * self.blocks));
                outer(&mut z[head], &p, h);
                // The end of the residual stream.
                let x = &blocks[self.blocks - 1].x2;
                let q: Vec<i64> =
                    (0..d).map(|j| (0..self.vocabulary).map(|c| self.w[head][c][j] * p[c]).sum()).collect();
                let m = (x.iter().map(|x| x.abs()).sum::<i64>() / d as i64).max(1);
                let radial = q.iter().zip(x).map(|(q, x)| q * x).sum::<i64>().div_euclid(m * d as i64);
                let by = 4096 / m;
                let mut a: Vec<i64> = (0..d)
                    .map(|j| (q[j] - x[j].signum() * radial).clamp(-262_143, 262_143) * ln[j])
                    .map(|q| limited(((q >> 8) * by + 16) >> 5))
                    .collect();
                for block in (0..self.blocks).rev() {
                    let (step, at) = (&blocks[block], 1 + 10 * block);
                    let masked = |a: &[i64], u: &[i64]| -> Vec<i64> {
                        a.iter().zip(u).map(|(&a, &u)| within(a, u)).collect()
                    };
                    a = masked(&a, &step.x2);
                    let of_branch = masked(&a, &step.v);
                    let tensor = (at + 8) as u32;
                    let signs = eggroll_firmware::noise::start_of_guide(run.seed, tensor, 64);
                    let guide: Vec<i64> = signs.take(4 * d * d).map(i64::from).collect();
                    let of_hidden: Vec<i64> = guide
                        .chunks(d)
                        .map(|row| row.iter().zip(&a).map(|(g, a)| g * a).sum::<i64>())
                        .map(|sum| limited((sum + 256) >> 9))
                        .collect();
                    let mut of_hidden = masked(&of_hidden, &step.u);
                    if self.relu {
                        of_hidden.iter_mut().zip(&step.u).filter(|(_, u)| **u <= 0).for_each(|(a, _)| *a = 0);
                    }
                    a = masked(&a, &step.x1);
                    let (mut of_f, mut of_c) = (vec![0; d], vec![0; d]);
                    for j in 0..d {
                        let behind = (a[j] + carried[block][j]).clamp(-32_767, 32_767);
                        let (f, c, s) = (step.f[j], step.c[j], step.s[j]);
                        of_f[j] = within(limited((behind * (c - s) + 128) >> 8), f);
                        of_c[j] = within(limited((behind * (f + 127) + 128) >> 8), c);
                        carried[block][j] = if tokens[t] == 0 { 0 } else { (behind * (129 - f)) >> 8 };
                    }
                    for (tensor, delta, input) in [
                        (1, &of_f, &step.h),
                        (2, &of_f, &step.s),
                        (4, &of_c, &step.h),
                        (5, &of_c, &step.g),
                        (8, &of_hidden, &step.h2),
                        (9, &of_branch, &step.read),
                    ] {
                        outer(&mut z[at + tensor], delta, input);
                    }
                    for j in 0..d {
                        z[at + 3][j][0] += of_f[j];
                        z[at + 6][j][0] += of_c[j];
                    }
                }
                for j in 0..d {
                    z[0][usize::from(tokens[t])][j] += within(a[j], first[j]);
                }
            }
        }
        z
    }

    /// A step of optimiser residual, with a rho for every row, from what `kept` has of the steps before.
    /// Returns the weights.
    fn step_by(&mut self, z: &[Vec<Vec<i64>>], rate: i64, kept: &mut Kept) -> Vec<i8> {
        let (mut all, last) = (Vec::new(), self.w.len());
        for (tensor, (w, z)) in self.w.iter_mut().zip(z).enumerate() {
            let of_block = (tensor - 1.min(tensor)) % 10;
            let is_norm =
                tensor + 2 == last || (tensor > 0 && tensor + 2 < last && (of_block == 0 || of_block == 7));
            let vector = w[0].len() == 1;
            let square = |z: &[i64]| z.iter().map(|&z| i128::from(z).pow(2)).sum::<i128>() / z.len() as i128;
            let root = |square: i128| square.cast_unsigned().isqrt().max(64) as i64;
            let whole: Vec<i64> = z.iter().flatten().copied().collect();
            for (row, (w, z)) in w.iter_mut().zip(z).enumerate() {
                let rho = if vector {
                    root(square(&whole))
                } else {
                    let moment = kept.moments.entry((tensor, row)).or_default();
                    *moment =
                        if *moment == 0 { square(z) } else { *moment + (square(z) - *moment).div_euclid(32) };
                    root(*moment)
                };
                let e = (0..=30).rev().find(|&e| (rate << e) / rho < 1 << 15);
                let (mu, e) = e.map_or((32_767, 0), |e| ((rate << e) / rho, e));
                for (column, (w, &z)) in w.iter_mut().zip(z).enumerate() {
                    let residual = kept.residuals.entry((tensor, row, column)).or_default();
                    let t = if is_norm { 0 } else { *residual + ((z * mu) >> e) };
                    let step = (t + 32_768) >> 16;
                    (*w, *residual) = (clip(*w + step), t - (step << 16));
                    all.push(*w as i8);
                }
            }
        }
        all
    }
}

/// What is kept from generation to generation beside the weights.
#[derive(Default)]
struct Kept {
    /// Of every weight.
    residuals: HashMap<(usize, usize, usize), i64>,
    /// Of every row of a matrix.
    moments: HashMap<(usize, usize), i128>,
}

fn outer(z: &mut [Vec<i64>], delta: &[i64], input: &[i64]) {
    for (z, delta) in z.iter_mut().zip(delta) {
        z.iter_mut().zip(input).for_each(|(z, x)| *z += delta * x);
    }
}

#[test]
fn generations_are_what_the_document_says() {
    for (number, (width, blocks, vocabulary, streams, relu)) in [
        (4, 1, 5, (2, 2), false),
        (8, 2, 40, (3, 5), false),
        (16, 3, 30, (1, 9), false),
        (4, 1, 5, (2, 2), true),
        (12, 2, 40, (3, 5), true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut run = run(width, blocks, vocabulary, streams);
        if relu {
            run.model = Description::egg_relu(width, blocks, vocabulary).unwrap();
        }
        let mut learner = fed(&run, None);
        let mut weights = learner.weights().to_vec();
        if number == 1 || number == 4 {
            // Large weights saturate some of everything.
            weights.iter_mut().for_each(|w| *w = w.saturating_mul(5).max(-127));
            learner = fed(&run, Some(&weights));
        }
        let (mut plain, mut kept) = (Plain::new(&run, &weights), Kept::default());
        let (rate, units, feed) = (150_000, learner.units(), feed(&run));
        for generation in 1..=4 {
            let z = plain.credit(&run, &feed);
            assert!(z.iter().flatten().flatten().any(|&z| z != 0));
            if generation > 1 {
                learner.feed(generation, 0, &feed).unwrap();
            }
            learner.credit(generation, 0, units, &[]).unwrap();
            learner.step(rate).unwrap();
            let expected = plain.step_by(&z, rate.into(), &mut kept);
            assert_eq!(learner.weights(), expected, "model {number}, generation {generation}");
            assert_ne!(expected, weights);
            weights = expected;
        }
    }
}

#[test]
fn credit_comes_in_any_ranges() {
    let run = run(8, 2, 20, (3, 4));
    let after = |ranges: &[(u32, u32)]| {
        let mut learner = fed(&run, None);
        for &(first, count) in ranges {
            learner.credit(1, first, count, &[]).unwrap();
        }
        let carried = learner.carried().unwrap().to_vec();
        learner.step(52_429).unwrap();
        (carried, learner.weights().to_vec())
    };
    let whole = after(&[(0, 12)]);
    assert!(whole.0.iter().any(|&state| state != 0));
    assert_eq!(after(&[(0, 1), (1, 6), (7, 5)]), whole);
    assert_eq!(after(&[(0, 8), (8, 3), (11, 1)]), whole);
}

#[test]
fn settings_that_a_text_has_no_use_for_are_refused() {
    let of = |change: fn(&mut Guided)| {
        let mut guided = guided(12);
        change(&mut guided);
        let run = Run { estimator: Estimator::Guided(guided), ..run(8, 1, 20, (3, 4)) };
        Plan::new(run, true).map(|_| ())
    };
    assert_eq!(of(|_| {}), Ok(()));
    let changes: [fn(&mut Guided); 7] = [
        |guided| guided.node.members = 2,
        |guided| guided.node.skip = Some(1),
        |guided| guided.node.antithetic = true,
        |guided| guided.node.slots = 13,
        |guided| guided.guide_scale = 0,
        |guided| guided.train = LayerSet::of([0]).unwrap(),
        |guided| guided.member_slots = 0,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(of(change).is_err(), "{number}");
    }
}
