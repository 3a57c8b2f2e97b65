//! Runs on puzzles: what is refused, and a puzzle of a board's own.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::Episode;
use eggroll_firmware::task::reward::{FULL, Reward, RewardKind};
use eggroll_firmware::task::{Member, NoTask, Task, Trial};
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};

const WEIGHT: Weight = Weight {
    pairs: 5,
    samples: 6,
    own_samples: false,
    rank: 1,
    sigma_shift: 1,
    noise: Noise::Sign,
    clip: 127,
    credit: CreditTo::Pair,
};

const REWARD: Reward = Reward { kind: RewardKind::Arithmetic, temperature: 16 };

fn run(task: TaskKind) -> Run {
    Run {
        seed: 5,
        model: Description::egg(4, 1, 64).unwrap(),
        task,
        estimator: Estimator::Weight(WEIGHT),
        optimizer: Optimizer::Residual,
        saturation: false,
    }
}

/// Weights of a model that writes digits and ends.
fn weights(run: &Run) -> Vec<u8> {
    let program = Program::new(&run.model).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(run.seed, &mut weights);
    let head = program.tensors().last().unwrap();
    for (place, w) in weights[head.offset..][..head.len()].iter_mut().enumerate() {
        let token = place / 4;
        *w = if token == 0 || (48..58).contains(&token) { 60 * w.signum() } else { 0 };
    }
    weights.iter().map(|&w| w as u8).collect()
}

/// The packed scores of two generations, and the weights after them.
fn trained(run: Run, task: &mut impl Task, at_once: u32) -> (Vec<Vec<u8>>, Vec<i8>) {
    let needs = Plan::new(run.clone(), true).unwrap().needs() as usize / 8;
    let mut learner = Learner::new(vec![0; needs]);
    let weights = weights(&run);
    learner.configure(run, true).unwrap();
    learner.load(Section::Weights, 0, &weights).unwrap();
    learner.start(0).unwrap();
    let (mut all, mut scores) = (Vec::new(), [0; 64]);
    for generation in 1..=2 {
        for first in (0..WEIGHT.pairs).step_by(at_once as usize) {
            let count = at_once.min(WEIGHT.pairs - first);
            let len = learner.evaluate(generation, first, count, task, &mut scores).unwrap();
            learner.credit(generation, first, count, &scores[..len]).unwrap();
            all.push(scores[..len].to_vec());
        }
        learner.step(65_536).unwrap();
    }
    (all, learner.weights().to_vec())
}

/// The same puzzles as a task of a board's own.
struct Own;

impl Task for Own {
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let Trial { seed, generation, .. } = trial;
        let prompt = |index| Episode { seed, generation, index };
        (0..WEIGHT.samples).map(|index| REWARD.play(prompt(index), member).mark).sum()
    }
}

#[test]
fn a_board_may_bring_puzzles_of_its_own() {
    let built_in = trained(run(TaskKind::Reward(REWARD)), &mut NoTask, 5);
    assert!(built_in.0.iter().flatten().any(|&byte| byte != 0), "some answers have a mark");
    assert_eq!(trained(run(TaskKind::Own), &mut Own, 5), built_in);
    assert_eq!(trained(run(TaskKind::Reward(REWARD)), &mut NoTask, 2).1, built_in.1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let reward = run(TaskKind::Reward(REWARD));
    let refusal = |run: Run| Plan::new(run, true).unwrap_err();
    let node = Node { slots: 4, members: 2, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    let of = |weight: Weight| Run { estimator: Estimator::Weight(weight), ..reward.clone() };
    for (run, setting) in [
        (Run { estimator: Estimator::Node(node), ..reward.clone() }, Setting::Task),
        (of(Weight { credit: CreditTo::Sample, ..WEIGHT }), Setting::Task),
        (Run { model: Description::egg(4, 1, 63).unwrap(), ..reward.clone() }, Setting::Vocabulary),
        (Run { model: Description::mlp(&[64, 3, 64], false).unwrap(), ..reward.clone() }, Setting::Model),
        (run(TaskKind::Reward(Reward { temperature: 65, ..REWARD })), Setting::Temperature),
        (
            of(Weight { own_samples: true, samples: 1 << 20, pairs: 1 << 13, clip: 1, ..WEIGHT }),
            Setting::Episodes,
        ),
    ] {
        assert_eq!(refusal(run), Error::Setting(setting));
    }
    for temperature in [0, 64] {
        assert!(Plan::new(run(TaskKind::Reward(Reward { temperature, ..REWARD })), true).is_ok());
    }
}

/// A model whose logits are always the same.
struct Constant([i8; 64]);

impl Member for Constant {
    fn act(&mut self, _: &[i8]) -> &[i8] {
        &[]
    }

    fn read(&mut self, _: u8) -> &[i8] {
        &self.0
    }
}

#[test]
fn an_answer_that_does_not_end_is_wrong() {
    let at = |index| Episode { seed: 1, generation: 1, index };
    let mut nine = Constant([0; 64]);
    nine.0[usize::from(b'9')] = 127;
    for kind in RewardKind::ALL {
        let reward = Reward { kind, temperature: 0 };
        for index in 0..20 {
            let played = reward.play(at(index), &mut nine);
            assert_eq!((played.mark, played.ended), (0, false), "{kind}");
            assert!(played.answer.bytes().iter().all(|&byte| byte == b'9') && !played.answer.is_empty());
            assert!(played.tokens <= kind.longest());
        }
        // It ends at once.
        let played = reward.play(at(0), &mut Constant([0; 64]));
        assert_eq!((played.mark, played.ended, played.answer.len()), (0, true, 0));
        assert_eq!(played.tokens as usize, 1 + played.prompt.len());
        // It answers nothing at all.
        assert_eq!(reward.play(at(0), &mut Silent).mark, 0);
    }
    // Chance alone answers some sums.
    let mut digits = Constant([-127; 64]);
    digits.0[0] = 0;
    digits.0[usize::from(b'1')..=usize::from(b'9')].fill(0);
    let reward = Reward { temperature: 16, ..REWARD };
    let marks = (0..5000).map(|index| reward.play(at(index), &mut digits).mark);
    assert!(marks.filter(|&mark| mark == FULL).count() > 5);
}

/// A model that takes features.
struct Silent;

impl Member for Silent {
    fn act(&mut self, _: &[i8]) -> &[i8] {
        &[]
    }
}
