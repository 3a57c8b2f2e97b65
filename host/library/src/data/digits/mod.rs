//! The built-in data set: 8x8 handwritten digits.

use super::{DataError, Dataset, FeatureRule, Preprocessing, Scale};
use eggroll_firmware::features::Rule;

/// The values of the UCI file, row by row: 64 pixels and the class. Each takes [`BITS`], the lowest bits of a
/// byte first.
const TABLE: &[u8] = include_bytes!("optdigits.5bit");
/// Bits of a value: a pixel is at most 16.
const BITS: usize = 5;
const ROWS: usize = 1797;
const FEATURES: usize = 64;
const CLASSES: usize = 10;
/// `(pixel - 5) * 3`: 5 is about the mean pixel, and 3 leaves room below int8's end.
const RULE: (i32, i32, u8) = (5, 6, 1);

const _: () = assert!(TABLE.len() == (ROWS * (FEATURES + 1) * BITS).div_ceil(8), "the table is incomplete");

/// The 1797 handwritten digits of the UCI test set (8x8 pixels, 10 classes), in the order of its file.
///
/// A row is 64 features, the pixels line by line. A pixel in `0..=16` becomes the feature
/// `(pixel - 5) * 3` in `-15..=33`.
///
/// # Errors
/// [`DataError::Shape`] if the program was built with a damaged table.
pub fn digits() -> Result<Dataset, DataError> {
    let rule = Rule::new(RULE.0, RULE.1, RULE.2).and_then(|rule| FeatureRule::new(0, rule));
    let rule = rule.unwrap_or(FeatureRule::as_is());
    let (mut features, mut labels) = (Vec::with_capacity(ROWS * FEATURES), Vec::with_capacity(ROWS));
    let mut values = values();
    for _ in 0..ROWS {
        features.extend(values.by_ref().take(FEATURES).map(|pixel| rule.rule().apply(pixel.into())));
        labels.extend(values.next());
    }
    let preprocessing =
        Preprocessing { scale: Scale::Image, rules: vec![rule], ..Preprocessing::as_is(FEATURES, CLASSES) };
    Dataset::new("digits", features, labels, preprocessing)
}

/// The pixels of some rows of [`digits`], 64 values in `0..=16` each: the raw values of their features. A row
/// beyond the last has none.
pub fn digit_pixels(rows: &[u32]) -> Vec<Vec<i32>> {
    let all: Vec<u8> = values().collect();
    let of = |&row: &u32| all.chunks(FEATURES + 1).nth(row as usize).and_then(|row| row.get(..FEATURES));
    rows.iter().map(|row| of(row).unwrap_or_default().iter().map(|&pixel| pixel.into()).collect()).collect()
}

/// The values that are packed in the table.
fn values() -> impl Iterator<Item = u8> {
    let bit = |index: usize| TABLE[index / 8] >> (index % 8) & 1;
    let starts = (0..ROWS * (FEATURES + 1)).map(|index| index * BITS);
    starts.map(move |start| (0..BITS).fold(0, |value, place| value | bit(start + place) << place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_counts_and_range() {
        let data = digits().unwrap();
        assert_eq!((data.len(), data.features, data.classes), (1797, 64, 10));
        assert_eq!(data.name, "digits");
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
}
