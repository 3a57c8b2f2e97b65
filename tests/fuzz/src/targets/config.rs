use crate::memory;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Plan};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, Preprocessing};
use eggroll_host::run::{Config, DataFingerprint, DataName, Preset, Samples, Schedule, Source, StartWeights};

/// A `config.toml`: an error, or a configuration that comes back from its own text and makes a run or none.
///
/// Heap: 256 KiB (nesting, up to the depth at which the TOML reader stops), and 256 bytes for each of the
/// text (it collects every fault, also those of a key of nothing but dots).
pub fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(config) = memory::within((256 << 10) + 256 * text.len(), || Config::from_toml(&text)) else {
        return;
    };
    let written = config.to_toml().expect("every value has a form in TOML");
    let again = Config::from_toml(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!((&again, again.difference(&config)), (&config, None), "{written}");
    for samples in [0, 100, usize::MAX] {
        if let Ok(run) = config.run(samples) {
            let _ = Plan::new(run, true).map(|plan| plan.needs());
        }
    }
}

pub(super) const WORDS: &[&str] = &[
    "\n",
    "=",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "\"",
    "'",
    "\"\"\"",
    ".",
    "#",
    "\\u0000",
    "0",
    "-1",
    "4294967295",
    "4294967296",
    "1e9",
    "nan",
    "true",
    "version",
    "task",
    "model",
    "digits",
    "csv:a",
    "cartpole",
    "\"64-64-10+bias\"",
    "node",
    "weight",
    "near-normal",
    "residual",
    "vote",
    "learning-rate",
    "alpha",
    "q",
    "inf",
    "1979-05-27",
    "estimator",
    "schedule",
];

/// Configurations of both estimators, and one of an environment.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let schedules = [Schedule::LearningRate(26_214), Schedule::Alpha(2 << 16), Schedule::Q(9)];
    let of = |(place, (estimator, optimizer))| {
        let config = Config {
            version: Config::version(),
            seed: place as u32,
            source: Source::Samples(Samples {
                name: if place == 0 { DataName::Digits } else { DataName::Csv("a \"b\".csv".into()) },
                holdout: Fraction::from_parts(2000).unwrap_or_default(),
                validation: Fraction::from_parts(place as u32).unwrap_or_default(),
                balance: place == 2,
                loss: [None, Some(Loss::Squared), Some(Loss::Absolute)][place % 3],
                quantile: None,
                reading: Default::default(),
                preprocessing: (place > 0).then(|| Preprocessing::as_is(4, 2).into()),
                data: DataFingerprint { rows: 5, features: 4, classes: 2, sha256: "00".to_owned() },
                start: (place == 1).then(|| StartWeights {
                    head: None,
                    file: "a.safetensors".into(),
                    sha256: "00".to_owned(),
                    front: 1,
                }),
            }),
            model: if place == 1 { "64-20-10+bias" } else { "4-2" }.parse().expect("a model"),
            generations: 100,
            evaluate_every: 10,
            optimizer,
            schedule: schedules[place % 3],
            estimator,
            saturation: false,
        };
        config.to_toml().expect("every value has a form in TOML").into_bytes()
    };
    let preset = Preset::of(EnvironmentKind::Pendulum);
    let environment = Config {
        version: Config::version(),
        seed: 3,
        source: Source::Environment(preset.kind.into()),
        model: preset.model().expect("a model"),
        generations: preset.generations,
        evaluate_every: preset.evaluate_every(),
        optimizer: Optimizer::Residual,
        schedule: preset.schedule(),
        estimator: Estimator::Weight(preset.weight()),
        saturation: false,
    };
    let environment = environment.to_toml().expect("every value has a form in TOML").into_bytes();
    crate::generate::example_runs().into_iter().enumerate().map(of).chain([environment]).collect()
}
