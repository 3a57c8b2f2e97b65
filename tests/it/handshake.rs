//! What a board says of itself is checked before anything is believed.

use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::wire::{Abilities, Hello};
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::{BoardEvaluator, connect};
use eggroll_host::train::Experiment;
use eggroll_host::update::Sync;
use eggroll_tests::{Greeting, SharedBoard, environment, every_estimator, experiment, synced, train};
use std::sync::Arc;

fn run() -> Experiment {
    let (estimator, optimizer) = every_estimator()[0];
    experiment(estimator, optimizer, 10)
}

/// What comes of a board that changes its handshake.
async fn met(
    run: &Experiment,
    change: impl Fn(&mut Hello<'_>) + Send + std::marker::Sync + 'static,
) -> Option<BoardError> {
    let board = SharedBoard::default();
    let link = board.link_with("odd", usize::MAX, move |hello| {
        change(hello);
        Greeting::Whole
    });
    connect(link, &run.setup, &Arc::default()).await.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_checked() {
    for bytes in [0, 1, 49, 255] {
        let refused = met(&run(), move |hello| hello.largest_frame = bytes).await.unwrap().to_string();
        let expected = format!("odd: its largest frame is {bytes} bytes; a board must take frames of 256");
        assert_eq!(refused, expected);
    }
    for bytes in [256, 4096] {
        assert_eq!(met(&run(), move |hello| hello.largest_frame = bytes).await, None);
    }
    // More than the host ever needs is no fault, and takes no memory.
    let board = SharedBoard::with_frames((1 << 20) + 4096);
    let link = board.link_with("boastful", usize::MAX, |hello| {
        hello.largest_frame = u32::MAX;
        Greeting::Whole
    });
    assert!(connect(link, &run().setup, &Arc::default()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_frames_beyond_the_host_s_trains() {
    let folder = tempfile::tempdir().unwrap();
    let mut hashes = Vec::new();
    for frame in [4096, (1 << 20) + 4096] {
        let link = SharedBoard::with_frames(frame).link("large");
        let path = folder.path().join(frame.to_string());
        hashes.push(train(run(), vec![link], &path).await.unwrap().weights_sha256);
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn abilities_are_asked_for_first() {
    let run = run();
    let said = |error: Option<BoardError>| error.map(|error| error.to_string());
    let refused = met(&run, |hello| hello.abilities.tasks = 0).await;
    assert_eq!(
        said(refused).as_deref(),
        Some("odd: cannot take part in this run: it does not train on samples")
    );
    let refused = met(&run, |hello| hello.abilities = Abilities { layers: 0, ..hello.abilities }).await;
    assert!(said(refused).unwrap().contains("lacks the kind of layer 0 of the model, a dense layer"));
    let cartpole = environment(EnvironmentKind::CartPole, 5);
    let refused = met(&cartpole, |hello| hello.abilities.environments = 0b1110).await;
    assert!(said(refused).unwrap().ends_with("it does not simulate the environment cartpole"));
    let by_scores = synced(self::run(), Sync::Scores);
    let refused = met(&by_scores, |hello| hello.abilities.updates = false).await;
    assert!(said(refused).unwrap().starts_with("odd: cannot move its weights itself"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_cannot_update_itself_says_so_and_trains() {
    let folder = tempfile::tempdir().unwrap();
    let board = SharedBoard::default();
    let expected = train(run(), vec![board.link("able")], &folder.path().join("able")).await.unwrap();
    let unable = board.link_with("unable", usize::MAX, |hello| {
        hello.abilities.updates = false;
        Greeting::Whole
    });
    let summary = train(run(), vec![unable], &folder.path().join("unable")).await.unwrap();
    assert_eq!(summary.weights_sha256, expected.weights_sha256);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_cannot_be_read_is_not_called_another_protocol() {
    let board = SharedBoard::default();
    let link = board.link_with("half", usize::MAX, |_| Greeting::Beginning);
    let refused = connect(link, &run().setup, &Arc::default()).await.err().unwrap().to_string();
    assert!(refused.starts_with("half: its handshake is malformed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_bounded_and_do_nothing() {
    let long: &'static str = "x".repeat(65_536).leak();
    for name in [long, "\u{1b}[2J\u{1b}[31mred\nline", "\u{202e}right to left"] {
        let link = SharedBoard::default().link_with("named", usize::MAX, move |hello| {
            (hello.board, hello.core, hello.firmware) = (name, name, name);
            Greeting::Whole
        });
        let board = BoardEvaluator::connect(link, Arc::default(), Arc::default()).await.unwrap();
        let info = board.info();
        for shown in [&info.board, &info.core, &info.firmware] {
            assert!(shown.chars().count() < 200, "{} characters", shown.chars().count());
            assert!(!shown.contains(['\u{1b}', '\n', '\u{202e}']), "{shown:?}");
        }
    }
}
