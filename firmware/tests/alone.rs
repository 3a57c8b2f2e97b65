//! A board that trains alone, one that follows by moves, and one with a store for its samples: all hold what
//! a board holds that is led step by step.

mod common;

use common::{Dice, run};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{NoTask, SampleStore, Samples};
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, Section};
use eggroll_firmware::update::{Optimizer, WeightDelta};

const NODE: Node = Node { slots: 4, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
const WEIGHT: Weight = Weight {
    pairs: 6,
    samples: 3,
    own_samples: false,
    rank: 2,
    sigma_shift: 2,
    noise: Noise::Sign,
    clip: 30,
    credit: CreditTo::Pair,
};
const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };
const COUNT: u32 = 9;

fn pace(run: &Run) -> Pace {
    match run.optimizer {
        Optimizer::Residual => Pace::Linear { initial: 300_000, generations: 40 },
        Optimizer::Vote { .. } => Pace::Constant(5),
    }
}

fn runs() -> [Run; 4] {
    let per_sample = Weight { credit: CreditTo::Sample, clip: 7, ..WEIGHT };
    [
        (Estimator::Node(NODE), Optimizer::Residual),
        (Estimator::Node(NODE), VOTE),
        (Estimator::Weight(WEIGHT), Optimizer::Residual),
        (Estimator::Weight(per_sample), Optimizer::Residual),
    ]
    .map(|(estimator, optimizer)| {
        let saturation = estimator.leaves_saturation_open() && optimizer == Optimizer::Residual;
        Run { saturation, ..run(&[5, 9, 3], true, estimator, optimizer, COUNT) }
    })
}

fn samples() -> Vec<u8> {
    let mut dice = Dice::new(3);
    (0..COUNT)
        .flat_map(|i| dice.values(5).into_iter().map(|x| x as u8).chain([(i % 3) as u8]).collect::<Vec<_>>())
        .collect()
}

/// A learner with initial weights and the samples, at generation 0.
fn started(run: &Run, updates: bool) -> Learner<Vec<u64>> {
    let plan = Plan::new(run.clone(), updates).unwrap();
    let mut weights = vec![0; plan.program().parameters()];
    plan.program().initialize(run.seed, &mut weights);
    common::started(run, updates, plan.needs() / 8, &weights, &samples())
}

/// Generations one by one, each evaluated, credited and stepped: packed scores of each, and weights after
/// each.
fn led(run: &Run, generations: u32) -> (Vec<Vec<u8>>, Vec<Vec<i8>>, u32) {
    let mut learner = started(run, true);
    let (mut scores, mut weights) = (vec![], vec![learner.weights().to_vec()]);
    let (units, mut state) = (learner.units(), None);
    for generation in 1..=generations {
        let mut bytes = vec![0; 500];
        let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut bytes).unwrap();
        bytes.truncate(len);
        learner.credit(generation, 0, units, &bytes).unwrap();
        state = Some(learner.step(pace(run).at(generation)).unwrap().0);
        scores.push(bytes);
        weights.push(learner.weights().to_vec());
    }
    (scores, weights, state.unwrap().checksum)
}

#[test]
fn alone_or_led_the_same() {
    for run in runs() {
        let (scores, weights, checksum) = led(&run, 30);
        let mut learner = started(&run, true);
        let (units, shape, pace) = (learner.units(), run.estimator.shape(), pace(&run));
        let room = shape.room(units as usize) * 5 / 2;
        let (mut next, mut found) = (1, vec![]);
        while next <= 30 {
            let mut out = vec![0xEE; room];
            let (done, len) =
                learner.train(next, 30 + 1 - next, pace, &mut NoTask, &mut Quiet, &mut out).unwrap();
            assert!(done >= 2 || next == 30, "room for two generations is used");
            let mut bytes = &out[..len];
            for _ in 0..done {
                let (first, rest) = shape.first_of(units as usize, bytes).unwrap();
                found.push(first.to_vec());
                bytes = rest;
            }
            assert!(bytes.is_empty());
            next += done;
        }
        assert_eq!(found, scores);
        assert_eq!(learner.weights(), weights[30]);
        assert_eq!(learner.state().unwrap().checksum, checksum);
        assert_ne!(weights[30], weights[0], "nothing was learnt");
        // Not twice, not out of order, and not without room for one generation.
        let mut out = vec![0; room];
        let refused = learner.train(30, 1, pace, &mut NoTask, &mut Quiet, &mut out);
        assert_eq!(refused, Err(Error::WrongGeneration { have: 30 }));
        let cramped = learner.train(31, 1, pace, &mut NoTask, &mut Quiet, &mut out[..1]);
        assert!(matches!(cramped, Err(Error::FrameTooSmall { .. })));
        assert_eq!(learner.state().unwrap().generation, 30);
        assert_eq!(learner.train(31, 0, pace, &mut NoTask, &mut Quiet, &mut out), Ok((0, 0)));
        let mut blind = started(&run, false);
        assert_eq!(blind.train(1, 1, pace, &mut NoTask, &mut Quiet, &mut out), Err(Error::NoLocalUpdate));
    }
}

#[test]
fn pace_is_the_hosts_rate() {
    let pace = Pace::Linear { initial: 26_214, generations: 3 };
    assert_eq!([1, 2, 3, 4, u32::MAX].map(|g| pace.at(g)), [26_214, 17_476, 8_738, 0, 0]);
    assert_eq!(Pace::Linear { initial: 5, generations: 0 }.at(1), 0);
    assert_eq!(Pace::Constant(7).at(9), 7);
}

#[test]
fn moves_bring_weights_along() {
    for run in runs() {
        let (_, weights, _) = led(&run, 12);
        let mut learner = started(&run, false);
        let all = weights[0].len() as u32;
        for generation in 1..=12u32 {
            let (old, new) = (&weights[generation as usize - 1], &weights[generation as usize]);
            let mut first = 0;
            while first < all {
                let mut out = [0; 6];
                let (covered, delta) =
                    WeightDelta::encode(&old[first as usize..], &new[first as usize..], 2, &mut out);
                let end = first + covered as u32;
                learner.follow(generation - 1, generation, first, end, &delta).unwrap();
                // Again, as a repeat would; nor may a half-moved board be used.
                learner.follow(generation - 1, generation, first, end, &delta).unwrap();
                if end < all {
                    let early = learner.evaluate(generation + 1, 0, 1, &mut NoTask, &mut [0; 64]);
                    assert_eq!(early, Err(Error::NotStarted));
                    let gap = learner.follow(generation - 1, generation, end + 1, all, &delta);
                    assert!(matches!(gap, Err(Error::OutOfRange { .. })), "{gap:?}");
                    // A cut at the start of the range or behind its end.
                    let begun = learner.follow(generation, generation + 1, 0, all, &delta);
                    assert_eq!(begun, Err(Error::NotStarted));
                }
                first = end;
            }
            assert_eq!(learner.weights(), new);
            assert_eq!(learner.state().unwrap().generation, generation);
        }
        let empty = WeightDelta { count: 0, shift: 0, bits: &[] };
        assert_eq!(learner.follow(11, 13, 0, all, &empty), Err(Error::WrongGeneration { have: 12 }));
        assert_eq!(
            learner.follow(12, 13, 0, all + 1, &empty),
            Err(Error::OutOfRange { end: u64::from(all) + 1, has: u64::from(all) })
        );
        let mut updating = started(&run, true);
        let refused = updating.follow(0, 1, 0, all, &empty);
        let residuals = run.optimizer == Optimizer::Residual;
        assert_eq!(refused, if residuals { Err(Error::HasResiduals) } else { Ok(()) });
    }
}

/// By votes there are no residuals, but a guide that members teach would not move along with the weights.
#[test]
fn a_guide_stays_with_the_weights_that_taught_it() {
    let of = |members| {
        let node = Node { members, clip: 127, ..NODE };
        let guided =
            Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 256, train: LayerSet::ALL };
        run(&[5, 9, 3], true, Estimator::Guided(guided), VOTE, COUNT)
    };
    let empty = WeightDelta { count: 0, shift: 0, bits: &[] };
    let follow = |run: &Run, updates| {
        let mut learner = started(run, updates);
        let all = learner.weights().len() as u32;
        let before = learner.state();
        (learner.follow(0, 1, 0, all, &empty), learner.state() == before)
    };
    assert_eq!(follow(&of(2), true), (Err(Error::HasResiduals), true));
    // Who does not update itself keeps no guide, and one that nobody teaches is drawn anew.
    assert_eq!(follow(&of(2), false), (Ok(()), false));
    assert_eq!(follow(&of(0), true), (Ok(()), false));
}

/// A store like flash: what is not erased cannot be written, and it outlives its board.
struct Flash<'a> {
    bytes: &'a mut [u8],
    erased: usize,
    broken: bool,
}

impl SampleStore for Flash<'_> {
    fn capacity(&self) -> usize {
        self.bytes.len()
    }

    fn bytes(&self) -> &[u8] {
        self.bytes
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        self.erased += 1;
        self.bytes[..len].fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        for (cell, byte) in self.bytes[offset..].iter_mut().zip(bytes) {
            *cell &= byte;
        }
        if self.broken { Err(Error::Store) } else { Ok(()) }
    }
}

#[test]
fn samples_in_a_store_outlive_a_reset() {
    let [run, ..] = runs();
    let (samples, pace) = (samples(), pace(&run));
    let checksum = Samples::new(&samples, 5).checksum();
    let mut flash = vec![0x55; samples.len() + 3];
    let plan = Plan::new(run.clone(), true).unwrap();
    // The arena holds the run without its samples.
    let words = (plan.needs() as usize - samples.len().next_multiple_of(8)) / 8;
    let mut hashes = vec![];
    for reset in 0..2 {
        let store = Flash { bytes: &mut flash, erased: 0, broken: false };
        let mut learner = Learner::with_store(vec![u64::MAX; words], store);
        assert_eq!(learner.configure(run.clone(), true), Ok(8 * words as u64));
        let there = learner.expect_samples(checksum).unwrap();
        assert_eq!(there, reset == 1);
        learner.initialize().unwrap();
        if !there {
            assert_eq!(learner.start(0), Err(Error::SamplesDiffer), "no start without the samples");
            // A start that failed asks for another erasure.
            assert_eq!(learner.expect_samples(checksum), Ok(false));
            for (place, bytes) in samples.chunks(7).enumerate() {
                learner.load(Section::Samples, 7 * place as u32, bytes).unwrap();
                learner.load(Section::Samples, 7 * place as u32, bytes).unwrap();
                // A late handshake leaves what is loaded.
                let whole = 7 * (place + 1) >= samples.len();
                assert_eq!(learner.expect_samples(checksum), Ok(whole));
            }
        }
        learner.start(0).unwrap();
        let mut out = [0; 400];
        learner.train(1, 6, pace, &mut NoTask, &mut Quiet, &mut out).unwrap();
        hashes.push(learner.weights().to_vec());
        let beyond = learner.load(Section::Samples, samples.len() as u32, &[0]);
        assert!(matches!(beyond, Err(Error::OutOfRange { .. })));
    }
    let mut arena = started(&run, true);
    arena.load(Section::Samples, 0, &samples).unwrap();
    arena.start(0).unwrap();
    arena.train(1, 6, pace, &mut NoTask, &mut Quiet, &mut [0; 400]).unwrap();
    hashes.push(arena.weights().to_vec());
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]));
    // Other samples are noticed, and a store that is too small or broken is named.
    let mut learner =
        Learner::with_store(vec![0; words], Flash { bytes: &mut flash, erased: 0, broken: true });
    learner.configure(run.clone(), true).unwrap();
    assert_eq!(learner.expect_samples(checksum ^ 1), Ok(false));
    assert_eq!(learner.load(Section::Samples, 0, &samples), Err(Error::Store));
    assert_eq!(learner.start(0), Err(Error::SamplesDiffer));
    let small = Flash { bytes: &mut [0; 9], erased: 0, broken: false };
    let (needs, has) = (samples.len() as u64, 9);
    let refused = Learner::with_store(vec![0; words], small).configure(run, true);
    assert_eq!(refused, Err(Error::StoreTooSmall { needs, has }));
}

#[test]
fn samples_that_are_here_already_are_looked_at_before_a_start() {
    let [run, ..] = runs();
    let mut bad = samples();
    bad[6] = i8::MIN as u8;
    let checksum = Samples::new(&bad, 5).checksum();
    let words = Plan::new(run.clone(), true).unwrap().needs() as usize / 8;
    let mut learner =
        Learner::with_store(vec![0; words], Flash { bytes: &mut bad, erased: 0, broken: false });
    learner.configure(run, true).unwrap();
    assert_eq!(learner.expect_samples(checksum), Ok(true));
    learner.initialize().unwrap();
    assert_eq!(learner.start(0), Err(Error::BadSample { at: 1 }));
}

#[test]
fn other_samples_end_what_was_half_followed() {
    let [_, run, ..] = runs();
    let mut learner = started(&run, false);
    let all = learner.weights().len() as u32;
    let empty = WeightDelta { count: 0, shift: 0, bits: &[] };
    learner.follow(0, 1, 0, all - 1, &empty).unwrap();
    assert_eq!(learner.expect_samples(Samples::new(&samples(), 5).checksum() ^ 1), Ok(false));
    assert_eq!(learner.follow(0, 1, all - 1, all, &empty), Err(Error::NotStarted));
    assert_eq!(learner.state(), None);
}
