//! Two hosts on one board: a clear refusal or the right weights, never wrong ones.

use eggroll_firmware::wire::checksum_of;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::{Fleet, connect};
use eggroll_host::train::TrainError;
use eggroll_host::train::{Experiment, Progress};
use eggroll_tests::{
    Outcome, SharedBoard, every_estimator, experiment, fleet_of, sims, text_experiment, train, train_with,
};
use std::path::Path;
use std::sync::Arc;

const GENERATIONS: u32 = 60;

/// The same run with another seed: the same sizes, other noise.
fn reseeded(of: &Experiment) -> Experiment {
    let mut config = of.config.clone();
    config.seed += 1;
    Experiment::load(config).expect("the same run with another seed")
}

/// Trains on the board alone while another host seizes it now and then.
async fn seized(board: &SharedBoard, run: Experiment, other: &Experiment, path: &Path) -> Outcome {
    let mut fleet = fleet_of(vec![board.link("shared")], &run, 5.0).await;
    let (identity, of_other) = (other.setup.identity.short(), other.setup.run.clone());
    let samples = checksum_of(&other.setup.samples);
    train_with(run, &mut fleet, path, |progress: &Progress<'_>, _: &Fleet| {
        if progress.generation % 20 == 10 {
            board.seize(identity, &of_other, samples);
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_another_host_seizes_is_taken_back_or_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for (estimator, optimizer) in every_estimator() {
        runs.push(move || experiment(estimator, optimizer, GENERATIONS));
    }
    for (place, run) in runs.iter().enumerate() {
        let at = |name: &str| folder.path().join(format!("{name}-{place}"));
        let expected = train(run(), sims(1), &at("alone")).await.unwrap().weights_sha256;
        let board = SharedBoard::default();
        match seized(&board, run(), &reseeded(&run()), &at("seized")).await {
            Ok(summary) => assert_eq!(summary.weights_sha256, expected),
            Err(error) => panic!("nobody was at work on the board when it was taken back: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_not_mixed_with_that_of_another_host() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = every_estimator()[2];
    let run = || text_experiment(folder.path(), estimator, optimizer, 20);
    let expected = train(run(), sims(1), &folder.path().join("alone")).await.unwrap().weights_sha256;
    let other = reseeded(&run());
    let summary = seized(&SharedBoard::default(), run(), &other, &folder.path().join("seized")).await;
    assert_eq!(summary.unwrap().weights_sha256, expected);
}

/// Both train at once. Whoever finds the other at work leaves the board to it; who finds it idle takes it
/// over. Whatever comes of it, nobody ends with weights that are not its run's.
#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_end_in_right_weights_or_in_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = every_estimator()[0];
    let first = || experiment(estimator, optimizer, GENERATIONS);
    let second = || reseeded(&first());
    let of_first = train(first(), sims(1), &folder.path().join("1")).await.unwrap().weights_sha256;
    let of_second = train(second(), sims(1), &folder.path().join("2")).await.unwrap().weights_sha256;
    assert_ne!(of_first, of_second);
    let board = SharedBoard::default();
    let host = |run: Experiment, name: &'static str| {
        let (link, path) = (board.link(name), folder.path().join(name));
        tokio::spawn(async move {
            let evaluator = connect(link, &run.setup, &Arc::default()).await;
            let mut fleet = match evaluator {
                Ok(board) => {
                    Fleet::new(vec![board], eggroll_host::fleet::Patience(std::time::Duration::from_secs(2)))
                }
                Err(error @ BoardError::InUse { .. }) => return Err(error.to_string()),
                Err(error) => panic!("{error}"),
            };
            match train_with(run, &mut fleet, &path, |_, _| ()).await {
                Ok(summary) => Ok(summary.weights_sha256),
                Err(error @ TrainError::Fleet { .. }) => Err(error.to_string()),
                Err(error) => panic!("{error}"),
            }
        })
    };
    let (one, two) = (host(first(), "one"), host(second(), "two"));
    for (outcome, expected) in [(one.await.unwrap(), of_first), (two.await.unwrap(), of_second)] {
        match outcome {
            Ok(hash) => assert_eq!(hash, expected),
            Err(said) => assert!(said.contains("another host") || said.contains("another run"), "{said}"),
        }
    }
}
