//! Real runs that go wrong in every way the diagnostics know, and healthy ones that get no advice.

use eggroll_cli::report::{FindingKind, diagnose};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::digits;
use eggroll_host::run::{Config, Schedule};
use eggroll_host::train::Experiment;
use eggroll_tests::{experiment, fleet_of, sims, train_with};

const NODE: Node = Node { slots: 4, members: 8, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
const WEIGHT: Weight = Weight {
    pairs: 128,
    samples: 16,
    own_samples: false,
    rank: 1,
    sigma_shift: 4,
    noise: Noise::Sign,
    clip: 127,
    credit: CreditTo::Pair,
};

/// What advice a run gets while it goes on, each kind once.
async fn advised(estimator: Estimator, rate: f64, generations: u32) -> Vec<FindingKind> {
    let config = experiment(estimator, Optimizer::Residual, generations).config;
    let config = Config {
        schedule: Schedule::LearningRate((rate * 65536.0) as u32),
        evaluate_every: generations.div_ceil(100),
        model: "64-64-10".parse().unwrap(),
        seed: 1,
        ..config
    };
    let experiment = Experiment::new(config.clone(), digits().unwrap()).unwrap();
    let mut fleet = fleet_of(sims(2), &experiment, 5.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut kinds = Vec::new();
    let mut last = None;
    let watch = |progress: &eggroll_host::train::Progress<'_>, _: &eggroll_host::fleet::Fleet| {
        for finding in diagnose(&config, progress.rows) {
            if finding.is_advice() && !kinds.contains(&finding.kind) {
                kinds.push(finding.kind);
            }
        }
        last = progress.latest.cloned();
    };
    train_with(experiment, &mut fleet, &folder.path().join("run"), watch).await.unwrap();
    println!("{estimator:?}, rate {rate}: {kinds:?} at {last:?}");
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_runs_get_no_advice() {
    assert_eq!(advised(Estimator::Node(NODE), 0.6, 6000).await, []);
    assert_eq!(advised(Estimator::Weight(WEIGHT), 1.0, 150).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_that_is_too_small() {
    let kinds = advised(Estimator::Weight(Weight { sigma_shift: 12, ..WEIGHT }), 1.0, 60).await;
    assert!(kinds.contains(&FindingKind::Zero) && kinds.contains(&FindingKind::Chance), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_that_is_too_large() {
    let kinds = advised(Estimator::Node(Node { amplitude: 127, clip: 1, ..NODE }), 0.6, 300).await;
    println!("{kinds:?}");
    let kinds = advised(Estimator::Node(Node { amplitude: 127, ..NODE }), 0.6, 300).await;
    assert!(kinds.contains(&FindingKind::Clipped), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_are_too_large() {
    let kinds = advised(Estimator::Node(NODE), 60.0, 600).await;
    assert!(
        kinds.iter().any(|kind| [FindingKind::Saturated, FindingKind::WeightsAtLimit].contains(kind)),
        "{kinds:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_are_too_small() {
    let kinds = advised(Estimator::Node(NODE), 0.0001, 200).await;
    assert!(kinds.contains(&FindingKind::Still) && kinds.contains(&FindingKind::Chance), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_skipped() {
    let kinds = advised(Estimator::Node(Node { skip: Some(65_535), ..NODE }), 0.6, 60).await;
    assert!(kinds.contains(&FindingKind::Skipped), "{kinds:?}");
}
