//! What protocol 3 adds to the server: runs that are told apart, words of a board that computes, limits of
//! the host, and abilities.

mod common;

use common::rig::{FRAME, RUN, Rig, ask, board, configure, replies};
use common::run;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Pace, Run, Section, TaskKind};
use eggroll_firmware::update::{Optimizer, WeightDelta};
use eggroll_firmware::wire::{
    Abilities, Answer, Checksum, Command, Limits, Reply, RunCommand, SMALLEST_FRAME, checksum_of,
};

fn small_run(seed: u32) -> Run {
    let node = Node { slots: 4, members: 2, amplitude: 4, clip: 7, skip: None, antithetic: false };
    Run { seed, ..run(&[3, 5, 2], false, Estimator::Node(node), Optimizer::Residual, 2) }
}

/// Two hosts on one board: what the one asks for while the board is configured for the other's run is refused
/// and changes nothing; and no state of the one passes for a state of the other, although their weights are
/// the same.
#[test]
fn a_request_of_another_run_is_refused_and_changes_nothing() {
    const OTHER: u32 = RUN + 1;
    let mut rig = board(FRAME, FRAME, NoTask);
    let refused = |have| Answer::Refused(Error::OtherRun { have });
    let start = |rig: &mut Rig<NoTask>, run: u32| {
        let samples = checksum_of(&[0; 8]);
        let Command::Configure { limits, run: of, updates, .. } = configure(small_run(1), true, samples)
        else {
            unreachable!()
        };
        rig.ask(&ask(1, Command::Configure { identity: run, limits, run: of, updates, samples }));
        rig.ask(&ask(2, RunCommand::Start { generation: 0 }.of(run))).state.unwrap()
    };
    let not_configured = rig.ask(&ask(9, RunCommand::Start { generation: 0 }));
    assert_eq!(not_configured.answer, Answer::Refused(Error::NotConfigured));
    let (first, second) = (start(&mut rig, RUN), start(&mut rig, OTHER));
    assert_ne!(first.checksum, second.checksum);
    let weights = [0; 25];
    assert_eq!(first.checksum, Checksum::of(RUN, 0, &weights, &[0; 25]));
    assert_eq!(second.checksum, Checksum::of(OTHER, 0, &weights, &[0; 25]));
    let delta = WeightDelta { count: 0, shift: 0, bits: &[] };
    for command in [
        RunCommand::Load { section: Section::Weights, offset: 0, bytes: &[1] },
        RunCommand::Start { generation: 0 },
        RunCommand::Evaluate { generation: 1, first: 0, count: 4 },
        RunCommand::Apply { generation: 1, rate: 1, first: 0, count: 4, scores: &[0; 8] },
        RunCommand::Follow { from: 0, generation: 1, first: 0, end: 25, delta },
        RunCommand::Train { generation: 1, count: 1, pace: Pace::Constant(1) },
        RunCommand::Feed { generation: 1, offset: 0, bytes: &[1] },
    ] {
        let reply = rig.ask(&ask(3, command.clone().of(RUN)));
        assert_eq!((reply.answer, reply.state), (refused(OTHER), Some(second)), "{command:?}");
    }
    let Answer::Hello(hello) = rig.ask(&ask(4, Command::Hello)).answer else { panic!("no hello") };
    assert_eq!(hello.run, Some(OTHER));
    assert_eq!(start(&mut rig, RUN), first);
}

/// A long request is answered once, after as many words that the board is at work as its work is worth; none
/// of them changes the answer.
#[test]
fn a_board_that_computes_for_long_says_so() {
    let evaluate = ask(5, RunCommand::Evaluate { generation: 1, first: 0, count: 4 });
    let answers = |every: Option<u32>| {
        let mut rig = board(FRAME, FRAME, NoTask);
        rig.0 = match every {
            Some(products) => rig.0.saying_every(products),
            None => rig.0,
        };
        rig.ask(&ask(1, configure(small_run(1), true, checksum_of(&[0; 8]))));
        rig.ask(&ask(2, RunCommand::Start { generation: 0 }));
        replies(rig.send(&evaluate))
    };
    let quiet = answers(None);
    assert_eq!(quiet.len(), 1);
    for (products, words) in [(1, 8), (25, 4), (99, 2), (1000, 0)] {
        let said = answers(Some(products));
        let (last, working) = said.split_last().unwrap();
        assert_eq!(*last, quiet[0]);
        assert_eq!(working.len(), words, "a word each {products} products");
        let word = Reply { id: 5, state: None, answer: Answer::Working };
        assert!(working.iter().all(|reply| *reply == word));
    }
}

#[test]
fn a_board_keeps_to_the_host_s_frames() {
    let mut rig = board(1024, 1024, NoTask);
    let samples = checksum_of(&[0; 8]);
    let limited = |largest_frame| {
        let limits = Limits { largest_frame, silence_ms: 2000 };
        let weight = Weight {
            pairs: 1000,
            samples: 1,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::Sign,
            clip: 127,
            credit: CreditTo::Pair,
        };
        let run = Run { estimator: Estimator::Weight(weight), ..small_run(1) };
        ask(1, Command::Configure { identity: RUN, limits, run, updates: false, samples })
    };
    let cramped = rig.ask(&limited(SMALLEST_FRAME - 1)).answer;
    assert_eq!(cramped, Answer::Refused(Error::HostFrame));
    for largest in [SMALLEST_FRAME, 512, 1 << 20] {
        assert!(matches!(rig.ask(&limited(largest)).answer, Answer::Configured { .. }));
        rig.ask(&ask(2, RunCommand::Start { generation: 0 }));
        for count in [1, 150, 400, 900] {
            let reply = rig.send(&ask(3, RunCommand::Evaluate { generation: 1, first: 0, count }));
            assert!(reply.len() <= largest as usize, "{} bytes for {count} pairs", reply.len());
        }
    }
}

/// Sets of kinds name them by their tags on the wire.
#[test]
fn abilities_are_sets_of_tags() {
    let all = Abilities::of_firmware(true);
    let node = small_run(1);
    assert_eq!(all.lack(&node), None);
    fn tag(kind: &impl serde::Serialize) -> u32 {
        1 << postcard::to_slice(kind, &mut [0; 100]).unwrap()[0]
    }
    let (task_tag, estimator_tag) = (tag(&node.task), tag(&node.estimator));
    let layer_tag = tag(&node.model.layers[0]);
    let without = |change: fn(&mut Abilities, u32), tag| {
        let mut abilities = all;
        change(&mut abilities, tag);
        abilities.lack(&node).map(|lack| lack.to_string())
    };
    let said = without(|abilities, tag| abilities.tasks &= !tag, task_tag);
    assert_eq!(said.as_deref(), Some("it does not train on samples"));
    let said = without(|abilities, tag| abilities.estimators &= !tag, estimator_tag);
    assert_eq!(said.as_deref(), Some("its firmware lacks the estimator node"));
    let said = without(|abilities, tag| abilities.layers &= !tag, layer_tag);
    let layer = "its firmware lacks the kind of layer 0 of the model, a dense layer: use another board";
    assert_eq!(said.as_deref(), Some(layer));
    for kind in EnvironmentKind::ALL {
        let tag = tag(&kind);
        let run = Run { task: TaskKind::Environment(kind), ..node.clone() };
        let abilities = Abilities { environments: all.environments & !tag, ..all };
        let said = abilities.lack(&run).map(|lack| lack.to_string());
        assert_eq!(said, Some(format!("it does not simulate the environment {kind}")));
    }
    let held = TaskKind::HeldText { context: 1, tokens: 9 };
    let run = Run { task: held, model: Description::egg(4, 1, 9).unwrap(), ..node };
    assert_eq!(all.lack(&run), None);
    let relu = Run { model: Description::egg_relu(4, 1, 9).unwrap(), ..run.clone() };
    assert_eq!(all.lack(&relu), None);
    let abilities = Abilities { layers: all.layers & !tag(&relu.model.layers[1]), ..all };
    assert!(abilities.lack(&relu).is_some() && abilities.lack(&run).is_none());
    let abilities = Abilities { tasks: all.tasks & !tag(&held), ..all };
    let said = abilities.lack(&run).map(|lack| lack.to_string()).unwrap_or_default();
    assert!(said.starts_with("it cannot learn a text alone"), "{said}");
}
