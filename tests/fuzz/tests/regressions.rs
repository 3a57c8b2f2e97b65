//! What fuzzing has found, each as the least input that showed it.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};
use eggroll_host::run::parse_weights;
use std::path::Path;

const WEIGHT: Weight = Weight {
    pairs: 5,
    samples: 4,
    own_samples: true,
    rank: 6,
    sigma_shift: 13,
    noise: Noise::Sign,
    clip: 127,
    credit: CreditTo::Pair,
};

fn run(sizes: &[u32], task: TaskKind, estimator: Estimator) -> Run {
    let model = Description::mlp(sizes, false).unwrap();
    Run { seed: 1, model, task, estimator, optimizer: Optimizer::Residual, saturation: false }
}

/// A board without a task cleared its scratch before it refused to score by one.
#[test]
fn a_refused_evaluation_leaves_the_arena_alone() {
    let mut arena = [0xA5A5_A5A5_A5A5_A5A5u64; 60];
    let mut learner = Learner::new(&mut arena[..]);
    learner.configure(run(&[3, 5], TaskKind::Own, Estimator::Weight(WEIGHT)), true).unwrap();
    learner.start(3).unwrap();
    let refused = learner.evaluate(4, 2, 1, &mut NoTask, &mut [0; 64]);
    assert_eq!(refused, Err(Error::Setting(Setting::Task)));
    // 15 weights and their residuals are cleared for the run; nothing else is touched.
    assert!(arena[6..].iter().all(|&word| word == 0xA5A5_A5A5_A5A5_A5A5));
}

/// The number of a sample passed 2^64 in a late generation of many samples: a panic in a debug build.
#[test]
fn sample_numbers_wrap() {
    let weight = Weight { pairs: 1 << 20, samples: 8192, ..WEIGHT };
    let exact = ((u128::from(u32::MAX) - 1) * (1 << 20) + 5) * 8192 + 7;
    assert_eq!(weight.sample_number(u32::MAX, 5, 7), exact as u64);
    let mut arena = [0; 100];
    let mut learner = Learner::new(&mut arena[..]);
    let task = TaskKind::Samples { count: 3 };
    learner.configure(run(&[1, 1], task, Estimator::Weight(weight)), false).unwrap();
    learner.start(u32::MAX - 1).unwrap();
    learner.evaluate(u32::MAX, (1 << 20) - 1, 1, &mut NoTask, &mut [0; 64]).unwrap();
}

/// The needs of a run passed 2^32 where addresses have 32 bits: a small arena was accepted, and left. (On a
/// host of 64 bits this passed before, too: `cargo xtask fuzz --triple i686-unknown-linux-musl` found it.)
#[test]
fn needs_beyond_the_address_space() {
    let samples = run(&[1, 1], TaskKind::Samples { count: 1 << 31 }, Estimator::Weight(WEIGHT));
    let node = Node { slots: 1 << 20, members: 1, amplitude: 1, clip: 1, skip: None, antithetic: false };
    let slots = run(
        &[1, 1000, 1, 1000, 1, 1000, 1, 1000, 1, 1000, 1],
        TaskKind::Samples { count: 1 },
        Estimator::Node(node),
    );
    for run in [samples, slots] {
        let needs = Plan::new(run.clone(), true).map(|plan| plan.needs());
        assert!(needs.is_ok_and(|bytes| bytes >= 1 << 32), "{needs:?}");
        let refused = Learner::new(vec![0; 1000]).configure(run, true);
        assert!(matches!(refused, Err(Error::ArenaTooSmall { .. })), "{refused:?}");
    }
}

/// A weight of -128, which the arithmetic excludes, was read from a file.
#[test]
fn weights_of_minus_128_are_refused() {
    let header = r#"{"layers.0.weight":{"dtype":"I8","shape":[1,2],"data_offsets":[0,2]}}"#;
    let header = format!("{header:<72}");
    let program = Program::new(&Description::mlp(&[2, 1], false).unwrap()).unwrap();
    let read = |values: [i8; 2]| {
        let values = values.map(i8::cast_unsigned);
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &values].concat();
        parse_weights(Path::new("w"), &file, &program)
    };
    assert_eq!(read([5, -127]).unwrap().values, [5, -127]);
    let message = read([5, -128]).unwrap_err().to_string();
    assert!(message.contains("weight 1 is -128"), "{message}");
}
