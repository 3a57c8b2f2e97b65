//! Rare classes drawn as often as frequent ones.

use super::{DataError, Dataset};

/// The most bytes of records that a balanced training part may take: as many as a file may have.
const MOST_BYTES: u64 = 1 << 30;
/// A class counts as rare below this share, in percent, of what it would have if all had as many rows.
const RARE: u64 = 50;

/// Rows of a training part by class.
struct Counts([u64; 256]);

impl Counts {
    fn of(data: &Dataset, train: &[u32]) -> Self {
        let mut counts = [0; 256];
        train.iter().for_each(|&row| counts[usize::from(data.label(row as usize))] += 1);
        Self(counts)
    }

    /// Those of the most frequent class.
    fn most(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// Classes that have a row.
    fn classes(&self) -> u64 {
        self.0.iter().filter(|&&count| count > 0).count() as u64
    }
}

/// The rows of a training part such that every class that has any is there as often as the most frequent one:
/// a row of a rarer class is repeated, some of them once more than others. Whoever draws samples in
/// permutations of these rows, as all runs do, draws all classes alike.
///
/// Of the `n` rows of a class, row `j` from 0 is there `(j + 1) * most / n - j * most / n` times, each
/// quotient rounded down.
///
/// # Errors
/// [`DataError::Balance`] where their records would take more than 1 GiB.
///
/// # Panics
/// If the number of a row is not below that of the rows of the data.
pub fn balanced(data: &Dataset, train: &[u32]) -> Result<Vec<u32>, DataError> {
    let counts = Counts::of(data, train);
    let (most, rows) = (counts.most(), counts.most() * counts.classes());
    let bytes = rows.saturating_mul(data.features as u64 + 1);
    if bytes > MOST_BYTES {
        return Err(DataError::Balance { name: data.name.clone(), rows, mebibytes: bytes >> 20 });
    }
    let mut taken = [0; 256];
    let mut drawn = Vec::with_capacity(rows as usize);
    for &row in train {
        let class = usize::from(data.label(row as usize));
        let before = taken[class] * most / counts.0[class];
        taken[class] += 1;
        let times = taken[class] * most / counts.0[class] - before;
        drawn.extend((0..times).map(|_| row));
    }
    Ok(drawn)
}

/// The rarest class of a training part, where balance would change much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rare {
    /// The class.
    pub class: usize,
    /// Its rows, at least 1.
    pub rows: u64,
    /// What it would have if all classes had as many.
    pub share: u64,
    /// The rows of the balanced part.
    pub balanced: u64,
}

impl Rare {
    /// The rarest class that has any row, if these are less than half of its share.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn of(data: &Dataset, train: &[u32]) -> Option<Self> {
        let counts = Counts::of(data, train);
        let with_rows = counts.0.iter().enumerate().filter(|(_, count)| **count > 0);
        let (class, &rows) = with_rows.min_by_key(|(_, count)| **count)?;
        let (classes, all) = (counts.classes(), train.len() as u64);
        let rare = Self { class, rows, share: all / classes, balanced: counts.most() * classes };
        (100 * rows * classes < RARE * all).then_some(rare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Preprocessing;
    use proptest::prelude::*;

    fn labelled(labels: &[u8], features: usize) -> Dataset {
        let rows = vec![0; labels.len() * features];
        Dataset::new("rows", rows, labels.to_vec(), Preprocessing::as_is(features, 4)).unwrap()
    }

    #[test]
    fn rows_of_rare_classes_are_repeated() {
        let data = labelled(&[0, 1, 0, 0, 1, 0, 0, 3], 1);
        // Row 7 does not train, and class 2 has no row.
        assert_eq!(balanced(&data, &[0, 1, 2, 3, 4, 5, 6]).unwrap(), [0, 1, 1, 2, 3, 4, 4, 4, 5, 6]);
        assert!(balanced(&data, &[]).unwrap().is_empty());
    }

    #[test]
    fn too_large_to_be_balanced() {
        let mut labels = vec![0; 1 << 16];
        labels[..3].copy_from_slice(&[1, 2, 3]);
        let data = labelled(&labels, 5000);
        let train: Vec<u32> = (0..1 << 16).collect();
        let message = balanced(&data, &train).unwrap_err().to_string();
        assert!(message.contains("rows: --balance would need 262132 rows of 1250 MiB"), "{message}");
    }

    #[test]
    fn rare_is_less_than_half_of_the_share() {
        let labels: Vec<u8> = [vec![0; 30], vec![1; 10]].concat();
        let data = labelled(&labels, 1);
        let rows = |ones: u32| (0..30 + ones).collect::<Vec<u32>>();
        assert_eq!(Rare::of(&data, &rows(10)), None);
        assert_eq!(Rare::of(&data, &rows(9)), Some(Rare { class: 1, rows: 9, share: 19, balanced: 60 }));
        // A class without a row to train on cannot be drawn.
        assert_eq!(Rare::of(&data, &rows(0)), None);
        assert_eq!(Rare::of(&data, &[]), None);
    }

    proptest! {
        #[test]
        fn every_class_is_there_as_often(labels in prop::collection::vec(0u8..4, 1..200)) {
            let data = labelled(&labels, 1);
            let train: Vec<u32> = (0..labels.len() as u32).filter(|row| row % 5 != 0).collect();
            let (before, after) = (Counts::of(&data, &train), balanced(&data, &train).unwrap());
            let drawn = Counts::of(&data, &after);
            for class in 0..4 {
                prop_assert_eq!(drawn.0[class], if before.0[class] > 0 { before.most() } else { 0 });
            }
            for row in train {
                let times = after.iter().filter(|&&other| other == row).count() as u64;
                let count = before.0[usize::from(labels[row as usize])];
                prop_assert!((before.most() / count..=before.most().div_ceil(count)).contains(&times));
            }
        }
    }
}
