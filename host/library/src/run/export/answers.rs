//! What the outputs of a model answer.

use super::super::RunError;
use super::content::Exported;
use super::text::in_comment;
use crate::data::{Preprocessing, TargetColumn};
use std::path::Path;

/// What the outputs of a model on a table stand for.
pub(super) enum Answers {
    /// Classes: a name an output, of any length, which is empty for an output that is no class.
    Classes(Vec<String>),
    /// The targets of a regression, one an output.
    Targets(Vec<TargetColumn>),
    /// The features themselves, of a detector of anomalies.
    Features {
        /// A row with a higher score counts as an anomaly.
        threshold: i32,
    },
}

impl Answers {
    /// # Errors
    /// [`RunError::Config`] where the table is not that of the model; [`RunError::Unexportable`] of a
    /// detector without a threshold.
    pub(super) fn new(
        path: &Path,
        exported: &Exported<'_>,
        stored: &Preprocessing,
    ) -> Result<Self, RunError> {
        let Exported { program, model, weights, .. } = *exported;
        let (inputs, outputs) = (program.inputs(), program.outputs());
        let (features, classes, targets) = (stored.features(), stored.classes.len(), stored.targets.len());
        let (fits, what) = match (&stored.normal, targets) {
            (Some(_), _) => (outputs == features, "as many answers".to_owned()),
            (None, 0) => (classes <= outputs, format!("{classes} classes")),
            (None, _) => (targets == outputs, format!("{targets} targets")),
        };
        if features != inputs || !fits {
            return Err(RunError::Config(format!("{model} does not take {features} features and {what}")));
        }
        if stored.normal.is_some() {
            let Some(threshold) = weights.threshold else {
                let why = "the weights of this detector have no threshold, above which a row counts as an anomaly: \
                           write them anew by eggroll-host --resume --run RUN";
                return Err(RunError::Unexportable { path: path.to_owned(), why: why.to_owned() });
            };
            return Ok(Self::Features { threshold });
        }
        if targets > 0 {
            return Ok(Self::Targets(stored.targets.clone()));
        }
        let mut classes = stored.classes.clone();
        classes.resize(outputs, String::new());
        Ok(Self::Classes(classes))
    }

    /// Lines on the outputs, as a comment says them.
    pub(super) fn described(&self) -> Vec<String> {
        match self {
            Self::Classes(_) => Vec::new(),
            Self::Targets(targets) => {
                let unit = |target: &TargetColumn| {
                    format!("{}: in units of 10^{}", in_comment(&target.title()), -i32::from(target.rule.places()))
                };
                let targets = targets.iter().enumerate().map(|(at, target)| format!("{at} {}", unit(target)));
                std::iter::once("Targets, one an output:".to_owned()).chain(targets).collect()
            }
            Self::Features { threshold } => vec![
                "A detector of anomalies: each output answers the feature of its number, and a row whose score is"
                    .to_owned(),
                format!("above {threshold} counts as an anomaly."),
            ],
        }
    }
}
