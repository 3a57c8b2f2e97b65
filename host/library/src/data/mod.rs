//! Where samples come from: the built-in digits, a table, and the fixed split into training,
//! validation and test rows.
//!
//! A board's sample store holds int8 features, so everything here ends in a [`Dataset`]. Values get
//! there by integer arithmetic only ([`Scaling`]): the same file gives the same bytes on every host.

mod csv_file;
mod digits;
mod error;
mod fraction;
mod gzip;
pub mod input;
mod scaling;
mod split;
mod table;
mod targets;
mod text;

pub use csv_file::{csv, parse_csv};
pub use digits::digits;
pub use error::DataError;
pub use fraction::{Fraction, NotAFraction};
pub use input::InputError;
pub use scaling::{ColumnRule, FEATURE_MAX, Scaling};
pub use split::{RUN_SPLIT, Split, split};
pub use table::{
    Delimiter, Encoding, MAX_COLUMNS, MAX_ROW_BYTES, MAX_ROWS, Missing, Reading, Understood, parse_table,
    table,
};
pub use targets::{TargetColumn, Targets};
pub use text::{MAX_FILES, Text, TextSplit, text};

use sha2::{Digest, Sha256};

/// Rows of int8 features with a class label each, or with targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What messages and run records call this data: `digits`, or the CSV file's name.
    pub name: String,
    /// Features in a row; at least 1.
    pub features: usize,
    /// Number of classes, 2 to 256; 0 of rows with targets. Labels lie in `0..classes`; a class may have no
    /// row.
    pub classes: usize,
    /// How the features were made from the values of the source.
    pub scaling: Scaling,
    /// The name of each class, where the source names them; otherwise none.
    pub names: Vec<String>,
    /// What was understood of the table that the data are from.
    pub understood: Option<Box<Understood>>,
    /// Row-major, `labels.len() * features` values in `-127..=127`.
    rows: Vec<i8>,
    /// All 0 of rows with targets.
    labels: Vec<u8>,
    targets: Option<Box<Targets>>,
}

impl Dataset {
    /// Checks the parts and puts them together.
    ///
    /// `rows` is row-major, `labels.len() * features` values in `-127..=127`.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the sizes disagree, a value or label is out of its range, `features` or
    /// `classes` is out of its range, `scaling` holds rules for another number of columns, or there are
    /// more than `u32::MAX` rows. No row at all is allowed.
    pub fn new(
        name: impl Into<String>,
        features: usize,
        classes: usize,
        rows: Vec<i8>,
        labels: Vec<u8>,
        scaling: Scaling,
    ) -> Result<Dataset, DataError> {
        let name = name.into();
        let wrong = if features == 0 || u32::try_from(features).is_err() {
            Some(format!("it has {features} features a row, not 1 to {}", u32::MAX))
        } else if !(2..=256).contains(&classes) {
            Some(format!("it has {classes} classes, not 2 to 256"))
        } else if u32::try_from(labels.len()).is_err() {
            Some(format!("it has {} rows, more than {}", labels.len(), u32::MAX))
        } else if labels.len().checked_mul(features) != Some(rows.len()) {
            Some(format!("{} values do not fill {} rows of {features} features", rows.len(), labels.len()))
        } else if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= classes) {
            Some(format!("label {label} is not below the number of classes, {classes}"))
        } else if rows.contains(&i8::MIN) {
            Some(format!("feature value -128 is below -{FEATURE_MAX}"))
        } else if !scaling.fits(features) {
            Some(format!("its scaling is not made for {features} columns"))
        } else {
            None
        };
        match wrong {
            Some(why) => Err(DataError::Shape { name, why }),
            None => {
                let (names, understood) = (Vec::new(), None);
                let targets = None;
                Ok(Dataset { name, features, classes, scaling, names, understood, rows, labels, targets })
            }
        }
    }

    /// Checks the parts of a regression and puts them together.
    ///
    /// `rows` is row-major, `features` values in `-127..=127` for each row of the targets.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the sizes disagree, or a value is out of its range.
    pub fn regression(
        name: impl Into<String>,
        features: usize,
        rows: Vec<i8>,
        targets: Targets,
        scaling: Scaling,
    ) -> Result<Dataset, DataError> {
        let count = targets.raw.len().checked_div(targets.columns.len()).unwrap_or(0);
        let fault = targets.fault(count);
        let data = Self::new(name, features, 2, rows, vec![0; count], scaling)?;
        match fault {
            Some(why) => Err(DataError::Shape { name: data.name, why }),
            None => Ok(Dataset { classes: 0, targets: Some(Box::new(targets)), ..data }),
        }
    }

    /// The targets of the rows, of a regression.
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
    /// the number of targets), then the
    /// [`records`](Self::records) of all rows in order. Neither the name nor the scaling counts.
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

    fn small() -> Dataset {
        Dataset::new("small", 2, 3, vec![1, -2, 127, -127, 0, 5], vec![0, 2, 1], Scaling::AsIs).unwrap()
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
        let columns = vec![TargetColumn::default(); 2];
        let targets = |scaled: &[i8]| Targets {
            columns: columns.clone(),
            scaled: scaled.to_vec(),
            raw: scaled.iter().map(|&t| t.into()).collect(),
        };
        let build = |rows: &[i8], scaled: &[i8]| {
            Dataset::regression("bad", 1, rows.to_vec(), targets(scaled), Scaling::AsIs)
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
        let build = |features, classes, rows: &[i8], labels: &[u8], scaling| {
            Dataset::new("bad", features, classes, rows.to_vec(), labels.to_vec(), scaling)
        };
        let one_rule = Scaling::Affine { columns: vec![ColumnRule::spanning(0, 9)] };
        let two_rules = Scaling::Affine { columns: vec![ColumnRule::spanning(0, 9); 2] };
        assert!(build(3, 2, &[1, 2, 3], &[1], one_rule).is_ok());
        assert!(build(2, 2, &[], &[], Scaling::AsIs).is_ok());
        for (result, want) in [
            (build(0, 2, &[], &[], Scaling::AsIs), "0 features"),
            (build(2, 1, &[1, 2], &[0], Scaling::AsIs), "1 classes"),
            (build(2, 257, &[1, 2], &[0], Scaling::AsIs), "257 classes"),
            (build(2, 2, &[1, 2, 3], &[0], Scaling::AsIs), "3 values do not fill 1 rows of 2"),
            (build(usize::MAX, 2, &[], &[0, 0], Scaling::AsIs), "features a row"),
            (build(2, 2, &[1, 2], &[2], Scaling::AsIs), "label 2"),
            (build(2, 2, &[1, -128], &[1], Scaling::AsIs), "-128"),
            (build(3, 2, &[1, 2, 3], &[1], two_rules), "3 columns"),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(want) && message.starts_with("bad: "), "{message}");
        }
    }
}
