//! Tests of the diagnostics.

use super::diagnostics::*;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::CreditTo;
use eggroll_firmware::estimator::weight::Weight;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::measure::{Chance, Score};
use eggroll_host::run::{Config, MetricsRow, Source};
use eggroll_host::run::{DataFingerprint, DataName, PerLayer, Preset, Samples, Schedule};

const CHANCE: Option<Chance> = Some(Chance { watched: 145, most_frequent: 15 });

fn config() -> Config {
    let node = Node { slots: 4, members: 8, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    Config {
        version: Config::version(),
        seed: 1,
        source: Source::Samples(Samples {
            start: None,
            name: DataName::Digits,
            holdout: Default::default(),
            validation: Default::default(),
            balance: false,
            loss: None,
            quantile: None,
            reading: Default::default(),
            preprocessing: None,
            data: DataFingerprint { rows: 100, features: 64, classes: 10, sha256: String::new() },
        }),
        model: "64-64-10".parse().unwrap(),
        generations: 100,
        evaluate_every: 1,
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(39_321),
        estimator: Estimator::Node(node),
        saturation: false,
    }
}

fn healthy() -> MetricsRow {
    MetricsRow {
        generation: 50,
        validation: Score::accuracy(0.8),
        kept: 0.5,
        moved: 0.02,
        zero: 0.2,
        clipped: 0.1,
        saturation: PerLayer(vec![0.01, 0.2]),
        weights_at_limit: 0.001,
        dead_relus: 0.05,
        ..MetricsRow::default()
    }
}

fn kinds(config: &Config, change: impl Fn(&mut MetricsRow)) -> Vec<FindingKind> {
    let mut row = healthy();
    change(&mut row);
    let rows = vec![row; LOOKS];
    assert_eq!(diagnose(config, CHANCE, &rows[1..]), [], "too few looks to judge");
    diagnose(config, CHANCE, &rows).iter().map(|finding| finding.kind).collect()
}

#[test]
fn every_rule_alone() {
    let of = |change: fn(&mut MetricsRow)| kinds(&config(), change);
    assert_eq!(of(|_| ()), []);
    assert_eq!(of(|row| row.saturation.0[1] = 0.9), [], "the outputs of a run that learns");
    assert_eq!(of(|row| (row.saturation.0[1], row.validation.value) = (0.9, 0.3)), [FindingKind::Saturated]);
    assert_eq!(of(|row| (row.saturation.0[1], row.validation.value) = (0.9, 0.95)), []);
    assert_eq!(of(|row| (row.saturation.0[0], row.validation.value) = (0.9, 0.95)), [FindingKind::Saturated]);
    assert_eq!(of(|row| row.clipped = 0.95), [FindingKind::Clipped]);
    assert_eq!(of(|row| row.zero = 0.99), [FindingKind::Zero]);
    assert_eq!(of(|row| row.kept = 0.0), [FindingKind::Overfitted]);
    assert_eq!(of(|row| (row.kept, row.validation.value) = (0.0, 0.99)), [FindingKind::Learnt]);
    assert_eq!(of(|row| (row.kept, row.validation.value) = (0.0, 0.26)), [FindingKind::Overfitted]);
    assert_eq!(of(|row| row.moved = 0.0), [FindingKind::Still]);
    assert_eq!(of(|row| row.weights_at_limit = 0.3), [FindingKind::WeightsAtLimit]);
    assert_eq!(of(|row| row.dead_relus = 0.7), [FindingKind::DeadRelus]);
    assert_eq!(of(|row| (row.dead_relus, row.validation.value) = (0.7, 0.95)), [], "a good run");
    assert_eq!(of(|row| (row.dead_relus, row.generation) = (0.7, 5)), [], "its first steps");
    assert_eq!(of(|row| row.saturated_states = 0.6), [FindingKind::SaturatedStates]);
    assert_eq!(of(|row| row.stuck_gates = 0.3), [FindingKind::StuckGates]);
    assert_eq!(of(|row| row.validation.value = 0.11), [FindingKind::Chance]);
    assert_eq!(of(|row| row.signal = Some(1.0)), [], "a run that learns");
    let noise = |row: &mut MetricsRow| (row.validation.value, row.signal) = (0.11, Some(1.0));
    assert_eq!(of(noise), [FindingKind::Noise, FindingKind::Chance]);
    assert_eq!(of(|row| (row.validation.value, row.signal) = (0.11, Some(1.5))), [FindingKind::Chance]);
    // At the end of a run weights do not move, and in its first steps it is no better than chance.
    assert_eq!(of(|row| (row.generation, row.moved) = (99, 0.0)), []);
    assert_eq!(of(|row| (row.generation, row.validation.value) = (9, 0.1)), []);
    assert_eq!(of(|row| (row.generation, row.validation.value) = (10, 0.1)), [FindingKind::Chance]);
}

#[test]
fn returns_have_rules_of_their_own() {
    let of = |kind: EnvironmentKind, returns: [f64; LOOKS + 1], change: fn(&mut MetricsRow)| {
        let preset = Preset::of(kind);
        let estimator = Estimator::Weight(preset.weight());
        let config = Config { source: Source::Environment(kind.into()), estimator, ..config() };
        let mut row = MetricsRow { kept: 1.0, ..healthy() };
        change(&mut row);
        let rows = returns.map(|value| MetricsRow { validation: Score::mean_return(value), ..row.clone() });
        diagnose(&config, None, &rows)
    };
    let (pole, acrobot) = (EnvironmentKind::CartPole, EnvironmentKind::Acrobot);
    let kinds = |findings: Vec<Finding>| findings.iter().map(|finding| finding.kind).collect::<Vec<_>>();
    assert_eq!(kinds(of(pole, [20.0, 60.0, 80.0, 200.0], |_| ())), []);
    // Actions at their limits are not a fault.
    assert_eq!(kinds(of(pole, [20.0, 60.0, 80.0, 200.0], |row| row.saturation.0[1] = 1.0)), []);
    assert_eq!(kinds(of(pole, [20.0, 9.0, 9.0, 20.0], |_| ())), [FindingKind::Chance]);
    // Clipped returns are reported only if nothing is learned.
    assert_eq!(kinds(of(pole, [20.0, 60.0, 80.0, 200.0], |row| row.clipped = 0.95)), []);
    let clipped = of(pole, [20.0, 9.0, 9.0, 20.0], |row| row.clipped = 0.95);
    assert_eq!(kinds(clipped), [FindingKind::Clipped, FindingKind::Chance]);
    let learnt = of(pole, [20.0, 500.0, 500.0, 500.0], |row| (row.zero, row.moved) = (0.95, 0.0));
    assert!(!learnt[0].is_advice() && learnt[0].line().contains("largest return"), "{learnt:?}");
    assert_eq!(kinds(learnt), [FindingKind::Learnt]);
    // A run that is good from the first validation on is not stuck, but one whose members all have the
    // worst return is.
    assert_eq!(kinds(of(pole, [500.0; 4], |row| row.zero = 0.95)), [FindingKind::Learnt]);
    let flat = of(acrobot, [-500.0; 4], |row| row.zero = 1.0);
    assert!(flat[1].seen.contains("-500.0"), "{flat:?}");
    assert_eq!(kinds(flat), [FindingKind::Zero, FindingKind::Chance]);
}

#[test]
fn what_is_skipped_says_whether_it_was_learned() {
    let mut config = config();
    // Few rows are watched: nobody can tell whether others are answered as well.
    let rows = vec![MetricsRow { kept: 0.0, ..healthy() }; LOOKS];
    assert_eq!(diagnose(&config, Some(Chance { watched: 9, most_frequent: 3 }), &rows), []);
    if let Estimator::Node(node) = &mut config.estimator {
        node.skip = Some(40);
    }
    assert_eq!(kinds(&config, |row| row.kept = 0.0), [FindingKind::Skipped]);
}

#[test]
fn a_pair_whose_credit_is_noise_is_told_of_samples() {
    let noise = |row: &mut MetricsRow| (row.validation.value, row.signal) = (0.11, Some(1.0));
    for (credit, word) in [(CreditTo::Pair, "--credit sample"), (CreditTo::Sample, "--estimator node")] {
        let weight = Weight { credit, ..Preset::of(EnvironmentKind::CartPole).weight() };
        let config = Config { estimator: Estimator::Weight(weight), ..config() };
        let mut row = MetricsRow { kept: 1.0, ..healthy() };
        noise(&mut row);
        let findings = diagnose(&config, CHANCE, &vec![row; LOOKS]);
        let noise = findings.iter().find(|finding| finding.kind == FindingKind::Noise);
        assert!(noise.is_some_and(|noise| noise.advice.contains(word)), "{findings:?}");
    }
}

#[test]
fn a_vote_is_no_clipped_difference() {
    let mut config = config();
    if let Estimator::Node(node) = &mut config.estimator {
        node.clip = 1;
    }
    assert_eq!(kinds(&config, |row| row.clipped = 1.0), []);
}

#[test]
fn advice_names_flags_and_good_news_none() {
    let row = MetricsRow { clipped: 0.9, ..healthy() };
    let line = diagnose(&config(), CHANCE, &vec![row; LOOKS])[0].line();
    assert!(line.contains("90 %") && line.contains("--amplitude"), "{line}");
    let row = MetricsRow { kept: 0.0, validation: Score::accuracy(1.0), ..healthy() };
    assert!(!diagnose(&config(), CHANCE, &vec![row; LOOKS])[0].is_advice());
}
