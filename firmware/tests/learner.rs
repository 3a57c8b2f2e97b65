//! The learner against the semantics by the letter, in the smallest arena and in a large one, whatever the
//! order, size and repetition of requests; and what it refuses.

mod common;

use common::{Dice, Int, Plain, Report, entry, pack, run, started, unpack};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{Loss, NoTask};
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};

const SIZES: [&[u32]; 7] = [&[1, 1], &[2, 1], &[5, 3], &[3, 7, 2], &[9, 1, 4, 2], &[17, 13, 5], &[33, 2, 3]];
const NODE: Node = Node { slots: 7, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
const WEIGHT: Weight = Weight {
    pairs: 6,
    samples: 3,
    own_samples: false,
    rank: 2,
    sigma_shift: 4,
    noise: Noise::Sign,
    clip: 30,
    credit: CreditTo::Pair,
};
const GUIDED: Guided = Guided {
    node: Node { members: 0, ..NODE },
    member_slots: 1,
    residual_weight: 0,
    guide_scale: 1,
    train: LayerSet::ALL,
};
const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };
const OPTIMIZERS: [Optimizer; 3] =
    [Optimizer::Residual, VOTE, Optimizer::Vote { reference_rank_scale: true }];

/// All combinations of the settings that change the course of a run, at sizes drawn for each.
fn cases() -> Vec<(Run, u32)> {
    let (mut dice, mut cases) = (Dice::new(1), vec![]);
    for (case, optimizer) in (0..64).flat_map(|case| OPTIMIZERS.map(|o| (case, o))) {
        let on = |bit: u32| case >> bit & 1 == 1;
        let pairs = if dice.below(8) == 0 { 70 } else { 1 + dice.below(9) as u32 };
        let weight = Weight {
            pairs,
            samples: 1 + dice.below(5) as u32,
            own_samples: on(1),
            rank: 1 + (case >> 2 & 3) as u8,
            noise: if on(4) { Noise::NearNormal } else { Noise::Sign },
            sigma_shift: [0, 2, 4, 5, 9][dice.below(5)],
            clip: [1, 30, 100][dice.below(3)],
            credit: if on(5) && !on(1) { CreditTo::Sample } else { CreditTo::Pair },
        };
        let node = Node {
            slots: 1 + dice.below(12) as u32,
            members: 1 + dice.below(6) as u32,
            amplitude: [1, 4, 40, 127][dice.below(4)],
            clip: [1, 7, 127][dice.below(3)],
            skip: on(1).then(|| dice.below(60) as u16),
            antithetic: on(2),
        };
        for estimator in [Estimator::Weight(weight), Estimator::Node(node)] {
            let rate = match optimizer {
                Optimizer::Residual => [0, 300, 26_214, 3_000_000][dice.below(4)],
                Optimizer::Vote { .. } => [0, 5, 16, 40][dice.below(4)],
            };
            let samples = 1 + dice.below(23) as u32;
            let run = run(SIZES[dice.below(7)], on(0), estimator, optimizer, samples);
            let task = [
                run.task,
                TaskKind::Regression { count: samples, loss: Loss::Squared },
                TaskKind::Regression { count: samples, loss: Loss::Absolute },
            ][dice.below(3)];
            let saturation = estimator.leaves_saturation_open() && dice.below(2) == 0;
            cases.push((Run { saturation, task, ..run }, rate));
        }
    }
    cases
}

/// Weights and samples for a run.
fn data(run: &Run, seed: u32) -> (Vec<i8>, Vec<u8>) {
    let (mut dice, plan) = (Dice::new(seed), Plan::new(run.clone(), true).unwrap());
    let weights = dice.values(plan.program().parameters());
    (weights, dice.samples(run))
}

fn evaluated(learner: &mut Learner<Vec<u64>>, generation: u32, first: u32, count: u32) -> Report {
    let shape = learner.plan().unwrap().run().estimator.shape();
    let mut bytes = vec![0x55; shape.room(count as usize)];
    let len = learner.evaluate(generation, first, count, &mut NoTask, &mut bytes).unwrap();
    unpack(shape, count as usize, &bytes[..len])
}

fn same(learner: &mut Learner<Vec<u64>>, plain: &Plain) {
    assert_eq!(common::wide(learner.weights()), plain.weights);
    if plain.run.optimizer == Optimizer::Residual {
        assert_eq!(learner.residuals().iter().map(|&r| Int::from(r)).collect::<Vec<_>>(), plain.residuals);
    }
}

#[test]
fn every_run_follows_the_semantics_in_the_smallest_arena_as_in_a_large_one() {
    let (mut skipped, mut moved) = (0, 0);
    for (seed, (run, rate)) in (0..).zip(cases()) {
        let (weights, records) = data(&run, seed);
        let words = [true, false].map(|updates| Plan::new(run.clone(), updates).unwrap().needs() / 8);
        let (needs, has) = (8 * words[0], 8 * (words[0] - 1));
        let mut short = Learner::new(vec![0; words[0] as usize - 1]);
        assert_eq!(short.configure(run.clone(), true), Err(Error::ArenaTooSmall { needs, has }));

        let mut smallest = started(&run, true, words[0], &weights, &records);
        let mut large = started(&run, true, words[0] + 5000, &weights, &records);
        let mut only_evaluates = started(&run, false, words[1], &weights, &records);
        let mut plain = Plain::new(&run, &weights, &records);
        let units = run.estimator.units();
        for generation in 1..=3 {
            let report = plain.report(generation);
            skipped += report.iter().filter(|unit| unit.is_none()).count();
            assert_eq!(evaluated(&mut smallest, generation, 0, units), report, "{run:?}");
            assert_eq!(evaluated(&mut large, generation, 0, units), report, "{run:?}");
            if generation == 1 {
                assert_eq!(evaluated(&mut only_evaluates, generation, 0, units), report, "{run:?}");
            }
            let before = plain.weights.clone();
            plain.step(generation, &report, rate);
            let changed = before.iter().zip(&plain.weights).filter(|(a, b)| a != b).count();
            moved += changed;
            let bytes = pack(run.estimator.shape(), &report);
            let states = [&mut smallest, &mut large].map(|learner| {
                learner.credit(generation, 0, units, &bytes).unwrap();
                let (state, moved) = learner.step(rate).unwrap();
                same(learner, &plain);
                assert_eq!(moved as usize, changed, "{run:?}");
                state
            });
            assert_eq!(states[0], states[1]);
        }
    }
    assert!(skipped > 100 && moved > 10_000, "{skipped} {moved}");
}

#[test]
fn any_split_of_ranges_gives_the_same_scores() {
    let mut dice = Dice::new(2);
    for (seed, (run, _)) in (0..).zip(cases()).step_by(3) {
        let (weights, records) = data(&run, seed);
        let words = Plan::new(run.clone(), false).unwrap().needs() / 8;
        let mut learner = started(&run, false, words + dice.below(60) as u64, &weights, &records);
        let (units, checksum) = (run.estimator.units(), learner.state());
        let whole = evaluated(&mut learner, 1, 0, units);
        let mut parts = vec![];
        while parts.len() < units as usize {
            let count = dice.below(units as usize - parts.len() + 1);
            parts.extend(evaluated(&mut learner, 1, parts.len() as u32, count as u32));
        }
        assert_eq!(parts, whole, "{run:?}");
        let alone = dice.below(units as usize);
        assert_eq!(evaluated(&mut learner, 1, alone as u32, 1)[0], whole[alone]);
        assert_eq!(learner.state(), checksum);
        assert_eq!(learner.weights(), weights);
    }
}

#[test]
fn credit_in_any_chunks_with_repeats_and_evaluations_between() {
    let mut dice = Dice::new(3);
    for (seed, (run, rate)) in (0..).zip(cases()).step_by(2) {
        let (weights, records) = data(&run, seed);
        let words = Plan::new(run.clone(), true).unwrap().needs() / 8;
        let shape = run.estimator.shape();
        let mut learner = started(&run, true, words, &weights, &records);
        let mut plain = Plain::new(&run, &weights, &records);
        let report = plain.report(1);
        plain.step(1, &report, rate);
        let mut done: Vec<[usize; 2]> = vec![];
        let mut at = 0;
        while at < report.len() {
            let end = at + 1 + dice.below(report.len() - at);
            let bytes = pack(shape, &report[at..end]);
            if end == report.len() && learner.state().unwrap().generation == 0 {
                assert!(learner.step(rate).is_err());
            }
            learner.apply(1, rate, at as u32, (end - at) as u32, &bytes, &mut Quiet).unwrap();
            done.push([at, end]);
            // A late copy of an earlier range; the first range of all would begin anew.
            let [from, to] = done[dice.below(done.len())];
            if from > 0 {
                learner
                    .apply(
                        1,
                        rate,
                        from as u32,
                        (to - from) as u32,
                        &pack(shape, &report[from..to]),
                        &mut Quiet,
                    )
                    .unwrap();
            }
            if end < report.len() {
                assert_eq!(evaluated(&mut learner, 1, 0, run.estimator.units()), report);
            }
            at = end;
        }
        same(&mut learner, &plain);
        assert_eq!(learner.state().unwrap().generation, 1);
        // The generation is done: any of its ranges again changes nothing.
        let state = learner.state();
        learner.apply(1, rate, 0, report.len() as u32, &pack(shape, &report), &mut Quiet).unwrap();
        assert_eq!(learner.state(), state);
    }
}

#[test]
fn credit_that_needs_64_bits() {
    let weight = Weight { clip: 32_767, noise: Noise::NearNormal, rank: 4, ..WEIGHT };
    let vote = run(&[3, 2], true, Estimator::Weight(Weight { pairs: 400, ..weight }), VOTE, 3);
    let narrow = Weight { pairs: 43, rank: 1, ..weight };
    let residual = run(&[1, 1, 1], true, Estimator::Weight(narrow), Optimizer::Residual, 3);
    let many = Node { slots: 600, members: 256, clip: 127, skip: None, ..NODE };
    let node = run(&[1, 1], true, Estimator::Node(many), Optimizer::Residual, 3);
    let mut dice = Dice::new(4);
    for (run, rate) in
        [(vote, 16), (residual, 60_000), (node.clone(), 60_000), (Run { optimizer: VOTE, ..node }, 12)]
    {
        let (weights, records) = data(&run, 5);
        let words = Plan::new(run.clone(), true).unwrap().needs() / 8;
        let mut learner = started(&run, true, words, &weights, &records);
        let mut plain = Plain::new(&run, &weights, &records);
        // Fitness that adds up in the first weight, so that Z itself leaves 32 bits where the bound allows
        // it.
        let mut z = 0;
        let report: Report = (0..run.estimator.units())
            .map(|unit| match run.estimator {
                Estimator::Weight(w) => {
                    let r = usize::from(w.rank);
                    let at = |i| entry(w.noise, [run.seed, 1], unit, 0, i);
                    let first: Int = (0..r).map(|k| at(k) * at(run.model.inputs as usize * r + k)).sum();
                    z += first.abs() * Int::from(w.clip);
                    Some(vec![if first > 0 { w.clip } else { -w.clip }])
                }
                Estimator::Node(n) => Some((0..n.members).map(|_| dice.below(255) as i16 - 127).collect()),
                Estimator::Guided(_) => unreachable!("`tests/guided.rs` has it"),
            })
            .collect();
        assert!(run.optimizer != VOTE || z == 0 || z > Int::from(i32::MAX));
        let units = run.estimator.units();
        learner.credit(1, 0, units, &pack(run.estimator.shape(), &report)).unwrap();
        learner.step(rate).unwrap();
        plain.step(1, &report, rate);
        same(&mut learner, &plain);
    }
}

fn refusal(run: Run) -> Error {
    Plan::new(run, true).unwrap_err()
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let of = |estimator| run(&[3, 2], false, estimator, Optimizer::Residual, 4);
    for (node, setting) in [
        (Node { slots: 0, ..NODE }, Setting::Slots),
        (Node { slots: (1 << 20) + 1, ..NODE }, Setting::Slots),
        (Node { members: 0, ..NODE }, Setting::Members),
        (Node { members: 257, ..NODE }, Setting::Members),
        (Node { amplitude: 0, ..NODE }, Setting::Amplitude),
        (Node { amplitude: 128, ..NODE }, Setting::Amplitude),
        (Node { clip: 0, ..NODE }, Setting::Clip),
        (Node { clip: 128, ..NODE }, Setting::Clip),
        (Node { clip: i16::MIN, ..NODE }, Setting::Clip),
    ] {
        assert_eq!(refusal(of(Estimator::Node(node))), Error::Setting(setting));
    }
    for (weight, setting) in [
        (Weight { pairs: 0, ..WEIGHT }, Setting::Pairs),
        (Weight { pairs: (1 << 20) + 1, ..WEIGHT }, Setting::Pairs),
        (Weight { samples: 0, ..WEIGHT }, Setting::Samples),
        (Weight { samples: (1 << 20) + 1, ..WEIGHT }, Setting::Samples),
        (Weight { rank: 0, ..WEIGHT }, Setting::Rank),
        (Weight { rank: 9, ..WEIGHT }, Setting::Rank),
        (Weight { sigma_shift: 16, ..WEIGHT }, Setting::SigmaShift),
        (Weight { clip: 0, ..WEIGHT }, Setting::Clip),
        (Weight { clip: -1, ..WEIGHT }, Setting::Clip),
        (Weight { credit: CreditTo::Sample, own_samples: true, ..WEIGHT }, Setting::OwnSamples),
        (Weight { credit: CreditTo::Sample, pairs: 6554, clip: 5, ..WEIGHT }, Setting::PairsTimesClip),
    ] {
        assert_eq!(refusal(of(Estimator::Weight(weight))), Error::Setting(setting));
    }
    for estimator in [Estimator::Weight(WEIGHT), Estimator::Guided(GUIDED)] {
        let run = of(estimator);
        assert!(Plan::new(run.clone(), true).is_ok());
        assert_eq!(refusal(Run { saturation: true, ..run }), Error::Setting(Setting::Saturation));
    }
    let node = of(Estimator::Node(NODE));
    let empty = Run { task: TaskKind::Samples { count: 0 }, ..node.clone() };
    assert_eq!(refusal(empty), Error::Setting(Setting::Task));
    assert_eq!(refusal(Run { task: TaskKind::Own, ..node }), Error::Setting(Setting::Task));
    // 2^21 initial weights are the most that a tensor's stream has words for.
    let square = |n| run(&[2048, n, 1], false, Estimator::Node(NODE), VOTE, 1);
    assert!(Plan::new(square(1024), true).is_ok());
    assert_eq!(refusal(square(1025)), Error::Setting(Setting::Noise));
}

#[test]
fn shapes_and_sums_out_of_range_are_refused_with_numbers() {
    assert_eq!(Description::mlp(&[], false), Err(Error::Shape { layer: 0 }));
    assert_eq!(Description::mlp(&[3], false), Err(Error::Shape { layer: 0 }));
    assert_eq!(Description::mlp(&[0, 3], false), Err(Error::Shape { layer: 0 }));
    assert_eq!(Description::mlp(&[65_536, 3], false), Err(Error::Shape { layer: 0 }));
    assert_eq!(Description::mlp(&[3, 4, 0, 2], false), Err(Error::Shape { layer: 1 }));
    assert_eq!(Description::mlp(&[3, 65_536, 2], false), Err(Error::Shape { layer: 0 }));
    assert_eq!(Description::mlp(&[3, 65_535, 4097], false), Err(Error::Shape { layer: 1 }));
    assert!(Description::mlp(&[3, 65_535, 4096], false).is_ok());
    assert!(Description::mlp(&[1; 33], false).is_ok());
    assert!(matches!(Description::mlp(&[1; 34], false), Err(Error::Shape { .. })));

    let node = |n: Node, optimizer| run(&[2, 3, 2], true, Estimator::Node(n), optimizer, 1);
    let weight = |sizes, w, optimizer| run(sizes, false, Estimator::Weight(w), optimizer, 1);
    let loud = Weight { noise: Noise::NearNormal, sigma_shift: 0, rank: 1, ..WEIGHT };
    let overflow = |run| match refusal(run) {
        Error::Overflow { layer, bound, limit } => (layer, bound, limit),
        other => panic!("{other:?}"),
    };
    let (n, i32_max) = (65_535, i32::MAX as u64);
    let bound = n * 127 * 127 + ((n * 127 * 55 * 55) >> 4) + 1;
    assert_eq!(overflow(weight(&[65_535, 1], loud, VOTE)), (0, bound, i32_max));
    let parameters = 65_535 * 65_535;
    assert_eq!(overflow(weight(&[65_535, 65_535, 1], WEIGHT, VOTE)), (0, parameters, i32_max));
    let all = Weight { pairs: 1 << 20, clip: 32_767, noise: Noise::NearNormal, rank: 8, ..WEIGHT };
    let bound = (1 << 20) * 32_767 * 8 * 55 * 55;
    assert_eq!(overflow(weight(&[2, 1], all, VOTE)), (0, bound, (1 << 47) - 1));
    let all = Node { slots: 1 << 20, members: 256, clip: 127, ..NODE };
    let bound = (1 << 20) * 256 * 127 * 127;
    for run in [node(all, Optimizer::Residual), node(all, VOTE)] {
        // Its squares leave 64 bits: only a core with wider sums updates itself, but any evaluates.
        assert!(Plan::new(run.clone(), false).is_ok());
        if cfg!(target_pointer_width = "64") {
            assert!(Plan::new(run, true).is_ok());
        } else {
            assert_eq!(overflow(run), (0, bound, (u64::MAX / 6).isqrt()));
        }
    }
}

#[test]
fn a_refused_request_changes_nothing() {
    let run = run(&[3, 4, 2], true, Estimator::Node(NODE), Optimizer::Residual, 6);
    let mut fresh = Learner::new(vec![0; 1000]);
    let mut out = [0; 100];
    assert_eq!(fresh.load(Section::Weights, 0, &[]), Err(Error::NotConfigured));
    assert_eq!(fresh.start(0), Err(Error::NotConfigured));
    assert_eq!(fresh.evaluate(1, 0, 1, &mut NoTask, &mut out), Err(Error::NotConfigured));
    assert_eq!(fresh.credit(1, 0, 1, &[]), Err(Error::NotConfigured));
    assert_eq!(fresh.step(1), Err(Error::NotConfigured));
    fresh.configure(run.clone(), true).unwrap();
    assert_eq!(fresh.evaluate(1, 0, 1, &mut NoTask, &mut out), Err(Error::NotStarted));
    assert_eq!(fresh.apply(1, 1, 0, 7, &[], &mut Quiet), Err(Error::NotStarted));
    assert_eq!(fresh.step(1), Err(Error::NotStarted));

    let (weights, records) = data(&run, 1);
    let mut learner = started(&run, true, 1000, &weights, &records);
    let report = evaluated(&mut learner, 1, 0, 7);
    let bytes = pack(run.estimator.shape(), &report);
    learner.credit(1, 0, 3, &pack(run.estimator.shape(), &report[..3])).unwrap();
    let state = learner.state().unwrap();
    let refused = |result: Result<(), Error>, error| assert_eq!(result, Err(error));
    let wrong = Error::WrongGeneration { have: 0 };
    for generation in [0, 2, u32::MAX] {
        refused(learner.evaluate(generation, 0, 1, &mut NoTask, &mut out).map(drop), wrong);
        refused(learner.credit(generation, 0, 7, &bytes).map(drop), wrong);
    }
    for (first, count, end) in [(0, 8, 8), (7, 1, 8), (u32::MAX, 1, 1 << 32), (5, u32::MAX, (1 << 32) + 4)] {
        let error = Error::NoSuchUnits { end, has: 7 };
        refused(learner.evaluate(1, first, count, &mut NoTask, &mut out).map(drop), error);
        refused(learner.credit(1, first, count, &bytes).map(drop), error);
    }
    let needs = run.estimator.shape().room(7);
    let error = Error::FrameTooSmall { needs: needs as u32, has: needs as u32 - 1 };
    refused(learner.evaluate(1, 0, 7, &mut NoTask, &mut out[1..needs]).map(drop), error);
    refused(learner.credit(1, 0, 7, &bytes[1..]).map(drop), Error::BadScores);
    refused(learner.credit(1, 3, 4, &bytes).map(drop), Error::BadScores);
    let last = pack(run.estimator.shape(), &report[4..]);
    refused(learner.credit(1, 4, 3, &last).map(drop), Error::NoSuchUnits { end: 4, has: 3 });
    refused(learner.step(1).map(drop), Error::NoSuchUnits { end: 3, has: 7 });
    for (section, has) in [(Section::Weights, 26), (Section::Residuals, 52), (Section::Samples, 24)] {
        for (offset, len) in [(0, has + 1), (has, 1), (has + 1, 0), (u32::MAX, 2)] {
            let error = Error::OutOfRange { end: u64::from(offset) + u64::from(len), has: u64::from(has) };
            refused(learner.load(section, offset, &vec![1; len as usize]), error);
        }
    }
    let small = Run { task: TaskKind::Samples { count: 100_000 }, ..run.clone() };
    let needs = Plan::new(small.clone(), true).unwrap().needs();
    refused(learner.configure(small, true).map(drop), Error::ArenaTooSmall { needs, has: 8000 });
    assert_eq!(learner.plan().unwrap().run(), &run);
    assert_eq!((learner.state(), learner.start(0)), (Some(state), Ok(state)));
    assert_eq!(learner.weights(), weights);

    let mut watcher = started(&run, false, 1000, &weights, &records);
    assert_eq!(watcher.credit(1, 0, 7, &bytes), Err(Error::NoLocalUpdate));
    learner.load(Section::Weights, 20, &[0x80]).unwrap();
    assert_eq!(learner.start(0), Err(Error::BadWeight { at: 20 }));
    learner.load(Section::Weights, 20, &[0]).unwrap();
    for (at, byte) in [(2, 0x80), (3, 2), (3, 255)] {
        learner.load(Section::Samples, 4 * 5 + at, &[byte]).unwrap();
        assert_eq!(learner.start(0), Err(Error::BadSample { at: 5 }));
        learner.load(Section::Samples, 4 * 5, &[0; 4]).unwrap();
    }
}

#[test]
fn the_last_generation_has_no_successor() {
    let run = run(&[3, 2], false, Estimator::Node(NODE), Optimizer::Residual, 6);
    let (weights, records) = data(&run, 1);
    let mut learner = started(&run, true, 1000, &weights, &records);
    learner.load(Section::Weights, 0, &[1]).unwrap();
    learner.start(u32::MAX).unwrap();
    assert!(learner.evaluate(0, 0, 1, &mut NoTask, &mut [0; 100]).is_err());
    assert!(learner.credit(0, 0, 1, &[0; 5]).is_err());
    assert!(learner.step(1).is_err());
}

/// Boards are 32-bit machines: what lies beyond is told and does not wrap.
#[test]
fn runs_that_need_more_than_32_bits_of_memory() {
    let samples = run(&[3, 2], false, Estimator::Node(NODE), VOTE, 1 << 30);
    let slots = Node { slots: 1 << 20, members: 1, clip: 1, ..NODE };
    let wide = [1, 1000, 1, 1000, 1, 1000, 1, 1000, 1, 1000, 1];
    let credit = run(&wide, false, Estimator::Node(slots), VOTE, 1);
    for run in [samples, credit] {
        let needs = Plan::new(run.clone(), true).unwrap().needs();
        assert!(needs > 1 << 32);
        let refused = Learner::new(vec![0; 1000]).configure(run, true);
        assert_eq!(refused, Err(Error::ArenaTooSmall { needs, has: 8000 }));
    }
}
