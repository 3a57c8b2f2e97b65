//! Where samples come from: the built-in digits, a table, and the fixed split into training,
//! validation and test rows.
//!
//! A board's sample store holds int8 features, so everything here ends in a [`Dataset`]. Values get
//! there by the integer rules of a [`Preprocessing`]: the same file gives the same bytes on every host.

mod balance;
mod contents;
mod digits;
mod error;
mod formats;
mod fraction;
mod gzip;
pub mod input;
mod number;
mod preprocessing;
mod signal;
mod split;
mod table;
mod targets;
mod text;

pub use balance::{Rare, balanced};
pub use digits::{digit_pixels, digits};
pub use error::DataError;
pub use formats::Format;
pub(crate) use fraction::ten_thousandths;
pub use fraction::{Fraction, NotAFraction};
pub use input::InputError;
pub use preprocessing::{
    Column, FEATURE_MAX, FeatureRule, LabelColumn, MAX_TARGETS, Preprocessing, Scale, TargetColumn,
};
pub use signal::{Channel, Mixed, Named, Signal};
pub use split::{OldRows, RUN_SPLIT, Split, split};
pub use table::{
    Delimiter, Encoding, MAX_COLUMNS, MAX_ROW_BYTES, MAX_ROWS, Missing, Parts, Reading, Samples, ShownWindow,
    Understood, Window, numbers, parse_table, raws, samples, shown_windows, table, table_as,
    table_with_classes,
};
pub use targets::Targets;
pub use text::{MAX_FILES, Text, TextSplit, text};

use sha2::{Digest, Sha256};

/// Rows of int8 features with a class label each, or with targets: numbers, or the features themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What messages and run records call this data: `digits`, or the CSV file's name.
    pub name: String,
    /// Features in a row; at least 1.
    pub features: usize,
    /// Number of classes, 2 to 256; 0 of rows with targets. Labels lie in `0..classes`; a class may have no
    /// row.
    pub classes: usize,
    /// How the features were made of the source, and what its classes are called.
    pub preprocessing: Box<Preprocessing>,
    /// What was understood of the table that the data are from.
    pub understood: Option<Box<Understood>>,
    /// The group of each row, none of which a split divides.
    groups: Option<Vec<u32>>,
    /// The first of the rows that are for the test alone, if there are such rows.
    first_test: Option<usize>,
    /// The rows of what a model was trained on before, if there are such rows. They are the last ones.
    old: Option<OldRows>,
    /// Row-major, `labels.len() * features` values in `-127..=127`.
    rows: Vec<i8>,
    /// All 0 of rows with targets.
    labels: Vec<u8>,
    targets: Option<Box<Targets>>,
    /// Whether each row is an anomaly, of data for a detector.
    anomalies: Option<Vec<bool>>,
}

impl Dataset {
    /// The number of the group of a row, none of which a split divides; none where rows have no groups.
    pub fn group(&self, row: usize) -> Option<u32> {
        self.groups.as_ref()?.get(row).copied()
    }

    /// Checks the parts and puts them together.
    ///
    /// `rows` is row-major, `labels.len()` rows of the features of `preprocessing`, values in `-127..=127`.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the sizes disagree, a value or label is out of its range, or there are
    /// more than `u32::MAX` rows. No row at all is allowed.
    pub fn new(
        name: impl Into<String>,
        rows: Vec<i8>,
        labels: Vec<u8>,
        preprocessing: impl Into<Box<Preprocessing>>,
    ) -> Result<Dataset, DataError> {
        let preprocessing = preprocessing.into();
        let (features, classes) = (preprocessing.features(), preprocessing.classes.len());
        let wrong = if u32::try_from(features).is_err() {
            Some(format!("it has {features} features a row, more than {}", u32::MAX))
        } else if let Some(fault) = preprocessing.fault() {
            Some(fault.to_owned())
        } else if u32::try_from(labels.len()).is_err() {
            Some(format!("it has {} rows, more than {}", labels.len(), u32::MAX))
        } else if labels.len().checked_mul(features) != Some(rows.len()) {
            Some(format!("{} values do not fill {} rows of {features} features", rows.len(), labels.len()))
        } else if let Some(label) = labels.iter().find(|&&label| classes > 0 && usize::from(label) >= classes)
        {
            Some(format!("label {label} is not below the number of classes, {classes}"))
        } else if rows.contains(&i8::MIN) {
            Some(format!("feature value -128 is below -{FEATURE_MAX}"))
        } else {
            None
        };
        let name = name.into();
        match wrong {
            Some(why) => Err(DataError::Shape { name, why }),
            None => {
                let (understood, groups, first_test, old) = (None, None, None, None);
                let (targets, anomalies) = (None, None);
                Ok(Dataset {
                    name,
                    features,
                    classes,
                    preprocessing,
                    understood,
                    groups,
                    first_test,
                    old,
                    rows,
                    labels,
                    targets,
                    anomalies,
                })
            }
        }
    }

    /// Adds rows that are for the test alone, from a table of the same columns.
    pub(crate) fn add_test(&mut self, test: Dataset) -> Result<(), DataError> {
        let first = self.len();
        self.append(test, "the test")?;
        self.first_test = Some(first);
        Ok(())
    }

    /// Adds rows of what a model was trained on before, from a table of the same columns: some of them train
    /// as well, a share of all rows that train.
    pub(crate) fn add_old(&mut self, old: Dataset, share: Fraction) -> Result<(), DataError> {
        let first = self.len();
        self.append(old, "what it was trained on before")?;
        self.old = Some(OldRows { first, share });
        Ok(())
    }

    /// Adds rows of another table, none of which is in a group of the others, whatever its group is called
    /// there.
    fn append(&mut self, more: Dataset, what: &str) -> Result<(), DataError> {
        if u32::try_from(self.len() + more.len()).is_err() {
            let why = format!("it has more than {} rows with those of {what}", u32::MAX);
            return Err(DataError::Shape { name: self.name.clone(), why });
        }
        if let Some(groups) = &mut self.groups {
            let next = groups.iter().max().map_or(0, |&last| last + 1);
            let theirs = more.groups.unwrap_or_else(|| (0..more.labels.len() as u32).collect());
            groups.extend(theirs.iter().map(|group| next + group));
        }
        self.rows.extend(more.rows);
        self.labels.extend(more.labels);
        if let (Some(targets), Some(more)) = (&mut self.targets, more.targets) {
            targets.scaled.extend(more.scaled);
            targets.raw.extend(more.raw);
        }
        if let (Some(anomalies), Some(more)) = (&mut self.anomalies, more.anomalies) {
            anomalies.extend(more);
        }
        Ok(())
    }

    /// Checks the parts of a regression and puts them together.
    ///
    /// `rows` is row-major, `features` values in `-127..=127` for each row of the targets.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the sizes disagree, or a value is out of its range.
    pub fn regression(
        name: impl Into<String>,
        rows: Vec<i8>,
        targets: Targets,
        preprocessing: impl Into<Box<Preprocessing>>,
    ) -> Result<Dataset, DataError> {
        let count = targets.raw.len().checked_div(targets.columns.len()).unwrap_or(0);
        let fault = targets.fault(count);
        let data = Self::new(name, rows, vec![0; count], preprocessing)?;
        match fault {
            Some(why) => Err(DataError::Shape { name: data.name, why }),
            None => Ok(Dataset { targets: Some(Box::new(targets)), ..data }),
        }
    }

    /// Checks the parts of data for a detector of anomalies and puts them together: an autoencoder, whose
    /// targets are the features of its row.
    ///
    /// `rows` is row-major, `features` values in `-127..=127` for each of `anomalies`, which says whether the
    /// row is one.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the sizes disagree, or a value is out of its range.
    pub fn autoencoder(
        name: impl Into<String>,
        rows: Vec<i8>,
        anomalies: Vec<bool>,
        preprocessing: impl Into<Box<Preprocessing>>,
    ) -> Result<Dataset, DataError> {
        let preprocessing = preprocessing.into();
        let targets = Targets::of_features(&rows, preprocessing.names());
        let fault = targets.fault(anomalies.len());
        let data = Self::new(name, rows, vec![0; anomalies.len()], preprocessing)?;
        match fault {
            Some(why) => Err(DataError::Shape { name: data.name, why }),
            None => Ok(Dataset { targets: Some(Box::new(targets)), anomalies: Some(anomalies), ..data }),
        }
    }

    /// Whether each row is an anomaly; `None` unless the data are for a detector. Where no class of them is
    /// known, every row counts as normal.
    pub fn anomalies(&self) -> Option<&[bool]> {
        self.anomalies.as_deref()
    }

    /// Whether a row is of what the model was trained on before.
    pub(crate) fn is_old(&self, row: u32) -> bool {
        self.old.is_some_and(|old| row as usize >= old.first)
    }

    /// How many of some rows are of what the model was trained on before.
    pub fn old_of(&self, rows: &[u32]) -> usize {
        rows.iter().filter(|&&row| self.is_old(row)).count()
    }

    /// The targets of the rows, of a regression. An autoencoder is one.
    pub fn targets(&self) -> Option<&Targets> {
        self.targets.as_deref()
    }

    /// Number of rows; at most `u32::MAX`.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The `features` values of row `i`, each in `-127..=127`.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn row(&self, i: usize) -> &[i8] {
        &self.rows[i * self.features..][..self.features]
    }

    /// The class of row `i`, below `classes`; 0 of a row with targets.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn label(&self, i: usize) -> u8 {
        self.labels[i]
    }

    /// The board's sample store: for each index in turn a record of `features` i8, then one label byte, or
    /// the targets as i8.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len).
    pub fn records(&self, indices: &[u32]) -> Vec<u8> {
        let mut out = Vec::with_capacity(indices.len() * (self.features + 1));
        for &index in indices {
            self.push_record(index as usize, &mut out);
        }
        out
    }

    /// SHA-256 over the number of features and of classes (u32, little endian each; of a regression 0, and
    /// the number of targets), then the [`records`](Self::records) of all rows in order, and for a detector a
    /// byte for each row, 1 of an anomaly. Neither the name nor the scaling counts.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        // Both fit: the constructor bounds them.
        hash.update((self.features as u32).to_le_bytes());
        hash.update((self.classes as u32).to_le_bytes());
        if let Some(targets) = self.targets() {
            hash.update((targets.columns.len() as u32).to_le_bytes());
        }
        let mut record = Vec::with_capacity(self.features + 1);
        for i in 0..self.len() {
            record.clear();
            self.push_record(i, &mut record);
            hash.update(&record);
        }
        if let Some(anomalies) = self.anomalies() {
            hash.update(anomalies.iter().map(|&anomaly| u8::from(anomaly)).collect::<Vec<u8>>());
        }
        hash.finalize().into()
    }

    fn push_record(&self, i: usize, out: &mut Vec<u8>) {
        out.extend(self.row(i).iter().map(|value| value.cast_unsigned()));
        match self.targets() {
            Some(targets) => out.extend(targets.scaled_of(i).iter().map(|value| value.cast_unsigned())),
            None => out.push(self.label(i)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(features: usize, classes: usize, rows: &[i8], labels: &[u8]) -> Result<Dataset, DataError> {
        Dataset::new("bad", rows.to_vec(), labels.to_vec(), Preprocessing::as_is(features, classes))
    }

    fn small() -> Dataset {
        set(2, 3, &[1, -2, 127, -127, 0, 5], &[0, 2, 1]).unwrap()
    }

    #[test]
    fn rows_labels_and_records() {
        let data = small();
        assert_eq!((data.len(), data.is_empty()), (3, false));
        assert_eq!((data.row(1), data.label(1)), (&[127, -127][..], 2));
        assert_eq!(data.records(&[2, 0, 2]), [0, 5, 1, 1, 0xFE, 0, 0, 5, 1]);
        assert!(data.records(&[]).is_empty());
    }

    #[test]
    fn records_of_a_regression_have_targets() {
        let column = |number| TargetColumn { number, name: String::new(), rule: FeatureRule::as_is() };
        let columns: Vec<TargetColumn> = [2, 3].map(column).to_vec();
        let preprocessing =
            || Preprocessing { classes: Vec::new(), targets: columns.clone(), ..Preprocessing::as_is(1, 2) };
        let targets = |scaled: &[i8]| Targets {
            columns: columns.clone(),
            scaled: scaled.to_vec(),
            raw: scaled.iter().map(|&t| t.into()).collect(),
        };
        let build = |rows: &[i8], scaled: &[i8]| {
            Dataset::regression("bad", rows.to_vec(), targets(scaled), preprocessing())
        };
        let data = build(&[5, -5], &[1, 2, -127, 127]).unwrap();
        assert_eq!((data.len(), data.classes), (2, 0));
        assert_eq!(data.records(&[1, 0]), [0xFB, 0x81, 0x7F, 5, 1, 2]);
        assert_ne!(data.sha256(), build(&[5, -5], &[1, 2, -127, 126]).unwrap().sha256());
        for (result, want) in [
            (build(&[1, 2], &[1, 2, 3]), "2 rows"),
            (build(&[1], &[1, 2, 3, 4]), "1 values do not fill 2 rows"),
            (build(&[1], &[1, -128]), "-128"),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(want) || message.contains("do not fill"), "{message}");
        }
    }

    #[test]
    fn hash_covers_sizes_then_records() {
        let data = small();
        let mut bytes = vec![2, 0, 0, 0, 3, 0, 0, 0];
        bytes.extend(data.records(&[0, 1, 2]));
        assert_eq!(data.sha256(), <[u8; 32]>::from(Sha256::digest(&bytes)));
        let renamed = Dataset { name: "other".into(), ..data.clone() };
        assert_eq!(renamed.sha256(), data.sha256());
        let wider = Dataset { classes: 4, ..data.clone() };
        assert_ne!(wider.sha256(), data.sha256());
    }

    #[test]
    fn wrong_parts_are_refused() {
        assert!(set(2, 2, &[], &[]).is_ok());
        for (result, want) in [
            (set(0, 2, &[], &[]), "the rules are not one a feature"),
            (set(2, 1, &[1, 2], &[0]), "not 2 to 256 classes"),
            (set(2, 257, &[1, 2], &[0]), "not 2 to 256 classes"),
            (set(2, 2, &[1, 2, 3], &[0]), "3 values do not fill 1 rows of 2"),
            (set(2, 2, &[1, 2], &[2]), "label 2"),
            (set(2, 2, &[1, -128], &[1]), "-128"),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(want) && message.starts_with("bad: "), "{message}");
        }
        let mut two_rules = Preprocessing::as_is(3, 2);
        two_rules.rules.push(FeatureRule::as_is());
        let message = Dataset::new("bad", vec![1, 2, 3], vec![1], two_rules).unwrap_err().to_string();
        assert!(message.contains("the rules are not one a feature"), "{message}");
    }
}
