//! What turns the rows of a table into the inputs of a model, and its outputs into classes with names.
//!
//! A [`Preprocessing`] is chosen once, by the training rows, and travels with the model from then on: in the
//! run's configuration, in its journal, in every export. Its arithmetic is the firmware's
//! ([`eggroll_firmware::features`]), so that the same text gives the same bits everywhere.

mod apply;
mod choose;
mod rules;
mod scale;

use eggroll_firmware::features::{self, NotANumber, PLACES, Raw, Rule, SHIFT};
use eggroll_firmware::task::raw_value;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

pub(super) use apply::{features, raws};
pub(super) use choose::choose;
pub use scale::Scale;

use super::{DataError, Signal};

/// Features lie in `-FEATURE_MAX..=FEATURE_MAX`.
pub const FEATURE_MAX: i8 = 127;

/// The most targets of a row: a model may have as many outputs.
pub const MAX_TARGETS: usize = 4096;

/// How the number in a field becomes a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(i8, i32, i32, u8)", into = "(i8, i32, i32, u8)")]
pub struct FeatureRule {
    places: i8,
    rule: Rule,
}

impl FeatureRule {
    /// The rule for raw values in units of `10^-places`; `None` if the places are not in [`PLACES`].
    pub fn new(places: i8, rule: Rule) -> Option<FeatureRule> {
        PLACES.contains(&places).then_some(FeatureRule { places, rule })
    }

    /// The rule that makes `(number - centre) * scale` of a number, to the nearest integer, from raw values
    /// in units of `10^-places`; a scale that is not positive gives 0 for every number.
    pub fn of_scale(places: i8, centre: f64, scale: f64) -> Option<FeatureRule> {
        let unit = 10f64.powi(i32::from(places));
        let centre = (centre * unit).round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32;
        let factor = if scale > 0.0 { scale / unit } else { 0.0 };
        // The largest factor that fits is the most exact one.
        let fits = |shift: &u8| factor * 2f64.powi(i32::from(*shift)) < f64::from(i32::MAX);
        let shift = SHIFT.rev().find(fits)?;
        let mul = (factor * 2f64.powi(i32::from(shift))).round() as i32;
        FeatureRule::new(places, Rule::new(centre, mul, shift)?)
    }

    /// The rule that takes integers as they are, clipped to `-127..=127`.
    pub const fn as_is() -> FeatureRule {
        // The numbers are in their ranges.
        match Rule::new(0, 2, 1) {
            Some(rule) => FeatureRule { places: 0, rule },
            None => unreachable!(),
        }
    }

    /// The unit of raw values is `10^-places`.
    pub const fn places(&self) -> i8 {
        self.places
    }

    /// What makes a raw value a feature.
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The raw value of a number.
    ///
    /// # Errors
    /// [`NotANumber`].
    pub fn raw(&self, number: &str) -> Result<Raw, NotANumber> {
        features::raw(number.as_bytes(), self.places)
    }

    /// The feature for a number.
    ///
    /// # Errors
    /// [`NotANumber`].
    pub fn apply(&self, number: &str) -> Result<i8, NotANumber> {
        Ok(self.rule.apply(self.raw(number)?.value))
    }
}

impl TryFrom<(i8, i32, i32, u8)> for FeatureRule {
    type Error = &'static str;

    fn try_from((places, centre, mul, shift): (i8, i32, i32, u8)) -> Result<Self, &'static str> {
        Rule::new(centre, mul, shift)
            .and_then(|rule| FeatureRule::new(places, rule))
            .ok_or("a rule is places (-38 to 38), centre, mul (0 or more) and shift (1 to 62)")
    }
}

impl From<FeatureRule> for (i8, i32, i32, u8) {
    fn from(FeatureRule { places, rule }: FeatureRule) -> Self {
        (places, rule.centre(), rule.mul(), rule.shift())
    }
}

/// A column of a table that features are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its place in the table, from 1.
    pub number: usize,
    /// Its name, where the table has a header.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where it holds names: each of them, which is a feature that is 1 where it stands and otherwise 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The raw value that stands for a missing one, where missing values become the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<i32>,
}

impl Column {
    /// The number of features that are made of it.
    pub fn features(&self) -> usize {
        self.categories.len().max(1)
    }
}

/// The column of classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelColumn {
    /// Its place in the table, from 1.
    pub number: usize,
    /// Its name, where the table has a header.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A column of targets, which an output of the model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetColumn {
    /// Its place in the table, from 1.
    pub number: usize,
    /// Its name, where the table has a header.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How its values became targets in `-127..=127`.
    pub rule: FeatureRule,
}

impl TargetColumn {
    /// What a person reads: its name, or its place where it has none.
    pub fn title(&self) -> String {
        if self.name.is_empty() { format!("column {}", self.number) } else { self.name.clone() }
    }

    /// The raw value that an output of the model stands for ([`raw_value`]).
    pub fn raw(&self, output: i8) -> i32 {
        let rule = self.rule.rule;
        raw_value(output, rule.centre(), rule.mul(), rule.shift())
    }

    /// A raw value, or a difference of two, in the unit of the table.
    pub fn in_units(&self, raw: f64) -> f64 {
        raw * 10f64.powi(-i32::from(self.rule.places))
    }
}

impl LabelColumn {
    fn is_none(&self) -> bool {
        *self == LabelColumn::default()
    }
}

/// What turns the rows of a table into the inputs of a model, and its outputs into classes with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// How the rules were chosen.
    pub scale: Scale,
    /// The number of columns of the table.
    pub width: usize,
    /// The column of classes; without one all is empty.
    #[serde(default, skip_serializing_if = "LabelColumn::is_none")]
    pub label: LabelColumn,
    /// The classes, one an output of the model, in the order of the outputs. A regression has none, and a
    /// detector neither.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// A rule for each feature, or one that holds for all.
    pub rules: Vec<FeatureRule>,
    /// The columns that features are made of, in the order of the features.
    pub columns: Vec<Column>,
    /// The targets of a regression, one an output of the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetColumn>,
    /// Of a detector of anomalies, whose outputs answer the features: the classes that are normal, none of
    /// which is named where every row is. Other models have no such list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<Vec<String>>,
    /// What is computed of a signal, where the rows are its windows. The columns are those features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<Box<Signal>>,
}

impl Preprocessing {
    /// Integers in `-127..=127` as they are, in so many columns before one of so many classes, numbered from
    /// 0.
    pub fn as_is(features: usize, classes: usize) -> Preprocessing {
        Preprocessing {
            scale: Scale::None,
            width: features + 1,
            label: LabelColumn { number: features + 1, name: String::new() },
            classes: (0..classes).map(|class| class.to_string()).collect(),
            rules: vec![FeatureRule::as_is()],
            columns: (1..=features).map(|number| Column { number, ..Column::default() }).collect(),
            targets: Vec::new(),
            normal: None,
            signal: None,
        }
    }

    /// The number of features of a row.
    pub fn features(&self) -> usize {
        self.columns.iter().map(Column::features).sum()
    }

    /// The rule of a feature, counted from 0.
    pub fn rule(&self, feature: usize) -> Option<FeatureRule> {
        rule_of(&self.rules, feature)
    }

    /// A name for each feature: that of its column, or the column's number where it has none, and behind it
    /// the category where the column holds names.
    pub fn names(&self) -> Vec<String> {
        let of = |column: &Column| {
            let name = if column.name.is_empty() { column.number.to_string() } else { column.name.clone() };
            if column.categories.is_empty() {
                return vec![name];
            }
            column.categories.iter().map(|category| format!("{name} {category}")).collect()
        };
        self.columns.iter().flat_map(of).collect()
    }

    /// What does not fit together, if anything does not: a file may say anything.
    pub fn fault(&self) -> Option<&'static str> {
        let features = self.features();
        if !self.targets.is_empty() && !self.classes.is_empty() {
            Some("there are classes and targets")
        } else if self.normal.is_some() && !(self.targets.is_empty() && self.classes.is_empty()) {
            Some("there are classes or targets beside what is normal")
        } else if self.normal.is_some() && features > MAX_TARGETS {
            Some("there are more features than a model has outputs, 4096")
        } else if self.targets.is_empty() && self.normal.is_none() && !(2..=256).contains(&self.classes.len())
        {
            Some("there are not 2 to 256 classes")
        } else if self.columns.is_empty() || self.rules.len() != 1 && self.rules.len() != features {
            Some("the rules are not one a feature")
        } else {
            self.signal.as_ref().and_then(|signal| {
                let fits = || signal.features_of_a_window() == features;
                signal
                    .fault()
                    .or_else(|| (!fits()).then_some("the columns are not the features of the signal"))
            })
        }
    }

    /// A line on how features are scaled.
    pub fn scaling(&self) -> String {
        let each = match &*self.rules {
            [_] if self.features() > 1 => "one rule for all columns",
            _ => "a rule a column",
        };
        format!("{} ({each}, by the training rows)", self.scale.title())
    }
}

/// The rule of a feature, of rules that are one for each feature or one for all.
fn rule_of(rules: &[FeatureRule], feature: usize) -> Option<FeatureRule> {
    match rules {
        [rule] => Some(*rule),
        rules => rules.get(feature).copied(),
    }
}

/// A field of a row that a feature is made of: a decimal number, or none where the value is missing.
pub(super) type Field<'a> = Option<Cow<'a, str>>;

/// Visits the fields of a row.
pub(super) type Visit<'v> = dyn FnMut(&[Field<'_>]) -> Result<(), DataError> + 'v;

/// Rows whose features can be read, as often as it takes.
pub(super) trait Rows {
    /// The number of features of a row.
    fn features(&self) -> usize;

    /// Visits all rows in order. There is a field for each feature.
    fn each(&self, visit: &mut Visit<'_>) -> Result<(), DataError>;

    /// What a message calls a feature.
    fn name(&self, feature: usize) -> String;

    /// Whether the values of a feature are 0 and 1 alone, such as those of a name.
    fn is_flag(&self, feature: usize) -> bool;

    /// The error of all rows.
    fn fault(&self, why: String) -> DataError;
}

#[cfg(test)]
mod tests {
    use super::super::number::Number;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_in_a_configuration() {
        let mut given = Preprocessing::as_is(2, 2);
        given.columns[1] = Column {
            number: 2,
            name: "colour".to_owned(),
            categories: vec!["blue".to_owned(), "red".to_owned()],
            fill: None,
        };
        given.columns[0].fill = Some(-3);
        let text = toml::to_string(&given).unwrap();
        assert!(text.contains("rules = [[0, 0, 2, 1]]"), "{text}");
        assert_eq!(toml::from_str::<Preprocessing>(&text).unwrap(), given);
        assert_eq!((given.features(), given.fault()), (3, None));
        for odd in ["[39, 0, 2, 1]", "[0, 0, -1, 1]", "[0, 0, 2, 0]", "[0, 0, 2, 63]"] {
            assert!(toml::from_str::<Preprocessing>(&text.replace("[0, 0, 2, 1]", odd)).is_err(), "{odd}");
        }
    }

    proptest! {
        /// The survey of a table and the firmware agree on what a number is, and on its size.
        #[test]
        fn numbers_are_those_of_the_firmware(
            text in "[+-]?[0-9]{1,12}([.][0-9]{1,12})?([eE][+-]?[0-9]{1,2})?",
            places in -38i8..=38,
        ) {
            let (rule, number) = (FeatureRule::new(places, Rule::new(0, 1, 1).unwrap()).unwrap(), Number::parse(&text, false));
            let raw = rule.raw(&text).unwrap();
            let units = number.unwrap().at(places.into());
            let saturated = |units: i64| units.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            match units {
                Some(units) => prop_assert_eq!((raw.value, raw.saturated), (saturated(units), i64::from(saturated(units)) != units)),
                None => prop_assert!(raw.saturated),
            }
        }

        #[test]
        fn anything_else_is_no_number(text in "[-+.e0-9x ]{0,8}") {
            let read = FeatureRule::as_is().raw(&text);
            prop_assert!(read.is_err() || Number::parse(&text, false).is_some(), "{}", text);
        }
    }
}
