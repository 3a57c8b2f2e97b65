//! The built-in data set: 8x8 handwritten digits.

use std::num::NonZeroU64;

use smartcore::dataset::digits::load_dataset;

use super::{ColumnRule, DataError, Dataset, Scaling};

const ROWS: usize = 1797;
const FEATURES: usize = 64;
const CLASSES: u8 = 10;
/// Pixels are ink counts of 4x4 cells.
const PIXEL_MAX: u8 = 16;
/// `(pixel - 5) * 3`: 5 is about the mean pixel, and 3 leaves room below int8's end.
const RULE: ColumnRule = ColumnRule { subtract: 5, multiply: 3, divide: NonZeroU64::MIN, add: 0 };

/// The 1797 handwritten digits of the UCI test set (8x8 pixels, 10 classes), in the order of the file
/// that the crate `smartcore` carries.
///
/// A row is 64 features, the pixels line by line. A pixel in `0..=16` becomes the feature
/// `(pixel - 5) * 3` in `-15..=33`.
///
/// # Errors
/// [`DataError::Digits`] if the carried file is not the expected one.
pub fn digits() -> Result<Dataset, DataError> {
    let source = load_dataset();
    let (rows, columns) = (source.num_samples, source.num_features);
    let sizes = (source.data.len(), source.target.len());
    if (rows, columns) != (ROWS, FEATURES) || sizes != (ROWS * FEATURES, ROWS) {
        return Err(DataError::Digits { why: format!("{rows} rows of {columns} features") });
    }
    let mut features = Vec::with_capacity(ROWS * FEATURES);
    for &pixel in &source.data {
        features.push(RULE.apply(exact(pixel, PIXEL_MAX)?.into()));
    }
    let labels = source.target.iter().map(|&label| exact(label, CLASSES - 1)).collect::<Result<_, _>>()?;
    Dataset::new(
        "digits",
        FEATURES,
        CLASSES.into(),
        features,
        labels,
        Scaling::Affine { columns: vec![RULE] },
    )
}

/// `value` as an integer in `0..=max`; refused unless it is one exactly.
fn exact(value: f32, max: u8) -> Result<u8, DataError> {
    // `as` saturates and turns NaN into 0, neither of which compares equal again.
    let integer = value as u8;
    if f32::from(integer) == value && integer <= max {
        Ok(integer)
    } else {
        Err(DataError::Digits { why: format!("value {value} is no integer from 0 to {max}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_counts_and_range() {
        let data = digits().unwrap();
        assert_eq!((data.len(), data.features, data.classes), (1797, 64, 10));
        assert_eq!((data.name.as_str(), data.scaling.to_string().as_str()), ("digits", "(value - 5) * 3"));
        let mut counts = [0; 10];
        (0..data.len()).for_each(|i| counts[usize::from(data.label(i))] += 1);
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let values = || (0..data.len()).flat_map(|i| data.row(i));
        assert_eq!((values().min(), values().max()), (Some(&-15), Some(&33)));
        assert!(values().all(|v| v % 3 == 0));
    }

    #[test]
    fn bytes_are_those_of_scikit_learn() {
        // Computed in Python from scikit-learn's copy of the same data, in its order.
        let want = "adac435339480d4dc4de594d2b1980f03162b902ff302fec5d9fcd27e8439097";
        let got: String = digits().unwrap().sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn first_row_is_the_files() {
        let data = digits().unwrap();
        let pixels: Vec<i8> = data.row(0).iter().map(|v| v / 3 + 5).collect();
        assert_eq!(pixels[..16], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
        assert_eq!((0..10).map(|i| data.label(i)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn only_exact_integers_pass() {
        assert_eq!(exact(16.0, 16).unwrap(), 16);
        for bad in [0.5, 17.0, -1.0, 300.0, f32::NAN, f32::INFINITY] {
            assert!(exact(bad, 16).is_err(), "{bad}");
        }
    }
}
