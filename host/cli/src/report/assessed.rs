//! How good the answers of a run on samples are, for its report.

use super::diagnostics::Finding;
use super::known::Known;
use super::scored::Scored;
use super::value_verdicts::value_verdicts;
use super::verdicts::verdicts;
use eggroll_firmware::model::Program;
use eggroll_host::data::{Dataset, Split};
use eggroll_host::measure::{Assessment, Detection, RegressionAssessment};
use eggroll_host::run::{Config, RunDirectory, Source, read_weights_of};
use eggroll_host::train::{Experiment, Material};

/// How good the answers of a run are.
pub enum Assessed {
    /// The run has no answers to judge: it acts, or writes text, or has no weights yet.
    Nothing,
    /// They are not known, because of this.
    Unknown(String),
    /// They were judged.
    Known(Box<Known>),
    /// They are those of a regression, and were judged.
    Values(Box<RegressionAssessment>),
    /// They are scores of a detector of anomalies.
    Scored(Box<Scored>),
}

impl Assessed {
    /// Judges the weights in the directory of a run by its data, which are loaded from where they were.
    pub fn load(directory: &RunDirectory, config: &Config) -> Self {
        match &config.source {
            Source::Samples(_) if config.source.task().is_piped() => {
                Self::Unknown("the data of this run came by standard input".to_owned())
            }
            Source::Samples(_) if !directory.weights().exists() => Self::Nothing,
            Source::Samples(_) => match Experiment::load(config.clone()) {
                Ok(Experiment { program, material: Material::Samples { data, split, .. }, .. }) => {
                    Self::of(directory, &program, &data, &split)
                }
                Ok(_) => Self::Nothing,
                Err(error) => {
                    // The page may be given to others, who need not know this machine's folders.
                    tracing::warn!("the answers are left out of the report: {error}");
                    Self::Unknown("the data of this run cannot be read where they were".to_owned())
                }
            },
            Source::Text(_) | Source::Environment(_) | Source::Own(_) | Source::Reward(_) => Self::Nothing,
        }
    }

    /// Judges the weights in the directory of a run by its data, which are there.
    pub fn of(directory: &RunDirectory, program: &Program, data: &Dataset, split: &Split) -> Self {
        let read = directory.started_as().ok().and_then(|(_, identity)| {
            let identity = identity?;
            read_weights_of(&directory.weights(), program, identity).ok()
        });
        let Some(weights) = read else {
            return Self::Unknown("there are no weights of this run".to_owned());
        };
        if data.anomalies().is_some() {
            let Some(threshold) = weights.threshold else {
                return Self::Unknown("there is no threshold beside the weights of this run".to_owned());
            };
            let (part, detection) = Detection::on(program, &weights.values, threshold, data, split);
            return Self::Scored(Box::new(Scored { part, detection }));
        }
        if data.targets().is_some() {
            let assessment = RegressionAssessment::of(program, &weights.values, data, split);
            return assessment.map_or(Self::Nothing, |assessment| Self::Values(Box::new(assessment)));
        }
        let assessment = Assessment::of(program, &weights.values, data, split);
        Self::Known(Box::new(Known { assessment, names: data.preprocessing.classes.clone() }))
    }

    /// What they say about the run, the inputs first.
    pub fn findings(&self, config: &Config) -> Vec<Finding> {
        match self {
            Self::Known(known) => verdicts(config, known),
            Self::Values(of) => value_verdicts(config, of),
            Self::Nothing | Self::Unknown(_) | Self::Scored(_) => Vec::new(),
        }
    }
}
