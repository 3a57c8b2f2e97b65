//! A run whose model answers samples.

use crate::commands;
use crate::error::Error;
use eggroll_firmware::model::Program;
use eggroll_host::data::{Preprocessing, Reading, Samples, samples};
use eggroll_host::run::{Config, Source, Weights};
use eggroll_host::train::TrainError;
use eggroll_host::words;
use std::path::Path;

/// A run whose model answers samples.
pub(super) struct Opened {
    pub(super) config: Config,
    pub(super) program: Program,
    pub(super) weights: Weights,
    /// How rows become inputs, and the names of the classes.
    pub(super) preprocessing: Box<Preprocessing>,
    reading: Box<Reading>,
}

impl Opened {
    /// Opens a run on samples. `what` is the command, for the error on other runs.
    pub(super) fn open(run: &Path, what: &str) -> Result<Self, Error> {
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
        Ok(Self { config, program, weights, preprocessing, reading })
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
        let task = words::shown(&self.config.source.task().to_string(), words::MOST);
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
