//! Real runs that go wrong in every way the diagnostics know, and healthy ones that get no advice.

use eggroll_cli::report::{FindingKind, Hint, Hints};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::run::{Config, DataFingerprint, DataPreset, Samples, Schedule, Source};
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

/// What advice a run on the digits gets while it goes on, each kind once.
async fn advised(estimator: Estimator, rate: f64, generations: u32) -> Vec<FindingKind> {
    let hints = hints(digits().unwrap(), estimator, rate, generations, 1).await;
    hints.iter().map(|hint| hint.finding.kind).collect()
}

/// The hints of a run on this data.
async fn hints(data: Dataset, estimator: Estimator, rate: f64, generations: u32, seed: u32) -> Vec<Hint> {
    let config = experiment(estimator, Optimizer::Residual, generations).config;
    let config = Config {
        schedule: Schedule::LearningRate((rate * 65536.0) as u32),
        evaluate_every: generations.div_ceil(100),
        model: "64-64-10".parse().unwrap(),
        seed,
        ..config
    };
    let config = match config.source {
        Source::Samples(samples) => {
            let samples = Samples { data: DataFingerprint::from(&data), ..samples };
            Config { source: Source::Samples(samples), ..config }
        }
        _ => config,
    };
    let experiment = Experiment::new(config.clone(), data).unwrap();
    let mut hints = Hints::new(&config, experiment.chance());
    let mut fleet = fleet_of(sims(2), &experiment, 5.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut last = None;
    let watch = |progress: &eggroll_host::train::Progress<'_>, _: &eggroll_host::fleet::Fleet| {
        hints.look(progress.rows);
        last = progress.latest.cloned();
    };
    train_with(experiment, &mut fleet, &folder.path().join("run"), watch).await.unwrap();
    println!("{estimator:?}, rate {rate}: {:?} at {last:?}", hints.given());
    hints.given().to_vec()
}

/// The settings that the program chooses.
fn default_settings() -> (Estimator, f64, u32) {
    let preset = DataPreset::of(2, None);
    (Estimator::Guided(preset.guided), f64::from(preset.rate) / 65536.0, preset.generations)
}

/// When a hint of a kind was given.
fn when(hints: &[Hint], kind: FindingKind) -> Option<u32> {
    hints.iter().find(|hint| hint.finding.kind == kind).map(|hint| hint.generation)
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_runs_get_no_advice() {
    assert_eq!(advised(Estimator::Node(NODE), 0.6, 6000).await, []);
    assert_eq!(advised(Estimator::Weight(WEIGHT), 1.0, 150).await, []);
    let (estimator, rate, generations) = default_settings();
    assert_eq!(advised(estimator, rate, generations).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stays_at_chance_is_noticed_after_a_tenth() {
    let (estimator, rate, generations) = default_settings();
    let hints = hints(digits().unwrap(), estimator, 20.0 * rate, generations, 1).await;
    let when = when(&hints, FindingKind::Chance);
    assert!(when.is_some_and(|when| (generations / 10..=generations / 5).contains(&when)), "{hints:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_are_not_centred() {
    let all = digits().unwrap();
    let far: Vec<i8> = (0..all.len()).flat_map(|row| all.row(row).to_vec()).map(|x| x + 90).collect();
    let labels = (0..all.len()).map(|row| all.label(row)).collect();
    let data = Dataset::new("digits", far, labels, all.preprocessing.clone()).unwrap();
    let (estimator, rate, generations) = default_settings();
    let hints = hints(data, estimator, rate, generations, 1).await;
    let chance = hints.iter().find(|hint| hint.finding.kind == FindingKind::Chance);
    let chance = chance.unwrap_or_else(|| panic!("{hints:?}"));
    assert!((generations / 10..=generations / 5).contains(&chance.generation), "{hints:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_falls_back_is_noticed() {
    let (estimator, rate, generations) = default_settings();
    let hints = hints(digits().unwrap(), estimator, 9.0 * rate, generations, 2).await;
    let hint = hints.iter().find(|hint| hint.finding.kind == FindingKind::FellBack);
    let hint = hint.unwrap_or_else(|| panic!("{hints:?}"));
    assert!(hint.finding.advice.contains("--lr") && hint.finding.seen.contains("145 samples"), "{hint:?}");
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
