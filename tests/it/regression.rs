//! Regression from end to end: the same weights on whatever evaluates it, and models that predict.

use eggroll_firmware::task::Loss;
use eggroll_firmware::train::{Estimator, Plan};
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::sim;
use eggroll_host::measure::{Measure, RegressionErrors};
use eggroll_host::run::{Config, DataPreset, RunDirectory, read_weights};
use eggroll_host::train::{CancellationToken, Material, Trainer};
use eggroll_tests::{every_estimator, fleet_of, regression_experiment, sims, train, train_on};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Every estimator with every loss that it has.
fn cases() -> Vec<(Loss, Estimator, Optimizer)> {
    let with = |loss| every_estimator().map(|(estimator, optimizer)| (loss, estimator, optimizer));
    let all = [Loss::Squared, Loss::Absolute].map(with).concat();
    let has = |(loss, estimator, _): &(Loss, Estimator, Optimizer)| {
        *loss == Loss::Squared || !matches!(estimator, Estimator::Guided(_))
    };
    all.into_iter().filter(has).collect()
}

#[test]
fn whoever_evaluates_a_regression() {
    let runtime = runtime();
    for (loss, estimator, optimizer) in cases() {
        let experiment = || regression_experiment(loss, estimator, optimizer, 20);
        let hash =
            |boards: &str| runtime.block_on(train_on(boards, experiment(), None, |_, _| {})).weights_sha256;
        let expected = hash("sim:1");
        assert_eq!(hash("sim:3"), expected, "{loss:?} {estimator:?}");
        assert_eq!(hash("cpu sim:1"), expected, "{loss:?} {estimator:?}");
        // A board that has no room to update itself.
        let needs = Plan::new(experiment().setup.run.clone(), false).unwrap().needs();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let small = async { train(experiment(), vec![sim("small", needs)], &path).await };
        assert_eq!(runtime.block_on(small).unwrap().weights_sha256, expected, "{loss:?} {estimator:?}");
    }
}

#[test]
fn a_board_alone_learns_to_predict() {
    let preset = DataPreset::of_regression(2, 4000);
    let experiment = || {
        let estimator = Estimator::Guided(preset.guided);
        regression_experiment(Loss::Squared, estimator, Optimizer::Residual, 600)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let summary = runtime().block_on(async {
        let mut fleet = fleet_of(sims(1), &experiment(), 5.0).await;
        let mut trainer = Trainer::start(experiment(), &path).unwrap();
        trainer.autonomous(Some(50));
        trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap()
    });
    let test = summary.figures.test.unwrap();
    assert_eq!(test.measure, Measure::R2);
    assert!(test.value > 0.8, "{test}");
    let directory = RunDirectory::open(&path).unwrap();
    let config = directory.started_with().unwrap();
    assert_eq!(Config::from_toml(&config.to_toml().unwrap()).unwrap(), config);
    let rows = directory.metrics_rows(Some(experiment().setup.identity), Measure::R2);
    assert!(rows.last().unwrap().validation.value > 0.8);
    // A step of a target is 4 raw units, and their standard deviation is about 130.
    let experiment = experiment();
    let Material::Samples { data, split, .. } = &experiment.material else { panic!("no samples") };
    let weights = read_weights(&directory.weights(), &experiment.program).unwrap();
    let errors = RegressionErrors::of(&experiment.program, &weights.values, data, &split.test).unwrap();
    assert_eq!(errors.score(), test);
    assert!(errors.columns.iter().all(|column| column.mean_absolute < column.root_mean_squared));
    assert!(errors.columns.iter().all(|column| column.root_mean_squared < 100.0), "{errors:?}");
}
