//! What a new run learns from, loaded once for all that is made of it.

use super::args::TrainArgs;
use super::settings::{
    data_defaults, environment_defaults, overlay, own_defaults, reward_defaults, text_defaults,
};
use crate::error::Error;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::task::reward::RewardKind;
use eggroll_host::data::{Dataset, Text, table_as, table_with_classes, text};
use eggroll_host::run::{Config, DataName, OwnTask, TaskName, TrainedModel};
use eggroll_host::train::{Experiment, load_data};
use std::path::PathBuf;

/// The task of a new run, with its data.
#[derive(Clone)]
pub(super) enum Loaded {
    /// Samples, and the trained model that the run begins with.
    Data(DataName, Box<Dataset>, Option<Box<TrainedModel>>),
    /// A text of these files.
    Text(Vec<PathBuf>, Text),
    /// An environment.
    Environment(EnvironmentKind),
    /// The boards' own task.
    Own(OwnTask),
    /// Puzzles whose answers are checked.
    Reward(RewardKind),
}

impl Loaded {
    /// Loads the data of a task. What a task of the boards' own is, `own` asks them.
    pub(super) fn of(
        task: TaskName,
        args: &TrainArgs,
        own: impl FnOnce() -> Result<OwnTask, Error>,
    ) -> Result<Self, Error> {
        Ok(match task {
            TaskName::Data(name) => {
                let reading = args.reading();
                let trained = args.from.as_deref().map(TrainedModel::read).transpose()?;
                let stored = trained.as_ref().and_then(|trained| trained.preprocessing.as_ref());
                let data = match (stored, name.file()) {
                    (Some(stored), Some(file)) if args.head.is_some() => {
                        table_with_classes(file, &reading, stored)?
                    }
                    (Some(stored), Some(file)) => table_as(file, &reading, stored)?,
                    _ => load_data(&name, &reading, &args.parts(&reading))?,
                };
                Self::Data(name, Box::new(data), trained.map(Box::new))
            }
            TaskName::Text(files) => {
                let text = text(&files)?;
                Self::Text(files, text)
            }
            TaskName::Environment(kind) => Self::Environment(kind),
            TaskName::Own => Self::Own(own()?),
            TaskName::Reward(kind) => Self::Reward(kind),
        })
    }

    /// The configuration of a run with these flags.
    pub(super) fn config(&self, args: &TrainArgs) -> Result<Config, Error> {
        let defaults = match self {
            Self::Data(name, data, trained) => data_defaults(args, name.clone(), data, trained.as_deref())?,
            Self::Text(files, text) => text_defaults(args, files.clone(), text)?,
            Self::Environment(kind) => environment_defaults(args, *kind)?,
            Self::Own(own) => own_defaults(args, own.clone())?,
            Self::Reward(kind) => reward_defaults(args, *kind)?,
        };
        overlay(defaults, args)
    }

    /// The run with this configuration.
    pub(super) fn experiment(self, config: Config) -> Result<Experiment, Error> {
        Ok(match self {
            Self::Data(_, data, _) => Experiment::new(config, *data)?,
            Self::Text(_, text) => Experiment::on_text(config, text)?,
            Self::Environment(_) | Self::Own(_) | Self::Reward(_) => Experiment::load(config)?,
        })
    }
}
