//! Convolutional models at the limits of every sum: the largest are computed, larger ones are refused with
//! numbers.
#![cfg(feature = "convolution")]

mod common;

use common::small::{WINDOW, conv, dense, model, plain};
use common::{Convolutional, Int, entry, pack, started, wide};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Activation, Description, Layer, Pool, Program, Scratch, Start, infer};
use eggroll_firmware::noise::{Noise, sample_index};
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::num::NonZeroU32;

const NODE: Node = Node { slots: 4, members: 2, amplitude: 4, clip: 127, skip: None, antithetic: false };
const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };
const I32: u64 = i32::MAX as u64;

fn run_of(model: Description, estimator: Estimator) -> Run {
    let task = TaskKind::Samples { count: 4 };
    Run { seed: 5, model, task, estimator, optimizer: VOTE, saturation: false }
}

/// A pass in memory of just the right size; every sum that leaves an `i32` panics here.
fn pass(program: &Program, weights: &[i8], input: &[i8]) -> Vec<i8> {
    let (mut bytes, mut sums) = (vec![85; program.scratch_len()], vec![-7; program.products()]);
    let mut scratch = Scratch::new(program, &mut bytes, &mut sums).unwrap();
    infer(program, weights, Start::Input(input), &mut [], &mut scratch).to_vec()
}

/// A row of `columns` under one window, of so many channels.
fn row(columns: u16, channels: u16) -> Window {
    Window { rows: 1, columns, channels, kernel: [1, columns], stride: [1, 1], padding: [0; 4] }
}

#[test]
fn the_largest_products_are_computed_and_larger_ones_refused() {
    let overflow = |model: &Description, layer, bound| {
        let error = Error::Overflow { layer, bound, limit: I32 };
        assert_eq!(Program::new(model).err(), Some(error));
    };
    // 133,144 * 127^2 is the most that an i32 holds.
    let of = |window: Window| {
        let divisor = NonZeroU32::new(1 << 20);
        let activation = Activation::None;
        let conv = Layer::Conv { window, channels: 1, bias: true, activation, divisor };
        model(window.inputs() as u32, &[conv])
    };
    let n = 8 * 16_643u64;
    assert!(n * 127 * 127 <= I32 && (n + 1) * 127 * 127 > I32);
    overflow(&of(row(5, 26_629)), 0, (n + 1) * 127 * 127);
    // Padding counts.
    let padded = Window { columns: 3, kernel: [1, 5], padding: [0, 0, 1, 1], ..row(5, 26_629) };
    overflow(&of(padded), 0, (n + 1) * 127 * 127);
    let program = Program::new(&of(row(8, 16_643))).unwrap();
    let mut weights = vec![127; n as usize + 1];
    for (sign, sum) in [(1, n as Int * 127 * 127), (-1, -(n as Int) * 127 * 127)] {
        let expected = common::clip(common::clip(sum.div_euclid(1 << 20)) + 127);
        assert_eq!(wide(&pass(&program, &weights, &vec![127 * sign; n as usize])), [expected]);
    }
    weights[n as usize] = -127;
    assert_eq!(pass(&program, &weights, &vec![127; n as usize]), [0]);
    // Depthwise, a channel at a time.
    let of = |side: u16, channels: u16| {
        let (rows, columns, kernel) = (side, 365, [side, 365]);
        let window = Window { rows, columns, channels, kernel, stride: [1, 1], padding: [0; 4] };
        let (bias, activation, divisor) = (false, Activation::None, NonZeroU32::new(1 << 20));
        model(window.inputs() as u32, &[Layer::Depthwise { window, bias, activation, divisor }])
    };
    overflow(&of(365, 2), 0, 365 * 365 * 127 * 127);
    let program = Program::new(&of(364, 2)).unwrap();
    let weights = vec![-127; program.parameters()];
    let expected = (-364 * 365 * 127 * 127i64).div_euclid(1 << 20).max(-127) as i8;
    assert_eq!(pass(&program, &weights, &vec![127; program.inputs()]), [expected; 2]);
    // The weights of all layers together.
    let wide = conv(row(1, 65_535), 65_535);
    overflow(&model(65_535, &[dense(65_535), wide, dense(2)]), 0, 65_535 * 65_535);
    let half = conv(row(1, 65_535), 30_000);
    let all = 2 * (65_535 * 30_000) + 30_000 + 35_535;
    assert_eq!(Program::new(&model(65_535, &[half, dense(2)])).err(), None);
    let again = conv(row(1, 30_000), 65_535);
    let bound = 65_535 * 30_000 + 30_000 + 65_535 * 30_001;
    assert_eq!(bound, all - 35_535 + 65_535);
    overflow(&model(65_535, &[half, again, dense(2)]), 1, bound);
    // The average of as many values as there can be.
    let window = Window { rows: 2048, columns: 2048, channels: 1, kernel: [2048; 2], ..WINDOW };
    let pools = [Pool::Average, Pool::Max].map(|kind| model(1 << 22, &[Layer::Pool { window, kind }]));
    for model in &pools {
        let program = Program::new(model).unwrap();
        for value in [127, -127] {
            assert_eq!(pass(&program, &[], &vec![value; 1 << 22]), [value]);
        }
    }
}

/// The sum of a window and its perturbation at its limit: weights, inputs and factors whose every product is
/// positive.
#[test]
fn the_largest_perturbed_products_are_computed_and_larger_ones_refused() {
    for (noise, rank, sigma_shift, largest) in
        [(Noise::Sign, 1, 0, 118_246), (Noise::NearNormal, 1, 4, 121_810), (Noise::NearNormal, 4, 0, 19_144)]
    {
        let weight = Weight {
            pairs: 2,
            samples: 1,
            own_samples: false,
            rank,
            sigma_shift,
            noise,
            clip: 30_000,
            credit: CreditTo::Pair,
        };
        let of = |channels: u32| {
            let window = row(1, 65_535);
            let half = Window { channels: (channels / 2) as u16, columns: 2, kernel: [1, 2], ..window };
            let (bias, activation, divisor) = (false, Activation::None, NonZeroU32::new(1 << 20));
            let conv = Layer::Conv { window: half, channels: 2, bias, activation, divisor };
            run_of(model(channels / 2 * 2, &[conv]), Estimator::Weight(weight))
        };
        let n = u64::from(largest);
        let e = if noise == Noise::Sign { 1 } else { 55 };
        let left = if noise == Noise::Sign { 4 - sigma_shift } else { 0 };
        let right = if noise == Noise::Sign { 0 } else { 4 + sigma_shift };
        let bound = |n: u64| n * 127 * 127 + (((u64::from(rank) * e * 127 * n * e) << left) >> right) + 1;
        assert!(bound(n) <= I32 && bound(n + 2) > I32, "{} {}", bound(n), bound(n + 2));
        let error = Error::Overflow { layer: 0, bound: bound(n + 2), limit: I32 };
        assert_eq!(Plan::new(of(largest + 2), true).err(), Some(error));
        let run = of(largest);
        let plan = Plan::new(run.clone(), true).unwrap();
        let n = largest as usize;
        let sign = |j: usize| {
            let b = entry(noise, [run.seed, 1], 0, 0, j * usize::from(rank));
            if b < 0 { -127 } else { 127i8 }
        };
        let x: Vec<i8> = (0..n).map(sign).collect();
        let weights: Vec<i8> = [&x[..], &x[..]].concat();
        let records: Vec<u8> = (0..4).flat_map(|_| x.iter().map(|&x| x as u8).chain([0])).collect();
        let mut learner = started(&run, true, plan.needs() / 8, &weights, &records);
        let mut plain = Convolutional::new(&run, &weights, &records);
        let report = plain.report(1);
        let mut bytes = vec![0; run.estimator.shape().room(2)];
        let len = learner.evaluate(1, 0, 2, &mut eggroll_firmware::task::NoTask, &mut bytes).unwrap();
        assert_eq!(bytes[..len], pack(run.estimator.shape(), &report));
        learner.credit(1, 0, 2, &bytes[..len]).unwrap();
        learner.step(1).unwrap();
        plain.step(1, &report, 1);
        assert_eq!(wide(learner.weights()), plain.plain.weights);
    }
}

/// A credit that is summed over many places leaves 32 bits, and more than 47 are refused.
#[test]
fn credit_counts_every_place() {
    let columns = 1 << 12;
    let gap = Layer::Pool { window: row(columns, 1), kind: Pool::Average };
    let model = model(columns.into(), &[plain(columns, 1), gap, dense(2)]);
    let of = |node: Node| Run { seed: 7, ..run_of(model.clone(), Estimator::Node(node)) };
    let node = Node { slots: 36, members: 1, ..NODE };
    let run = Run { task: TaskKind::Samples { count: 36 }, ..of(node) };
    // Every slot reads its own noise, so that all products are positive.
    let mut samples = vec![vec![]; 36];
    for slot in 0..36 {
        let at = |i| 127 * entry(Noise::Sign, [run.seed, 1], slot, 0, i);
        let record = (0..usize::from(columns)).map(|i| at(i) as i8 as u8).chain([0]).collect();
        samples[sample_index(run.seed, slot.into(), 36) as usize] = record;
    }
    let (records, weights) = (samples.concat(), [3, 16, -16]);
    let report = vec![Some(vec![127]); 36];
    for (optimizer, rate) in [(VOTE, 1), (Optimizer::Residual, 60_000)] {
        let run = Run { optimizer, ..run.clone() };
        let words = Plan::new(run.clone(), true).unwrap().needs() / 8;
        let mut learner = started(&run, true, words, &weights, &records);
        let mut plain = Convolutional::new(&run, &weights, &records);
        learner.credit(1, 0, 36, &pack(run.estimator.shape(), &report)).unwrap();
        learner.step(rate).unwrap();
        plain.step(1, &report, rate);
        assert_eq!(wide(learner.weights()), plain.plain.weights);
        assert!(plain.plain.weights[0] > 3, "36 * 4096 * 127^2 is above 2^31");
    }
    let loud = Node { slots: 1 << 20, members: 10, ..NODE };
    let bound = (1 << 20) * u64::from(columns) * 10 * 127 * 127;
    let error = Error::Overflow { layer: 0, bound, limit: (1 << 47) - 1 };
    assert_eq!(Plan::new(of(loud), false).err(), Some(error));
    assert!(Plan::new(of(Node { slots: 200_000, ..loud }), false).is_ok());
}
