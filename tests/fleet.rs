//! Boards are killed, added, reset, late and lossy; the weights are the same bytes.

use async_trait::async_trait;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::error::Error;
use eggroll_host::evaluate::{Evaluator, Lost};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect};
use eggroll_host::run::RunDirectory;
use eggroll_host::train::{CancellationToken, Trainer, rebuild};
use eggroll_host::update::Generation;
use eggroll_tests::{
    both_estimators, cut_after, drops_frames, experiment, fleet_of, forgetful, never_answers, sims, train,
    train_with,
};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GENERATIONS: u32 = 60;

fn node() -> (Estimator, Optimizer) {
    both_estimators()[0]
}

async fn expected((estimator, optimizer): (Estimator, Optimizer)) -> String {
    let directory = tempfile::tempdir().unwrap();
    let experiment = experiment(estimator, optimizer, GENERATIONS);
    train(experiment, sims(1), &directory.path().join("run")).await.unwrap().weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_killed_and_added_in_the_middle() {
    for (estimator, optimizer) in both_estimators() {
        let experiment = experiment(estimator, optimizer, GENERATIONS);
        let directory = tempfile::tempdir().unwrap();
        let links = vec![cut_after("dies-early", 400), cut_after("dies-late", 900)];
        let mut fleet = fleet_of(links, &experiment, 5.0).await;
        let traffic = Arc::new(Traffic::default());
        // Two join: one while others are alive, one when perhaps nobody is.
        let mut late = Vec::new();
        for link in [cut_after("joins-and-dies", 600), sims(1).remove(0)] {
            late.push(connect(link, &experiment.setup, &traffic).await.unwrap());
        }
        late.reverse();
        let joining = fleet.joining();
        let mut present = Vec::new();
        let summary =
            train_with(experiment, &mut fleet, &directory.path().join("run"), |progress, fleet: &Fleet| {
                present.push(fleet.shares().len());
                if matches!(progress.generation, 3 | 5) {
                    late.pop().into_iter().for_each(|board| joining.send(board).unwrap());
                }
            })
            .await
            .unwrap();
        assert_eq!(summary.weights_sha256, expected((estimator, optimizer)).await);
        assert_eq!(present.first(), Some(&2));
        assert_eq!(present.last(), Some(&1), "only the last one to join is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_is_loaded_anew() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    let board = forgetful("forgetful", &[230]);
    let run = experiment(estimator, optimizer, GENERATIONS);
    let summary = train(run, vec![board.link], &directory.path().join("run")).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(node()).await);
    assert!(board.resets.load(Ordering::Relaxed) > 0, "it was reset during the run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_while_it_is_configured_is_configured_again() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    // The samples alone are more than 150 chunks: the first two resets come before the board has joined, the fourth
    // in the middle of the samples that it gets after the third.
    let board = forgetful("unlucky", &[20, 100, 300, 90, 400]);
    let run = experiment(estimator, optimizer, GENERATIONS);
    let mut fleet = fleet_of(vec![board.link], &run, 5.0).await;
    assert!(board.resets.load(Ordering::Relaxed) >= 2);
    let summary = train_with(run, &mut fleet, &directory.path().join("run"), |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(node()).await);
    let resets = board.resets.load(Ordering::Relaxed);
    assert!(resets >= 4, "{resets} resets");
    assert_eq!(fleet.counts().lost, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_never_keeps_a_run_does_not_join() {
    let (estimator, optimizer) = node();
    let run = experiment(estimator, optimizer, GENERATIONS);
    let board = forgetful("hopeless", &[30]);
    let refused = connect(board.link, &run.setup, &Arc::default()).await.err().unwrap();
    let said = refused.to_string();
    assert!(said.contains("hopeless") && said.contains("no run is configured"), "{said}");
}

/// Notes what a board is asked for.
struct Witness {
    board: Arc<dyn Evaluator>,
    asked: Mutex<Vec<u32>>,
}

#[async_trait]
impl Evaluator for Witness {
    fn name(&self) -> &str {
        self.board.name()
    }

    fn most_units(&self) -> u32 {
        self.board.most_units()
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        self.asked.lock().unwrap().push(units.len() as u32);
        self.board.evaluate(generation, units).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_of_unknown_rate_is_asked_for_little_at_first() {
    let mut estimator = node().0;
    if let Estimator::Node(node) = &mut estimator {
        node.slots = 200;
    }
    let directory = tempfile::tempdir().unwrap();
    let run = experiment(estimator, node().1, 20);
    let board = connect(sims(1).remove(0), &run.setup, &Arc::default()).await.unwrap();
    let witness = Arc::new(Witness { board, asked: Mutex::default() });
    let mut fleet = Fleet::new(vec![Arc::<Witness>::clone(&witness)], Patience(Duration::from_secs(5)));
    train_with(run, &mut fleet, &directory.path().join("run"), |_, _| ()).await.unwrap();
    let asked = witness.asked.lock().unwrap();
    // The second is under way beside it, and may be noted after the third.
    assert!(asked[0] <= 4, "{asked:?}");
    assert!(asked.iter().any(|&units| units > 4), "more, once its rate is known: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_are_asked_for_again() {
    for (estimator, optimizer) in [both_estimators()[0], both_estimators()[3]] {
        let directory = tempfile::tempdir().unwrap();
        let run = experiment(estimator, optimizer, GENERATIONS);
        let links = vec![drops_frames("lossy", 13), drops_frames("lossier", 7)];
        let summary = train(run, links, &directory.path().join("run")).await.unwrap();
        assert_eq!(summary.weights_sha256, expected((estimator, optimizer)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_boards_work_goes_to_others() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    let run = experiment(estimator, optimizer, GENERATIONS);
    // It is not gone for minutes; only its ranges are late.
    let links = [vec![never_answers("silent", 500)], sims(1)].into_iter().flatten().collect();
    let summary = train(run, links, &directory.path().join("run")).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(node()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deserted_run_stops_and_is_resumed() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run");
    let run = experiment(estimator, optimizer, GENERATIONS);
    let mut fleet = fleet_of(vec![cut_after("dies", 700)], &run, 0.3).await;
    let error = train_with(run, &mut fleet, &path, |_, _| ()).await.unwrap_err();
    assert!(matches!(error, Error::Fleet { .. }), "{error}");
    let message = error.to_string();
    for part in ["no board is left", "dies", "0.3 s", "--resume --run"] {
        assert!(message.contains(part), "{message}");
    }

    let (trainer, damage) = Trainer::resume(&path).unwrap();
    assert_eq!(damage, None);
    assert!((1..GENERATIONS).contains(&trainer.generation()), "it stopped in the middle");
    let mut fleet = fleet_of(sims(2), trainer.experiment(), 5.0).await;
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap();
    assert_eq!(summary.weights_sha256, expected(node()).await);

    let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
    assert_eq!(rebuilt.replica.weights_sha256(), summary.weights_sha256);
    assert_eq!(rebuilt.passes, summary.figures.forward_passes);
}
