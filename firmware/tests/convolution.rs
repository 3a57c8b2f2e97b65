//! Convolutional models against the document by the letter: passes of the base model and of members, and
//! whole generations of every estimator through a learner.
#![cfg(feature = "convolution")]

mod common;

use common::{Convolutional, Dice, Int, Who, models, pack, started, unpack, wide};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet, Program, Scratch, Start, infer};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{Loss, NoTask};
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;

const NODE: Node = Node { slots: 3, members: 3, amplitude: 4, clip: 127, skip: Some(1), antithetic: false };
const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

fn evaluated(learner: &mut Learner<Vec<u64>>, generation: u32, first: u32, count: u32) -> common::Report {
    let shape = learner.plan().unwrap().run().estimator.shape();
    let mut bytes = vec![0x55; shape.room(count as usize)];
    let len = learner.evaluate(generation, first, count, &mut NoTask, &mut bytes).unwrap();
    unpack(shape.from(first), count as usize, &bytes[..len])
}

/// A run on a model, with a task, an optimizer and a rate drawn for it.
fn drawn(dice: &mut Dice, model: Description, estimator: Estimator) -> (Run, u32) {
    let count = 1 + dice.below(6) as u32;
    let task = match dice.below(4) {
        0 => TaskKind::Regression { count, loss: Loss::Squared },
        1 if !matches!(estimator, Estimator::Guided(_)) => {
            TaskKind::Regression { count, loss: Loss::Absolute }
        }
        _ => TaskKind::Samples { count },
    };
    let (optimizer, rate) = match dice.below(3) {
        0 => (VOTE, [0, 5, 16, 40][dice.below(4)]),
        _ => (Optimizer::Residual, [300, 26_214, 3_000_000][dice.below(3)]),
    };
    let saturation = estimator.leaves_saturation_open() && dice.below(2) == 0;
    (Run { seed: dice.word(), model, task, estimator, optimizer, saturation }, rate)
}

/// Some generations of a run: reports, weights, residuals and guide are those of the document, in the
/// smallest arena and in a larger one, for who evaluates, who credits, and who trains alone. Returns how many
/// weights have moved.
fn follow(dice: &mut Dice, run: &Run, rate: u32) -> usize {
    let plan = Plan::new(run.clone(), true).unwrap_or_else(|error| panic!("{run:?}: {error:?}"));
    let weights = models::weights(dice, plan.program().parameters());
    let records = dice.samples(run);
    let [all, few] = [true, false].map(|updates| Plan::new(run.clone(), updates).unwrap().needs() / 8);
    let mut plain = Convolutional::new(run, &weights, &records);
    let mut smallest = started(run, true, all, &weights, &records);
    let mut large = started(run, true, all + 2000, &weights, &records);
    let mut alone = started(run, true, all, &weights, &records);
    let mut board = started(run, false, few, &weights, &records);
    let (units, shape) = (run.estimator.units(), run.estimator.shape());
    let mut moved = 0;
    for generation in 1..=3 {
        let report = plain.report(generation);
        let what = format!("generation {generation} of {run:?}");
        for learner in [&mut smallest, &mut large] {
            assert_eq!(evaluated(learner, generation, 0, units), report, "{what}");
        }
        let first = dice.below(units as usize);
        let part = evaluated(&mut board, generation, first as u32, units - first as u32);
        assert_eq!(part, report[first..], "{what}, from {first}");
        let before = plain.plain.weights.clone();
        plain.step(generation, &report, rate);
        let changed = before.iter().zip(&plain.plain.weights).filter(|(a, b)| a != b).count();
        moved += changed;
        let bytes = pack(shape, &report);
        for learner in [&mut smallest, &mut large] {
            learner.credit(generation, 0, units, &bytes).unwrap();
            let (_, moved) = learner.step(rate).unwrap();
            assert_eq!(moved as usize, changed, "{what}");
        }
        let mut room = vec![0; shape.room(units as usize)];
        alone.train(generation, 1, Pace::Constant(rate), &mut NoTask, &mut Quiet, &mut room).unwrap();
        for (who, learner) in
            ["smallest", "large", "alone"].into_iter().zip([&mut smallest, &mut large, &mut alone])
        {
            let what = format!("{who}, {what}");
            assert_eq!(wide(learner.weights()), plain.plain.weights, "{what}");
            assert_eq!(learner.state().unwrap().generation, generation, "{what}");
            let trained = learner.residuals().iter().map(|&r| Int::from(r)).collect::<Vec<_>>();
            if run.optimizer == Optimizer::Residual {
                assert_eq!(trained, residuals(&plain), "{what}");
            }
            if !learner.guide().is_empty() {
                let guide: Vec<Int> = learner.guide().iter().map(|&g| Int::from(g)).collect();
                assert_eq!(guide, plain.guide.concat(), "{what}");
            }
        }
        let now: Vec<u8> = plain.plain.weights.iter().map(|&w| w as i8 as u8).collect();
        board.load(Section::Weights, 0, &now).unwrap();
        board.start(generation).unwrap();
    }
    moved
}

/// The residuals of trained tensors.
fn residuals(plain: &Convolutional) -> Vec<Int> {
    let train = match &plain.plain.run.estimator {
        Estimator::Guided(guided) => guided.train,
        _ => LayerSet::ALL,
    };
    let of = |(at, range): (usize, std::ops::Range<usize>)| {
        if train.has(at) { plain.plain.residuals[range].to_vec() } else { vec![] }
    };
    plain.places.iter().map(common::Place::parameters).enumerate().flat_map(of).collect()
}

/// The program's own pass, in memory that holds other values before.
fn pass(program: &Program, weights: &[i8], input: &[i8]) -> Vec<i8> {
    let (mut bytes, mut sums) = (vec![85; program.scratch_len()], vec![-7; program.products()]);
    let mut scratch = Scratch::new(program, &mut bytes, &mut sums).unwrap();
    infer(program, weights, Start::Input(input), &mut [], &mut scratch).to_vec()
}

#[test]
fn the_base_model_is_that_of_the_document() {
    let mut dice = Dice::new(11);
    let (mut limited, mut free) = (0, 0);
    for _ in 0..1500 {
        let model = models::convolutional(&mut dice, false, 4);
        let program = Program::new(&model).unwrap();
        let weights = models::weights(&mut dice, program.parameters());
        let run = common::run(&[1, 1], false, Estimator::Node(NODE), VOTE, 1);
        let plain = Convolutional::new(&Run { model: model.clone(), ..run }, &weights, &[]);
        for x in [models::weights(&mut dice, program.inputs()), dice.values(program.inputs())] {
            let expected = plain.pass(&wide(&x), Who::Base, None).outputs;
            assert_eq!(wide(&pass(&program, &weights, &x)), expected, "{model:?}");
            limited += expected.iter().filter(|y| y.abs() == 127).count();
            free += expected.iter().filter(|y| (1..127).contains(&y.abs())).count();
        }
    }
    assert!(limited > 1000 && free > 1000, "{limited} {free}");
}

#[test]
fn generations_of_pairs_are_those_of_the_document() {
    let mut dice = Dice::new(12);
    let mut moved = 0;
    for case in 0..160 {
        let weight = Weight {
            pairs: 1 + dice.below(4) as u32,
            samples: 1 + dice.below(3) as u32,
            own_samples: case % 3 == 0,
            rank: [1, 2, 5][dice.below(3)],
            noise: if case % 2 == 0 { Noise::Sign } else { Noise::NearNormal },
            sigma_shift: dice.below(10) as u8,
            clip: [1, 30, 100][dice.below(3)],
            credit: if case % 3 == 1 { CreditTo::Sample } else { CreditTo::Pair },
        };
        let model = models::convolutional(&mut dice, false, 4);
        let (run, rate) = drawn(&mut dice, model, Estimator::Weight(weight));
        moved += follow(&mut dice, &run, rate);
    }
    assert!(moved > 2000, "{moved}");
}

#[test]
fn generations_of_noisy_nodes_are_those_of_the_document() {
    let mut dice = Dice::new(13);
    let mut moved = 0;
    for case in 0..160 {
        let node = Node {
            slots: 1 + dice.below(4) as u32,
            members: 1 + dice.below(4) as u32,
            amplitude: [1, 4, 40, 127][dice.below(4)],
            clip: [1, 7, 127][dice.below(3)],
            skip: (case % 2 == 0).then(|| dice.below(60) as u16),
            antithetic: case % 3 == 0,
        };
        let model = models::convolutional(&mut dice, false, 4);
        let (run, rate) = drawn(&mut dice, model, Estimator::Node(node));
        moved += follow(&mut dice, &run, rate);
    }
    assert!(moved > 2000, "{moved}");
}

#[test]
fn generations_with_a_guide_are_those_of_the_document() {
    let mut dice = Dice::new(14);
    let (mut moved, mut guided_layers) = (0, 0);
    for case in 0..160 {
        let model = models::convolutional(&mut dice, true, 4);
        let last = model.layers.len() - 1;
        let linear = (0..=last).filter(|&at| model.layers[at].is_linear());
        let mut some: Vec<usize> = linear.collect();
        let train = match case % 4 {
            0 | 1 => LayerSet::ALL,
            2 => LayerSet::of([last]).unwrap(),
            _ => {
                some.drain(..some.len().saturating_sub(2));
                LayerSet::of(some).unwrap()
            }
        };
        let hidden = (0..last).any(|at| model.layers[at].is_linear() && train.has(at));
        guided_layers += usize::from(hidden);
        let node = Node {
            slots: 1 + dice.below(4) as u32,
            members: if hidden { [0, 1, 2, 3][dice.below(4)] } else { 0 },
            amplitude: [1, 4, 40, 127][dice.below(4)],
            clip: [7, 127][dice.below(2)],
            skip: (dice.below(2) == 0).then(|| dice.below(30) as u16),
            antithetic: false,
        };
        let guided = Guided {
            node,
            member_slots: 1 + dice.below(3) as u32,
            residual_weight: [0, 8, 16][dice.below(3)],
            guide_scale: [1, 256, 4096][dice.below(3)],
            train,
        };
        let (run, rate) = drawn(&mut dice, model, Estimator::Guided(guided));
        moved += follow(&mut dice, &run, rate);
    }
    assert!(moved > 2000 && guided_layers > 60, "{moved} {guided_layers}");
}
