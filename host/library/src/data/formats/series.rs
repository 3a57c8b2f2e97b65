//! Series in the form of the UCR and UEA archives: lines of `@name value`, then `@data`, then a line for each
//! series, whose dimensions and class have colons between them, and the values of a dimension commas.

use super::super::number::place_of;
use super::super::split::SplitRows;
use super::super::{DataError, Fraction};
use super::Converted;
use super::magic::Format;
use super::values::quoted;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// The series of a file.
pub(in super::super) struct Series<'a> {
    path: &'a Path,
    /// The dimensions of each series.
    rows: Vec<Vec<Vec<&'a str>>>,
    /// The class or the number of each series, unless the file says that there are none.
    labels: Option<Vec<&'a str>>,
    /// Whether they are numbers, the targets of a regression.
    numbers: bool,
    dimensions: usize,
}

/// What the number of values of a series is to be.
pub(in super::super) enum Length {
    /// That of the longest one among those that train.
    Training {
        /// The share that is held out.
        holdout: Fraction,
        /// The share of the rest that is watched.
        validation: Fraction,
        /// The number of the split.
        split: u32,
        /// Whether another file is held out instead.
        has_test: bool,
        /// The classes that are normal, for a detector of anomalies.
        normal: Option<Vec<String>>,
    },
    /// As many as make up so many features.
    Features(usize),
}

/// Whether a text is of this form: a line of it is `@data`.
pub(in super::super) fn is_series(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.by_ref().take_while(|line| line.starts_with('@')).any(|line| line.eq_ignore_ascii_case("@data"))
}

impl<'a> Series<'a> {
    /// Reads the text of a file.
    pub(in super::super) fn of(path: &'a Path, text: &'a str) -> Result<Series<'a>, DataError> {
        let mut series =
            Series { path, rows: Vec::new(), labels: Some(Vec::new()), numbers: false, dimensions: 0 };
        let mut data = false;
        for (number, line) in (1u64..).zip(text.lines()) {
            let line = line.trim();
            let cell = |why: String| DataError::Cell { path: path.into(), line: number, column: 1, why };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if !data {
                let lower = line.to_ascii_lowercase();
                let mut words = lower.split_whitespace();
                match (words.next(), words.next()) {
                    (Some("@data"), _) => data = true,
                    (Some("@timestamps"), Some("true")) => {
                        let why = "the values have time stamps, which are not understood; save them without";
                        return Err(cell(why.to_owned()));
                    }
                    (Some("@classlabel"), Some("false")) => series.labels = None,
                    (Some("@targetlabel"), Some("true")) => series.numbers = true,
                    _ => {}
                }
                continue;
            }
            let mut parts: Vec<&str> = line.split(':').collect();
            if let Some(labels) = &mut series.labels {
                let label = parts.pop().filter(|_| !parts.is_empty());
                labels.push(
                    label.ok_or_else(|| cell("the class is missing behind a colon".to_owned()))?.trim(),
                );
            }
            if series.rows.is_empty() {
                series.dimensions = parts.len();
            }
            if parts.len() != series.dimensions {
                let (found, expected) = (parts.len(), series.dimensions);
                return Err(cell(format!(
                    "found {found} dimensions, expected {expected} as in the first series"
                )));
            }
            series.rows.push(parts.iter().map(|part| part.split(',').map(str::trim).collect()).collect());
        }
        if series.rows.is_empty() {
            return Err(DataError::Empty { path: path.into() });
        }
        Ok(series)
    }

    /// Each series: the values of each dimension, and its class or number.
    pub(in super::super) fn each(&self) -> impl Iterator<Item = (&[Vec<&'a str>], Option<&'a str>)> {
        let label = |row: usize| self.labels.as_ref().and_then(|labels| labels.get(row)).copied();
        self.rows.iter().enumerate().map(move |(row, dimensions)| (&**dimensions, label(row)))
    }

    /// The number of dimensions.
    pub(in super::super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Whether each series has a class or a number.
    pub(in super::super) fn is_labelled(&self) -> bool {
        self.labels.is_some()
    }

    /// Whether what stands behind a series is a number, the target of a regression.
    pub(in super::super) fn is_of_numbers(&self) -> bool {
        self.numbers
    }

    /// The greatest number of values in a dimension of these rows.
    fn longest(&self, rows: impl Iterator<Item = usize>) -> usize {
        let all = rows.filter_map(|row| self.rows.get(row)).flatten();
        all.map(Vec::len).max().unwrap_or(0)
    }

    /// The number of values that a series is to have.
    pub(in super::super) fn length(&self, wanted: &Length) -> Result<usize, DataError> {
        match *wanted {
            Length::Features(features) => {
                if features % self.dimensions != 0 {
                    let why = format!(
                        "the series have {} dimensions, which do not make up the {features} features of the model",
                        self.dimensions
                    );
                    return Err(DataError::Format { path: self.path.into(), why });
                }
                Ok(features / self.dimensions)
            }
            Length::Training { holdout, validation, split, has_test, ref normal } => {
                let mut classes = HashMap::new();
                let names = self.labels.as_deref().unwrap_or_default();
                let is_anomaly = |normal: &Vec<String>| {
                    let of = |name: &&str| !normal.is_empty() && place_of(name, normal, false).is_none();
                    names.iter().map(of).collect::<Vec<bool>>()
                };
                let anomalies = normal.as_ref().map(is_anomaly);
                let mut labels: Vec<u8> = names
                    .iter()
                    .map(|name| {
                        let next = classes.len().min(255) as u8;
                        // Rows of a regression are split all alike.
                        if self.numbers { 0 } else { *classes.entry(*name).or_insert(next) }
                    })
                    .collect();
                if labels.is_empty() {
                    return Ok(self.longest(0..self.rows.len()));
                }
                if anomalies.is_some() {
                    // The normal rows are split alike, whatever their class.
                    labels.fill(0);
                }
                let test = has_test.then_some(labels.len());
                let (name, anomalies) = (&self.path.to_string_lossy(), anomalies.as_deref());
                let rows = SplitRows { name, labels: &labels, groups: None, test, anomalies, old: None };
                let split = rows.split(holdout, validation, split)?;
                Ok(self.longest(split.train.iter().map(|&row| row as usize)))
            }
        }
    }

    /// The text of a table: each dimension in turn, at its end padded with its last value, or cut.
    pub(in super::super) fn table(&self, wanted: &Length) -> Result<Converted, DataError> {
        let length = self.length(wanted)?;
        let mut text = String::new();
        for dimension in 1..=self.dimensions {
            for at in 1..=length {
                let _ = match self.dimensions {
                    1 => write!(text, "t{at},"),
                    _ => write!(text, "d{dimension}_t{at},"),
                };
            }
        }
        text.push_str(match (&self.labels, self.numbers) {
            (None, _) => "\n",
            (Some(_), true) => "target\n",
            (Some(_), false) => "class\n",
        });
        for (row, dimensions) in self.rows.iter().enumerate() {
            for dimension in dimensions {
                for at in 0..length {
                    let value = dimension.get(at).or(dimension.last());
                    text.push_str(value.filter(|value| **value != "?").unwrap_or(&""));
                    text.push(',');
                }
            }
            if let Some(label) = self.labels.as_ref().and_then(|labels| labels.get(row)) {
                quoted(&mut text, label);
            }
            text.push('\n');
        }
        let lengths = || self.rows.iter().flatten().map(Vec::len);
        let (short, long) = (lengths().filter(|&len| len < length), lengths().filter(|&len| len > length));
        let mut warnings = Vec::new();
        let (short, long) = (short.count(), long.count());
        if short > 0 {
            warnings.push(format!(
                "{short} of {} series are shorter than {length} values and are padded with their last one",
                lengths().count()
            ));
        }
        if long > 0 {
            warnings.push(format!(
                "{long} series are longer than {length} values, the most to train on, and are cut"
            ));
        }
        let (format, text) = (Format::Series, text.into_bytes());
        Ok(Converted { text, format, warnings, test: None, labelled: false })
    }
}
