use crate::convolutions;
use crate::evaluate::cases::language_model;
use crate::run::{Identity, Schedule};
use crate::update::{Outcome, Replica, Setup, Tally};
use eggroll_batch::isa::Level;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Packer;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::{Loss, TargetKind};
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use proptest::prelude::*;
use std::sync::Arc;

/// Pseudo-random numbers below a bound.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % bound
    }
}

/// Random scores of a generation.
fn outcome(run: &Run, number: u32, rate: u32, dice: &mut Dice) -> Arc<Outcome> {
    let (shape, units) = (run.estimator.shape(), run.estimator.units());
    let mut packed = vec![0; shape.room(units as usize)];
    let mut packer = Packer::new(shape, units as usize, &mut packed).unwrap();
    for _ in 0..units {
        if shape.skippable && dice.below(3) == 0 {
            packer.skip();
            continue;
        }
        packer.keep();
        for _ in 0..shape.values {
            let size = 2 * shape.clip as u32 + 1;
            packer.push((dice.below(size) as i32 - i32::from(shape.clip)) as i16);
        }
    }
    let len = packer.finish();
    let mut tally = Tally::new(shape, units);
    tally.insert(0..units, &packed[..len]).unwrap();
    Arc::new(Outcome::new(number, rate, tally).unwrap())
}

/// Compares the weights and states of every level, over some generations, with those of the learner alone.
fn check(run: Run, dice: &mut Dice) {
    if Plan::new(run.clone(), true).is_err() {
        // Runs whose sums could overflow are refused beforehand.
        return;
    }
    let program = Program::new(&run.model).unwrap();
    let mut samples = Vec::new();
    for _ in 0..run.samples() {
        samples.extend((0..program.inputs()).map(|_| (dice.below(255) as i32 - 127) as u8));
        match run.target_kind() {
            TargetKind::Class => samples.push(dice.below(program.outputs() as u32) as u8),
            TargetKind::Values { outputs, .. } => {
                samples.extend((0..outputs).map(|_| (dice.below(255) as i32 - 127) as u8));
            }
        }
    }
    let text: Vec<u8> = (0..97).map(|_| dice.below(program.outputs() as u32) as u8).collect();
    let identity = Identity::new(&run, Schedule::Q(0), 3, &samples, &text, None);
    let setup = Setup {
        run: run.clone(),
        samples,
        text: text.into(),
        start: None,
        identity,
        sync: crate::update::Sync::default(),
        own: None,
        holds_text: false,
    };
    let mut alone = Replica::with_level(&setup, None).unwrap();
    let available = Level::ALL.iter().copied().filter(|level| level.is_available());
    let mut others: Vec<(Level, Replica)> =
        available.map(|level| (level, Replica::with_level(&setup, Some(level)).unwrap())).collect();
    for number in 1..=3 {
        let rate = dice.below(1 << 15);
        let outcome = outcome(&run, number, rate, dice);
        let moved = alone.apply(Arc::clone(&outcome)).unwrap();
        for (level, replica) in &mut others {
            assert_eq!(replica.apply(Arc::clone(&outcome)), Ok(moved), "{level} {run:?}");
            assert_eq!(replica.state(), alone.state(), "{level} {run:?}");
            assert_eq!(replica.weights(), alone.weights());
            assert_eq!(replica.feed(), alone.feed(), "{level}: states of the streams");
        }
    }
    for (level, replica) in &mut others {
        let late = outcome(&run, 3, 1, dice);
        assert_eq!(replica.apply(late), Err(eggroll_firmware::Error::WrongGeneration { have: 3 }), "{level}");
    }
}

#[test]
fn fitness_that_knows_nothing_of_its_noise_is_as_large_as_noise() {
    let weight = |noise, rank| {
        let (pairs, samples, own_samples, sigma_shift, clip) = (500, 1, false, 4, 7);
        let credit = CreditTo::Pair;
        Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit })
    };
    let node = Node { slots: 400, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    for (estimator, text) in
        [(weight(Noise::Sign, 1), true), (weight(Noise::NearNormal, 3), false), (Estimator::Node(node), true)]
    {
        let (model, task) = if text {
            (Description::egg(20, 2, 60).unwrap(), TaskKind::Text { context: 5 })
        } else {
            (Description::mlp(&[30, 40, 9], false).unwrap(), TaskKind::Samples { count: 1 })
        };
        let run = Run { seed: 5, model, task, estimator, optimizer: Optimizer::Residual, saturation: false };
        let samples = if text { Vec::new() } else { vec![3; 31] };
        let text: Arc<[u8]> = (0..97).map(|i| (i * i % 59) as u8).collect();
        let identity = Identity::new(&run, Schedule::Q(0), 1, &samples, &text, None);
        let sync = crate::update::Sync::default();
        let setup = Setup {
            run: run.clone(),
            samples,
            text,
            start: None,
            identity,
            sync,
            own: None,
            holds_text: false,
        };
        let mut replica = Replica::new(&setup).unwrap();
        assert_eq!(replica.take_signal(), None);
        replica.apply(outcome(&run, 1, 0, &mut Dice(9))).unwrap();
        let signal = replica.take_signal().unwrap();
        assert!((0.9..1.1).contains(&signal), "{signal} {estimator:?}");
    }
}

fn optimizer() -> impl Strategy<Value = Optimizer> {
    prop_oneof![Just(Optimizer::Residual), Just(Optimizer::Vote { reference_rank_scale: false })]
}

fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![Just(Noise::Sign), Just(Noise::NearNormal)]
}

fn clip() -> impl Strategy<Value = i16> {
    prop_oneof![Just(1i16), Just(7), Just(127)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..Default::default() })]

    #[test]
    fn pairs(
        (rank, sigma_shift, noise, optimizer) in (1u8..=8, 0u8..7, noise(), optimizer()),
        (clip, pairs, seed, bias) in (clip(), prop_oneof![64u32..300, 8100u32..8300], any::<u64>(), any::<bool>()),
        sizes in proptest::collection::vec(1u32..40, 3),
        text: bool,
    ) {
        let model = if text {
            language_model(seed, sizes[0].min(12), 1, 2 + sizes[1])
        } else {
            Description::mlp(&sizes, bias).unwrap()
        };
        let (samples, own_samples, credit) = (1, false, CreditTo::Pair);
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let task = if text { TaskKind::Text { context: 5 } } else { TaskKind::Samples { count: 11 } };
        let (estimator, saturation) = (Estimator::Weight(settings), false);
        let run = Run { seed: seed as u32, model, task, estimator, optimizer, saturation };
        check(run, &mut Dice(seed));
    }

    #[test]
    fn slots(
        (streams, context, members, amplitude, clip) in (16u32..40, 4u32..7, 1u32..6, 1u8..=127, clip()),
        (optimizer, seed, bias) in (optimizer(), any::<u64>(), any::<bool>()),
        sizes in proptest::collection::vec(1u32..70, 3),
        (text, saturation, many) in any::<(bool, bool, bool)>(),
    ) {
        let model = if text {
            language_model(seed, sizes[0], 2, 2 + sizes[1])
        } else {
            Description::mlp(&sizes, bias).unwrap()
        };
        // Some cases have more terms than are summed at once.
        let streams = if many && sizes[0] < 20 { 20 * streams } else { streams };
        let (slots, skip, antithetic) = (streams * context, Some(1), false);
        let estimator = Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic });
        let task = match (text, many) {
            (true, _) => TaskKind::Text { context },
            (false, true) => TaskKind::Samples { count: 11 },
            (false, false) => TaskKind::Regression { count: 11, loss: Loss::Squared },
        };
        let run = Run { seed: seed as u32, model, task, estimator, optimizer, saturation };
        check(run, &mut Dice(seed));
    }

    #[test]
    fn texts_with_a_guide(
        (streams, context, blocks) in (1u32..40, 1u32..7, 1u32..4),
        (optimizer, seed, large) in (optimizer(), any::<u64>(), any::<bool>()),
        (width, vocabulary) in (1u32..70, 2u32..90),
    ) {
        // Some cases have more terms than are summed at once.
        let streams = if large && width < 20 { 20 * streams } else { streams };
        let slots = streams * context;
        let node = Node { slots, members: 0, amplitude: 8, clip: 127, skip: None, antithetic: false };
        let (member_slots, residual_weight, guide_scale, train) = (1, 0, 64, LayerSet::ALL);
        let guided = Guided { node, member_slots, residual_weight, guide_scale, train };
        let (model, task) = (language_model(seed, width, blocks, vocabulary), TaskKind::Text { context });
        let (seed, mut dice) = (seed as u32, Dice(seed));
        let estimator = Estimator::Guided(guided);
        check(Run { seed, model, task, estimator, optimizer, saturation: false }, &mut dice);
    }

    #[test]
    fn pairs_of_windows(
        (rank, sigma_shift, noise, optimizer) in (1u8..=8, 0u8..7, noise(), optimizer()),
        (clip, pairs, seed) in (clip(), 64u32..300, any::<u64>()),
    ) {
        let model = convolutions::convolutional(&mut convolutions::Dice(seed), false, 20);
        let (samples, own_samples, credit) = (1, false, CreditTo::Pair);
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let (task, estimator) = (TaskKind::Samples { count: 11 }, Estimator::Weight(settings));
        let run = Run { seed: seed as u32, model, task, estimator, optimizer, saturation: false };
        check(run, &mut Dice(seed));
    }

    #[test]
    fn slots_of_windows(
        (slots, members, amplitude, clip) in (64u32..240, 1u32..6, 1u8..=127, clip()),
        (optimizer, seed) in (optimizer(), any::<u64>()),
        (saturation, many, regression) in any::<(bool, bool, bool)>(),
    ) {
        let mut dice = convolutions::Dice(seed);
        let most = [4, 40][dice.below(2)];
        let model = convolutions::convolutional(&mut dice, false, most);
        // Some cases have more terms than are summed at once.
        let slots = if many { 5 * slots } else { slots };
        let (skip, antithetic) = (Some(1), false);
        let estimator = Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic });
        let task = if regression {
            TaskKind::Regression { count: 11, loss: Loss::Squared }
        } else {
            TaskKind::Samples { count: 11 }
        };
        let run = Run { seed: seed as u32, model, task, estimator, optimizer, saturation };
        check(run, &mut Dice(seed));
    }
}
