//! The answers to rows whose classes are known.

use super::answer::{Answer, Classifier};
use super::calibration::Calibration;
use super::confusion::Confusion;
use eggroll_firmware::model::Program;

/// So many standard deviations apart, two classifiers that answer the same rows differ.
pub(in super::super) const CLEAR: f64 = 2.0;
/// A difference in accuracy, or in R², below this is not worth a word.
pub(in super::super) const WORTH: f64 = 0.01;

/// How well rows were answered whose classes are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Which answers were given to the rows of each class.
    pub confusion: Confusion,
    /// The answers by their probabilities.
    pub calibration: Calibration,
    /// The mean of the negative log-likelihoods of the rows' classes, in bits; `None` without rows. A guess
    /// among n classes has the binary logarithm of n.
    pub log_loss: Option<f64>,
    /// For each row, whether it was answered rightly.
    right: Vec<bool>,
}

/// Rows on which two classifiers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outvoted {
    /// Rows that only the first answers rightly.
    pub only_first: u64,
    /// Rows that only the second answers rightly.
    pub only_second: u64,
    /// All rows.
    pub rows: u64,
}

impl Outvoted {
    /// Whether the second is better than the first: by a hundredth of the rows, and by more than the
    /// uncertainty. Only rows on which the two differ count (McNemar), which tells more than two accuracies.
    pub fn second_is_better(self) -> bool {
        let (first, second) = (self.only_first as f64, self.only_second as f64);
        second - first > CLEAR * (first + second).sqrt() && second - first >= WORTH * self.rows as f64
    }
}

impl Judged {
    /// Judges a model on rows, each with its class. Its weights must be those of the program.
    pub fn model<'r>(
        program: &Program,
        weights: &[i8],
        classes: usize,
        rows: impl Iterator<Item = (&'r [i8], u8)>,
    ) -> Self {
        let mut classifier = Classifier::new(program, weights);
        let outputs = program.layers().last().map_or(0, |place| place.layer.outputs() as usize);
        Self::of(classes, outputs, rows, |row, label| classifier.answer(row, Some(label)))
    }

    /// Judges any classifier of so many outputs on rows, each with its class.
    pub(super) fn of<'r>(
        classes: usize,
        outputs: usize,
        rows: impl Iterator<Item = (&'r [i8], u8)>,
        mut answer: impl FnMut(&[i8], u8) -> Answer,
    ) -> Self {
        let (mut confusion, mut calibration) = (Confusion::new(classes, outputs), Calibration::default());
        let (mut right, mut loss) = (Vec::new(), 0.0);
        for (row, label) in rows {
            let answer = answer(row, label);
            let is_right = answer.class == usize::from(label);
            confusion.add(label.into(), answer.class);
            calibration.add(answer.probability, is_right);
            loss -= answer.log_likelihood.unwrap_or(0.0);
            right.push(is_right);
        }
        // The firmware rounds a log-likelihood up, so that a certain answer may have a loss just below 0.
        let log_loss = (!right.is_empty()).then(|| f64::max(loss / right.len() as f64, 0.0));
        Self { confusion, calibration, log_loss, right }
    }

    /// The share of the rows that were answered rightly, from 0 to 1; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        self.confusion.accuracy()
    }

    /// Compares with another classifier that was judged on the same rows.
    pub fn beside(&self, other: &Self) -> Outvoted {
        let pairs = || self.right.iter().zip(&other.right);
        let only = |of: fn(&(&bool, &bool)) -> bool| pairs().filter(of).count() as u64;
        Outvoted {
            only_first: only(|(first, second)| **first && !**second),
            only_second: only(|(first, second)| !**first && **second),
            rows: self.right.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers rows by their first feature.
    fn judged(rows: &[(Vec<i8>, u8)]) -> Judged {
        let rows = rows.iter().map(|(row, label)| (&row[..], *label));
        Judged::of(2, 2, rows, |row, _| Answer {
            class: usize::from(row[0] > 0),
            probability: 200,
            log_likelihood: Some(-0.5),
        })
    }

    #[test]
    fn rows_are_counted() {
        let of = judged(&[(vec![1], 1), (vec![1], 0), (vec![-1], 0), (vec![-1], 0)]);
        assert_eq!((of.accuracy(), of.log_loss), (Some(0.75), Some(0.5)));
        assert_eq!((of.confusion.count(0, 1), of.calibration.at_least(200)), (1, (4, 3)));
        let none = judged(&[]);
        assert_eq!((none.accuracy(), none.log_loss), (None, None));
        assert_eq!(of.beside(&of), Outvoted { only_first: 0, only_second: 0, rows: 4 });
    }

    #[test]
    fn a_better_one_is_told_from_luck() {
        let of = |only_first, only_second, rows| Outvoted { only_first, only_second, rows };
        assert!(of(2, 20, 300).second_is_better());
        assert!(!of(20, 2, 300).second_is_better() && !of(5, 9, 300).second_is_better());
        assert!(!of(0, 20, 100_000).second_is_better(), "too little to matter");
        assert!(!of(0, 0, 0).second_is_better());
    }
}
