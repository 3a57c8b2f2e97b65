use super::*;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use proptest::prelude::*;

/// Pseudo-random bytes of activations and weights.
struct Values(u64, bool);

impl Values {
    fn next(&mut self) -> i8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = (self.0 >> 33) as i32 % 255 - 127;
        // Extreme weights saturate everything.
        (if self.1 { 127 * value.signum() } else { value / 2 }) as i8
    }

    fn bytes(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| self.next()).collect()
    }
}

fn weight(rank: u8, sigma_shift: u8, noise: Noise, clip: i16) -> Weight {
    let (pairs, samples) = (7, 5);
    Weight { pairs, samples, own_samples: false, rank, sigma_shift, noise, clip, credit: CreditTo::Pair }
}

/// Compares every level's scores of several ranges with the firmware's.
fn check(run: Run, values: &mut Values) {
    let plan = Plan::new(run.clone(), false).unwrap();
    assert!(is_batched(&plan), "{run:?}");
    let (layout, samples) = (plan.layout(), run.samples() as usize);
    let mut records = Vec::new();
    for _ in 0..samples {
        records.extend(values.bytes(layout.inputs()).iter().map(|&x| x.cast_unsigned()));
        records.push(values.next().unsigned_abs() % layout.outputs() as u8);
    }
    let feed = run.streams().map_or(Vec::new(), |streams| {
        let tokens = streams.count as usize * (streams.context as usize + 1);
        let states = streams.count as usize * layout.state_len();
        let mut feed: Vec<u8> =
            (0..tokens).map(|_| values.next().unsigned_abs() % layout.outputs() as u8).collect();
        feed.extend(values.bytes(states).iter().map(|&s| s.cast_unsigned()));
        feed
    });
    let weights: Arc<[i8]> = values.bytes(layout.parameters()).into();
    let setup = Setup {
        run: run.clone(),
        samples: records,
        text: Arc::from([]),
        start: None,
        sync: crate::update::Sync::default(),
    };
    let setup = Arc::new(setup);
    let mut referee = Referee::new(&setup).unwrap();
    let units = run.estimator.units();
    for range in [0..units, 1..units.div_ceil(2), units - 1..units] {
        let expected = referee.scores(3, &weights, &feed, range.clone()).unwrap();
        for &level in Level::ALL.iter().filter(|level| level.is_available()) {
            let cpu = Cpu::with_level(&setup, level).unwrap();
            let scores = cpu.inner.scores(3, &weights, &feed, range.clone()).unwrap();
            assert_eq!(scores, expected, "{level} {range:?} {run:?}");
        }
    }
    let beyond = Cpu::new(&setup).unwrap().inner.scores(3, &weights, &feed, 0..units + 1);
    assert_eq!(beyond, Err(Error::NoSuchUnits { end: u64::from(units) + 1, has: units }));
}

fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![Just(Noise::Sign), Just(Noise::NearNormal)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..Default::default() })]

    #[test]
    fn pairs_on_samples(
        sizes in proptest::collection::vec(1u32..70, 2..5),
        (rank, sigma_shift, noise) in (1u8..=8, 0u8..8, noise()),
        (bias, own_samples, per_sample, extremes) in any::<(bool, bool, bool, bool)>(),
        (clip, pairs, samples, seed) in (prop_oneof![Just(1i16), Just(7), Just(300)], 1u32..9, 1u32..130, any::<u64>()),
    ) {
        let own_samples = own_samples && !per_sample;
        let credit = if per_sample { CreditTo::Sample } else { CreditTo::Pair };
        let settings = Weight { pairs, samples, own_samples, credit, ..weight(rank, sigma_shift, noise, clip) };
        let run = Run {
            seed: seed as u32,
            model: Description::mlp(&sizes, bias).unwrap(),
            task: TaskKind::Samples { count: 11 },
            estimator: Estimator::Weight(settings),
            optimizer: Optimizer::Vote { reference_rank_scale: false },
        };
        check(run, &mut Values(seed, extremes));
    }

    #[test]
    fn slots_on_samples(
        sizes in proptest::collection::vec(1u32..70, 2..5),
        (slots, members, amplitude, clip) in (1u32..60, 1u32..9, 1u8..=127, 1i16..=127),
        (bias, antithetic, skips, extremes) in any::<(bool, bool, bool, bool)>(),
        (skip, seed) in (0u16..200, any::<u64>()),
    ) {
        let skip = skips.then_some(skip);
        let run = Run {
            seed: seed as u32,
            model: Description::mlp(&sizes, bias).unwrap(),
            task: TaskKind::Samples { count: 11 },
            estimator: Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic }),
            optimizer: Optimizer::Vote { reference_rank_scale: false },
        };
        check(run, &mut Values(seed, extremes));
    }

    #[test]
    fn pairs_on_texts(
        (width, blocks, vocabulary) in (1u32..40, 1u32..4, 2u32..90),
        (rank, sigma_shift, noise) in (1u8..=8, 0u8..8, noise()),
        (own_samples, extremes) in any::<(bool, bool)>(),
        (pairs, samples, context, seed) in (1u32..9, 1u32..4, 1u32..12, any::<u64>()),
    ) {
        let settings = Weight { pairs, samples, own_samples, ..weight(rank, sigma_shift, noise, 500) };
        let run = Run {
            seed: seed as u32,
            model: Description::egg(width, blocks, vocabulary).unwrap(),
            task: TaskKind::Text { context },
            estimator: Estimator::Weight(settings),
            optimizer: Optimizer::Vote { reference_rank_scale: false },
        };
        check(run, &mut Values(seed, extremes));
    }

    #[test]
    fn slots_on_texts(
        (width, blocks, vocabulary) in (1u32..70, 1u32..4, 2u32..90),
        (streams, context, members, amplitude, clip) in (1u32..9, 1u32..7, 1u32..6, 1u8..=127, 1i16..=127),
        (antithetic, skips, extremes) in any::<(bool, bool, bool)>(),
        (skip, seed) in (0u16..200, any::<u64>()),
    ) {
        let (slots, skip) = (streams * context, skips.then_some(skip));
        let run = Run {
            seed: seed as u32,
            model: Description::egg(width, blocks, vocabulary).unwrap(),
            task: TaskKind::Text { context },
            estimator: Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic }),
            optimizer: Optimizer::Vote { reference_rank_scale: false },
        };
        check(run, &mut Values(seed, extremes));
    }
}
