//! What simple methods reach on the same rows: a figure says little alone.

use super::super::affordable::{MOST_PRODUCTS, every};
use super::answer::Answer;
use super::judged::Judged;
use crate::data::Dataset;
use eggroll_batch::regression::Regression;

/// Baselines that have learned from the training rows of a run.
pub struct Baselines {
    classes: usize,
    /// The training rows of each class.
    pub counts: Vec<u64>,
    /// The class that has the most training rows, the first of several.
    pub most_frequent: usize,
    /// The regression learned from every so many-th training row.
    pub every: usize,
    regression: Regression,
}

/// Rows of a data set with their classes.
///
/// # Panics
/// If the number of a row is not below that of the rows of the data.
pub fn labelled<'d>(data: &'d Dataset, rows: &'d [u32]) -> impl Iterator<Item = (&'d [i8], u8)> {
    rows.iter().map(|&row| (data.row(row as usize), data.label(row as usize)))
}

impl Baselines {
    /// Learns from these rows of a data set. The same rows give the same baselines, on any number of threads.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn fit(data: &Dataset, train: &[u32]) -> Self {
        let mut counts = vec![0; data.classes];
        labelled(data, train).for_each(|(_, label)| counts[usize::from(label)] += 1);
        let most = counts.iter().max().copied().unwrap_or(0);
        let most_frequent = counts.iter().position(|&count| count == most).unwrap_or(0);
        let every = every(train.len(), 2 * (data.features as u64 + 1) * data.classes as u64);
        let chosen: Vec<u32> = train.iter().copied().step_by(every).collect();
        let (rows, labels): (Vec<&[i8]>, Vec<u8>) = labelled(data, &chosen).unzip();
        let regression = Regression::fit(&rows, &labels, data.classes, MOST_PRODUCTS);
        Self { classes: data.classes, counts, most_frequent, every, regression }
    }

    /// Judges the answer that is always the most frequent class. Its probabilities are the shares of the
    /// classes among the training rows, of which each class has one more than there are.
    pub fn judge_most_frequent<'r>(&self, rows: impl Iterator<Item = (&'r [i8], u8)>) -> Judged {
        let all = self.counts.iter().sum::<u64>() + self.classes as u64;
        let share = |class: usize| (self.counts.get(class).copied().unwrap_or(0) + 1) as f64 / all as f64;
        let (class, probability) = (self.most_frequent, byte(share(self.most_frequent)));
        Judged::of(self.classes, self.classes, rows, |_, label| Answer {
            class,
            probability,
            log_likelihood: Some(share(label.into()).log2()),
        })
    }

    /// Judges the logistic regression.
    pub fn judge_regression<'r>(&self, rows: impl Iterator<Item = (&'r [i8], u8)>) -> Judged {
        Judged::of(self.classes, self.classes, rows, |row, label| {
            let logs = self.regression.log_probabilities(row);
            let largest = logs.iter().copied().fold(f64::MIN, f64::max);
            let class = logs.iter().position(|&log| log == largest).unwrap_or(0);
            let of_label = logs.get(usize::from(label)).copied();
            Answer {
                class,
                probability: byte(largest.exp()),
                log_likelihood: of_label.map(|log| log / std::f64::consts::LN_2),
            }
        })
    }
}

/// A probability in 1/256, rounded down, at most 255.
fn byte(probability: f64) -> u8 {
    (256.0 * probability) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Fraction, RUN_SPLIT, digits, split};

    #[test]
    fn the_digits() {
        let data = digits().unwrap();
        let (holdout, validation): (Fraction, Fraction) = ("0.2".parse().unwrap(), "0.1".parse().unwrap());
        let parts = split(&data, holdout, validation, RUN_SPLIT).unwrap();
        let baselines = Baselines::fit(&data, &parts.train);
        let frequent = baselines.judge_most_frequent(labelled(&data, &parts.test));
        assert_eq!(frequent.confusion.balanced_accuracy(), Some(0.1));
        assert!(frequent.log_loss.is_some_and(|loss| (3.3..3.4).contains(&loss)), "{:?}", frequent.log_loss);
        let regression = baselines.judge_regression(labelled(&data, &parts.test));
        let accuracy = regression.accuracy().unwrap();
        assert_eq!(baselines.every, 1);
        assert!(frequent.beside(&regression).second_is_better());
        assert!((DIGITS.0 - accuracy).abs() < 0.004, "{accuracy}");
        let loss = regression.log_loss.unwrap();
        assert!((DIGITS.1 - loss).abs() < 0.001, "{loss}");
    }

    /// Accuracy and log loss in bits of scikit-learn 1.9.1 on the same rows: `LogisticRegression(C=1)` behind
    /// a `StandardScaler`.
    const DIGITS: (f64, f64) = (0.980_501, 0.110_850);
}
