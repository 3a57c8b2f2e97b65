//! Puzzles whose answers are checked.

use crate::{Example, list};
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::draw_token;
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::noise::{Address, Noise, Stream, TENSOR_STARTS};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::task::environment::Episode;
use eggroll_firmware::task::reward::{Line, Puzzle, Reward, RewardKind};
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![("draws", draws()), ("puzzles", puzzles()), ("marks", marks()), ("reward", reward())]
}

fn text(line: &Line) -> String {
    String::from_utf8_lossy(line.bytes()).into_owned()
}

fn draws() -> String {
    let logits = [3, -20, 18, 0, 7];
    let words = [0, 1 << 30, 1 << 31, 3 << 30, u32::MAX];
    let mut said = format!("logits {}; words {}\n", list(logits), list(words));
    for temperature in [0, 4, 8, 16, 40] {
        let tokens = words.map(|word| draw_token(&logits, temperature, word));
        let _ = writeln!(said, "temperature {temperature}: {}", list(tokens));
    }
    said
}

fn puzzles() -> String {
    let mut said = String::new();
    for kind in RewardKind::ALL {
        for index in 0..4 {
            let at = Address { seed: 1, generation: 1, index, tensor: TENSOR_STARTS };
            let mut noise = Stream::new(at);
            let puzzle = kind.draw(&mut noise);
            let (mut prompt, mut answer) = (Line::default(), Line::default());
            puzzle.prompt(&mut prompt);
            puzzle.answer(&mut answer);
            let (prompt, answer, next) = (text(&prompt), text(&answer), noise.next_word());
            let _ = writeln!(said, "{kind} {index}: {prompt} {answer}; next word {next}");
        }
    }
    said
}

fn marks() -> String {
    let mut said = String::new();
    for (kind, answers) in [
        (RewardKind::Arithmetic, ["0", "5", "-1", "05", "1+2"]),
        (RewardKind::Countdown, ["1", "9", "1+1", "2*", "9-8*7"]),
        (RewardKind::Sort, ["012", "111", "999", "12", "abc"]),
    ] {
        let at = Address { seed: 1, generation: 1, index: 0, tensor: TENSOR_STARTS };
        let puzzle = kind.draw(&mut Stream::new(at));
        let (mut prompt, mut right) = (Line::default(), Line::default());
        puzzle.prompt(&mut prompt);
        puzzle.answer(&mut right);
        let right = text(&right);
        let of = |answer: &str| format!("{answer} {}", puzzle.mark(answer.as_bytes()));
        let all: Vec<String> = answers.iter().copied().chain([&*right]).map(of).collect();
        let _ = writeln!(said, "{kind} {}: {}", text(&prompt), all.join(", "));
    }
    said
}

fn reward() -> String {
    let weight = Weight {
        pairs: 3,
        samples: 8,
        own_samples: false,
        rank: 1,
        sigma_shift: 1,
        noise: Noise::Sign,
        clip: 127,
        credit: CreditTo::Pair,
    };
    let reward = Reward { kind: RewardKind::Arithmetic, temperature: 16 };
    let run = Run {
        seed: 1,
        model: Description::egg(4, 1, 64).unwrap(),
        task: TaskKind::Reward(reward),
        estimator: Estimator::Weight(weight),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let program = Program::new(&run.model).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(run.seed, &mut weights);
    // The head's rows of bytes that no answer has are small, so that some answers are well-formed.
    let head = program.tensors().last().unwrap();
    for (place, w) in weights[head.offset..][..head.len()].iter_mut().enumerate() {
        let token = place / 4;
        *w = if token == 0 || (48..58).contains(&token) { 60 * (*w).signum() } else { 0 };
    }
    let needs = Plan::new(run.clone(), true).unwrap().needs() as usize / 8;
    let mut learner = Learner::new(vec![0; needs]);
    learner.configure(run, true).unwrap();
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    learner.load(Section::Weights, 0, &bytes).unwrap();
    learner.start(0).unwrap();
    let mut said =
        String::from("D 4, one block, V 64, seed 1; eight prompts, three pairs, r 1, s 1, sign noise\n");
    let mut scores = [0; 64];
    for generation in 1..=2 {
        let len = learner.evaluate(generation, 0, 3, &mut NoTask, &mut scores).unwrap();
        learner.credit(generation, 0, 3, &scores[..len]).unwrap();
        let packed = crate::hex(&scores[..len]);
        let (_, moved) = learner.step(65_536).unwrap();
        let sum: i32 = learner.weights().iter().map(|&w| i32::from(w)).sum();
        let _ = writeln!(
            said,
            "generation {generation}: packed {packed}; {moved} weights move, their sum is {sum}"
        );
        let first = reward.dialogue(Episode { seed: 1, generation, index: 0 }).played();
        let _ = writeln!(said, "  its first prompt {}", text(&first.prompt));
    }
    said
}
