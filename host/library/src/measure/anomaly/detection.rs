//! How well normal rows and anomalies are told apart.

use super::super::classes::Part;
use super::auc::auc;
use super::detector::Detector;
use crate::data::{Dataset, Split};
use eggroll_firmware::model::Program;

/// The scores of normal rows and of anomalies, and the threshold above which a row counts as an anomaly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// A row with a higher score counts as an anomaly.
    pub threshold: i32,
    /// The scores of normal rows, in ascending order.
    pub normal: Vec<i32>,
    /// The scores of anomalies, in ascending order.
    pub anomalies: Vec<i32>,
}

/// The rows with a score above the threshold.
fn above(ascending: &[i32], threshold: i32) -> usize {
    ascending.len() - ascending.partition_point(|&score| score <= threshold)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Detection {
    /// Scores rows. The weights must be those of the program.
    pub fn of<'r>(
        program: &Program,
        weights: &[i8],
        threshold: i32,
        normal: impl Iterator<Item = &'r [i8]>,
        anomalies: impl Iterator<Item = &'r [i8]>,
    ) -> Self {
        let mut detector = Detector::new(program, weights);
        let (normal, anomalies) = (detector.scores(normal), detector.scores(anomalies));
        Self { threshold, normal, anomalies }
    }

    /// Scores the rows that a detector is judged on: all anomalies, and the normal rows of the part that is
    /// returned.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn on(
        program: &Program,
        weights: &[i8],
        threshold: i32,
        data: &Dataset,
        split: &Split,
    ) -> (Part, Self) {
        let (part, normal) = Part::of(split);
        let row = |&row: &u32| data.row(row as usize);
        let (normal, anomalies) = (normal.iter().map(row), split.anomalies.iter().map(row));
        (part, Self::of(program, weights, threshold, normal, anomalies))
    }

    /// The area under the ROC curve, which no threshold decides ([`auc`]).
    pub fn auc(&self) -> Option<f64> {
        auc(&self.normal, &self.anomalies)
    }

    /// Normal rows that count as anomalies.
    pub fn false_alarms(&self) -> usize {
        above(&self.normal, self.threshold)
    }

    /// Their share, from 0 to 1; `None` without normal rows.
    pub fn false_alarm_rate(&self) -> Option<f64> {
        share(self.false_alarms(), self.normal.len())
    }

    /// Anomalies that count as such.
    pub fn detected(&self) -> usize {
        above(&self.anomalies, self.threshold)
    }

    /// Their share, from 0 to 1; `None` without anomalies.
    pub fn detection_rate(&self) -> Option<f64> {
        share(self.detected(), self.anomalies.len())
    }

    /// The mean of the share of anomalies that count as such and of normal rows that do not; `None` unless
    /// there are both.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.detection_rate()? + 1.0 - self.false_alarm_rate()?) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_at_the_threshold_is_normal() {
        let of = Detection { threshold: 5, normal: vec![1, 5, 5, 6], anomalies: vec![5, 6, 9] };
        assert_eq!((of.false_alarms(), of.detected()), (1, 2));
        assert_eq!(of.false_alarm_rate(), Some(0.25));
        assert!((of.balanced_accuracy().unwrap() - (2.0 / 3.0 + 0.75) / 2.0).abs() < 1e-12);
        // 5 is above 1 and equal to two; 6 is above three and equal to one; 9 is above all four.
        assert_eq!(of.auc(), Some((2.0 + 3.5 + 4.0) / 12.0));
    }

    #[test]
    fn rows_of_one_kind_have_no_figures_of_the_other() {
        let of = Detection { threshold: 5, normal: vec![1], anomalies: vec![] };
        assert_eq!((of.auc(), of.detection_rate(), of.balanced_accuracy()), (None, None, None));
        assert_eq!(of.false_alarm_rate(), Some(0.0));
    }
}
