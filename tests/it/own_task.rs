//! A task of the boards' own: over links, with a board that is lost, with journal, resume and replay, and on
//! an emulated board.

use controller::Simulated;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::{Member, Task, Trial};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::{Link, sim_with_task};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect, gather, own_task};
use eggroll_host::measure::{Measure, Score};
use eggroll_host::run::{Config, OwnTask, RunDirectory, Schedule, Source};
use eggroll_host::train::{CancellationToken, Experiment, Progress, Trainer, rebuild};
use eggroll_host::update::{Setup, Sync, sha256};
use eggroll_tests::{PATIENT, addresses, fleet_of, train_until};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const GENERATIONS: u32 = 12;

/// A run on the task of the controller.
fn experiment(own: OwnTask, generations: u32) -> Experiment {
    let weight = Weight {
        pairs: 6,
        samples: 1,
        own_samples: false,
        rank: 1,
        sigma_shift: 2,
        noise: Noise::Sign,
        clip: 1000,
        credit: CreditTo::Pair,
    };
    let config = Config {
        version: Config::version(),
        seed: 5,
        source: Source::Own(own),
        model: "2-8-1".parse().unwrap(),
        generations,
        evaluate_every: 4,
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(65_536),
        estimator: Estimator::Weight(weight),
        saturation: false,
    };
    Experiment::load(config).unwrap()
}

fn level() -> OwnTask {
    OwnTask::new("level", "mV")
}

fn board(name: &str, task: impl Task + Send + 'static) -> Link {
    Link { timing: PATIENT, ..sim_with_task(name, 1 << 20, task) }
}

/// The controller's task, whose board dies after so many scores.
struct Dying(Arc<AtomicU32>);

impl Task for Dying {
    const NAME: &'static str = Simulated::NAME;
    const UNIT: &'static str = Simulated::UNIT;

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        // The thread of the board ends, and its link with it.
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_err() {
            std::panic::resume_unwind(Box::new("the board dies"));
        }
        Simulated.score(trial, member)
    }
}

/// The same task under another name.
struct Other;

impl Task for Other {
    const NAME: &'static str = "another";
    const UNIT: &'static str = "mV";

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        Simulated.score(trial, member)
    }
}

/// Trains to the end; brings the weights' hash and the scores that were watched.
async fn trained(experiment: Experiment, fleet: &mut Fleet, path: &Path) -> (String, Vec<f64>) {
    let trainer = Trainer::start(experiment, path).unwrap();
    let mut watched = Vec::new();
    let tell = |progress: &Progress<'_>, _: &Fleet| {
        watched = progress.rows.iter().map(|row| row.validation.value).collect();
    };
    let summary = trainer.train(fleet, None, &CancellationToken::new(), tell).await.unwrap();
    assert_eq!(summary.figures.validation, Score::own(*watched.last().unwrap()));
    assert_eq!((summary.figures.test, summary.figures.validation.measure), (None, Measure::Own));
    assert_eq!(summary.figures.forward_passes, u64::from(GENERATIONS) * 12, "two trials a pair");
    (summary.weights_sha256, watched)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_board_changes_nothing_and_the_journal_has_all() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| folder.path().join(name);
    let one = experiment(level(), GENERATIONS);
    let mut fleet = fleet_of(vec![board("one", Simulated)], &one, 20.0).await;
    let (expected, watched) = trained(one, &mut fleet, &run("one")).await;
    assert_eq!(watched.len(), 3);
    assert!(watched[2] > watched[0], "{watched:?}: it learns");
    for sync in [Sync::Scores, Sync::Delta, Sync::Weights] {
        // It is lost while it evaluates, or while it measures.
        for scores in [20, 41] {
            let two = eggroll_tests::synced(experiment(level(), GENERATIONS), sync);
            let dying = Dying(Arc::new(AtomicU32::new(scores)));
            let mut fleet =
                fleet_of(vec![board("dying", dying), board("other", Simulated)], &two, 20.0).await;
            let path = run(&format!("{sync:?}-{scores}"));
            assert_eq!(
                trained(two, &mut fleet, &path).await,
                (expected.clone(), watched.clone()),
                "{sync:?}"
            );
            assert_eq!(fleet.counts().lost, 1);
        }
    }
    // The journal alone leads to the same weights.
    let mut rebuilt = rebuild(&RunDirectory::open(&run("one")).unwrap()).unwrap();
    assert_eq!(sha256(rebuilt.replica.weights()), expected);
    // So does a run that is interrupted and resumed, which keeps what was watched.
    let half = experiment(level(), GENERATIONS);
    let mut fleet = fleet_of(vec![board("half", Simulated)], &half, 20.0).await;
    let trainer = Trainer::start(half, &run("half")).unwrap();
    let stopped = train_until(trainer, &mut fleet, |progress, _| progress.generation == 6).await.unwrap();
    assert_eq!(stopped.generations, 6);
    let (trainer, warning) = Trainer::resume(&run("half")).unwrap();
    assert_eq!(warning, None);
    let mut fleet = fleet_of(vec![board("again", Simulated)], trainer.experiment(), 20.0).await;
    let mut after = Vec::new();
    let tell = |progress: &Progress<'_>, _: &Fleet| {
        after = progress.rows.iter().map(|row| row.validation.value).collect();
    };
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), tell).await.unwrap();
    assert_eq!((summary.weights_sha256, after), (expected, watched));
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_of_another_task_or_none_are_refused() {
    let experiment = experiment(level(), GENERATIONS);
    let (setup, traffic) = (&experiment.setup, Arc::new(Traffic::default()));
    let refused = connect(board("other", Other), setup, &traffic).await.err().unwrap().to_string();
    assert_eq!(
        refused,
        "other: its own task is another, scored in mV, that of this run level, scored in mV: flash the same \
         firmware, or leave it out"
    );
    for (address, said) in [
        ("sim:1", "it has no task of its own: flash firmware that ends in eggroll_board::run_with_task"),
        ("cpu", "only a board can score its own task"),
        ("cuda-sim", "only a board can score its own task"),
    ] {
        let boards = addresses(address);
        let refused = gather(&boards, None, setup, &traffic).await.err().unwrap().to_string();
        assert!(refused.contains(said), "{refused}");
        let refused = own_task(&boards).await.err().unwrap().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

/// The image of an emulated board that has the controller's task, on a circuit that it computes.
fn image() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/target/thumbv7em-none-eabihf/release");
    target.join("mps2-an386-controller")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulated_board_trains_alike() {
    let folder = tempfile::tempdir().unwrap();
    let boards = addresses(&format!("qemu:mps2-an386,image={}", image().display()));
    let own = own_task(&boards).await.unwrap_or_else(|error| panic!("{error}: cargo xtask boards"));
    assert_eq!(own, level());
    let here = experiment(own.clone(), GENERATIONS);
    let mut fleet = fleet_of(vec![board("here", Simulated)], &here, 20.0).await;
    let expected = trained(here, &mut fleet, &folder.path().join("here")).await;
    for sync in [Sync::Cheapest, Sync::Delta] {
        let there = eggroll_tests::synced(experiment(own.clone(), GENERATIONS), sync);
        let setup = Arc::new(Setup::clone(&there.setup));
        let gathered = gather(&boards, None, &setup, &Arc::default()).await.unwrap();
        let mut fleet = gathered.into_fleet(Patience(Duration::from_secs(20)));
        let path = folder.path().join(format!("{sync:?}"));
        assert_eq!(trained(there, &mut fleet, &path).await, expected, "{sync:?}");
        let mut rebuilt = rebuild(&RunDirectory::open(&path).unwrap()).unwrap();
        assert_eq!(sha256(rebuilt.replica.weights()), expected.0);
    }
}
