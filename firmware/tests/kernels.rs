//! Every kernel, and whole passes of perturbed models, against definitions in `i128`.

mod common;

use common::{
    Dice, Int, Plain, Who, clip, exponentials, log_likelihood as exact, logarithm, run, started, unpack, wide,
};
use eggroll_firmware::estimator::node::{self, Node, NodeRun};
use eggroll_firmware::estimator::scores::Packer;
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Perturbed, Weight, entries_per_pair};
use eggroll_firmware::kernel::{
    Divisor, LowRank, Twin, add, add_low_rank, add_node_noise, credit_node_noise, dot, log_likelihood,
    low_rank_inputs, products, relu, scale,
};
use eggroll_firmware::model::{
    Activation, Description, Layer, Program, Scratch, Start, Unperturbed, run as run_pass,
};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{NoTask, Samples, Source};
use eggroll_firmware::train::{Estimator, Plan};
use eggroll_firmware::update::{Optimizer, Residual, Statistics, Vote};
use proptest::prelude::*;

const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

fn isqrt(n: Int) -> Int {
    (0..).find(|root| (root + 1) * (root + 1) > n).unwrap()
}

/// `x // (16 * isqrt(n))`; no inputs divide by 1.
fn divided(x: i32, n: u32) -> Int {
    Int::from(x).div_euclid((16 * isqrt(Int::from(n))).max(1))
}

fn shape() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![(1..=70usize, 1..=70usize), Just((1, 1)), Just((1, 64)), Just((64, 1)), Just((70, 70))]
}

/// Weights or inputs: extremes, or anything.
fn matrix(seed: u32, len: usize) -> Vec<i8> {
    match seed % 4 {
        0 => vec![127; len],
        1 => vec![-127; len],
        _ => Dice::new(seed).values(len),
    }
}

proptest! {
    #[test]
    fn linear((m, n) in shape(), seeds in any::<[u32; 2]>()) {
        let (w, x) = (matrix(seeds[0], m * n), matrix(seeds[1], n));
        let (mut sums, mut y) = (vec![i32::MIN; m], vec![-128; m]);
        products(&w, &x, &mut sums);
        scale(&sums, Divisor::for_inputs(n as u32), &mut y);
        for i in 0..m {
            let sum: Int = (0..n).map(|j| Int::from(w[i * n + j]) * Int::from(x[j])).sum();
            prop_assert_eq!(Int::from(sums[i]), sum);
            prop_assert_eq!(Int::from(y[i]), clip(sum.div_euclid(16 * isqrt(n as Int))));
        }
    }

    #[test]
    fn scaling_any_product(n in 0u32..=65_535, sums in any::<[i32; 9]>(), small in -40_000..40_000i32) {
        let mut sums = [sums.as_slice(), &[i32::MIN, i32::MAX, 0, -1, 1, small]].concat();
        let edge = 16 * n.isqrt() as i32;
        sums.extend([edge, -edge, edge - 1, -edge - 1, 127 * edge, -127 * edge - 1, 128 * edge]);
        let mut y = vec![0; sums.len()];
        scale(&sums, Divisor::for_inputs(n), &mut y);
        for (y, &sum) in y.iter().zip(&sums) {
            prop_assert_eq!(Int::from(*y), clip(divided(sum, n)));
        }
    }

    /// `P = (sign * sum_k A[:,k] (B[:,k] . x)) >> (4 + s)`, sign entries standing for +-16.
    #[test]
    fn low_rank(
        (m, n) in shape(),
        (rank, sigma_shift) in (1..=8usize, 0..=15u8),
        (near_normal, extreme) in any::<(bool, bool)>(),
        seeds in any::<[u32; 2]>(),
    ) {
        let noise = if near_normal { Noise::NearNormal } else { Noise::Sign };
        let largest = noise.largest() as i8;
        let mut dice = Dice::new(seeds[0]);
        let mut entries = |len: usize| -> Vec<i8> {
            let draw = |dice: &mut Dice| match (near_normal && !extreme, dice.word() % 2) {
                (true, _) => (dice.below(111) as i32 - 55) as i8,
                (false, 0) => largest,
                _ => -largest,
            };
            (0..len).map(|_| draw(&mut dice)).collect()
        };
        let (b, a) = (entries(n * rank), entries(m * rank));
        let (x, start) = (matrix(seeds[1], n), matrix(seeds[0], m));
        let inputs = low_rank_inputs(&b, rank, &x);
        let unit = if near_normal { 1 } else { 16 };
        for twin in Twin::BOTH {
            let mut expected = vec![];
            for i in 0..m {
                let mut sum = 0;
                for k in 0..rank {
                    let bx: Int = (0..n).map(|j| unit * Int::from(b[j * rank + k]) * Int::from(x[j])).sum();
                    sum += unit * Int::from(a[i * rank + k]) * bx;
                }
                expected.push(Int::from(start[i]) + ((Int::from(twin.sign()) * sum) >> (4 + sigma_shift)));
            }
            // 70 inputs stay far below 2^31 in either width.
            for wide in [false, true] {
                let mut sums: Vec<i32> = start.iter().map(|&x| i32::from(x)).collect();
                add_low_rank(&mut sums, &a, &inputs, twin, LowRank { rank, noise, sigma_shift, wide });
                prop_assert_eq!(sums.iter().map(|&s| Int::from(s)).collect::<Vec<_>>(), expected.clone());
            }
        }
        prop_assert!(inputs[rank..].iter().all(|&x| x == 0));
    }

    #[test]
    fn log_likelihoods(seed in any::<u32>(), len in 1..300usize, spread in 0..3usize) {
        let mut dice = Dice::new(seed);
        let logits: Vec<i8> = match spread {
            0 => dice.values(len),
            1 => (0..len).map(|_| dice.below(9) as i8 - 4).collect(),
            _ => vec![dice.value(); len],
        };
        let target = dice.below(len);
        prop_assert_eq!(Int::from(log_likelihood(&logits, target)), exact(&wide(&logits), target));
    }

    /// The scalar rules on any Z below 2^47, both widths.
    #[test]
    fn rules_on_any_credit(
        z in prop::collection::vec((any::<i64>(), 0u32..48), 1..20),
        (rate, wish) in (any::<u32>(), 1u64..1 << 47),
        seed in any::<u32>(),
    ) {
        let z: Vec<i64> = z.iter().map(|&(z, bits)| z >> (16 + bits)).collect();
        let mut statistics = Statistics::default();
        statistics.add(&z);
        let squares: Int = z.iter().map(|&z| Int::from(z) * Int::from(z)).sum();
        prop_assert_eq!(statistics.squares, squares.cast_unsigned());
        prop_assert_eq!(statistics.largest, z.iter().map(|z| z.unsigned_abs()).max().unwrap());
        let rho = statistics.rho(z.len(), 64);
        prop_assert_eq!(Int::from(rho), (squares / z.len() as Int).isqrt().max(64));
        let rho = if seed % 2 == 0 { rho } else { wish };

        let residual = Residual::new(rate, rho);
        let mut dice = Dice::new(seed);
        let mut weights = dice.values(z.len());
        let mut residuals: Vec<i16> = z.iter().map(|_| dice.word() as i16).collect();
        let expected: Vec<(Int, Int)> = weights.iter().zip(&residuals).zip(&z).map(|((&w, &r), &z)| {
            let t = Int::from(r) + ((Int::from(z) * Int::from(residual.mu)) >> residual.e);
            let step = (t + 32768) >> 16;
            (clip(Int::from(w) + step), t - 65536 * step)
        }).collect();
        residual.apply(statistics.largest, &z, &mut weights, &mut residuals);
        let got: Vec<_> = weights.iter().zip(&residuals).map(|(&w, &r)| (Int::from(w), Int::from(r))).collect();
        prop_assert_eq!(got, expected);

        let (threshold, zero_moves) = (16 * z[0].unsigned_abs(), seed % 2 == 0);
        let before = weights.clone();
        Vote { threshold, zero_moves }.apply(&z, &mut weights);
        for ((&w, &before), &z) in weights.iter().zip(&before).zip(&z) {
            let passes = 16 * Int::from(z).abs() >= Int::from(threshold) && (z != 0 || zero_moves);
            let step = if !passes { 0 } else if z > 0 { 1 } else { -1 };
            prop_assert_eq!(Int::from(w), clip(Int::from(before) + step));
        }
    }
}

#[test]
fn log_likelihoods_of_the_largest_models() {
    for logits in [[127; 4096], [-127; 4096], [0; 4096]] {
        assert_eq!(Int::from(log_likelihood(&logits, 4095)), exact(&wide(&logits), 4095));
    }
    for l in -127..=127i8 {
        for other in [-127, -1, 0, l, 126, 127] {
            let logits = [l, other];
            assert_eq!(Int::from(log_likelihood(&logits, 0)), exact(&wide(&logits), 0));
        }
    }
}

/// Logits whose sum is just below, and just at, each step of the logarithm's highest octave.
#[test]
fn log_likelihoods_at_the_thresholds() {
    let table = exponentials();
    for g in 27 * 16..=27 * 16 + 14 {
        let (mut below, mut at) = (1 << 30, 1 << 32);
        while at - below > 1 {
            let middle = (below + at) / 2;
            if logarithm(middle) >= g { at = middle } else { below = middle }
        }
        for sum in [below, at] {
            let (mut rest, mut logits) = (sum, vec![]);
            while rest > 0 {
                // The largest term that leaves nothing, or a rest that terms can make up.
                let leaves = |&i: &usize| table[i] <= rest && ![27, 31].contains(&(rest - table[i]));
                let fits = |i: &usize| leaves(i) && (rest == table[*i] || rest >= table[*i] + 16);
                let i = (1..256).rev().find(fits).unwrap();
                rest -= table[i];
                logits.push((i as i32 - 128) as i8);
            }
            assert!(logits.len() <= 4096);
            assert_eq!(Int::from(log_likelihood(&logits, 0)), exact(&wide(&logits), 0), "{sum}");
        }
    }
}

#[test]
fn divisors() {
    for n in 0..=65_535u32 {
        let by = (16 * u64::from(n).isqrt()).max(1);
        match Divisor::for_inputs(n) {
            Divisor::Shift(shift) => assert_eq!(1 << shift, by, "{n}"),
            Divisor::Reciprocal { by: divisor, .. } => {
                assert_eq!(divisor as u64, by);
                assert!(by < 256 && !by.is_power_of_two(), "{n}");
            }
            Divisor::Floor(divisor) => {
                assert_eq!(divisor.get() as u64, by);
                assert!(!by.is_power_of_two(), "{n}");
            }
        }
    }
    for h in 0..8 {
        assert!(matches!(Divisor::for_inputs(1 << (2 * h)), Divisor::Shift(s) if s == 4 + h));
    }
}

#[test]
fn the_longest_rows() {
    for (w, x) in [(127, 127), (-127, 127), (-127, -127)] {
        let sum = dot(&[w; 65_535], &[x; 65_535]);
        assert_eq!(Int::from(sum), 65_535 * Int::from(w) * Int::from(x));
    }
    // The most inputs whose sums fit 32 bits; and sums beyond, of which a P within 32 bits remains.
    for (n, wide) in [(698, false), (698, true), (699, true), (65_535, true)] {
        let (b, a, x) = (vec![55; n * 8], vec![-55; 3 * 8], vec![127; n]);
        let inputs = low_rank_inputs(&b, 8, &x);
        for (sigma_shift, twin) in (3..=15).flat_map(|s| Twin::BOTH.map(|twin| (s, twin))) {
            let mut sums = [5; 3];
            let shape = LowRank { rank: 8, noise: Noise::NearNormal, sigma_shift, wide };
            add_low_rank(&mut sums, &a, &inputs, twin, shape);
            let p = (Int::from(twin.sign()) * 8 * -55 * 55 * 127 * n as Int) >> (4 + sigma_shift);
            assert_eq!(sums.map(Int::from), [5 + p; 3]);
        }
    }
}

#[test]
fn elementwise() {
    for a in -127..=127i8 {
        let b: Vec<i8> = (-127..=127).collect();
        let mut sums = vec![a; b.len()];
        add(&mut sums, &b);
        for (sum, &b) in sums.iter().zip(&b) {
            assert_eq!(Int::from(*sum), clip(Int::from(a) + Int::from(b)));
        }
        let mut y = [a];
        relu(&mut y);
        assert_eq!(y, [if a < 0 { 0 } else { a }]);
        for (amplitude, eps) in (-127..=127i16).flat_map(|amplitude| [(amplitude, -1), (amplitude, 1i8)]) {
            let mut u = [a];
            add_node_noise(&mut u, &[eps], amplitude);
            assert_eq!(Int::from(u[0]), clip(Int::from(a) + Int::from(amplitude) * Int::from(eps)));
        }
    }
    // The most that a slot's credit can reach: 256 members of fitness 127.
    let mut delta = [0; 2];
    (0..256).for_each(|_| credit_node_noise(&mut delta, &[1, -1], 127));
    assert_eq!(delta, [32_512, -32_512]);
}

/// Models of odd shapes, biases and activations.
fn models() -> Vec<Description> {
    let mut dice = Dice::new(9);
    (0..120)
        .map(|_| {
            let mut layers = vec![];
            for _ in 0..=dice.below(3) {
                let most = [3, 12, 70][dice.below(3)];
                let outputs = 1 + dice.below(most) as u32;
                let activation = if dice.below(2) == 0 { Activation::Relu } else { Activation::None };
                layers.push(Layer::Dense { outputs, bias: dice.below(2) == 0, activation });
            }
            let inputs = [1, 4, 64, 1000, 1 + dice.below(70) as u32][dice.below(5)];
            Description { inputs, layers: layers.into_iter().collect() }
        })
        .collect()
}

#[test]
fn passes_of_the_base_model_and_of_both_twins() {
    let mut dice = Dice::new(10);
    for model in models() {
        let weight = Weight {
            pairs: 3,
            samples: 2,
            own_samples: false,
            rank: 1 + dice.below(8) as u8,
            sigma_shift: dice.below(16) as u8,
            noise: [Noise::Sign, Noise::NearNormal][dice.below(2)],
            clip: 32_767,
            credit: CreditTo::Pair,
        };
        let mut run = run(&[1, 1], false, Estimator::Weight(weight), VOTE, 2);
        run.model = model;
        let program = Program::new(&run.model).unwrap();
        let weights = dice.values(program.parameters());
        let records = dice.records(2, program.inputs(), program.outputs());
        let plain = Plain::new(&run, &weights, &records);
        let input = dice.values(program.inputs());
        let (mut bytes, mut sums) = (vec![9; program.scratch_len()], vec![9; program.products()]);
        let mut pass = Scratch::new(&program, &mut bytes, &mut sums).unwrap();
        let start = Start::Input(&input);
        let base = run_pass(&program, &weights, start, &mut [], &mut Unperturbed, &mut pass);
        assert_eq!(wide(base), plain.pass(&wide(&input), Who::Base).outputs);
        for pair in 0..3 {
            let shape = weight.low_rank(dice.below(2) == 0);
            let settings = &weight;
            let pair = Pair { settings, shape, program: &program, seed: run.seed, generation: 4, pair };
            let mut factors = vec![0; entries_per_pair(&weight, &program)];
            pair.fill_factors(&mut factors);
            for twin in Twin::BOTH {
                let mut member = Perturbed::new(pair, twin, &factors);
                let y = run_pass(&program, &weights, start, &mut [], &mut member, &mut pass);
                let who = Who::Twin { generation: 4, pair: pair.pair, sign: Int::from(twin.sign()) };
                assert_eq!(wide(y), plain.pass(&wide(&input), who).outputs, "{run:?}");
            }
        }
        // And through the learner, which shares first-layer products and B^T x.
        let words = Plan::new(run.clone(), false).unwrap().needs() / 8;
        let mut learner = started(&run, false, words, &weights, &records);
        let mut bytes = [0; 6];
        assert_eq!(learner.evaluate(1, 0, 3, &mut NoTask, &mut bytes), Ok(6));
        assert_eq!(unpack(run.estimator.shape(), 3, &bytes), plain.report(1), "{run:?}");
    }
}

#[test]
fn members_of_a_slot() {
    let mut dice = Dice::new(11);
    for (model, antithetic) in models().into_iter().flat_map(|m| [(m.clone(), false), (m, true)]) {
        let amplitude = 1 + dice.below(127) as u8;
        let node = Node { slots: 3, members: 9, amplitude, clip: 127, skip: None, antithetic };
        let mut run = run(&[1, 1], false, Estimator::Node(node), VOTE, 1);
        run.model = model;
        let program = Program::new(&run.model).unwrap();
        let weights = dice.values(program.parameters());
        let records = dice.records(1, program.inputs(), program.outputs());
        let plain = Plain::new(&run, &weights, &records);
        let (mut bytes, mut sums) = (vec![9; program.scratch_len()], vec![9; program.products()]);
        let (first, eps) = (&mut vec![9; program.products()], &mut vec![9; program.node_count()]);
        let mut work = node::Workspace {
            pass: Scratch::new(&program, &mut bytes, &mut sums).unwrap(),
            state: &mut [],
            before: &mut [],
            fork: &mut [],
            first,
            eps,
            nodes: &mut [],
            progress: &mut Quiet,
        };
        let mut packed = [0; 9];
        let mut packer = Packer::new(run.estimator.shape(), 1, &mut packed).unwrap();
        let source = Source::Samples { samples: Samples::new(&records, program.inputs()), seed: run.seed };
        let on = NodeRun {
            settings: &node,
            program: &program,
            weights: &weights,
            seed: run.seed,
            generation: 5,
            source,
        };
        node::evaluate(&on, 2, on.row(2), &mut work, Some(&mut packer), None);
        assert_eq!(packer.finish(), 9);
        assert_eq!(unpack(run.estimator.shape(), 1, &packed)[0], plain.report(5)[2], "{run:?}");
    }
}
