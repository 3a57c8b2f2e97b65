//! What the rows of a regression say that a model should answer.

use eggroll_firmware::task::raw_value;

/// A column of targets: how its raw values became int8, and what a raw unit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetColumn {
    /// The column's name in the table, where it has one.
    pub name: String,
    /// What scaling subtracts from a raw value.
    pub centre: i32,
    /// What it multiplies by; 0 for a column whose values are all the same.
    pub mul: i32,
    /// How far it shifts right, 1..=62.
    pub shift: u8,
    /// A raw value counts 10^-power.
    pub power: i8,
}

impl TargetColumn {
    /// The raw value that an output of the model stands for ([`raw_value`]).
    pub fn raw(&self, output: i8) -> i32 {
        raw_value(output, self.centre, self.mul, self.shift)
    }

    /// A raw value, or a difference of two, in the unit of the table.
    pub fn in_units(&self, raw: f64) -> f64 {
        raw * 10f64.powi(-i32::from(self.power))
    }
}

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
    /// What is wrong with the targets of so many rows, if anything is.
    pub(super) fn fault(&self, rows: usize) -> Option<String> {
        let columns = self.columns.len();
        if !(1..=4096).contains(&columns) {
            Some(format!("it has {columns} columns of targets, not 1 to 4096"))
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
