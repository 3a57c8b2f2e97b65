//! What chance reaches on a validation part, and how far an accuracy on it can be relied on.

use crate::data::Dataset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many standard deviations apart, two accuracies differ: about one pair of equal ones in a thousand does.
const CLEAR: f64 = 3.0;
/// What has fallen back has lost at least this share of what it was above chance. On a large validation part,
/// every little waver is beyond the uncertainty.
const LOSS: f64 = 0.1;

/// How accurate a model is that always predicts the most frequent class of a validation part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    /// The samples of the validation part.
    #[serde(rename = "validation_samples")]
    pub watched: u32,
    /// Those of its most frequent class.
    #[serde(rename = "validation_most_frequent")]
    pub most_frequent: u32,
}

impl Chance {
    /// The chance on these rows; `None` without rows, and for rows with targets.
    pub fn of(data: &Dataset, rows: &[u32]) -> Option<Self> {
        if data.targets().is_some() {
            return None;
        }
        let mut classes = BTreeMap::<u8, u32>::new();
        rows.iter().for_each(|&row| *classes.entry(data.label(row as usize)).or_default() += 1);
        let most_frequent = classes.into_values().max()?;
        Some(Self { watched: u32::try_from(rows.len()).ok()?, most_frequent })
    }

    /// The share of the most frequent class.
    pub fn share(self) -> f64 {
        f64::from(self.most_frequent) / f64::from(self.watched.max(1))
    }

    /// The variance of an accuracy that is measured on so many samples (binomial, with a success and a
    /// failure added: an accuracy of 1 on few samples is not certain).
    fn variance(self, accuracy: f64) -> f64 {
        let samples = f64::from(self.watched);
        let smoothed = (accuracy * samples + 1.0) / (samples + 2.0);
        smoothed * (1.0 - smoothed) / (samples + 2.0)
    }

    /// Whether a model of this accuracy has learned nothing: it is not better than chance by more than the
    /// uncertainty, and it is clearly below the middle between chance and no error at all. The second keeps
    /// a small validation part, on which little can be told apart from chance, from raising an alarm.
    pub fn holds(self, accuracy: f64) -> bool {
        let (chance, deviation) = (self.share(), self.variance(accuracy).sqrt());
        let near = accuracy <= chance + 2.0 * self.variance(chance).sqrt();
        near && accuracy + CLEAR * deviation < (1.0 + chance) / 2.0
    }

    /// Whether an accuracy that is measured on so many samples may be `goal` or more, within the uncertainty.
    pub fn may_reach(self, accuracy: f64, goal: f64) -> bool {
        accuracy + CLEAR * self.variance(accuracy).sqrt() >= goal
    }

    /// Whether an accuracy is clearly below an earlier one: by more than the uncertainty of both, and by a
    /// tenth of what the earlier one was above chance.
    pub fn fell(self, from: f64, to: f64) -> bool {
        let uncertainty = CLEAR * (self.variance(from) + self.variance(to)).sqrt();
        let fall = from - to;
        fall > uncertainty && fall > LOSS * (from - self.share())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_class_is_chance() {
        let data = crate::data::digits().unwrap();
        let rows: Vec<u32> = (0..300).collect();
        let chance = Chance::of(&data, &rows).unwrap();
        let most = (0..10).map(|class| rows.iter().filter(|&&row| data.label(row as usize) == class).count());
        assert_eq!((chance.watched, Some(chance.most_frequent as usize)), (300, most.max()));
        assert_eq!(Chance::of(&data, &[]), None);
    }

    #[test]
    fn few_samples_tell_little_about_a_goal() {
        let of = |watched| Chance { watched, most_frequent: watched / 3 };
        assert!(of(12).may_reach(0.75, 0.9) && of(12).may_reach(0.9, 0.9));
        assert!(!of(145).may_reach(0.75, 0.9) && of(145).may_reach(0.85, 0.9));
    }

    #[test]
    fn few_samples_raise_no_alarm() {
        let digits = Chance { watched: 145, most_frequent: 15 };
        assert!(digits.holds(0.1) && digits.holds(0.14) && !digits.holds(0.25));
        assert!(digits.fell(0.97, 0.8) && !digits.fell(0.97, 0.92) && !digits.fell(0.8, 0.97));
        // Of seven samples three are right by chance, and four more by a good model.
        let few = Chance { watched: 7, most_frequent: 3 };
        assert!(!few.holds(3.0 / 7.0) && !few.fell(1.0, 5.0 / 7.0));
        // One class prevails: the middle between chance and no error is within reach of the uncertainty.
        let uneven = Chance { watched: 145, most_frequent: 138 };
        assert!(!uneven.holds(0.95) && uneven.holds(0.3));
        // Many samples, and a waver that is beyond their uncertainty but small.
        let many = Chance { watched: 100_000, most_frequent: 10_000 };
        assert!(!many.fell(0.98, 0.96) && many.fell(0.98, 0.85));
    }
}
