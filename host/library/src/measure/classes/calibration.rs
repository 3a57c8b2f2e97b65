//! Whether a model is right as often as it says: answers by their probabilities.

/// The bins that probabilities are put into.
pub const BINS: usize = 10;

/// Answers, and those of them that are right, by their probability in 1/256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    counts: Vec<(u64, u64)>,
}

/// The answers whose probability is in a tenth of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// The answers.
    pub answers: u64,
    /// Their mean probability, from 0 to 1; 0 without answers.
    pub probability: f64,
    /// The share of them that are right, from 0 to 1; 0 without answers.
    pub right: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { counts: vec![(0, 0); 256] }
    }
}

impl Calibration {
    /// Adds an answer of this probability in 1/256.
    pub fn add(&mut self, probability: u8, right: bool) {
        if let Some((answers, rights)) = self.counts.get_mut(usize::from(probability)) {
            *answers += 1;
            *rights += u64::from(right);
        }
    }

    /// The answers whose probability is at least this, in 1/256, and those of them that are right.
    pub fn at_least(&self, probability: u8) -> (u64, u64) {
        let kept = self.counts.iter().skip(usize::from(probability));
        kept.fold((0, 0), |(answers, right), (a, r)| (answers + a, right + r))
    }

    /// The reliability: [`BINS`] bins of equal width, from the lowest probabilities on. A probability that
    /// was rounded down counts as the middle of its 1/256.
    pub fn bins(&self) -> [Bin; BINS] {
        let mut sums = [(0u64, 0u64, 0.0); BINS];
        for (probability, &(answers, right)) in self.counts.iter().enumerate() {
            if let Some(sum) = sums.get_mut(probability * BINS / 256) {
                let mean = (probability as f64 + 0.5) / 256.0;
                *sum = (sum.0 + answers, sum.1 + right, sum.2 + mean * answers as f64);
            }
        }
        sums.map(|(answers, right, sum)| {
            let of = |part: f64| if answers > 0 { part / answers as f64 } else { 0.0 };
            Bin { answers, probability: of(sum), right: of(right as f64) }
        })
    }

    /// The expected calibration error, from 0 to 1: how far the probability and the share of right answers
    /// are apart, in the mean over all answers, by bins. `None` without answers.
    pub fn error(&self) -> Option<f64> {
        let bins = self.bins();
        let all: u64 = bins.iter().map(|bin| bin.answers).sum();
        let apart = bins.iter().map(|bin| bin.answers as f64 * (bin.probability - bin.right).abs());
        (all > 0).then(|| apart.sum::<f64>() / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_and_wrong_is_far_off() {
        let mut of = Calibration::default();
        assert_eq!(of.error(), None);
        (0..4).for_each(|place| of.add(255, place == 0));
        (0..4).for_each(|place| of.add(127, place % 2 == 0));
        assert_eq!((of.at_least(0), of.at_least(128), of.at_least(255)), ((8, 3), (4, 1), (4, 1)));
        let bins = of.bins();
        assert_eq!((bins[9].answers, bins[4].answers, bins[9].right, bins[4].right), (4, 4, 0.25, 0.5));
        let error = of.error().unwrap();
        assert!((error - (255.5 / 256.0 - 0.25 + 0.5 - 127.5 / 256.0) / 2.0).abs() < 1e-12, "{error}");
    }
}
