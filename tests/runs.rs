use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, digits};
use eggroll_host::error::Error;
use eggroll_host::evaluate::Evaluator;
use eggroll_host::fleet::link::{Link, SIM_ARENA, sim};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect};
use eggroll_host::run::{Config, DataFingerprint, DataName, Preset, Samples, Schedule, Source};
use eggroll_host::train::{Experiment, Progress, Summary, Trainer};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What a run ends with.
pub type Outcome = Result<Summary, Error>;

/// A configuration of either estimator with every kind of odd size: 13 slots of 5 members, 21 pairs of rank 3.
pub fn both_estimators() -> [(Estimator, Optimizer); 5] {
    let vote = Optimizer::Vote { reference_rank_scale: false };
    let node = |antithetic| {
        Estimator::Node(Node { slots: 13, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic })
    };
    let weight = |noise, clip, credit| {
        let (pairs, samples, own_samples) = (21, 7, clip == 1);
        Estimator::Weight(Weight {
            pairs,
            samples,
            own_samples,
            rank: 3,
            sigma_shift: 4,
            noise,
            clip,
            credit,
        })
    };
    [
        (node(false), Optimizer::Residual),
        (node(true), vote),
        (weight(Noise::Sign, 127, CreditTo::Pair), Optimizer::Residual),
        (weight(Noise::NearNormal, 1, CreditTo::Pair), vote),
        (weight(Noise::Sign, 7, CreditTo::Sample), Optimizer::Residual),
    ]
}

/// A short run on the digits.
pub fn experiment(estimator: Estimator, optimizer: Optimizer, generations: u32) -> Experiment {
    let data = digits().expect("the digits are built in");
    let schedule = match optimizer {
        Optimizer::Residual => Schedule::LearningRate(26_214),
        Optimizer::Vote { .. } => Schedule::Alpha(2 << 16),
    };
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Samples(Samples {
            name: DataName::Digits,
            holdout: Fraction::from_parts(2000).unwrap_or_default(),
            validation: Fraction::from_parts(1000).unwrap_or_default(),
            data: DataFingerprint::from(&data),
        }),
        model: "64-20-10+bias".parse().expect("a model"),
        generations,
        evaluate_every: 10,
        optimizer,
        schedule,
        estimator,
    };
    Experiment::new(config, data).expect("a run that fits its data")
}

/// A run in an environment: the settings that the program takes, a few pairs a generation.
pub fn environment(kind: EnvironmentKind, generations: u32) -> Experiment {
    let preset = Preset { pairs: 13, generations, ..Preset::of(kind) };
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Environment(kind),
        model: preset.model().expect("a model"),
        generations,
        evaluate_every: 10,
        optimizer: Optimizer::Residual,
        schedule: preset.schedule(),
        estimator: Estimator::Weight(preset.weight()),
    };
    Experiment::load(config).expect("a run that fits its environment")
}

/// Links to simulated boards.
pub fn sims(count: usize) -> Vec<Link> {
    (0..count).map(|number| sim(&format!("sim-{number}"), SIM_ARENA)).collect()
}

/// A fleet of the boards behind these links, prepared for a run; `patience` in seconds.
pub async fn fleet_of(links: Vec<Link>, experiment: &Experiment, patience: f64) -> Fleet {
    let traffic = Arc::new(Traffic::default());
    let mut boards: Vec<Arc<dyn Evaluator>> = Vec::new();
    for link in links {
        boards.push(connect(link, &experiment.setup, &traffic).await.expect("a board that takes the run"));
    }
    Fleet::new(boards, Patience(Duration::from_secs_f64(patience)))
}

/// Trains in `directory` on the boards behind these links.
pub async fn train(experiment: Experiment, links: Vec<Link>, directory: &Path) -> Outcome {
    let mut fleet = fleet_of(links, &experiment, 5.0).await;
    train_with(experiment, &mut fleet, directory, |_, _| ()).await
}

/// Trains in `directory` on a fleet, telling of every generation.
pub async fn train_with(
    experiment: Experiment,
    fleet: &mut Fleet,
    directory: &Path,
    tell: impl FnMut(&Progress<'_>, &Fleet),
) -> Outcome {
    let trainer = Trainer::start(experiment, directory)?;
    trainer.train(fleet, None, &AtomicBool::new(false), tell).await
}
