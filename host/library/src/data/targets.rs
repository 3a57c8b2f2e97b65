//! What the rows of a regression say that a model should answer.

use super::preprocessing::{FeatureRule, MAX_TARGETS, TargetColumn};

/// The targets of a data set: a value for every row and output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The columns, one an output of the model; at least one.
    pub columns: Vec<TargetColumn>,
    /// Row-major, `rows * columns.len()` values in `-127..=127`: what boards get.
    pub scaled: Vec<i8>,
    /// The same before they were scaled: what figures are measured against.
    pub raw: Vec<i32>,
}

impl Targets {
    /// The features of rows as their own targets, in the units of features.
    pub(super) fn of_features(rows: &[i8], names: Vec<String>) -> Targets {
        let column = |(number, name)| TargetColumn { number, name, rule: FeatureRule::as_is() };
        Targets {
            columns: (1..).zip(names).map(column).collect(),
            scaled: rows.to_vec(),
            raw: rows.iter().map(|&feature| feature.into()).collect(),
        }
    }

    /// What is wrong with the targets of so many rows, if anything is.
    pub(super) fn fault(&self, rows: usize) -> Option<String> {
        let columns = self.columns.len();
        if !(1..=MAX_TARGETS).contains(&columns) {
            Some(format!("it has {columns} columns of targets, not 1 to {MAX_TARGETS}"))
        } else if rows.checked_mul(columns) != Some(self.scaled.len()) || self.scaled.len() != self.raw.len()
        {
            let (scaled, raw) = (self.scaled.len(), self.raw.len());
            Some(format!("{scaled} and {raw} targets do not fill {rows} rows of {columns}"))
        } else if self.scaled.contains(&i8::MIN) {
            Some("target value -128 is below -127".to_owned())
        } else {
            None
        }
    }

    /// The scaled targets of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn scaled_of(&self, row: usize) -> &[i8] {
        &self.scaled[row * self.columns.len()..][..self.columns.len()]
    }

    /// The raw targets of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn raw_of(&self, row: usize) -> &[i32] {
        &self.raw[row * self.columns.len()..][..self.columns.len()]
    }
}
