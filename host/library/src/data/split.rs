//! The fixed split of a data set into training, validation and test rows.

use super::{DataError, Dataset, Fraction};
use core::ops::Range;
use eggroll_firmware::noise::sample_index;

/// The split of every run.
pub const RUN_SPLIT: u32 = 0;

/// Row numbers of the parts. They do not overlap, together they are all rows, and each part is in
/// file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on; never empty.
    pub train: Vec<u32>,
    /// Rows to watch progress on; may be empty.
    pub validation: Vec<u32>,
    /// Rows kept for the final figure; may be empty.
    pub test: Vec<u32>,
    /// Rows that are no normal ones, of data for a detector of anomalies. They are kept for the final figure
    /// as well. Of other data there are none.
    pub anomalies: Vec<u32>,
    /// Rows of what the model was trained on before that do not train again. They tell what it has
    /// forgotten.
    pub old: Vec<u32>,
}

/// The rows of what a model was trained on before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldRows {
    /// The first of them. They are the last rows of the data.
    pub first: usize,
    /// Their share among the rows that train.
    pub share: Fraction,
}

impl OldRows {
    /// How many of so many old rows train beside so many new ones. A fifth of them never does.
    fn kept(self, old: usize, new: usize) -> usize {
        let (share, whole) = (u64::from(self.share.parts()), 10_000);
        let beside = (new as u64 * share + (whole - share) / 2) / (whole - share);
        (beside as usize).min(old - old.div_ceil(5))
    }
}

/// Splits `data` by class. Runs use [`RUN_SPLIT`] whatever their seed, so that they compare on equal rows;
/// benchmarks draw other splits, because one small part is easier or harder than the next.
///
/// The rows are taken in the order of the firmware's own choice of samples ([`sample_index`], first epoch of
/// seed `split`). Of each class the first `holdout` of them go to the test part, the first `validation` of
/// the rest to the validation part, both counts rounded to the nearest integer with halves up, and what
/// remains to the training part.
///
/// Rows in groups stay together: whole groups go to a part, those of each class (the most frequent one of a
/// group) in that order, while the part lacks at least half of the next group's rows.
///
/// A `holdout` of 0 asks for no split at all: every row trains, whatever `validation` says, and the two
/// other parts are empty. Where the data bring test rows of their own, these are the test part, and `holdout`
/// says nothing.
///
/// Rows that are anomalies are a part of their own, wherever they stand: of a group, the normal rows alone
/// stay together.
///
/// Rows of what the model was trained on before are held out by the same rule, but for as many as their share
/// of the rows that train asks for, at most four fifths of them. Their anomalies are in no part.
///
/// # Errors
/// [`DataError::NoTraining`] if no row is left to train on.
pub fn split(
    data: &Dataset,
    holdout: Fraction,
    validation: Fraction,
    split: u32,
) -> Result<Split, DataError> {
    let (groups, test, anomalies) = (data.groups.as_deref(), data.first_test, data.anomalies());
    let rows = SplitRows { name: &data.name, labels: &data.labels, groups, test, anomalies, old: data.old };
    rows.split(holdout, validation, split)
}

/// What a split knows of rows.
pub(super) struct SplitRows<'a> {
    /// What messages call the data.
    pub(super) name: &'a str,
    /// The class of each row.
    pub(super) labels: &'a [u8],
    /// The group of each row.
    pub(super) groups: Option<&'a [u32]>,
    /// The first of the rows that are for the test, if there are such rows.
    pub(super) test: Option<usize>,
    /// Whether each row is an anomaly, of data for a detector.
    pub(super) anomalies: Option<&'a [bool]>,
    /// Those of what the model was trained on before, if there are such rows.
    pub(super) old: Option<OldRows>,
}

impl SplitRows<'_> {
    /// See [`split`](fn@split).
    pub(super) fn split(
        &self,
        holdout: Fraction,
        validation: Fraction,
        number: u32,
    ) -> Result<Split, DataError> {
        let count = self.old.map_or(self.labels.len(), |old| old.first) as u32;
        let first_test = self.test.map_or(count, |first| first as u32);
        let mut parts = Split {
            train: Vec::new(),
            validation: Vec::new(),
            test: (first_test..count).filter(|&row| self.is_normal(row)).collect(),
            anomalies: (0..count).filter(|&row| !self.is_normal(row)).collect(),
            old: Vec::new(),
        };
        if holdout == Fraction::ZERO && self.test.is_none() {
            parts.train = (0..count).filter(|&row| self.is_normal(row)).collect();
        } else {
            let holdout = if self.test.is_some() { Fraction::ZERO } else { holdout };
            for units in self.classes(0..first_test, number) {
                let rows = units.iter().map(Vec::len).sum();
                let held_out = holdout.of(rows);
                let (test, rest) = units.split_at(taken(&units, held_out));
                let rows = rest.iter().map(Vec::len).sum();
                let (watch, train) = rest.split_at(taken(rest, validation.of(rows)));
                parts.test.extend(test.iter().flatten());
                parts.validation.extend(watch.iter().flatten());
                parts.train.extend(train.iter().flatten());
            }
            for part in [&mut parts.train, &mut parts.validation, &mut parts.test] {
                part.sort_unstable();
            }
        }
        if parts.train.is_empty() {
            let (name, rows) = (self.name.to_owned(), self.labels.len());
            return Err(DataError::NoTraining { name, rows, holdout, validation });
        }
        if let Some(old) = self.old {
            let all = count..self.labels.len() as u32;
            let classes = self.classes(all, number);
            let rows = classes.iter().flatten().map(Vec::len).sum();
            let kept = old.kept(rows, parts.train.len());
            for units in classes {
                let of_class: usize = units.iter().map(Vec::len).sum();
                let share = (of_class * kept + rows / 2).checked_div(rows).unwrap_or(0);
                let (train, rest) = units.split_at(taken(&units, share));
                parts.train.extend(train.iter().flatten());
                parts.old.extend(rest.iter().flatten());
            }
            parts.train.sort_unstable();
            parts.old.sort_unstable();
        }
        Ok(parts)
    }

    /// Whether a row may train.
    fn is_normal(&self, row: u32) -> bool {
        self.anomalies.and_then(|anomalies| anomalies.get(row as usize)) != Some(&true)
    }

    /// What stays together of some rows, single ones or groups, by class, in the order in which it is taken.
    fn classes(&self, rows: Range<u32>, number: u32) -> Vec<Vec<Vec<u32>>> {
        let mut classes: Vec<Vec<Vec<u32>>> = vec![Vec::new(); 1 + usize::from(u8::MAX)];
        let order = |count: u32| (0..u64::from(count)).map(move |at| sample_index(number, at, count));
        let class = |row: u32| usize::from(self.labels[row as usize]);
        let Some(groups) = self.groups else {
            let all = order(rows.len() as u32).map(|at| rows.start + at);
            let normal = all.filter(|&row| self.is_normal(row));
            normal.for_each(|row| classes[class(row)].push(vec![row]));
            return classes;
        };
        let count = groups.iter().max().map_or(0, |&most| most as usize + 1);
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
        let normal = rows.filter(|&row| self.is_normal(row));
        normal.for_each(|row| members[groups[row as usize] as usize].push(row));
        members.retain(|members| !members.is_empty());
        for group in order(members.len() as u32) {
            let members = std::mem::take(&mut members[group as usize]);
            let mut counts = [0u32; 256];
            members.iter().for_each(|&row| counts[class(row)] += 1);
            // The first of the most frequent ones.
            let most = counts.iter().max().copied();
            let class = counts.iter().position(|&count| Some(count) == most).unwrap_or_default();
            classes[class].push(members);
        }
        classes
    }
}

/// The number of units that make up so many rows as nearly as their order allows.
fn taken(units: &[Vec<u32>], rows: usize) -> usize {
    let mut before = 0;
    let fits = |unit: &&Vec<u32>| {
        let fits = 2 * before + unit.len() <= 2 * rows;
        before += unit.len();
        fits
    };
    units.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Preprocessing, *};

    fn labelled(labels: Vec<u8>) -> Dataset {
        let classes = labels.iter().max().map_or(2, |&max| (usize::from(max) + 1).max(2));
        Dataset::new("rows", vec![0; labels.len()], labels, Preprocessing::as_is(1, classes)).unwrap()
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
    fn anomalies_are_a_part_of_their_own() {
        let flags: Vec<bool> = (0..40).map(|row| row % 4 == 1).collect();
        let preprocessing =
            Preprocessing { normal: Some(Vec::new()), classes: Vec::new(), ..Preprocessing::as_is(1, 2) };
        let mut data = Dataset::autoencoder("a", vec![5; 40], flags.clone(), preprocessing).unwrap();
        let fifth = Fraction::from_parts(2000).unwrap();
        let of = |data: &Dataset, holdout| split(data, holdout, fifth, RUN_SPLIT).unwrap();
        let anomalies: Vec<u32> = (0..40).filter(|row| row % 4 == 1).collect();
        let parts = of(&data, fifth);
        assert_eq!(parts.anomalies, anomalies);
        assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (19, 5, 6));
        let all = of(&data, Fraction::ZERO);
        assert_eq!((all.train.len(), &all.anomalies), (30, &anomalies));
        assert!(parts.train.iter().chain(&parts.test).all(|&row| !flags[row as usize]));
        // Rows for the test alone, and groups of which some rows are anomalies.
        data.first_test = Some(20);
        data.groups = Some((0..40).map(|row| row / 4).collect());
        let parts = of(&data, fifth);
        assert_eq!((parts.anomalies.len(), parts.test.len()), (10, 15));
        assert_eq!(parts.train.len() + parts.validation.len(), 15);
        let groups = |rows: &[u32]| rows.iter().map(|row| row / 4).collect::<Vec<u32>>();
        let watched = groups(&parts.validation);
        assert!(groups(&parts.train).iter().all(|group| !watched.contains(group)));
    }

    #[test]
    fn no_holdout_trains_on_all_rows() {
        let parts = split(&labelled(vec![1, 0, 1]), Fraction::ZERO, fraction("0.5"), RUN_SPLIT).unwrap();
        assert_eq!(
            parts,
            Split { train: vec![0, 1, 2], validation: vec![], test: vec![], anomalies: vec![], old: vec![] }
        );
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
