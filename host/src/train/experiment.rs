use crate::accuracy::accuracy;
use crate::data::{self, Dataset, RUN_SPLIT, Split};
use crate::error::Error;
use crate::run::{Config, DataFingerprint, TaskName};
use crate::update::{Setup, Tally};
use eggroll_firmware::model::Layout;
use eggroll_firmware::train::Plan;
use std::sync::Arc;

/// Loads the data set that a task names.
///
/// # Errors
/// [`Error::Data`].
pub fn load_data(task: &TaskName) -> Result<Dataset, Error> {
    Ok(match task {
        TaskName::Digits => data::digits()?,
        TaskName::Csv(file) => data::csv(file)?,
    })
}

/// A configured run with its data.
pub struct Experiment {
    /// The configuration.
    pub config: Config,
    /// The data set.
    pub data: Dataset,
    /// Its parts.
    pub split: Split,
    /// What boards get.
    pub setup: Arc<Setup>,
    /// Where the parameters lie.
    pub layout: Layout,
}

impl Experiment {
    /// Checks a configuration against its data.
    ///
    /// # Errors
    /// [`Error::Shape`] where the model does not take the data, [`Error::Run`] where the firmware refuses the run,
    /// [`Error::Usage`] where the data are not those of the configuration.
    pub fn new(config: Config, data: Dataset) -> Result<Self, Error> {
        let found = DataFingerprint::from(&data);
        if found != config.data {
            return Err(Error::Usage(format!(
                "the data of {} have changed since the run was started: bring them back as they were, or start \
                 another run",
                config.task.label()
            )));
        }
        let (inputs, outputs) = (config.model.inputs(), config.model.outputs());
        for (what, theirs, ours, fits) in [
            ("inputs", inputs, data.features, inputs as usize == data.features),
            ("outputs", outputs, data.classes, outputs as usize >= data.classes),
        ] {
            if !fits {
                let (model, data_name) = (config.model.to_string(), data.name.clone());
                let way_out = format!("--model {}-64-{}", data.features, data.classes);
                return Err(Error::Shape { model, what, theirs, data: data_name, ours, way_out });
            }
        }
        let split = data::split(&data, config.holdout, config.validation, RUN_SPLIT)?;
        let run = config.run(split.train.len()).map_err(Error::Run)?;
        // Before any board is asked, so that no board is blamed.
        Plan::new(run.clone(), true).map_err(Error::Run)?;
        let layout = Layout::new(&run.model).map_err(Error::Run)?;
        let setup = Arc::new(Setup { run, samples: data.records(&split.train) });
        Ok(Self { config, data, split, setup, layout })
    }

    /// The experiment of a configuration that a run was started with.
    ///
    /// # Errors
    /// [`Error::Data`], and those of [`Self::new`].
    pub fn again(config: Config) -> Result<Self, Error> {
        let data = load_data(&config.task)?;
        Self::new(config, data)
    }

    /// The samples that progress is watched on: the validation part, or all where nothing is held out.
    pub fn watched(&self) -> &[u32] {
        if self.split.validation.is_empty() { &self.split.train } else { &self.split.validation }
    }

    pub(super) fn validation_accuracy(&self, weights: &[i8]) -> f64 {
        accuracy(&self.layout, weights, &self.data, self.watched()).unwrap_or(0.0)
    }

    pub(super) fn passes(&self, tally: &Tally) -> u64 {
        self.config.estimator.passes(u64::from(tally.units()), u64::from(tally.kept()))
    }
}
