//! However boards come by new weights, and whether they train step by step or alone: the weights are the
//! same.

use eggroll_firmware::train::{Estimator, Plan};
use eggroll_firmware::update::Optimizer;
use eggroll_host::evaluate::Evaluator;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::link::{Link, SIM_ARENA, sim};
use eggroll_host::fleet::{Connector, Fleet, FleetError, Patience, Traffic, Verifier, connect};
use eggroll_host::train::{CancellationToken, Experiment, Trainer};
use eggroll_host::update::Sync;
use eggroll_tests::{
    ENDLESS, Liar, PATIENT, cut_after, every_estimator, experiment, fleet_of, hash_after, sims, train,
    train_until,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const GENERATIONS: u32 = 40;

type Settings = (Estimator, Optimizer);

async fn plain((estimator, optimizer): Settings) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run");
    train(experiment(estimator, optimizer, GENERATIONS), sims(1), &path).await.unwrap().weights_sha256
}

fn synced((estimator, optimizer): Settings, sync: Sync) -> Experiment {
    eggroll_tests::synced(experiment(estimator, optimizer, GENERATIONS), sync)
}

fn endless((estimator, optimizer): Settings, sync: Sync) -> Experiment {
    eggroll_tests::synced(experiment(estimator, optimizer, ENDLESS), sync)
}

/// Trains, alone if `autonomous`, until a frame was dropped and a board lost: the weights are those of one
/// that stays.
async fn until_dropped_and_lost(
    run: impl Fn() -> Experiment,
    fleet: &mut Fleet,
    autonomous: Option<u32>,
    traffic: &Traffic,
) {
    let directory = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::start(run(), &directory.path().join("run")).unwrap();
    trainer.autonomous(autonomous);
    let summary = train_until(trainer, fleet, |progress, fleet| {
        let dropped = traffic.injected.dropped.load(Ordering::Relaxed) > 0;
        progress.generation >= GENERATIONS && dropped && fleet.counts().lost > 0
    });
    let summary = summary.await.unwrap();
    let again = directory.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(run(), summary.generations, &again).await);
}

/// Trains on a fleet, alone if `autonomous`; the hash, and how often a run went back.
async fn trained(
    experiment: Experiment,
    fleet: &mut Fleet,
    autonomous: Option<u32>,
    path: &Path,
) -> (String, u32) {
    let mut trainer = Trainer::start(experiment, path).unwrap();
    trainer.autonomous(autonomous);
    let summary = trainer.train(fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap();
    (summary.weights_sha256, summary.rollbacks)
}

/// The same on boards behind these links; the bytes to them instead.
async fn over(experiment: Experiment, links: Vec<Link>, autonomous: Option<u32>) -> (String, u64) {
    let directory = tempfile::tempdir().unwrap();
    let traffic = Arc::new(Traffic::default());
    let mut boards: Vec<Arc<dyn Evaluator>> = Vec::new();
    for link in links {
        boards.push(connect(link, &experiment.setup, &traffic).await.unwrap());
    }
    let before = traffic.totals().0;
    let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(5)));
    let path = directory.path().join("run");
    let (hash, _) = trained(experiment, &mut fleet, autonomous, &path).await;
    (hash, traffic.totals().0 - before)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_sync_leads_to_the_same_weights() {
    for settings in every_estimator() {
        let one = plain(settings).await;
        let mut sent = Vec::new();
        for sync in [Sync::Cheapest, Sync::Scores, Sync::Delta, Sync::Weights] {
            assert_eq!(over(synced(settings, sync), sims(2), None).await.0, one, "{sync:?}");
            let (hash, bytes) = over(synced(settings, sync), sims(1), None).await;
            assert_eq!(hash, one, "{sync:?}");
            sent.push(bytes);
        }
        // Each is what it says: scores and moves are a fraction of all weights. Counted on one board, which
        // takes part in every generation: how often each of two does depends on their speed.
        let [cheapest, scores, moves, weights] = sent[..] else { panic!() };
        assert!(2 * scores < weights && 3 * moves < 2 * weights && 2 * cheapest < weights, "{sent:?}");
        assert_ne!(scores, moves);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_survive_lossy_links_and_lost_boards() {
    for settings in every_estimator() {
        let run = || endless(settings, Sync::Delta);
        let experiment = run();
        let traffic = Arc::new(Traffic::default());
        let injection = Injection::new("drop=0.02,flip=0.01,dup=0.05".parse().unwrap(), 3);
        let mut boards = Vec::new();
        for number in 0..2 {
            let open = move || sim(&format!("sim-{number}"), SIM_ARENA);
            let mut board = Connector::new(open, &experiment.setup, &traffic).with_faults(injection, number);
            boards.push(board.connect().await.unwrap().0);
        }
        boards.push(connect(cut_after("killed", 3000), &experiment.setup, &traffic).await.unwrap());
        let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(5)));
        until_dropped_and_lost(run, &mut fleet, None, &traffic).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_alone_trains_the_same_weights() {
    for settings in every_estimator() {
        let one = plain(settings).await;
        for count in [1, 7, 1000] {
            let (hash, bytes) = over(synced(settings, Sync::Scores), sims(2), Some(count)).await;
            assert_eq!(hash, one, "{count} at a time");
            // Beyond one upload of weights and residuals, a few bytes a request.
            assert!(bytes < 3 * 2_000 + 60 * u64::from(GENERATIONS), "{bytes}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_over_lossy_links_and_with_a_board_that_dies() {
    for settings in every_estimator() {
        let run = || endless(settings, Sync::Scores);
        let experiment = run();
        let traffic = Arc::new(Traffic::default());
        let injection = Injection::new("drop=0.05,flip=0.02,dup=0.05".parse().unwrap(), 5);
        let open = || sim("lossy", SIM_ARENA);
        let mut lossy = Connector::new(open, &experiment.setup, &traffic).with_faults(injection, 0);
        let dies = connect(cut_after("dies", 300), &experiment.setup, &traffic).await.unwrap();
        let boards = vec![dies, lossy.connect().await.unwrap().0];
        let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(5)));
        until_dropped_and_lost(run, &mut fleet, Some(5), &traffic).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_alone_that_lies_is_caught_by_its_own_checksum() {
    for settings in every_estimator() {
        let one = plain(settings).await;
        let experiment = synced(settings, Sync::Scores);
        let traffic = Arc::new(Traffic::default());
        let [inner, honest] = ["liar", "honest"].map(|name| Link { timing: PATIENT, ..sim(name, SIM_ARENA) });
        let inner = connect(inner, &experiment.setup, &traffic).await.unwrap();
        let liar = Liar::new(inner, &settings.0, 3, 2);
        let lies = Arc::clone(&liar.lies);
        let honest = connect(honest, &experiment.setup, &traffic).await.unwrap();
        let mut fleet = Fleet::new(vec![Arc::new(liar), honest], Patience(Duration::from_secs(5)));
        fleet.verify(Verifier::new(&experiment.setup, "0.1".parse().unwrap(), None).unwrap());
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run");
        // What was journalled before the lie is right: nothing is taken back.
        assert_eq!(trained(experiment, &mut fleet, Some(2), &path).await, (one, 0));
        assert_eq!((fleet.counts().expelled, lies.load(Ordering::Relaxed)), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_the_memory_cannot_train_alone() {
    let settings = every_estimator()[0];
    let experiment = synced(settings, Sync::Scores);
    let needs = Plan::new(experiment.setup.run.clone(), false).unwrap().needs();
    let traffic = Arc::new(Traffic::default());
    let refused = connect(sim("small", needs), &experiment.setup, &traffic).await.err().unwrap().to_string();
    let all = Plan::new(experiment.setup.run.clone(), true).unwrap().needs();
    assert!(refused.contains(&needs.to_string()) && refused.contains(&all.to_string()), "{refused}");
    // With the cheapest sync it is let in, but not asked to.
    let experiment = synced(settings, Sync::Cheapest);
    let mut fleet = fleet_of(vec![sim("small", needs)], &experiment, 1.0).await;
    let directory = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::start(experiment, &directory.path().join("run")).unwrap();
    trainer.autonomous(Some(4));
    let error = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap_err();
    assert!(error.to_string().contains(&FleetError::NoneAlone.to_string()), "{error}");
}
