//! A recurrent model on streams.

use crate::{Example, hex, list};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::{fine_output_error, log_likelihood};
use eggroll_firmware::model::{Description, LayerSet, Program, Scratch, Start, Unperturbed, run};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::{NoTask, Streams};
use eggroll_firmware::train::{Estimator, Learner, Run, TaskKind};
use eggroll_firmware::update::{Moment, Optimizer};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("egg", egg()),
        ("streams", streams()),
        ("text-node", node()),
        ("text-weight", weight()),
        ("text-guided", guided()),
    ]
}

fn model() -> Description {
    Description::egg(4, 1, 5).unwrap()
}

/// Takes steps of the base model; `see` gets the token, the state after it and the logits.
fn steps(tokens: &[u8], mut see: impl FnMut(u8, &[i8], &[i8])) {
    let program = Program::new(&model()).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(1, &mut weights);
    let mut state = vec![0; program.state_len()];
    let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let mut pass = Scratch::new(&program, &mut bytes, &mut products).unwrap();
    for &token in tokens {
        let start = Start::Token(token);
        let logits = run(&program, &weights, start, &mut state, &mut Unperturbed, &mut pass).to_vec();
        see(token, &state, &logits);
    }
}

fn egg() -> String {
    let program = Program::new(&model()).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(1, &mut weights);
    let mut text = format!("D 4, one block, V 5, seed 1: {} parameters\n", weights.len());
    for tensor in program.tensors() {
        let (rows, columns) = tensor.kind.shape();
        let first = &weights[tensor.offset..][..tensor.len().min(4)];
        let _ = writeln!(text, "tensor {:2} [{rows}, {columns}] begins with {}", tensor.id, list(first));
    }
    steps(&[1, 4, 2, 0, 3], |token, state, logits| {
        let _ = writeln!(text, "token {token}: S' {}, logits {}", list(state), list(logits));
    });
    let noise = program.nodes().map(|nodes| format!("{} of tensor {}", nodes.len, nodes.tensor));
    let _ = writeln!(text, "eps of estimator node, in order: {}", noise.collect::<Vec<_>>().join(", "));
    text
}

fn streams() -> String {
    let streams = Streams { count: 3, context: 4 };
    (1..=3).fold(String::new(), |mut text, generation| {
        let starts = (0..3).map(|stream| streams.start(stream, generation, 20));
        let _ = writeln!(text, "S 3, T 4, N 20, generation {generation}: {}", list(starts));
        text
    })
}

/// Two streams of two tokens, and states before them.
const FEED: [u8; 14] = [1, 4, 2, 3, 0, 2, 0, 0, 0, 0, 20, 236, 7, 129];

fn learner(estimator: Estimator, optimizer: Optimizer) -> Learner<Vec<u64>> {
    learner_of(model(), estimator, optimizer)
}

fn learner_of(model: Description, estimator: Estimator, optimizer: Optimizer) -> Learner<Vec<u64>> {
    let run =
        Run { seed: 1, model, task: TaskKind::Text { context: 2 }, estimator, optimizer, saturation: false };
    let mut learner = Learner::new(vec![0; 1024]);
    learner.configure(run, true).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    learner.feed(1, 0, &FEED).unwrap();
    learner
}

/// Says what a generation gives.
fn generation(text: &mut String, mut learner: Learner<Vec<u64>>, rate: u32) {
    let (mut packed, units) = ([0; 64], learner.units());
    let len = learner.evaluate(1, 0, units, &mut NoTask, &mut packed).unwrap();
    let packed = &packed[..len];
    let shape = learner.plan().unwrap().run().estimator.shape();
    let f: Vec<i16> = Scores::new(shape, units as usize, packed).unwrap().values().collect();
    let _ = writeln!(text, "f {}; packed {}", list(f), hex(packed));
    learner.credit(1, 0, units, packed).unwrap();
    let ends = list(learner.carried().unwrap());
    let _ = writeln!(text, "states that generation 2 begins with: {ends}");
    learner.step(rate).unwrap();
    let program = Program::new(&model()).unwrap();
    let weights = learner.weights().to_vec();
    for tensor in program.tensors() {
        let _ = writeln!(text, "W{} {}", tensor.id, list(&weights[tensor.offset..][..tensor.len()]));
    }
}

fn node() -> String {
    let settings = Node { slots: 4, members: 3, amplitude: 4, clip: 40, skip: Some(0), antithetic: false };
    let mut text = format!("S 2, T 2, K 3; feed {}\n", hex(&FEED));
    steps(&[1, 4], |token, _, logits| {
        let target = if token == 1 { 4 } else { 2 };
        let score = log_likelihood(logits, target);
        let _ = writeln!(text, "stream 0, token {token}: base log-likelihood {score}");
    });
    generation(&mut text, learner(Estimator::Node(settings), Optimizer::Residual), 65_536);
    text
}

fn weight() -> String {
    let settings = Weight {
        pairs: 2,
        samples: 2,
        own_samples: false,
        rank: 1,
        sigma_shift: 2,
        noise: Noise::Sign,
        clip: 100,
        credit: CreditTo::Pair,
    };
    let mut text = format!("S 2, T 2, two pairs, r 1, s 2, sign noise; feed {}\n", hex(&FEED));
    generation(&mut text, learner(Estimator::Weight(settings), Optimizer::Residual), 65_536);
    text
}

fn guided() -> String {
    let node = Node { slots: 4, members: 0, amplitude: 8, clip: 127, skip: None, antithetic: false };
    let (member_slots, residual_weight, guide_scale) = (1, 0, 64);
    let settings = Guided { node, member_slots, residual_weight, guide_scale, train: LayerSet::ALL };
    let mut text = format!("S 2, T 2, s0 64, a block without a ReLU; feed {}\n", hex(&FEED));
    steps(&[1, 4], |token, _, logits| {
        let mut error = [0; 5];
        fine_output_error(logits, if token == 1 { 4 } else { 2 }, &mut error);
        let _ = writeln!(text, "stream 0, token {token}: error {}", list(error));
    });
    let (guided, residual) = (Estimator::Guided(settings), Optimizer::Residual);
    generation(&mut text, learner(guided, residual), 65_536);
    let _ = writeln!(text, "the same of two generations that read that feed, the block with a ReLU");
    let mut learner = learner_of(Description::egg_relu(4, 1, 5).unwrap(), guided, residual);
    for generation in 1..=2 {
        if generation > 1 {
            learner.feed(generation, 0, &FEED).unwrap();
        }
        let units = learner.units();
        learner.credit(generation, 0, units, &[]).unwrap();
        learner.step(65_536).unwrap();
        // The head is last, and so are its rows' moments.
        let residuals = learner.residuals();
        let moments = residuals[residuals.len() - 5 * Moment::PLACES..].chunks(Moment::PLACES);
        let moments: Vec<String> = moments.map(|kept| Moment::of(kept).mean().to_string()).collect();
        let _ = writeln!(text, "generation {generation}, the head's V: {}", moments.join(" "));
    }
    let program = Program::new(&model()).unwrap();
    let weights = learner.weights();
    for tensor in program.tensors().filter(|tensor| [0, 9, 10, 12].contains(&tensor.id)) {
        let _ = writeln!(text, "W{} {}", tensor.id, list(&weights[tensor.offset..][..tensor.len()]));
    }
    text
}
