use super::OwnTask;
use super::RunError;
use super::{ModelName, Weights, read_egg};
use crate::data::input::{self, STDIN};
use crate::data::{DataError, Dataset, Fraction, Preprocessing, Reading, Text, digits};
use crate::measure::{Measure, Quantile};
use crate::update::sha256;
use crate::words;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::{Domain, EnvironmentKind};
use eggroll_firmware::task::reward::{Reward, RewardKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The name of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataName {
    /// The built-in UCI digits.
    Digits,
    /// A table of samples, a CSV file or one like it.
    Csv(PathBuf),
    /// A file of samples of any kind that is understood.
    File(PathBuf),
}

impl DataName {
    /// The file, unless the data are built in.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Digits => None,
            Self::Csv(file) | Self::File(file) => Some(file),
        }
    }

    /// The same with another path.
    fn map(self, path: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Digits => Self::Digits,
            Self::Csv(file) => Self::Csv(path(file)),
            Self::File(file) => Self::File(path(file)),
        }
    }

    /// The name with a form of its file.
    fn written(&self, file: impl Fn(&Path) -> String) -> String {
        match self {
            Self::Digits => "digits".to_owned(),
            Self::Csv(path) => format!("csv:{}", file(path)),
            Self::File(path) => format!("data:{}", file(path)),
        }
    }
}

impl fmt::Display for DataName {
    /// The name as a command line has it, with the path as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(|file| file.to_string_lossy().into_owned()))
    }
}

/// The separator of the files of a text in a configuration, where they are one string.
const BETWEEN: &str = "\n";

/// A task as users name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TaskName {
    /// The classification of samples.
    Data(DataName),
    /// An environment, which every board simulates.
    Environment(EnvironmentKind),
    /// The prediction of each next byte of a text, which is in files or in folders of files.
    Text(Vec<PathBuf>),
    /// The task of the boards' own.
    Own,
    /// Puzzles whose answers are checked, which every board makes.
    Reward(RewardKind),
}

/// The error of a task that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown task `{}`; understood are: digits, csv:FILE, data:FILE, text:FILE..., own, {rewards}, {environments}",
    words::shown(.0, words::MOST),
    rewards = rewards(),
    environments = environments()
)]
pub struct UnknownTask(String);

fn rewards() -> String {
    RewardKind::ALL.map(|kind| format!("reward:{kind}")).join(", ")
}

fn environments() -> String {
    EnvironmentKind::ALL.map(EnvironmentKind::name).join(", ")
}

impl TaskName {
    /// The same task with paths that hold in any working directory, where `~/` is the user's home directory.
    /// A path that is not valid Unicode, which a configuration cannot hold, stays as it is, and so does `-`,
    /// which is standard input.
    #[must_use]
    pub fn absolute(self) -> Self {
        let absolute = |file: PathBuf| {
            if file == Path::new(STDIN) {
                return file;
            }
            let file = input::expanded(file);
            std::path::absolute(&file).ok().filter(|path| path.to_str().is_some()).unwrap_or(file)
        };
        match self {
            Self::Data(name) => Self::Data(name.map(absolute)),
            Self::Text(files) => Self::Text(files.into_iter().map(absolute).collect()),
            other => other,
        }
    }

    /// Whether the data, or part of them, came by standard input.
    pub fn is_piped(&self) -> bool {
        match self {
            Self::Data(name) => name.file() == Some(Path::new(STDIN)),
            Self::Text(files) => files.iter().any(|file| file == Path::new(STDIN)),
            Self::Environment(_) | Self::Own | Self::Reward(_) => false,
        }
    }

    /// A short name of the task for a person, with the file but without its folder.
    pub fn label(&self) -> String {
        let name = |file: &Path| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            words::shown(&name, words::MOST)
        };
        match self {
            Self::Data(data) => data.written(name),
            Self::Text(files) => match &**files {
                [file] => format!("text:{}", name(file)),
                files => format!("text:{} files", files.len()),
            },
            other => other.to_string(),
        }
    }
}

impl FromStr for TaskName {
    type Err = UnknownTask;

    /// The task with absolute paths. A relative path was given from the working directory.
    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        match text.split_once(':') {
            None if text == "digits" => Ok(Self::Data(DataName::Digits)),
            None if text == "own" => Ok(Self::Own),
            None => text.parse().map(Self::Environment).map_err(|_| UnknownTask(text.to_owned())),
            Some(("csv", file)) if !file.is_empty() => Ok(Self::Data(DataName::Csv(PathBuf::from(file)))),
            Some(("data", file)) if !file.is_empty() => Ok(Self::Data(DataName::File(PathBuf::from(file)))),
            Some(("text", file)) if !file.is_empty() => Ok(Self::Text(vec![PathBuf::from(file)])),
            Some(("reward", name)) => {
                name.parse().map(Self::Reward).map_err(|_| UnknownTask(text.to_owned()))
            }
            Some(_) => Err(UnknownTask(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TaskName {
    type Error = UnknownTask;

    /// The task in a configuration. Several files of a text are separated by a mark, which is escaped in each
    /// of them.
    fn try_from(text: String) -> Result<Self, UnknownTask> {
        match text.split_once(':') {
            Some(("text", files)) if !files.is_empty() => {
                let files: Option<_> = files.split(BETWEEN).map(unescaped).collect();
                files.map(Self::Text).ok_or(UnknownTask(text))
            }
            _ => text.parse(),
        }
    }
}

/// A path in which [`BETWEEN`] is escaped; `\` begins an escape.
fn escaped(file: &Path) -> String {
    file.to_string_lossy().replace('\\', r"\\").replace(BETWEEN, r"\n")
}

/// The path that [`escaped`] was made of.
fn unescaped(text: &str) -> Option<PathBuf> {
    let mut path = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        path.push(match c {
            '\\' => match characters.next()? {
                'n' => '\n',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(PathBuf::from(path))
}

impl From<TaskName> for String {
    fn from(task: TaskName) -> Self {
        match task {
            TaskName::Text(files) => {
                let files: Vec<String> = files.iter().map(|file| escaped(file)).collect();
                format!("text:{}", files.join(BETWEEN))
            }
            TaskName::Data(name) => name.to_string(),
            task => task.to_string(),
        }
    }
}

impl fmt::Display for TaskName {
    /// The task in a message, as one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(name) => {
                f.write_str(&name.written(|file| words::shown(&file.to_string_lossy(), usize::MAX)))
            }
            Self::Environment(kind) => f.write_str(kind.name()),
            Self::Own => f.write_str("own"),
            Self::Reward(kind) => write!(f, "reward:{kind}"),
            Self::Text(files) => {
                f.write_str("text:")?;
                for (place, file) in files.iter().enumerate() {
                    let between = if place > 0 { " " } else { "" };
                    write!(f, "{between}{}", words::shown(&file.to_string_lossy(), usize::MAX))?;
                }
                Ok(())
            }
        }
    }
}

/// The properties that identify a data set, whatever file it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFingerprint {
    /// The number of samples.
    pub rows: usize,
    /// The number of features of a sample.
    pub features: usize,
    /// The number of classes; 0 of a regression.
    pub classes: usize,
    /// The SHA-256 of shape, features and labels, in hexadecimal.
    pub sha256: String,
}

impl From<&Dataset> for DataFingerprint {
    fn from(data: &Dataset) -> Self {
        let sha256 = data.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { rows: data.len(), features: data.features, classes: data.classes, sha256 }
    }
}

/// The task of a run, with what identifies its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Samples with labels.
    Samples(Samples),
    /// A simulated environment, and how far its parameters lie apart.
    Environment(Domain),
    /// A text.
    Text(TextSource),
    /// The task of the boards' own.
    Own(OwnTask),
    /// Puzzles whose answers are checked.
    Reward(RewardSource),
}

/// The puzzles of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardSource {
    /// Their kind, and how random members' answers are.
    pub reward: Reward,
    /// The weights that the run starts from, if they are not drawn from the seed.
    pub start: Option<StartWeights>,
}

/// The properties that identify a text, whatever files it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFingerprint {
    /// The number of bytes, including separators of documents.
    pub bytes: usize,
    /// The SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

impl From<&Text> for TextFingerprint {
    fn from(text: &Text) -> Self {
        Self { bytes: text.bytes.len(), sha256: text.sha256() }
    }
}

/// The text of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSource {
    /// Its files, or folders of files.
    pub files: Vec<PathBuf>,
    /// The share of the text, at its end, that is held out.
    pub holdout: Fraction,
    /// The share of the rest, at its end, that is for validation instead of training.
    pub validation: Fraction,
    /// The number of tokens that a stream takes in a generation.
    pub context: u32,
    /// The fingerprint of the text.
    pub text: TextFingerprint,
    /// The weights that the run starts from, if they are not drawn from the seed.
    pub start: Option<StartWeights>,
}

/// Weights that a run starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartWeights {
    /// The file.
    pub file: PathBuf,
    /// The SHA-256 of the weights in declared order, in hexadecimal.
    pub sha256: String,
    /// The outputs of the last layer, where it was replaced by one that is drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<u32>,
    /// How many layers of the model, from the first on, are frozen and run once a sample.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub front: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl StartWeights {
    /// Reads the weights of a file with the names of the reference. The path is made to hold in any working
    /// directory.
    ///
    /// # Errors
    /// Those of [`read_egg`].
    pub fn read(file: &Path) -> Result<(Self, ModelName, Weights), RunError> {
        if file.to_str().is_none() {
            let why = "its path is not UTF-8, which a configuration cannot hold: give the file another name";
            return Err(RunError::Weights { path: file.to_owned(), why: why.to_owned() });
        }
        let (model, weights) = read_egg(file)?;
        let absolute = std::path::absolute(file).ok().filter(|path| path.to_str().is_some());
        let file = absolute.unwrap_or_else(|| file.to_owned());
        Ok((Self { file, sha256: sha256(&weights.values), head: None, front: 0 }, model, weights))
    }
}

/// The samples of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The data set that they are from.
    pub name: DataName,
    /// The share of the samples that is held out.
    pub holdout: Fraction,
    /// The share of the rest that is for validation instead of training.
    pub validation: Fraction,
    /// Whether all classes are drawn alike, however many rows they have.
    pub balance: bool,
    /// How the errors of a regression make a score; `None` for a classification.
    pub loss: Option<Loss>,
    /// Of a detector of anomalies: the share of normal rows whose score is to be at most the threshold. It
    /// decides no weight.
    pub quantile: Option<Quantile>,
    /// How the data set is read, where it is a table.
    pub reading: Box<Reading>,
    /// What makes the rows of a table the inputs of the model. Those of the digits are built in.
    pub preprocessing: Option<Box<Preprocessing>>,
    /// The fingerprint of the data set.
    pub data: DataFingerprint,
    /// The weights that the run starts from, if they are not drawn from the seed.
    pub start: Option<StartWeights>,
}

impl Samples {
    /// What makes rows the inputs of the model: it is in the run, or built in. The data need not be there.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the program was built with a damaged data set.
    pub fn inputs(&self) -> Result<Box<Preprocessing>, DataError> {
        self.preprocessing.clone().map_or_else(|| Ok(digits()?.preprocessing), Ok)
    }
}

impl Source {
    /// The name of the task.
    pub fn task(&self) -> TaskName {
        match self {
            Self::Samples(samples) => TaskName::Data(samples.name.clone()),
            Self::Environment(domain) => TaskName::Environment(domain.kind),
            Self::Text(text) => TaskName::Text(text.files.clone()),
            Self::Own(_) => TaskName::Own,
            Self::Reward(source) => TaskName::Reward(source.reward.kind),
        }
    }

    /// A short name of the task for a person: that of the data, or of the boards' own task.
    pub fn label(&self) -> String {
        match self {
            Self::Own(own) => format!("own task {own}"),
            other => other.task().label(),
        }
    }

    /// The unit of the scores of a task of the boards' own; empty for another task.
    pub fn unit(&self) -> &str {
        match self {
            Self::Own(own) => &own.unit,
            Self::Samples(_) | Self::Environment(_) | Self::Text(_) | Self::Reward(_) => "",
        }
    }

    /// The measure of progress.
    pub const fn measure(&self) -> Measure {
        match self {
            Self::Samples(Samples { loss: Some(_), .. }) => Measure::R2,
            Self::Samples(_) => Measure::Accuracy,
            Self::Environment(_) => Measure::Return,
            Self::Text(_) => Measure::Bits,
            Self::Own(_) => Measure::Own,
            Self::Reward(_) => Measure::Success,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn files_of_a_text_come_back(names in prop::collection::vec("[^\0]{1,12}|[\\\\n\n]{1,6}", 1..4)) {
            let task = TaskName::Text(names.iter().map(PathBuf::from).collect());
            prop_assert_eq!(TaskName::try_from(String::from(task.clone())), Ok(task.clone()));
            prop_assert_eq!(task.to_string().lines().count(), 1);
            // On a command line this is one file, whatever its name is.
            let typed = format!("text:{}", names[0]);
            prop_assert_eq!(typed.parse(), Ok(TaskName::Text(vec![PathBuf::from(&names[0])])));
        }
    }

    #[test]
    fn escapes_that_are_none() {
        for odd in [r"text:a\", r"text:a\x"] {
            assert!(TaskName::try_from(odd.to_owned()).is_err(), "{odd}");
        }
    }
}
