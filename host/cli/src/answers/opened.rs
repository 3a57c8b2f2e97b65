//! A trained model that answers samples: that of a run, or of a file.

use super::on_boards::Asked;
use crate::commands;
use crate::error::Error;
use eggroll_firmware::model::{Description, Program};
use eggroll_host::data::{Preprocessing, Reading, Samples, samples};
use eggroll_host::fleet::link::Address;
use eggroll_host::measure::Classifier;
use eggroll_host::run::{Config, Kept, RunError, Source, TrainedModel, Weights, deployable};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use std::path::Path;

/// A trained model that answers samples.
pub(super) struct Opened {
    /// The run's configuration; `None` of a file, which does not say what it was trained on.
    pub(super) config: Option<Config>,
    pub(super) model: Description,
    pub(super) program: Program,
    pub(super) weights: Weights,
    /// How rows become inputs, and the names of the classes.
    pub(super) preprocessing: Box<Preprocessing>,
    reading: Box<Reading>,
    /// The boards that run it, if any do; else the host does.
    asked: Option<Asked>,
}

/// Whether this is a model's file, and not the directory of a run.
pub(super) fn is_model(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending == "safetensors")
}

impl Opened {
    /// Opens a run on samples, or a `.safetensors` file. `what` is the command, for the error on other runs.
    pub(super) fn open(run: &Path, what: &str) -> Result<Self, Error> {
        if is_model(run) {
            return Self::of_file(run);
        }
        let (directory, config) = commands::open(run)?;
        let Source::Samples(of) = &config.source else {
            let other = match &config.source {
                Source::Text(_) => "`eggroll-host sample` writes text with its model",
                Source::Reward(_) => "`eggroll-host sample` shows what its model answers",
                _ => "its model acts, and `eggroll-host eval` alone measures its return",
            };
            return Err(Error::Usage(format!(
                "{what} needs a run on samples with classes; {} was trained with --task {}: {other}",
                words::path(run),
                words::shown(&config.source.task().to_string(), words::MOST)
            )));
        };
        let reading = of.reading.clone();
        let preprocessing = of.inputs()?;
        let model = config.model.description().map_err(TrainError::Refused)?;
        let program = Program::new(&model).map_err(TrainError::Refused)?;
        let (inputs, outputs) = (config.model.inputs() as usize, config.model.outputs() as usize);
        let misfits = match preprocessing.normal {
            Some(_) => outputs != preprocessing.features(),
            None => outputs < preprocessing.classes.len(),
        };
        if inputs != preprocessing.features() || misfits {
            return Err(Error::Usage(format!(
                "{}: config.toml has {} features and {} classes, which are not those of the model {}; start \
                 another run",
                words::path(run),
                preprocessing.features(),
                preprocessing.classes.len(),
                config.model
            )));
        }
        let weights = commands::weights_of(&directory, &program)?;
        Ok(Self { config: Some(config), model, program, weights, preprocessing, reading, asked: None })
    }

    /// Opens the file of a trained model.
    fn of_file(file: &Path) -> Result<Self, Error> {
        let TrainedModel { model, weights, preprocessing, .. } = TrainedModel::read(file)?;
        let model = model.description().map_err(TrainError::Refused)?;
        let program = Program::new(&model).map_err(TrainError::Refused)?;
        let fault = |why: &str| RunError::Weights { path: file.to_owned(), why: why.to_owned() };
        let why = "does not say what makes rows the inputs of its model: give the run instead";
        let preprocessing = preprocessing.ok_or_else(|| fault(why))?;
        let answers = preprocessing.classes.len().max(preprocessing.targets.len());
        if preprocessing.features() != program.inputs() || answers > program.outputs() {
            return Err(fault("its features, or classes, are not those of its model").into());
        }
        let reading = Box::default();
        Ok(Self { config: None, model, program, weights, preprocessing, reading, asked: None })
    }

    /// Opens the model that boards keep, which is that of `run` where one is named.
    pub(super) fn of_boards(run: Option<&Path>, boards: &[Address]) -> Result<Self, Error> {
        let opened = run.map(|run| Self::open(run, "predict --boards")).transpose()?;
        let asked = Asked::connect(boards)?;
        if let Some((opened, run)) = opened.zip(run) {
            asked.expect(&opened.deployable()?, run)?;
            return Ok(Self { asked: Some(asked), ..opened });
        }
        let (name, bytes) = asked.model()?;
        let kept = Kept::of_bytes(&bytes).map_err(|error| Error::Usage(format!("{name}: {error}")))?;
        let Kept { model, program, weights, preprocessing } = kept;
        let reading = Box::default();
        Ok(Self { config: None, model, program, weights, preprocessing, reading, asked: Some(asked) })
    }

    /// The bytes of the model as a board keeps it.
    pub(super) fn deployable(&self) -> Result<Vec<u8>, Error> {
        let bytes = deployable(&self.model, &self.weights, &self.preprocessing);
        Ok(bytes.map_err(TrainError::Refused)?)
    }

    /// What the model answers to each row: its outputs.
    pub(super) fn outputs(&self, rows: &Samples) -> Result<Vec<Vec<i8>>, Error> {
        match &self.asked {
            Some(asked) => asked.outputs(&rows.raws, (rows.features, self.program.outputs())),
            None => {
                let mut model = Classifier::new(&self.program, &self.weights.values);
                let rows = rows.values.chunks_exact(rows.features.max(1));
                Ok(rows.map(|row| model.outputs(row)).collect())
            }
        }
    }

    /// Reads rows for the model from a file, or from standard input.
    pub(super) fn rows(&self, file: &Path) -> Result<Samples, Error> {
        Ok(samples(file, &self.reading, &self.preprocessing)?)
    }

    /// Refuses a flag that is of classes.
    pub(super) fn no_classes(&self, flag: Option<&'static str>) -> Result<(), Error> {
        self.refuse(flag, "only answers that are classes have a probability; leave it out")
    }

    /// Refuses a flag of signals where the rows are no windows of one.
    pub(super) fn of_signal(&self, flag: Option<&'static str>) -> Result<(), Error> {
        let flag = flag.filter(|_| self.preprocessing.signal.is_none());
        self.refuse(flag, "its rows are not the windows of a signal, which follow one another; leave it out")
    }

    /// Refuses a flag, with a sentence that says what to do instead.
    pub(super) fn refuse(&self, flag: Option<&'static str>, way_out: &str) -> Result<(), Error> {
        let Some(flag) = flag else { return Ok(()) };
        let task = self.config.as_ref().map_or_else(String::new, |config| config.source.task().to_string());
        let task = words::shown(&task, words::MOST);
        Err(Error::Flag { flag, task: format!("--task {task}"), way_out: way_out.to_owned() })
    }

    /// How another file is read than that of the training.
    pub(super) fn reading_without_test(&self) -> Reading {
        Reading { test: None, test_labels: None, labels: None, group: None, ..*self.reading.clone() }
    }

    /// The name of a class. An output without a class has the name that its place gives it.
    pub(super) fn name(&self, class: usize) -> String {
        let named = self.preprocessing.classes.get(class).cloned();
        named.unwrap_or_else(|| format!("output {class}"))
    }
}

/// What a person should know of the rows of a file, such as how many were left out.
pub(super) fn warnings(rows: &Samples) -> Vec<String> {
    let (count, s) = (rows.left_out, if rows.left_out == 1 { "" } else { "s" });
    let what = if rows.windows.is_empty() { "row" } else { "window" };
    let left_out = (count > 0).then(|| format!("{count} {what}{s} left out, in which a value is missing"));
    left_out.into_iter().chain(rows.warnings.iter().cloned()).collect()
}
