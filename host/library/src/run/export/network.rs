//! A model as all forms that run write it.

use super::super::RunError;
use super::answers::Answers;
use super::content::Exported;
use super::dense::Dense;
use super::stream::Stream;
use super::text::{in_comment, toml};
use super::vectors::{Vector, vectors};
use super::windows::Windows;
use crate::update::sha256;
use eggroll_firmware::features::Rule;
use std::path::Path;

/// How the raw values of a feature become an input.
pub(super) struct Feature {
    /// Its name, of any length.
    pub(super) name: String,
    /// Raw values are in units of `10^-places`.
    pub(super) places: i8,
    pub(super) rule: Rule,
    /// The raw value that stands for a missing one.
    pub(super) fill: Option<i32>,
    /// Whether it is 1 where a column holds one name, and otherwise 0.
    pub(super) is_category: bool,
}

impl Feature {
    /// What it is, as a comment says it.
    pub(super) fn described(&self) -> String {
        let name = in_comment(&self.name);
        if self.is_category {
            return format!("{name}: 1 where the column holds this name, else 0");
        }
        let unit = format!("{name}: in units of 10^{}", -i32::from(self.places));
        self.fill.map_or(unit.clone(), |fill| format!("{unit}; {fill} stands for a missing value"))
    }
}

/// Where the inputs come from.
pub(super) struct Table {
    /// What was done to all features, for a person.
    pub(super) scaling: String,
    pub(super) features: Vec<Feature>,
    /// What the outputs stand for.
    pub(super) answers: Answers,
    /// All of it as TOML.
    pub(super) toml: String,
}

impl Table {
    /// The number of rules: 1 where one holds for all features.
    pub(super) fn rules(&self) -> usize {
        let rule = |feature: &Feature| (feature.rule, feature.places);
        let mut rules = self.features.iter().map(rule);
        let first = rules.next();
        if rules.all(|rule| Some(rule) == first) { 1 } else { self.features.len() }
    }
}

/// What a pass computes.
pub(super) enum Body<'a> {
    /// Dense layers, each of which reads what the one before it makes.
    Perceptron(Vec<Dense<'a>>),
    /// Layers with windows, pools or branches.
    Convolutional(Windows<'a>),
}

/// The whole model.
pub(super) struct Network<'a> {
    /// A line on what it is.
    pub(super) title: String,
    pub(super) name: String,
    pub(super) generation: u32,
    pub(super) sha256: String,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) body: Body<'a>,
    /// `None` in an environment, which makes inputs of its own.
    pub(super) table: Option<Table>,
    /// Where the rows are windows of a signal.
    pub(super) signal: Option<Stream<'a>>,
    pub(super) vectors: Vec<Vector>,
}

impl<'a> Network<'a> {
    /// # Errors
    /// [`RunError::Unexportable`] of a recurrent model, or of a detector of anomalies without a threshold;
    /// [`RunError::Config`] where the rules are not of this model.
    pub(super) fn new(path: &Path, exported: &Exported<'a>) -> Result<Self, RunError> {
        let Exported { program, model, weights, preprocessing, .. } = *exported;
        if program.is_recurrent() {
            let why = "a model on a text carries a state from byte to byte, which this form has no room for: export it as \
                       .safetensors, .h (arrays) or .bin";
            return Err(RunError::Unexportable { path: path.to_owned(), why: why.to_owned() });
        }
        let (inputs, outputs) = (program.inputs(), program.outputs());
        let table = match preprocessing {
            None => None,
            Some(stored) => {
                let answers = Answers::new(path, exported, stored)?;
                let fills = stored.columns.iter().flat_map(|column| {
                    let of = (column.fill, !column.categories.is_empty());
                    std::iter::repeat_n(of, column.features())
                });
                let named = stored.names().into_iter().zip(fills).enumerate();
                let feature = |(at, (name, (fill, is_category)))| {
                    let rule = stored.rule(at)?;
                    Some(Feature { name, places: rule.places(), rule: rule.rule(), fill, is_category })
                };
                Some(Table {
                    scaling: stored.scaling(),
                    features: named.filter_map(feature).collect(),
                    answers,
                    toml: toml(stored)?,
                })
            }
        };
        let values = &weights.values;
        let body = if program.is_convolutional() {
            Body::Convolutional(Windows::new(program, values))
        } else {
            Body::Perceptron(program.steps().map(|step| Dense::new(&step, values)).collect())
        };
        let (generation, sha256) = (weights.generation, sha256(&weights.values));
        Ok(Self {
            title: format!("eggroll model {model}, generation {generation}, weights {sha256}"),
            name: model.to_string(),
            generation,
            sha256,
            inputs,
            outputs,
            body,
            table,
            signal: preprocessing.and_then(Stream::new).map(Stream::checked).transpose()?,
            vectors: vectors(exported),
        })
    }

    /// What the outputs stand for; `None` in an environment, where the greatest is an action.
    pub(super) fn answers(&self) -> Option<&Answers> {
        self.table.as_ref().map(|table| &table.answers)
    }

    /// Whether the greatest output is the answer.
    pub(super) fn is_of_classes(&self) -> bool {
        matches!(self.answers(), None | Some(Answers::Classes(_)))
    }

    /// Whether answers about windows come to an answer about what happened.
    pub(super) fn decides(&self) -> bool {
        self.signal.is_some() && self.is_of_classes()
    }
}
