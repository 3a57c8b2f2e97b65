//! Training is a pure function of configuration, seed and data, whoever evaluates it.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Plan};
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::{Link, sim};
use eggroll_host::run::RunDirectory;
use eggroll_host::train::{CancellationToken, Experiment, Trainer, rebuild};
use eggroll_tests::{
    environment, every_estimator, experiment, fleet_of, guided, sims, text_experiment, train, train_on,
};
use tokio::runtime::Builder;

const GENERATIONS: u32 = 40;

/// Final hashes of all configurations on the boards that `links` starts.
fn hashes(threads: usize, links: impl Fn(&Experiment) -> Vec<Link>) -> Vec<String> {
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let run = |(estimator, optimizer)| {
        let directory = tempfile::tempdir().unwrap();
        let experiment = experiment(estimator, optimizer, GENERATIONS);
        let path = directory.path().join("run");
        runtime
            .block_on(async {
                let links = links(&experiment);
                train(experiment, links, &path).await
            })
            .unwrap()
            .weights_sha256
    };
    every_estimator().into_iter().map(run).collect()
}

#[test]
fn any_number_of_boards_and_threads() {
    let one = hashes(1, |_| sims(1));
    let distinct: std::collections::BTreeSet<_> = one.iter().collect();
    assert_eq!(distinct.len(), 7, "seven configurations lead to seven models");
    assert_eq!(hashes(1, |_| sims(3)), one);
    assert_eq!(hashes(4, |_| sims(3)), one);
    assert_eq!(hashes(3, |_| sims(8)), one);
}

#[test]
fn boards_that_cannot_update_themselves_get_weights() {
    // Exactly enough to evaluate: too little for residuals or credit.
    let small = |experiment: &Experiment| {
        let needs = |updates| Plan::new(experiment.setup.run.clone(), updates).unwrap().needs();
        assert!(needs(false) < needs(true));
        sim("small", needs(false))
    };
    let one = hashes(2, |_| sims(1));
    assert_eq!(hashes(2, |experiment| vec![small(experiment)]), one);
    assert_eq!(hashes(2, |experiment| sims(2).into_iter().chain([small(experiment)]).collect()), one);
}

#[test]
fn the_hosts_own_cores() {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let hashes = |boards: &str| -> Vec<String> {
        let runs = every_estimator().into_iter().map(|(estimator, optimizer)| {
            let experiment = experiment(estimator, optimizer, GENERATIONS);
            runtime.block_on(train_on(boards, experiment, None, |_, _| {})).weights_sha256
        });
        let episodes = environment(EnvironmentKind::CartPole, 10);
        let episodes = runtime.block_on(train_on(boards, episodes, None, |_, _| {}));
        runs.chain([episodes.weights_sha256]).collect()
    };
    let boards = hashes("sim:2");
    assert_eq!(hashes("cpu"), boards);
    assert_eq!(hashes("cpu sim:3"), boards);
}

#[test]
fn the_hosts_own_cores_on_a_text() {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    // Enough slots and pairs that the host's update uses all cores, too.
    let node = Node { slots: 80, members: 3, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    let (pairs, samples, own_samples, noise) = (70, 1, true, Noise::NearNormal);
    let credit = CreditTo::Pair;
    let weight = Weight { pairs, samples, own_samples, rank: 2, sigma_shift: 4, noise, clip: 1, credit };
    for (estimator, optimizer) in [
        (Estimator::Node(node), Optimizer::Residual),
        (Estimator::Weight(weight), Optimizer::Vote { reference_rank_scale: true }),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let hash = |boards: &str| {
            let experiment = text_experiment(folder.path(), estimator, optimizer, 12);
            runtime.block_on(train_on(boards, experiment, None, |_, _| {})).weights_sha256
        };
        // Boards that update themselves by the firmware's own code would be out of step with any other host.
        let boards = hash("sim:2");
        assert_eq!(hash("cpu"), boards);
        assert_eq!(hash("sim:1 cpu"), boards);
    }
}

/// Without members there is nothing to evaluate: the host alone moves the weights, and boards follow. A board
/// that trains alone gets to the same weights.
#[test]
fn a_guide_that_nobody_teaches() {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let last = LayerSet::of([1]).unwrap();
    for (train, hidden) in [(LayerSet::ALL, true), (last, false)] {
        let run = || experiment(guided(0, train), Optimizer::Residual, GENERATIONS);
        let hash = |boards: &str| {
            let summary = runtime.block_on(train_on(boards, run(), None, |_, _| {}));
            assert_eq!(summary.figures.forward_passes, 13 * u64::from(GENERATIONS));
            summary.weights_sha256
        };
        let expected = hash("sim:1");
        assert_eq!(hash("cpu"), expected);
        assert_eq!(hash("sim:3"), expected);
        let folder = tempfile::tempdir().unwrap();
        let alone = runtime.block_on(async {
            let mut fleet = fleet_of(sims(1), &run(), 5.0).await;
            let mut trainer = Trainer::start(run(), &folder.path().join("run")).unwrap();
            trainer.autonomous(Some(7));
            trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await.unwrap()
        });
        assert_eq!(alone.weights_sha256, expected, "with hidden layers: {hidden}");
        let mut rebuilt = rebuild(&RunDirectory::open(&folder.path().join("run")).unwrap()).unwrap();
        assert_eq!(rebuilt.replica.weights_sha256(), expected);
    }
}

#[test]
fn another_seed_leads_elsewhere() {
    let (estimator, optimizer) = every_estimator()[0];
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let hash = |seed| {
        let mut config = experiment(estimator, optimizer, GENERATIONS).config;
        config.seed = seed;
        let data = eggroll_host::data::digits().unwrap();
        let experiment = Experiment::new(config, data).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run");
        runtime.block_on(async { train(experiment, sims(1), &path).await }).unwrap().weights_sha256
    };
    assert_ne!(hash(1), hash(2));
}
