use super::RunError;
use super::source::{
    DataFingerprint, DataName, RewardSource, Samples, Source, StartWeights, TaskName, TextFingerprint,
    TextSource,
};
use super::{ModelName, OwnTask, Schedule};
use crate::data::{Fraction, Preprocessing, Reading};
use crate::measure::Quantile;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::Domain;
use eggroll_firmware::task::reward::Reward;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use serde::{Deserialize, Serialize};

/// The version of `config.toml`.
const VERSION: u32 = 1;

const OF_SAMPLES: &str = "\
# Everything that, with the data, decides this run's weights. Integers as the boards get them:
# learning-rate and alpha in 1/65536, q in 1/16, amplitude in 1/16, fitness and skip in 1/16 bit.
";

const OF_ENVIRONMENTS: &str = "\
# Everything that decides this run's weights. Integers as the boards get them: learning-rate and
# alpha in 1/65536, q in 1/16, fitness in 1/16 of a reward unit; samples are episodes.
";

const OF_TEXTS: &str = "\
# Everything that, with the text, decides this run's weights. Integers as the boards get them:
# learning-rate and alpha in 1/65536, q in 1/16, amplitude in 1/16, fitness and skip in 1/16 bit;
# a slot is a token of a stream, samples are streams.
";

const OF_REWARDS: &str = "\
# Everything that, with the weights in `start`, decides this run's weights. Integers as the boards get them:
# learning-rate and alpha in 1/65536, q in 1/16, temperature in 1/16, fitness in 1/16 of a right answer;
# samples are prompts.
";

const OF_OWN: &str = "\
# Everything that, with the scores in the journal, decides this run's weights. Integers as the boards get them:
# learning-rate and alpha in 1/65536, q in 1/16, fitness in units of the task of the boards' own.
";

/// The configuration of a run, which is `config.toml` in its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The version of this format.
    pub version: u32,
    /// The seed of all noise.
    pub seed: u32,
    /// The task and its data.
    pub source: Source,
    /// The model.
    pub model: ModelName,
    /// The number of generations that the run is started with.
    pub generations: u32,
    /// The number of generations between two validations.
    pub evaluate_every: u32,
    /// How credit moves the weights.
    pub optimizer: Optimizer,
    /// Whether nodes at +-127 get no credit that would push them further out, where the estimator leaves the
    /// choice ([`Run::saturation`]). A file that does not name it means that they do get it.
    pub saturation: bool,
    /// The step sizes.
    pub schedule: Schedule,
    /// How members are made and scored.
    pub estimator: Estimator,
}

/// A [`Config`] in the layout of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    version: u32,
    seed: u32,
    task: TaskName,
    model: ModelName,
    generations: u32,
    evaluate_every: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<Fraction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Fraction>,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    balance: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<Loss>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantile: Option<Quantile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<u32>,
    optimizer: Optimizer,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    saturation: bool,
    schedule: Schedule,
    estimator: Estimator,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<Box<Reading>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<DataFingerprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextFingerprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<StartWeights>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_randomize: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<OwnTask>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preprocessing: Option<Box<Preprocessing>>,
}

impl From<&Config> for Written {
    fn from(config: &Config) -> Self {
        let config = config.clone();
        let task = config.source.task();
        let parts = match &config.source {
            Source::Samples(samples) => Some((samples.holdout, samples.validation)),
            Source::Text(text) => Some((text.holdout, text.validation)),
            Source::Environment(_) | Source::Own(_) | Source::Reward(_) => None,
        };
        let (holdout, validation) = parts.unzip();
        // A file that does not say how its table is read means that nothing was said.
        let reading = match &config.source {
            Source::Samples(samples) => {
                Some(&samples.reading).filter(|said| ***said != Reading::default()).cloned()
            }
            Source::Environment(_) | Source::Text(_) | Source::Own(_) | Source::Reward(_) => None,
        };
        let (balance, loss, quantile) = match &config.source {
            Source::Samples(samples) => (samples.balance, samples.loss, samples.quantile),
            Source::Environment(_) | Source::Text(_) | Source::Own(_) | Source::Reward(_) => {
                (false, None, None)
            }
        };
        let domain_randomize = match &config.source {
            Source::Environment(domain) => (domain.spread > 0).then_some(domain.spread),
            Source::Samples(_) | Source::Text(_) | Source::Own(_) | Source::Reward(_) => None,
        };
        let own = match &config.source {
            Source::Own(own) => Some(own.clone()),
            Source::Samples(_) | Source::Environment(_) | Source::Text(_) | Source::Reward(_) => None,
        };
        let temperature = match &config.source {
            Source::Reward(source) => Some(source.reward.temperature),
            _ => None,
        };
        let (data, preprocessing, context, text, start) = match config.source {
            Source::Samples(samples) => {
                (Some(samples.data), samples.preprocessing, None, None, samples.start)
            }
            Source::Text(text) => (None, None, Some(text.context), Some(text.text), text.start),
            Source::Reward(source) => (None, None, None, None, source.start),
            Source::Environment(_) | Source::Own(_) => (None, None, None, None, None),
        };
        let Config {
            version,
            seed,
            model,
            generations,
            evaluate_every,
            optimizer,
            saturation,
            schedule,
            estimator,
            ..
        } = config;
        Self {
            version,
            seed,
            task,
            model,
            generations,
            evaluate_every,
            holdout,
            validation,
            balance,
            loss,
            quantile,
            context,
            optimizer,
            saturation,
            schedule,
            estimator,
            reading,
            data,
            text,
            start,
            domain_randomize,
            own,
            temperature,
            preprocessing,
        }
    }
}

impl TryFrom<Written> for Config {
    type Error = RunError;

    fn try_from(written: Written) -> Result<Self, RunError> {
        let fault = |what: String| RunError::Config(format!("{what} in config.toml"));
        let missing = |field: &str| fault(format!("missing field `{field}`"));
        let Written { holdout, validation, balance, loss, quantile, reading, .. } = written;
        let Written { data, preprocessing, context, text, start, domain_randomize, own, temperature, .. } =
            written;
        let name = written.task.label();
        let unwanted = |fields: &[(&str, bool)]| match fields.iter().find(|(_, there)| *there) {
            None => Ok(()),
            Some((field, _)) => Err(fault(format!("field `{field}`, which {name} does not have,"))),
        };
        if !matches!(written.task, TaskName::Data(DataName::Csv(_) | DataName::File(_))) {
            unwanted(&[("reading", reading.is_some()), ("preprocessing", preprocessing.is_some())])?;
        } else if preprocessing.is_none() {
            return Err(missing("preprocessing"));
        }
        if let Some(why) = preprocessing.as_ref().and_then(|stored| stored.fault()) {
            return Err(RunError::Config(format!("preprocessing in config.toml: {why}")));
        }
        if !matches!(written.task, TaskName::Data(_)) {
            unwanted(&[("balance", balance), ("loss", loss.is_some())])?;
        }
        let is_detector = preprocessing.as_ref().is_some_and(|stored| stored.normal.is_some());
        if is_detector && quantile.is_none() {
            return Err(missing("quantile"));
        } else if !is_detector && quantile.is_some() {
            return Err(fault("field `quantile`, but no `normal` in `preprocessing`,".to_owned()));
        }
        match written.task {
            TaskName::Text(_) => unwanted(&[("data", data.is_some())])?,
            TaskName::Data(_) | TaskName::Environment(_) | TaskName::Own | TaskName::Reward(_) => {
                unwanted(&[("context", context.is_some()), ("text", text.is_some())])?;
            }
        }
        if !matches!(written.task, TaskName::Own) {
            unwanted(&[("own", own.is_some())])?;
        }
        if !matches!(written.task, TaskName::Reward(_)) {
            unwanted(&[("temperature", temperature.is_some())])?;
        }
        if !matches!(written.task, TaskName::Environment(_)) {
            unwanted(&[("domain-randomize", domain_randomize.is_some())])?;
        }
        if matches!(written.task, TaskName::Environment(_) | TaskName::Own) {
            unwanted(&[("start", start.is_some())])?;
        }
        let source = match written.task {
            TaskName::Text(files) => Source::Text(TextSource {
                files,
                holdout: holdout.ok_or_else(|| missing("holdout"))?,
                validation: validation.ok_or_else(|| missing("validation"))?,
                context: context.ok_or_else(|| missing("context"))?,
                text: text.ok_or_else(|| missing("text"))?,
                start,
            }),
            TaskName::Data(name) => Source::Samples(Samples {
                name,
                holdout: holdout.ok_or_else(|| missing("holdout"))?,
                validation: validation.ok_or_else(|| missing("validation"))?,
                balance,
                loss,
                quantile,
                reading: reading.unwrap_or_default(),
                preprocessing,
                data: data.ok_or_else(|| missing("data"))?,
                start,
            }),
            TaskName::Environment(_) | TaskName::Own | TaskName::Reward(_) => {
                let there = [("holdout", holdout.is_some()), ("validation", validation.is_some())];
                unwanted(&there)?;
                unwanted(&[("data", data.is_some())])?;
                match written.task {
                    TaskName::Environment(kind) => {
                        Source::Environment(Domain { kind, spread: domain_randomize.unwrap_or(0) })
                    }
                    TaskName::Reward(kind) => {
                        let temperature = temperature.ok_or_else(|| missing("temperature"))?;
                        Source::Reward(RewardSource { reward: Reward { kind, temperature }, start })
                    }
                    _ => Source::Own(own.ok_or_else(|| missing("own"))?),
                }
            }
        };
        let Written {
            version,
            seed,
            model,
            generations,
            evaluate_every,
            optimizer,
            saturation,
            schedule,
            estimator,
            ..
        } = written;
        Ok(Self {
            version,
            seed,
            source,
            model,
            generations,
            evaluate_every,
            optimizer,
            saturation,
            schedule,
            estimator,
        })
    }
}

impl Config {
    /// The current version of the format.
    pub const fn version() -> u32 {
        VERSION
    }

    /// The run as boards get it. In an environment there are no training samples to count.
    ///
    /// # Errors
    /// The firmware refuses the sizes of the model.
    pub fn run(&self, training_samples: usize) -> Result<Run, eggroll_firmware::Error> {
        let task = match &self.source {
            Source::Samples(Samples { loss, .. }) => {
                let count = training_samples as u32;
                match *loss {
                    Some(loss) => TaskKind::Regression { count, loss },
                    None => TaskKind::Samples { count },
                }
            }
            Source::Environment(domain) => (*domain).into(),
            Source::Text(text) => TaskKind::Text { context: text.context },
            Source::Own(_) => TaskKind::Own,
            Source::Reward(source) => TaskKind::Reward(source.reward),
        };
        let (model, estimator, optimizer) = (self.model.description()?, self.estimator, self.optimizer);
        Ok(Run { seed: self.seed, model, task, estimator, optimizer, saturation: self.saturation })
    }

    /// The name of the estimator.
    pub const fn estimator_name(&self) -> &'static str {
        match self.estimator {
            Estimator::Node(_) | Estimator::Guided(_) => "node",
            Estimator::Weight(_) => "weight",
        }
    }

    /// A line that describes the run to a person.
    pub fn title(&self) -> String {
        let (task, estimator) = (self.source.label(), self.estimator_name());
        format!("{task} {}, estimator {estimator}, seed {}", self.model, self.seed)
    }

    /// The text of `config.toml`.
    ///
    /// # Errors
    /// There are none in practice, because every value has a form in TOML.
    pub fn to_toml(&self) -> Result<String, RunError> {
        let body =
            toml::to_string(&Written::from(self)).map_err(|error| RunError::Config(error.to_string()))?;
        let header = match self.source {
            Source::Samples(_) => OF_SAMPLES,
            Source::Environment(_) => OF_ENVIRONMENTS,
            Source::Text(_) => OF_TEXTS,
            Source::Own(_) => OF_OWN,
            Source::Reward(_) => OF_REWARDS,
        };
        Ok(format!("{header}{body}"))
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// [`RunError::Config`], which names the line and the field.
    pub fn from_toml(text: &str) -> Result<Self, RunError> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(""));
            let line = 1 + before.matches('\n').count();
            RunError::Config(format!("line {line} of config.toml: {}", error.message().replace('\n', " ")))
        })?;
        if written.version != VERSION {
            let message = format!("version {} of config.toml is not version {VERSION}", written.version);
            return Err(RunError::Config(message));
        }
        Self::try_from(written)
    }

    /// The first setting in which another configuration differs: its name, our value and the other value.
    pub fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let table = |config: &Self| toml::Table::try_from(Written::from(config)).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Preset;
    use eggroll_firmware::task::environment::EnvironmentKind;

    fn config() -> Config {
        let preset = Preset::of(EnvironmentKind::CartPole);
        Config {
            version: VERSION,
            seed: 1,
            source: Source::Environment(preset.kind.into()),
            model: preset.model().unwrap(),
            generations: preset.generations,
            evaluate_every: 1,
            optimizer: Optimizer::Residual,
            schedule: preset.schedule(),
            estimator: Estimator::Weight(preset.weight()),
            saturation: false,
        }
    }

    #[test]
    fn a_task_of_the_boards_own_has_a_name() {
        let source = Source::Own(OwnTask::new("level", "mm"));
        let config = Config { source, ..config() };
        let text = config.to_toml().unwrap();
        assert_eq!(Config::from_toml(&text).unwrap(), config);
        assert!(text.contains("task = \"own\"") && text.contains("[own]\nname = \"level\""), "{text}");
        assert_eq!(config.title(), "own task level, scored in mm 4-16-2, estimator weight, seed 1");
        let cut = text.split("[own]").next().unwrap();
        let message = Config::from_toml(cut).unwrap_err().to_string();
        assert!(message.contains("missing field `own`"), "{message}");
        let message = Config::from_toml(&text.replace("\"own\"", "\"cartpole\"")).unwrap_err().to_string();
        assert!(message.contains("`own`, which cartpole does not have"), "{message}");
    }

    #[test]
    fn an_environment_has_no_data() {
        let text = config().to_toml().unwrap();
        assert_eq!(Config::from_toml(&text).unwrap(), config());
        assert!(text.contains("task = \"cartpole\"") && !text.contains("holdout"), "{text}");
        let odd = text.replace("optimizer", "holdout = \"0.2\"\noptimizer");
        let message = Config::from_toml(&odd).unwrap_err().to_string();
        assert!(message.contains("`holdout`, which cartpole does not have"), "{message}");
        let less = text.replace("cartpole", "digits");
        let message = Config::from_toml(&less).unwrap_err().to_string();
        assert!(message.contains("missing field `holdout`"), "{message}");
    }
}
