//! A trained model that answers samples: that of a run, or of a file.

use crate::commands;
use crate::error::Error;
use eggroll_firmware::model::Program;
use eggroll_host::data::{Preprocessing, Reading, Samples, samples};
use eggroll_host::run::{Config, RunError, Source, TrainedModel, Weights};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use std::path::Path;

/// A trained model that answers samples.
pub(super) struct Opened {
    /// The run's configuration; `None` of a file, which does not say what it was trained on.
    pub(super) config: Option<Config>,
    pub(super) program: Program,
    pub(super) weights: Weights,
    /// How rows become inputs, and the names of the classes.
    pub(super) preprocessing: Box<Preprocessing>,
    reading: Box<Reading>,
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
        let model = config.model.description().and_then(|model| Program::new(&model));
        let program = model.map_err(TrainError::Refused)?;
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
        Ok(Self { config: Some(config), program, weights, preprocessing, reading })
    }

    /// Opens the file of a trained model.
    fn of_file(file: &Path) -> Result<Self, Error> {
        let TrainedModel { model, weights, preprocessing, .. } = TrainedModel::read(file)?;
        let program = model.description().and_then(|model| Program::new(&model));
        let program = program.map_err(TrainError::Refused)?;
        let fault = |why: &str| RunError::Weights { path: file.to_owned(), why: why.to_owned() };
        let why = "does not say what makes rows the inputs of its model: give the run instead";
        let preprocessing = preprocessing.ok_or_else(|| fault(why))?;
        let answers = preprocessing.classes.len().max(preprocessing.targets.len());
        if preprocessing.features() != program.inputs() || answers > program.outputs() {
            return Err(fault("its features, or classes, are not those of its model").into());
        }
        Ok(Self { config: None, program, weights, preprocessing, reading: Box::default() })
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
