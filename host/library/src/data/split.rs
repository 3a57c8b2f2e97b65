//! The fixed split of a data set into training, validation and test rows.

use super::{DataError, Dataset, Fraction};
use eggroll_firmware::noise::sample_index;

/// The split of every run.
pub const RUN_SPLIT: u32 = 0;

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

/// Splits `data` by class. Runs use [`RUN_SPLIT`] whatever their seed, so that they compare on equal rows;
/// benchmarks draw other splits, because one small part is easier or harder than the next.
///
/// The rows are taken in the order of the firmware's own choice of samples ([`sample_index`], first epoch of
/// seed `split`). Of each class the first `holdout` of them go to the test part, the first `validation` of
/// the rest to the validation part, both counts rounded to the nearest integer with halves up, and what
/// remains to the training part.
///
/// A `holdout` of 0 asks for no split at all: every row trains, whatever `validation` says, and the two
/// other parts are empty.
///
/// # Errors
/// [`DataError::NoTraining`] if no row is left to train on.
pub fn split(
    data: &Dataset,
    holdout: Fraction,
    validation: Fraction,
    split: u32,
) -> Result<Split, DataError> {
    let mut parts = Split { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    if holdout == Fraction::ZERO {
        parts.train = (0..).zip(&data.labels).map(|(row, _)| row).collect();
    } else {
        let mut classes: Vec<Vec<u32>> = vec![Vec::new(); 1 + usize::from(u8::MAX)];
        let count = data.len() as u32;
        for row in (0..u64::from(count)).map(|number| sample_index(split, number, count)) {
            classes[usize::from(data.label(row as usize))].push(row);
        }
        for rows in classes {
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
    fn small_split_by_hand() {
        let labels = vec![0, 1, 0, 1, 0];
        let order: Vec<u32> = (0..5).map(|number| sample_index(3, number, 5)).collect();
        let [zeros, ones] = [0, 1].map(|class| {
            order.iter().copied().filter(|&row| labels[row as usize] == class).collect::<Vec<_>>()
        });
        let parts = split(&labelled(labels), fraction("0.4"), fraction("0.5"), 3).unwrap();
        let mut test = vec![zeros[0], ones[0]];
        test.sort_unstable();
        assert_eq!(parts.test, test);
        // Rounded half up, the one class 1 row left and one of two of class 0 are watched.
        assert_eq!((parts.validation.len(), parts.train), (2, vec![zeros[2]]));
    }

    #[test]
    fn no_holdout_trains_on_all_rows() {
        let parts = split(&labelled(vec![1, 0, 1]), Fraction::ZERO, fraction("0.5"), RUN_SPLIT).unwrap();
        assert_eq!(parts, Split { train: vec![0, 1, 2], validation: vec![], test: vec![] });
    }

    #[test]
    fn nothing_left_to_train_on() {
        let message = split(&labelled(vec![0, 1]), fraction("0.9"), fraction("0.1"), RUN_SPLIT)
            .unwrap_err()
            .to_string();
        assert!(message.contains("none of 2 rows") && message.contains("holdout 0.9"), "{message}");
        assert!(split(&labelled(vec![]), Fraction::ZERO, Fraction::ZERO, RUN_SPLIT).is_err());
        assert!(split(&labelled(vec![0, 1]), fraction("0.1"), fraction("0.9"), RUN_SPLIT).is_err());
    }

    #[test]
    fn digits_split() {
        let parts =
            split(&super::super::digits().unwrap(), fraction("0.2"), fraction("0.1"), RUN_SPLIT).unwrap();
        // Per class of 178, 182, 177, 183, 181, 182, 181, 179, 174, 180 rows.
        assert_eq!(parts.test.len(), 36 + 36 + 35 + 37 + 36 + 36 + 36 + 36 + 35 + 36);
        assert_eq!(parts.validation.len(), 14 + 15 + 14 + 15 + 15 + 15 + 15 + 14 + 14 + 14);
        assert_eq!(parts.train.len(), 1293);
        assert_ne!(
            parts,
            split(&super::super::digits().unwrap(), fraction("0.2"), fraction("0.1"), 1).unwrap()
        );
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
            let Ok(parts) = split(&data, holdout, validation, RUN_SPLIT) else { return Ok(()) };
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
