//! The values of the flags of `eggroll-host train`, as they are typed.

use clap::ValueEnum;
use eggroll_firmware::task::reward::MAX_TEMPERATURE;
use eggroll_host::data::input::{STDIN, expanded};
use eggroll_host::run::{ModelName, ModelNameError, TaskName, UnknownTask};
use fixed::types::U16F16;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// `--estimator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EstimatorName {
    /// Perturbs activations and credits each sample: for data
    Node,
    /// Perturbs weights and has one score a pair (EGGROLL): for any fitness
    Weight,
}

/// `--optimizer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OptimizerName {
    /// Weights move by accumulated credit
    Residual,
    /// Weights move by one where the votes are clear
    Vote,
}

/// `--credit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CreditName {
    /// One fitness a pair, credited to its whole perturbation (EGGROLL)
    Pair,
    /// One fitness a pair and sample, credited to that sample's activations
    Sample,
}

/// `--saturation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SaturationName {
    /// A node at +-127 gets no credit that would push it further out
    On,
    /// It does, as in the plain form of the estimators
    Off,
}

/// `--temperature` of a training: sixteenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Temperature(u8);

impl Temperature {
    /// The number of sixteenths.
    pub(super) const fn sixteenths(self) -> u8 {
        self.0
    }
}

impl FromStr for Temperature {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sixteenths = text.parse().ok().map(|number: f64| 16.0 * number);
        sixteenths
            .filter(|of| (0.0..=f64::from(MAX_TEMPERATURE)).contains(of) && of.fract() == 0.0)
            .map(|of| Self(of as u8))
            .ok_or("a multiple of 1/16 from 0 (the likeliest byte) to 4, such as 0.5 or 1")
    }
}

/// `--loss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LossName {
    /// The sum of the squares of the errors
    Squared,
    /// The sum of their sizes, for estimators without a guide
    Absolute,
}

/// `--guide`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GuideName {
    /// The last layer gets its exact credit, a guide that members teach credits the others
    On,
    /// All layers are credited by their members alone
    Off,
}

/// `--sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SyncName {
    /// Each board gets what takes the fewest bytes
    Cheapest,
    /// Boards move their weights themselves, by the scores
    Scores,
    /// Boards get the differences of the weights, entropy-coded
    Delta,
    /// Boards get all weights
    Weights,
}

/// `--noise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NoiseName {
    /// -1 or +1
    Sign,
    /// Integers of standard deviation 16
    NearNormal,
}

/// The value of `--skip`: a loss in 1/16 bit, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skip(pub(super) Option<u16>);

impl FromStr for Skip {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            number => number
                .parse()
                .map(|t| Self(Some(t)))
                .map_err(|_| "a loss in 1/16 bit (0 to 65535), or off".to_owned()),
        }
    }
}

/// The value of `--hidden`: the sizes of the hidden layers, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hidden(pub(super) Vec<u32>);

impl FromStr for Hidden {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = |size: &str| size.parse().ok().filter(|size| *size > 0);
        let sizes = match text {
            "none" => Some(Vec::new()),
            sizes => sizes.split(',').map(size).collect(),
        };
        sizes.map(Self).ok_or_else(|| "sizes of hidden layers like 32,16, or none".to_owned())
    }
}

/// Reads the value of `--model`: a name, or the path of a file of layers.
pub(super) fn model(text: &str) -> Result<ModelName, String> {
    let path = expanded(PathBuf::from(text));
    if path.extension().is_some_and(|ending| ending == "toml") {
        return ModelName::read(&path).map_err(|error| error.to_string());
    }
    text.parse().map_err(|error: ModelNameError| error.to_string())
}

/// The value of `--train`: layers among those with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TrainedLayers {
    /// All of them.
    All,
    /// The biases of all that have one.
    Biases,
    /// So many, up to the last.
    Last(usize),
    /// By their numbers.
    Numbers(Vec<u8>),
}

impl FromStr for TrainedLayers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let last = |count: &str| count.parse().ok().filter(|count| *count > 0).map(Self::Last);
        let found = match text {
            "all" => Some(Self::All),
            "bias" => Some(Self::Biases),
            "last" => Some(Self::Last(1)),
            text => match text.strip_prefix("last:") {
                Some(count) => last(count),
                None => {
                    let numbers: Result<_, _> = text.split(',').map(str::parse).collect();
                    numbers.ok().map(Self::Numbers)
                }
            },
        };
        found.ok_or_else(|| "all, last, last:2, or numbers from 0 like 1,2".to_owned())
    }
}

/// A word of `--task`: the task, or a further file of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TaskWord {
    /// The name of a task.
    Task(TaskName),
    /// A further file or folder of a text.
    File(PathBuf),
}

impl FromStr for TaskWord {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        match text.parse() {
            Ok(task) => Ok(Self::Task(task)),
            Err(_) if text == STDIN || Path::new(text).exists() => Ok(Self::File(PathBuf::from(text))),
            Err(unknown) => Err(unknown),
        }
    }
}

/// Reads a decimal number as an exact integer number of 1/65536.
pub(super) fn fixed_point(text: &str) -> Result<u32, String> {
    let value = U16F16::from_str(text).map_err(|error| format!("{error}: a number from 0 to 65535.99"))?;
    Ok(value.to_bits())
}
