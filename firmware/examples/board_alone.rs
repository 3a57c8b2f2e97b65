//! A board that trains alone: samples in its memory, no host, no heap.
//!
//! It learns which of two numbers is the larger. All memory is one array, whose length a board states at
//! compile time.
//!
//! `cargo run --release --package eggroll-firmware --example board_alone`

use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::{Description, Program, Scratch, Start, Unperturbed, run};
use eggroll_firmware::noise::{Address, Stream};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Pace, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;

/// Samples to learn from, and others to be asked for.
const SAMPLES: usize = 64;
const GENERATIONS: u32 = 200;

/// Two numbers and, behind them, which is larger. Even random samples come from the noise: there is no other
/// source.
fn samples(seed: u32) -> [[u8; 3]; SAMPLES] {
    let mut words = Stream::new(Address { seed, generation: 0, index: 0, tensor: 0 });
    [(); SAMPLES].map(|()| {
        let [a, b, _, _] = words.next_word().to_le_bytes().map(|byte| byte.cast_signed().max(-127));
        [a.cast_unsigned(), b.cast_unsigned(), u8::from(b > a)]
    })
}

/// How many samples the weights get right.
fn right(program: &Program, weights: &[i8], samples: &[[u8; 3]]) -> Result<usize, Error> {
    let (mut bytes, mut products) = ([0; 64], [0; 32]);
    let mut scratch = Scratch::new(program, &mut bytes, &mut products)?;
    let mut right = 0;
    for &[a, b, label] in samples {
        let start = Start::Input(&[a.cast_signed(), b.cast_signed()]);
        let outputs = run(program, weights, start, &mut [], &mut Unperturbed, &mut scratch);
        right += usize::from((outputs[1] > outputs[0]) == (label == 1));
    }
    Ok(right)
}

fn main() -> Result<(), Error> {
    let node = Node { slots: 8, members: 8, amplitude: 16, clip: 64, skip: None, antithetic: true };
    let run = Run {
        seed: 1,
        model: Description::mlp(&[2, 12, 2], true)?,
        task: TaskKind::Samples { count: SAMPLES as u32 },
        estimator: Estimator::Node(node),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let program = Program::new(&run.model)?;
    let mut learner = Learner::new([0u64; 128]);
    let needs = learner.configure(run, true)?;
    println!("{} weights, {needs} bytes of memory", program.parameters());
    for (place, sample) in samples(1).iter().enumerate() {
        learner.load(Section::Samples, (place * sample.len()) as u32, sample)?;
    }
    learner.initialize()?;
    learner.start(0)?;

    let unseen = samples(2);
    let before = right(&program, learner.weights(), &unseen)?;
    println!("generation   0: {before} of {SAMPLES} unseen samples");
    // Scores of as many generations as there is room for; a host could rebuild the weights from them.
    let mut scores = [0; 1024];
    let pace = Pace::Linear { initial: 300_000, generations: GENERATIONS };
    let mut next = 1;
    while next <= GENERATIONS {
        let left = GENERATIONS + 1 - next;
        let (done, _) = learner.train(next, left, pace, &mut NoTask, &mut Quiet, &mut scores)?;
        next += done;
    }
    let after = right(&program, learner.weights(), &unseen)?;
    println!("generation {GENERATIONS}: {after} of {SAMPLES} unseen samples");
    assert!(after > before && after >= 56, "it has not learnt which is larger");
    Ok(())
}
