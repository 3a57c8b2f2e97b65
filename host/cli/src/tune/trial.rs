//! The trainings of a search, and which of them is best.

use eggroll_host::measure::{Measure, Score};
use std::cmp::Ordering;

/// The settings in which the trainings of a search differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The sizes of the hidden layers; `None` for a model without such layers.
    pub(super) hidden: Option<Vec<u32>>,
    /// The rate is that of the defaults times two to this power.
    pub(super) doublings: i32,
    /// The seed.
    pub(super) seed: u32,
}

/// A training that is finished.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trial {
    /// What was tried.
    pub(super) candidate: Candidate,
    /// The score on the watched part.
    pub(super) validation: Score,
    /// The number of weights.
    pub(super) parameters: usize,
    /// The learning rate in 1/65536, if the optimiser has one.
    pub(super) rate: Option<u32>,
    /// The generations that were trained.
    pub(super) generations: u32,
    /// How long that took.
    pub(super) seconds: f64,
}

/// The places of the trials in their list, the best first: by the watched part alone, then the smaller model,
/// then the earlier trial.
pub(super) fn ranking(trials: &[Trial]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..trials.len()).collect();
    // The sort leaves trials that are equal in their order.
    places.sort_by(|&a, &b| match (trials.get(a), trials.get(b)) {
        (Some(a), Some(b)) => better(a.validation, b.validation).then(a.parameters.cmp(&b.parameters)),
        _ => Ordering::Equal,
    });
    places
}

/// Less for the better one. What is no number is worse than every number.
fn better(a: Score, b: Score) -> Ordering {
    let value = |score: Score| match score.measure {
        _ if score.value.is_nan() => f64::NEG_INFINITY,
        Measure::Bits => -score.value,
        Measure::Accuracy | Measure::Return | Measure::R2 | Measure::Own | Measure::Success => score.value,
    };
    value(b).total_cmp(&value(a))
}

/// Whether no score can be better.
pub(super) fn is_perfect(score: Score) -> bool {
    matches!(score.measure, Measure::Accuracy | Measure::R2 | Measure::Success) && score.value >= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(validation: Score, parameters: usize) -> Trial {
        let candidate = Candidate { hidden: None, doublings: 0, seed: 1 };
        Trial { candidate, validation, parameters, rate: None, generations: 1, seconds: 0.0 }
    }

    #[test]
    fn the_best_by_the_watched_part() {
        let of = |values: &[(f64, usize)], score: fn(f64) -> Score| {
            ranking(&values.iter().map(|&(value, size)| trial(score(value), size)).collect::<Vec<_>>())
        };
        assert_eq!(of(&[(0.8, 10), (0.9, 99), (0.85, 1)], Score::accuracy), [1, 2, 0]);
        // The smaller model, then the earlier trial.
        assert_eq!(of(&[(0.9, 20), (0.9, 10), (0.9, 20), (0.9, 10)], Score::accuracy), [1, 3, 0, 2]);
        assert_eq!(of(&[(2.5, 1), (2.25, 9), (8.0, 1)], Score::bits), [1, 0, 2]);
        assert_eq!(of(&[(f64::NAN, 1), (-1e9, 9), (0.5, 9)], Score::r2), [2, 1, 0]);
        assert_eq!(of(&[(f64::NAN, 1), (9.0, 9)], Score::bits), [1, 0]);
        assert_eq!(of(&[], Score::r2), [0; 0]);
    }

    #[test]
    fn only_shares_end() {
        assert!(is_perfect(Score::accuracy(1.0)) && !is_perfect(Score::accuracy(0.999)));
        assert!(!is_perfect(Score::mean_return(500.0)) && !is_perfect(Score::bits(1.0)));
    }
}
