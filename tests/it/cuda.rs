//! Runs whose members are evaluated by the CUDA kernels: the same weights.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{LayerSet, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::run::{Source, StartWeights, TrainedModel, Weights, write_weights};
use eggroll_host::train::Experiment;
use eggroll_tests::{
    digits_experiment, environment, every_estimator, experiment, guided, some_digits, text_experiment,
    train_on, windows_experiment,
};
use std::path::Path;
use tokio::runtime::Builder;

const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

fn hash(boards: &str, experiment: Experiment) -> String {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(train_on(boards, experiment, None, |_, _| {})).weights_sha256
}

fn node(slots: u32, antithetic: bool) -> Estimator {
    Estimator::Node(Node { slots, members: 3, amplitude: 4, clip: 7, skip: Some(1), antithetic })
}

fn weight(pairs: u32, rank: u8, noise: Noise) -> Estimator {
    let (samples, own_samples, sigma_shift, clip) = (2, true, 4, 100);
    let credit = CreditTo::Pair;
    Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit })
}

/// A run that trains some layers of a convolutional model whose first `front` layers are frozen, and run once
/// a sample.
fn behind_front(folder: &Path, members: u32, train: LayerSet, front: u32) -> Experiment {
    let mut config = windows_experiment(guided(members, train), Optimizer::Residual, 4).config;
    let program = Program::new(&config.model.description().unwrap()).unwrap();
    let mut values = vec![0; program.parameters()];
    program.initialize(3, &mut values);
    let file = folder.join("trained.safetensors");
    let weights = Weights { values, generation: 0, run: None, threshold: None };
    write_weights(&file, &program, &config.model.to_string(), &weights).unwrap();
    let start = StartWeights { front, ..TrainedModel::read(&file).unwrap().start };
    let Source::Samples(samples) = &mut config.source else { panic!("a run without samples") };
    samples.start = Some(start);
    Experiment::new(config, some_digits()).unwrap()
}

#[test]
#[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: there was no C++ compiler when it was built")]
fn simulated_gpus() {
    for (estimator, optimizer) in every_estimator() {
        let run = || experiment(estimator, optimizer, 12);
        let expected = hash("sim:2", run());
        assert_eq!(hash("cuda-sim", run()), expected, "{estimator:?}");
        // Their members are split: only scores cross.
        assert_eq!(hash("cuda-sim:2", run()), expected, "{estimator:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (estimator, optimizer) in [
        (node(20, false), Optimizer::Residual),
        (weight(9, 4, Noise::NearNormal), VOTE),
        (weight(9, 1, Noise::Sign), VOTE),
    ] {
        let run = || text_experiment(folder.path(), estimator, optimizer, 6);
        let expected = hash("sim:2", run());
        assert_eq!(hash("cuda-sim:2 cpu sim", run()), expected, "{estimator:?}");
        assert_eq!(hash("cuda-sim cuda-sim", run()), expected, "{estimator:?}");
    }
    // Pairs enough that the update is worth a device's help.
    for noise in [Noise::Sign, Noise::NearNormal] {
        let run = || experiment(weight(70, 2, noise), Optimizer::Residual, 4);
        assert_eq!(hash("cuda-sim", run()), hash("sim", run()), "{noise:?}");
        // And the states that the base model carries on.
        let run = || text_experiment(folder.path(), weight(70, 1, noise), VOTE, 3);
        assert_eq!(hash("cuda-sim", run()), hash("sim", run()), "{noise:?}");
    }
    // Windows, a depthwise layer, branches and a pool.
    for (estimator, optimizer) in every_estimator() {
        let run = || windows_experiment(estimator, optimizer, 4);
        assert_eq!(hash("cuda-sim:2", run()), hash("sim:2", run()), "{estimator:?}");
    }
    // Behind its first layer, with layers between that are frozen as well; and its last layer alone.
    for (members, train, front) in [(2, vec![1, 6], 1), (0, vec![6], 6)] {
        let run = || behind_front(folder.path(), members, LayerSet::of(train.clone()).unwrap(), front);
        assert_eq!(hash("cuda-sim:2", run()), hash("sim:2", run()), "{train:?}");
    }
    // What the kernels do not know is left to the host's cores.
    let episodes = || environment(EnvironmentKind::CartPole, 4);
    assert_eq!(hash("cuda-sim", episodes()), hash("sim", episodes()));
}

/// A text run at a size of nano-egg's.
fn large(folder: &Path, estimator: Estimator, optimizer: Optimizer) -> Experiment {
    let mut config = text_experiment(folder, estimator, optimizer, 20).config;
    config.model = "egg:D=256,L=6,V=256".parse().unwrap();
    Experiment::load(config).unwrap()
}

#[test]
#[ignore = "needs a GPU: cargo test -p eggroll-tests cuda -- --ignored"]
fn gpus() {
    let folder = tempfile::tempdir().unwrap();
    let noises = [Noise::Sign, Noise::NearNormal];
    let weights = noises.into_iter().flat_map(|noise| [1, 4].map(|rank| weight(64, rank, noise)));
    let estimators: Vec<Estimator> = weights.chain([node(80, false), node(80, true)]).collect();
    for &estimator in &estimators {
        let digits = || digits_experiment(estimator, Optimizer::Residual, 20);
        let text = || large(folder.path(), estimator, VOTE);
        let windows = || windows_experiment(estimator, Optimizer::Residual, 20);
        let all = |boards: &str| [hash(boards, digits()), hash(boards, text()), hash(boards, windows())];
        let expected = all("cpu");
        for boards in ["cuda", "cuda cuda"] {
            assert_eq!(all(boards), expected, "{boards} {estimator:?}");
        }
    }
}
