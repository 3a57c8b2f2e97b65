//! The fixed split of a data set into training, validation and test rows.

use super::{DataError, Dataset, Fraction};

/// Row numbers of the three parts. They do not overlap, together they are all rows, and each part is in
/// file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on; never empty.
    pub train: Vec<u32>,
    /// Rows to watch progress on; may be empty.
    pub validation: Vec<u32>,
    /// Rows kept for the final figure; may be empty.
    pub test: Vec<u32>,
}

/// Splits `data` by class, the same way whatever the run's seed, so that runs compare on equal rows.
///
/// Within each class the rows are ordered by a fixed mix of their row number (ties, were there any, by
/// row number). The first `holdout` of them go to the test part, the first `validation` of the rest to
/// the validation part, both counts rounded to the nearest integer with halves up, and what remains to
/// the training part.
///
/// A `holdout` of 0 asks for no split at all: every row trains, whatever `validation` says, and the two
/// other parts are empty.
///
/// # Errors
/// [`DataError::NoTraining`] if no row is left to train on.
pub fn split(data: &Dataset, holdout: Fraction, validation: Fraction) -> Result<Split, DataError> {
    let mut parts = Split { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    if holdout == Fraction::ZERO {
        parts.train = (0..).zip(&data.labels).map(|(row, _)| row).collect();
    } else {
        let mut classes: Vec<Vec<u32>> = vec![Vec::new(); 1 + usize::from(u8::MAX)];
        for (row, &label) in (0..).zip(&data.labels) {
            classes[usize::from(label)].push(row);
        }
        for mut rows in classes {
            rows.sort_unstable_by_key(|&row| (mix(row), row));
            let (test, rest) = rows.split_at(holdout.of(rows.len()));
            let (watch, train) = rest.split_at(validation.of(rest.len()));
            parts.test.extend(test);
            parts.validation.extend(watch);
            parts.train.extend(train);
        }
        for part in [&mut parts.train, &mut parts.validation, &mut parts.test] {
            part.sort_unstable();
        }
    }
    if parts.train.is_empty() {
        return Err(DataError::NoTraining { name: data.name.clone(), rows: data.len(), holdout, validation });
    }
    Ok(parts)
}

/// Output number `row` (from 0) of the generator SplitMix64 with seed 0.
fn mix(row: u32) -> u64 {
    let z = (u64::from(row) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Scaling, *};

    fn labelled(labels: Vec<u8>) -> Dataset {
        let classes = labels.iter().max().map_or(2, |&max| (usize::from(max) + 1).max(2));
        Dataset::new("rows", 1, classes, vec![0; labels.len()], labels, Scaling::AsIs).unwrap()
    }

    fn fraction(text: &str) -> Fraction {
        text.parse().unwrap()
    }

    #[test]
    fn mix_is_splitmix64() {
        // The first outputs of the reference implementation with seed 0.
        assert_eq!([0, 1, 2].map(mix), [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]);
    }

    #[test]
    fn small_split_by_hand() {
        // Outputs of rows 0..4 begin E2, 6E, 06, F8, 1B: class 0 (rows 0, 2, 4) ranks 2, 4, 0 and
        // class 1 (rows 1, 3) ranks 1, 3.
        let parts = split(&labelled(vec![0, 1, 0, 1, 0]), fraction("0.4"), fraction("0.5")).unwrap();
        assert_eq!(parts, Split { train: vec![0], validation: vec![3, 4], test: vec![1, 2] });
    }

    #[test]
    fn no_holdout_trains_on_all_rows() {
        let parts = split(&labelled(vec![1, 0, 1]), Fraction::ZERO, fraction("0.5")).unwrap();
        assert_eq!(parts, Split { train: vec![0, 1, 2], validation: vec![], test: vec![] });
    }

    #[test]
    fn nothing_left_to_train_on() {
        let message = split(&labelled(vec![0, 1]), fraction("0.9"), fraction("0.1")).unwrap_err().to_string();
        assert!(message.contains("none of 2 rows") && message.contains("holdout 0.9"), "{message}");
        assert!(split(&labelled(vec![]), Fraction::ZERO, Fraction::ZERO).is_err());
        assert!(split(&labelled(vec![0, 1]), fraction("0.1"), fraction("0.9")).is_err());
    }

    #[test]
    fn digits_split() {
        let parts = split(&super::super::digits().unwrap(), fraction("0.2"), fraction("0.1")).unwrap();
        // Per class of 178, 182, 177, 183, 181, 182, 181, 179, 174, 180 rows.
        assert_eq!(parts.test.len(), 36 + 36 + 35 + 37 + 36 + 36 + 36 + 36 + 35 + 36);
        assert_eq!(parts.validation.len(), 14 + 15 + 14 + 15 + 15 + 15 + 15 + 14 + 14 + 14);
        assert_eq!(parts.train.len(), 1293);
        // From a Python version of the rule above.
        assert_eq!(parts.train[..8], [0, 1, 3, 7, 9, 10, 11, 12]);
        assert_eq!(parts.validation[..8], [5, 6, 8, 18, 36, 62, 68, 82]);
        assert_eq!(parts.test[..8], [2, 4, 31, 32, 33, 37, 41, 42]);
    }

    proptest! {
        #[test]
        fn parts_are_stratified_and_cover_all(
            labels in prop::collection::vec(0u8..4, 1..300),
            holdout in 1u32..=9000,
            validation in 0u32..=9000,
        ) {
            let data = labelled(labels);
            let holdout = Fraction::from_parts(holdout).unwrap();
            let validation = Fraction::from_parts(validation).unwrap();
            let Ok(parts) = split(&data, holdout, validation) else { return Ok(()) };
            for part in [&parts.train, &parts.validation, &parts.test] {
                prop_assert!(part.is_sorted());
            }
            let mut all = [parts.train.clone(), parts.validation.clone(), parts.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..data.len() as u32).collect::<Vec<_>>());
            for class in 0..4 {
                let count = |part: &[u32]| part.iter().filter(|&&i| data.label(i as usize) == class).count();
                let rows = (0..data.len()).filter(|&i| data.label(i) == class).count();
                prop_assert_eq!(count(&parts.test), holdout.of(rows));
                prop_assert_eq!(count(&parts.validation), validation.of(rows - holdout.of(rows)));
            }
        }
    }
}
