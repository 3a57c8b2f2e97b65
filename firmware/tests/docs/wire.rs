//! Every request and every answer, with its frame.

use crate::talk::board;
use crate::{Example, guided, hex, regression, training};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::{Domain, EnvironmentKind};
use eggroll_firmware::task::reward::{Reward, RewardKind};
use eggroll_firmware::train::{Estimator, Pace, Run, Section, State, TaskKind};
use eggroll_firmware::update::{Optimizer, WeightDelta};
use eggroll_firmware::wire::{
    Abilities, Answer, Command, Hello, Limits, PROTOCOL, Reply, Request, RunCommand, Stats, decode, encode,
};
use serde::{Deserialize, Serialize};
use std::fmt::{Debug, Write as _};

pub(crate) fn examples() -> Vec<Example> {
    vec![("requests", requests()), ("answers", answers())]
}

/// Identity of the run in the examples.
pub(crate) const RUN: u32 = 0x1122_3344;

pub(crate) fn message(of: &impl Serialize) -> Vec<u8> {
    let mut room = [0; 1024];
    postcard::to_slice(of, &mut room).unwrap().to_vec()
}

pub(crate) fn frame(of: &impl Serialize) -> Vec<u8> {
    let mut room = [0; 1024];
    encode(of, &mut room).unwrap().to_vec()
}

/// Bytes in lines behind a heading.
pub(crate) fn said(text: &mut String, heading: &str, bytes: &[u8]) {
    for (place, line) in bytes.chunks(32).enumerate() {
        let _ = writeln!(text, "  {:8} {}", if place == 0 { heading } else { "" }, hex(line));
    }
}

/// A message with its frame, which leads back to it.
fn both<'m, T: Serialize + Deserialize<'m> + PartialEq + Debug>(text: &mut String, name: &str, value: &T) {
    let _ = writeln!(text, "{name}");
    said(text, "message", &message(value));
    let frame = frame(value);
    said(text, "frame", &frame);
    let (_, stuffed) = frame.split_last().unwrap();
    let stuffed: &'m mut [u8] = Vec::leak(stuffed.to_vec());
    assert_eq!(&decode::<T>(stuffed).unwrap(), value);
}

pub(crate) fn node() -> Node {
    Node { slots: 4, members: 2, amplitude: 4, clip: 7, skip: Some(8), antithetic: false }
}

pub(crate) fn configure(run: Run, updates: bool, samples: u32) -> Command<'static> {
    let limits = Limits { largest_frame: 1 << 20, silence_ms: 2000 };
    Command::Configure { identity: RUN, limits, run, updates, samples }
}

pub(crate) fn runs() -> [(&'static str, Run); 9] {
    let weight = Weight {
        pairs: 300,
        samples: 2,
        own_samples: true,
        rank: 2,
        sigma_shift: 3,
        noise: Noise::NearNormal,
        clip: 500,
        credit: CreditTo::Pair,
    };
    let vote = Optimizer::Vote { reference_rank_scale: false };
    [
        ("of arithmetic.md's example", training::run(Estimator::Node(node()), Optimizer::Residual)),
        (
            "cartpole, by weight and vote",
            Run {
                seed: u32::MAX,
                model: Description::mlp(&[4, 16, 2], false).unwrap(),
                task: TaskKind::Environment(EnvironmentKind::CartPole),
                estimator: Estimator::Weight(weight),
                optimizer: vote,
                saturation: false,
            },
        ),
        (
            "a text, no skip",
            Run {
                seed: 1,
                model: Description::egg(4, 1, 5).unwrap(),
                task: TaskKind::Text { context: 2 },
                estimator: Estimator::Node(Node { skip: None, antithetic: true, ..node() }),
                optimizer: Optimizer::Residual,
                saturation: true,
            },
        ),
        ("of arithmetic.md's first example of a guide", guided::run(guided::TAUGHT)),
        ("of arithmetic.md's second example of a guide", guided::run(guided::without_members())),
        (
            "of arithmetic.md's example of regression, by node",
            regression::run(Estimator::Node(regression::NODE)),
        ),
        (
            "a balancing robot of a randomized domain",
            Run {
                seed: 1,
                model: Description::mlp(&[5, 16, 1], false).unwrap(),
                task: TaskKind::Randomized(Domain { kind: EnvironmentKind::Balance, spread: 20 }),
                estimator: Estimator::Weight(weight),
                optimizer: Optimizer::Residual,
                saturation: false,
            },
        ),
        (
            "a language model that sorts",
            Run {
                seed: 1,
                model: Description::egg(8, 1, 64).unwrap(),
                task: TaskKind::Reward(Reward { kind: RewardKind::Sort, temperature: 8 }),
                estimator: Estimator::Weight(weight),
                optimizer: Optimizer::Residual,
                saturation: false,
            },
        ),
        (
            "a text that the board holds",
            Run {
                seed: 1,
                model: Description::egg(4, 1, 5).unwrap(),
                task: TaskKind::HeldText { context: 2, tokens: 900 },
                estimator: Estimator::Node(Node { skip: None, antithetic: true, ..node() }),
                optimizer: Optimizer::Residual,
                saturation: true,
            },
        ),
    ]
}

fn requests() -> String {
    let mut text = String::new();
    let mut id = 0;
    let mut say = |name: &str, command: Command<'_>| {
        id += 1;
        both(&mut text, &format!("{name}; id {id}"), &Request { id, command });
    };
    say("Hello", Command::Hello);
    for (name, run) in runs() {
        say(&format!("Configure {name}"), configure(run, true, 0xCAFE_F00D));
    }
    let delta = WeightDelta { count: 2, shift: 1, bits: &[0x61, 0x06] };
    let commands = [
        (
            "Load samples at 4: 16 -3 40, label 0",
            RunCommand::Load { section: Section::Samples, offset: 4, bytes: &[16, 253, 40, 0] },
        ),
        (
            "Load weights at 300: none",
            RunCommand::Load { section: Section::Weights, offset: 300, bytes: &[] },
        ),
        (
            "Load residuals at 0: -1",
            RunCommand::Load { section: Section::Residuals, offset: 0, bytes: &[255, 255] },
        ),
        (
            "Load the guide at 2: 256 -256",
            RunCommand::Load { section: Section::Guide, offset: 2, bytes: &[0, 1, 0, 255] },
        ),
        ("Start 0", RunCommand::Start { generation: 0 }),
        ("Evaluate generation 1, units 2 to 3", RunCommand::Evaluate { generation: 1, first: 2, count: 2 }),
        (
            "Apply generation 1, rate 26214, units 0 to 3",
            RunCommand::Apply {
                generation: 1,
                rate: 26_214,
                first: 0,
                count: 4,
                scores: &[7, 0x80, 0x4A, 0xB0],
            },
        ),
        (
            "Follow from 1 to 2, weights 0 to 7",
            RunCommand::Follow { from: 1, generation: 2, first: 0, end: 8, delta },
        ),
        (
            "Train from generation 2 on, 10 of them, Linear 26214 over 6000",
            RunCommand::Train {
                generation: 2,
                count: 10,
                pace: Pace::Linear { initial: 26_214, generations: 6000 },
            },
        ),
        (
            "Train from generation 2 on, 1 of them, Constant 10",
            RunCommand::Train { generation: 2, count: 1, pace: Pace::Constant(10) },
        ),
        (
            "Feed of generation 1 at 0: 1 4 2",
            RunCommand::Feed { generation: 1, offset: 0, bytes: &[1, 4, 2] },
        ),
        ("Measure on trial 3", RunCommand::Measure { trial: 3 }),
    ];
    for (name, command) in commands {
        say(name, command.of(RUN));
    }
    say("Checksum", Command::Checksum);
    say("Stats", Command::Stats);
    say("OwnTask", Command::OwnTask);
    text
}

fn answers() -> String {
    let mut text = String::new();
    let hello = Hello {
        protocol: PROTOCOL,
        firmware: "0.1.0",
        board: "example",
        core: "none",
        arena: 4096,
        largest_frame: 256,
        run: Some(RUN),
        features: board().features,
        abilities: Abilities { updates: true, tasks: 1, environments: 0, layers: 1, estimators: 3 },
    };
    let state = Some(State { generation: 1, checksum: 0xDEAD_BEEF });
    let stats = Stats { requests: 300, refused: 2, bad_frames: 0, units: 70_000 };
    let scores = &[7, 0x80, 0x4A, 0xB0];
    let cases = [
        ("Hello", None, Answer::Hello(hello)),
        ("Hello, of no run", None, Answer::Hello(Hello { run: None, ..hello })),
        (
            "Configured: needs 488 bytes, samples are there",
            None,
            Answer::Configured { needs: 488, samples: true },
        ),
        ("Done, at generation 1", state, Answer::Done),
        ("Scores of units 0 to 3", state, Answer::Scores { first: 0, count: 4, scores }),
        ("Trained 1 generation from 1 on", state, Answer::Trained { generation: 1, count: 1, scores }),
        ("Stats", state, Answer::Stats(stats)),
        ("Refused: generation 1 is here", state, Answer::Refused(Error::WrongGeneration { have: 1 })),
        ("Working", None, Answer::Working),
        ("OwnTask", None, Answer::OwnTask { name: "level", unit: "mm", score: None }),
        (
            "OwnTask, the weights score -300",
            state,
            Answer::OwnTask { name: "level", unit: "mm", score: Some(-300) },
        ),
    ];
    for (id, (name, state, answer)) in (1..).zip(cases) {
        both(&mut text, &format!("{name}; id {id}"), &Reply { id, state, answer });
    }
    text
}
