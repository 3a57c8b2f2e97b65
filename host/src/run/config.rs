use super::{ModelName, Schedule};
use crate::data::{Dataset, Fraction};
use crate::error::Error;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Version of `config.toml`.
const VERSION: u32 = 1;

const HEADER: &str = "\
# Everything that, with the data, decides this run's weights. Integers as the boards get them:
# learning-rate and alpha in 1/65536, q in 1/16, amplitude in 1/16, fitness and skip in 1/16 bit.
";

/// Where the samples come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TaskName {
    /// The built-in UCI digits.
    Digits,
    /// A CSV file: integer features, label last.
    Csv(PathBuf),
}

/// A task that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown task `{0}`; understood are: digits, csv:FILE")]
pub struct UnknownTask(String);

impl TaskName {
    /// The same task for a program in any folder. A path that is no text, which a configuration cannot hold, stays
    /// as it is.
    #[must_use]
    pub fn absolute(self) -> Self {
        let absolute = |file: &PathBuf| std::path::absolute(file).ok().filter(|path| path.to_str().is_some());
        match self {
            Self::Digits => Self::Digits,
            Self::Csv(file) => Self::Csv(absolute(&file).unwrap_or(file)),
        }
    }

    /// The task for a person: a file without its folder.
    pub fn label(&self) -> String {
        match self {
            Self::Digits => self.to_string(),
            Self::Csv(file) => format!("csv:{}", file.file_name().unwrap_or_default().to_string_lossy()),
        }
    }
}

impl FromStr for TaskName {
    type Err = UnknownTask;

    /// The task as it was typed: a relative path is one from the folder that the program was started in.
    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        match text.split_once(':') {
            None if text == "digits" => Ok(Self::Digits),
            Some(("csv", file)) if !file.is_empty() => Ok(Self::Csv(PathBuf::from(file))),
            _ => Err(UnknownTask(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TaskName {
    type Error = UnknownTask;

    fn try_from(text: String) -> Result<Self, UnknownTask> {
        text.parse()
    }
}

impl From<TaskName> for String {
    fn from(task: TaskName) -> Self {
        task.to_string()
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits => f.write_str("digits"),
            Self::Csv(file) => write!(f, "csv:{}", file.display()),
        }
    }
}

/// What identifies a data set, whatever file it lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFingerprint {
    /// Samples.
    pub rows: usize,
    /// Features of a sample.
    pub features: usize,
    /// Classes.
    pub classes: usize,
    /// SHA-256 of shape, features and labels, in hexadecimal.
    pub sha256: String,
}

impl From<&Dataset> for DataFingerprint {
    fn from(data: &Dataset) -> Self {
        let sha256 = data.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { rows: data.len(), features: data.features, classes: data.classes, sha256 }
    }
}

/// A run's configuration, `config.toml` in its directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Version of this format.
    pub version: u32,
    /// Seed of all noise.
    pub seed: u32,
    /// Where the samples come from.
    pub task: TaskName,
    /// The model.
    pub model: ModelName,
    /// Planned generations.
    pub generations: u32,
    /// Generations between two looks at the validation part.
    pub evaluate_every: u32,
    /// Part of the samples that is held out.
    pub holdout: Fraction,
    /// Part of the rest that is watched instead of trained on.
    pub validation: Fraction,
    /// How credit moves weights.
    pub optimizer: Optimizer,
    /// Step sizes.
    pub schedule: Schedule,
    /// How members are made and scored.
    pub estimator: Estimator,
    /// The data.
    pub data: DataFingerprint,
}

impl Config {
    /// The current version of the format.
    pub const fn version() -> u32 {
        VERSION
    }

    /// The run as boards get it.
    ///
    /// # Errors
    /// A model of a size that the firmware refuses.
    pub fn run(&self, training_samples: usize) -> Result<Run, eggroll_firmware::Error> {
        Ok(Run {
            seed: self.seed,
            model: self.model.description()?,
            task: TaskKind::Samples { count: training_samples as u32 },
            estimator: self.estimator,
            optimizer: self.optimizer,
        })
    }

    /// The text of `config.toml`.
    ///
    /// # Errors
    /// None in practice: every value has a form in TOML.
    pub fn to_toml(&self) -> Result<String, Error> {
        let body = toml::to_string(self).map_err(|error| Error::Config(error.to_string()))?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// [`Error::Config`] naming line and field.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(""));
            let line = 1 + before.matches('\n').count();
            Error::Config(format!("line {line} of config.toml: {}", error.message().replace('\n', " ")))
        })?;
        if config.version != VERSION {
            let message = format!("version {} of config.toml is not version {VERSION}", config.version);
            return Err(Error::Config(message));
        }
        Ok(config)
    }

    /// The first setting in which another configuration differs: its name, our value, the other's.
    pub fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let table = |config: &Self| toml::Table::try_from(config).unwrap_or_default();
        first_difference("", &table(self), &table(other))
    }
}

fn first_difference(
    path: &str,
    ours: &toml::Table,
    theirs: &toml::Table,
) -> Option<(String, String, String)> {
    let keys = ours.keys().chain(theirs.keys().filter(|key| !ours.contains_key(*key)));
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let text = |value: Option<&toml::Value>| value.map_or("off".to_owned(), toml::Value::to_string);
        match (ours.get(key), theirs.get(key)) {
            (Some(toml::Value::Table(ours)), Some(toml::Value::Table(theirs))) => {
                if let Some(found) = first_difference(&path, ours, theirs) {
                    return Some(found);
                }
            }
            (ours, theirs) if ours != theirs => return Some((path, text(ours), text(theirs))),
            _ => {}
        }
    }
    None
}
