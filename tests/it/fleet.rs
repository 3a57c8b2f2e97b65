//! Boards are killed, added, reset, late and lossy; the weights are the same bytes.

use async_trait::async_trait;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::evaluate::{Evaluator, Lost};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect};
use eggroll_host::run::RunDirectory;
use eggroll_host::train::TrainError;
use eggroll_host::train::{CancellationToken, Progress, Trainer, rebuild};
use eggroll_host::update::Generation;
use eggroll_tests::{
    ENDLESS, cut_after, drops_frames, every_estimator, experiment, fleet_of, forgetful, hash_after,
    never_answers, sims, train, train_until, train_with,
};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GENERATIONS: u32 = 60;

fn node() -> (Estimator, Optimizer) {
    every_estimator()[0]
}

async fn expected((estimator, optimizer): (Estimator, Optimizer)) -> String {
    let directory = tempfile::tempdir().unwrap();
    let experiment = experiment(estimator, optimizer, GENERATIONS);
    train(experiment, sims(1), &directory.path().join("run")).await.unwrap().weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_killed_and_added_in_the_middle() {
    for (estimator, optimizer) in every_estimator() {
        let experiment = || experiment(estimator, optimizer, ENDLESS);
        let directory = tempfile::tempdir().unwrap();
        let links = vec![cut_after("dies-early", 1000), cut_after("dies-late", 3000)];
        let mut fleet = fleet_of(links, &experiment(), 5.0).await;
        let traffic = Arc::new(Traffic::default());
        let mut late = Vec::new();
        for link in [cut_after("joins-and-dies", 2000), sims(1).remove(0)] {
            late.push(connect(link, &experiment().setup, &traffic).await.unwrap());
        }
        late.reverse();
        let registry = fleet.registry();
        let trainer = Trainer::start(experiment(), &directory.path().join("run")).unwrap();
        let summary = train_until(trainer, &mut fleet, |progress, fleet| {
            if matches!(progress.generation, 3 | 5) {
                late.pop().into_iter().for_each(|board| registry.send(board).unwrap());
            }
            late.is_empty() && fleet.counts().lost == 3
        });
        let summary = summary.await.unwrap();
        let names: Vec<String> = fleet.shares().into_iter().map(|share| share.name).collect();
        assert_eq!(names, ["sim-0"], "only the last one to join is left");
        let again = directory.path().join("again");
        assert_eq!(summary.weights_sha256, hash_after(experiment(), summary.generations, &again).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_is_loaded_anew() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    let run = || experiment(estimator, optimizer, ENDLESS);
    let board = forgetful("forgetful", &[150]);
    let mut fleet = fleet_of(vec![board.link], &run(), 5.0).await;
    let trainer = Trainer::start(run(), &directory.path().join("run")).unwrap();
    let summary = train_until(trainer, &mut fleet, after(1, board.resets)).await.unwrap();
    let again = directory.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(run(), summary.generations, &again).await);
}

/// Whether a board has been reset so often, and has evaluated a generation since.
fn after(resets: u32, sofar: Arc<AtomicU32>) -> impl FnMut(&Progress<'_>, &Fleet) -> bool {
    let mut seen = u32::MAX;
    move |progress, _| {
        if sofar.load(Ordering::Relaxed) >= resets {
            seen = seen.min(progress.generation);
        }
        progress.generation > seen
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_while_it_is_configured_is_configured_again() {
    let (estimator, optimizer) = node();
    let directory = tempfile::tempdir().unwrap();
    // The samples alone are more than 70 requests: the first two resets come before the board has joined, the
    // fourth in the middle of the samples that it gets after the third.
    let board = forgetful("unlucky", &[15, 60, 250, 50, 400]);
    let run = || experiment(estimator, optimizer, ENDLESS);
    let mut fleet = fleet_of(vec![board.link], &run(), 5.0).await;
    assert!(board.resets.load(Ordering::Relaxed) >= 2);
    let trainer = Trainer::start(run(), &directory.path().join("run")).unwrap();
    let summary = train_until(trainer, &mut fleet, after(4, board.resets)).await.unwrap();
    let again = directory.path().join("again");
    assert_eq!(summary.weights_sha256, hash_after(run(), summary.generations, &again).await);
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
    let run = experiment(estimator, node().1, ENDLESS);
    let board = connect(sims(1).remove(0), &run.setup, &Arc::default()).await.unwrap();
    let witness = Arc::new(Witness { board, asked: Mutex::default() });
    let mut fleet = Fleet::new(vec![Arc::<Witness>::clone(&witness)], Patience(Duration::from_secs(5)));
    let trainer = Trainer::start(run, &directory.path().join("run")).unwrap();
    // More, once its rate is known.
    let more = |_: &Progress<'_>, _: &Fleet| witness.asked.lock().unwrap().iter().any(|&units| units > 4);
    train_until(trainer, &mut fleet, more).await.unwrap();
    let asked = witness.asked.lock().unwrap();
    // The second is under way beside it, and may be noted after the third.
    assert!(asked[0] <= 4, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_are_asked_for_again() {
    for (estimator, optimizer) in [every_estimator()[0], every_estimator()[3]] {
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
    assert!(matches!(error, TrainError::Fleet { .. }), "{error}");
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
    assert_eq!(rebuilt.work.passes(), summary.figures.forward_passes);
}
