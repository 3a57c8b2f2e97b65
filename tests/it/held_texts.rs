//! Boards that learn a text alone: the weights are those of a run whose host reads the text.

use async_trait::async_trait;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Pace, Plan};
use eggroll_firmware::update::Optimizer;
use eggroll_host::evaluate::{Alone, Evaluator, Lost};
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::link::{Link, SIM_ARENA, sim};
use eggroll_host::fleet::{Connector, Fleet, FleetError, Patience, Traffic, connect};
use eggroll_host::train::{CancellationToken, Experiment, Progress, Trainer};
use eggroll_host::update::{Generation, Sync};
use eggroll_tests::{
    ENDLESS, fleet_of, for_boards_alone, forgetful, hash_after, sims, synced, text_experiment, train,
    train_until,
};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const GENERATIONS: u32 = 24;

type Settings = (Estimator, Optimizer);

/// Text without members, by either optimiser; with members; and by whole answers. Two streams each.
pub(crate) fn settings() -> [Settings; 4] {
    let node = Node { slots: 10, members: 3, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    let guided = Estimator::Guided(Guided {
        node: Node { members: 0, clip: 127, skip: None, ..node },
        member_slots: 1,
        residual_weight: 0,
        guide_scale: 256,
        train: LayerSet::ALL,
    });
    let weight = Weight {
        pairs: 4,
        samples: 2,
        own_samples: false,
        rank: 1,
        sigma_shift: 4,
        noise: Noise::Sign,
        clip: 127,
        credit: CreditTo::Pair,
    };
    [
        (guided, Optimizer::Residual),
        (guided, Optimizer::Vote { reference_rank_scale: false }),
        (Estimator::Node(node), Optimizer::Residual),
        (Estimator::Weight(weight), Optimizer::Residual),
    ]
}

fn run(folder: &Path, (estimator, optimizer): Settings, generations: u32) -> Experiment {
    for_boards_alone(text_experiment(folder, estimator, optimizer, generations))
}

/// The hash of a run whose host reads the text.
async fn plain(settings: Settings) -> String {
    let folder = tempfile::tempdir().unwrap();
    let experiment = text_experiment(folder.path(), settings.0, settings.1, GENERATIONS);
    train(experiment, sims(1), &folder.path().join("run")).await.unwrap().weights_sha256
}

/// The hash of a run that boards behind these links train alone, `count` generations at a time.
async fn alone(settings: Settings, links: Vec<Link>, count: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let experiment = run(folder.path(), settings, GENERATIONS);
    let mut fleet = fleet_of(links, &experiment, 5.0).await;
    let mut trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
    trainer.autonomous(Some(count));
    trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap().weights_sha256
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_alone_learns_the_same() {
    for settings in settings() {
        let expected = plain(settings).await;
        for count in [1, 7, 1000] {
            assert_eq!(alone(settings, sims(2), count).await, expected, "{count} at a time");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_reset_changes_nothing() {
    for settings in settings() {
        let expected = plain(settings).await;
        // Text, weights and residuals are some 50 requests, of which a vote has no residuals: it is reset
        // while they come, and while it trains.
        let lives =
            if settings.1 == Optimizer::Residual { &[20, 62, usize::MAX] } else { &[10, 32, usize::MAX] };
        let board = forgetful("forgetful", lives);
        assert_eq!(alone(settings, vec![board.link], 1).await, expected);
        assert_eq!(board.resets.load(Ordering::Relaxed), 2);
    }
}

/// A board that is gone after some reports.
struct Dies {
    inner: Arc<dyn Evaluator>,
    left: AtomicU32,
}

#[async_trait]
impl Evaluator for Dies {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn most_units(&self) -> u32 {
        self.inner.most_units()
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        self.inner.evaluate(generation, units).await
    }

    fn trains_alone(&self) -> bool {
        true
    }

    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(Lost { name: self.name().to_owned(), reason: "unplugged".to_owned() });
        }
        self.inner.train(generation, count, pace).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_is_replaced_in_the_middle() {
    for settings in settings() {
        let expected = plain(settings).await;
        let folder = tempfile::tempdir().unwrap();
        let experiment = run(folder.path(), settings, GENERATIONS);
        let traffic = Arc::default();
        let inner = connect(sim("dies", SIM_ARENA), &experiment.setup, &traffic).await.unwrap();
        let stays = connect(sim("stays", SIM_ARENA), &experiment.setup, &traffic).await.unwrap();
        let dies = Dies { inner, left: AtomicU32::new(3) };
        let mut fleet = Fleet::new(vec![Arc::new(dies), stays], Patience(Duration::from_secs(5)));
        let mut trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
        trainer.autonomous(Some(4));
        let mut lost_in = Vec::new();
        let tell = |progress: &Progress<'_>, fleet: &Fleet| {
            if fleet.counts().lost == 1 {
                lost_in.push(progress.generation);
            }
        };
        let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), tell).await.unwrap();
        assert_eq!(summary.weights_sha256, expected);
        let first = lost_in.first().copied().unwrap_or(0);
        assert!((4..GENERATIONS).contains(&first), "lost in generation {first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_line_that_loses_frames() {
    for settings in [settings()[0], settings()[2]] {
        let folder = tempfile::tempdir().unwrap();
        let experiment = run(folder.path(), settings, ENDLESS);
        let traffic = Arc::new(Traffic::default());
        let injection = Injection::new("drop=0.05,flip=0.02,dup=0.05".parse().unwrap(), 5);
        let open = || sim("lossy", SIM_ARENA);
        let mut lossy = Connector::new(open, &experiment.setup, &traffic).with_faults(injection, 0);
        let board = lossy.connect().await.unwrap().0;
        let mut fleet = Fleet::new(vec![board], Patience(Duration::from_secs(5)));
        let mut trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
        trainer.autonomous(Some(5));
        let summary = train_until(trainer, &mut fleet, |progress, _| {
            progress.generation >= GENERATIONS && traffic.injected.dropped.load(Ordering::Relaxed) > 0
        });
        let summary = summary.await.unwrap();
        let again = text_experiment(folder.path(), settings.0, settings.1, ENDLESS);
        let expected = hash_after(again, summary.generations, &folder.path().join("again")).await;
        assert_eq!(summary.weights_sha256, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_resumed_on_another_board() {
    for settings in settings() {
        let expected = plain(settings).await;
        let folder = tempfile::tempdir().unwrap();
        let experiment = run(folder.path(), settings, GENERATIONS);
        let (setup, path) = (Arc::clone(&experiment.setup), folder.path().join("run"));
        let mut fleet = fleet_of(sims(1), &experiment, 5.0).await;
        let mut trainer = Trainer::start(experiment, &path).unwrap();
        trainer.autonomous(Some(3));
        let half = train_until(trainer, &mut fleet, |progress, _| progress.generation >= 10).await.unwrap();
        assert!((10..GENERATIONS).contains(&half.generations), "{}", half.generations);
        let other = connect(sim("other", SIM_ARENA), &setup, &Arc::default()).await.unwrap();
        let mut fleet = Fleet::new(vec![other], Patience(Duration::from_secs(5)));
        let (mut trainer, damage) = Trainer::resume(&path).unwrap();
        assert_eq!((damage, trainer.generation()), (None, half.generations));
        trainer.autonomous(Some(3));
        let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap();
        assert_eq!(summary.weights_sha256, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_the_room_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = run(folder.path(), settings()[0], 3);
    let setup = Arc::clone(&experiment.setup);
    let needs = Plan::new(setup.run_of_boards(), true).unwrap().needs();
    let without = Plan::new(setup.run.clone(), true).unwrap().needs();
    assert_eq!(needs - without, (setup.text.len() as u64).next_multiple_of(8), "the text is what is more");
    let refused = connect(sim("small", needs - 8), &setup, &Arc::default()).await.err().unwrap().to_string();
    let text = format!("the text {}", needs - without);
    for part in [&*needs.to_string(), &*text, "--streams", "--context", "a shorter text"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert!(connect(sim("enough", needs), &setup, &Arc::default()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_board_trains_alone_on_a_text_that_it_has_not_got() {
    let folder = tempfile::tempdir().unwrap();
    let (estimator, optimizer) = settings()[2];
    let experiment = synced(text_experiment(folder.path(), estimator, optimizer, 3), Sync::Scores);
    let mut fleet = fleet_of(sims(1), &experiment, 1.0).await;
    let mut trainer = Trainer::start(experiment, &folder.path().join("run")).unwrap();
    trainer.autonomous(Some(2));
    let error = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap_err();
    assert!(error.to_string().contains(&FleetError::NoneAlone.to_string()), "{error}");
    assert_eq!(fleet.counts().lost, 0);
}
