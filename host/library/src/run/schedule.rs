use eggroll_firmware::train::Pace;
use fixed::types::U16F16;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// The schedule of the step sizes, as users set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The learning rate of optimiser `residual` in 1/65536, which falls linearly to 0 over the run.
    LearningRate(u32),
    /// The share of weights that move by chance alone under optimiser `vote`, in 1/65536. A value above 1 is
    /// alpha in the schedule of the reference, `1 / ((2^alpha - 1) * g / 1000 + 1)`.
    Alpha(u32),
    /// The threshold q of optimiser `vote` in 1/16, which stays the same.
    Q(u32),
}

/// The step sizes of a run as integers. They are computed when it starts, the journal keeps them, and boards
/// get them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rates {
    /// The rate is `initial * (generations - (g - 1)) // generations`, in 1/65536.
    Linear {
        /// The rate of the first generation.
        initial: u32,
        /// The number of planned generations.
        generations: u32,
    },
    /// For each value of q in 1/16, the first generation that has it.
    Steps(Vec<(u32, u32)>),
}

impl Schedule {
    /// Computes the step sizes of a run once. This is the only place with floating point, and nothing depends
    /// on them yet.
    pub fn rates(self, generations: u32) -> Rates {
        match self {
            Self::LearningRate(initial) => Rates::Linear { initial, generations },
            Self::Q(q) => Rates::Steps(vec![(1, q)]),
            Self::Alpha(alpha) => {
                let alpha = U16F16::from_bits(alpha).to_num::<f64>();
                let growth = alpha.exp2() - 1.0;
                let of = |g: u32| {
                    q(if alpha > 1.0 { 1.0 / (growth * f64::from(g) / 1000.0 + 1.0) } else { alpha })
                };
                // Because q never falls, the next step is found by halving. A run may have 2^32 generations.
                let mut steps: Vec<(u32, u32)> = Vec::new();
                let mut first = Some(1).filter(|_| generations > 0);
                while let Some(generation) = first {
                    let q = of(generation);
                    steps.push((generation, q));
                    first = first_where(generation, generations, |later| of(later) > q);
                }
                Rates::Steps(steps)
            }
        }
    }
}

/// `floor(16 * Phi^-1(1 - alpha / 2))`, which is the number of standard deviations that leaves a share
/// `alpha` outside, in 1/16.
fn q(alpha: f64) -> u32 {
    let quantile = 1.0 - alpha.clamp(1e-12, 1.0) / 2.0;
    Normal::standard().inverse_cdf(quantile).mul_add(16.0, 0.0).max(0.0).floor() as u32
}

/// The first number in `after + 1 ..= last` for which the condition holds. It must hold for all numbers
/// behind that as well.
fn first_where(after: u32, last: u32, so: impl Fn(u32) -> bool) -> Option<u32> {
    let (mut not, mut is) = (after, last);
    if not >= is || !so(is) {
        return None;
    }
    while is - not > 1 {
        let middle = not + (is - not) / 2;
        if so(middle) { is = middle } else { not = middle }
    }
    Some(is)
}

impl Rates {
    /// The step size of a generation, from 1.
    pub fn at(&self, generation: u32) -> u32 {
        match self {
            Self::Linear { initial, generations } => {
                Pace::Linear { initial: *initial, generations: *generations }.at(generation)
            }
            Self::Steps(steps) => {
                let after = steps.partition_point(|&(first, _)| first <= generation);
                after.checked_sub(1).map_or(0, |place| steps[place].1)
            }
        }
    }

    /// The step sizes from a generation on in the form that boards take, and the last generation for which
    /// they hold.
    pub fn pace(&self, generation: u32) -> (Pace, u32) {
        match self {
            Self::Linear { initial, generations } => {
                (Pace::Linear { initial: *initial, generations: *generations }, u32::MAX)
            }
            Self::Steps(steps) => {
                let next = steps.iter().find(|&&(first, _)| first > generation);
                (Pace::Constant(self.at(generation)), next.map_or(u32::MAX, |&(first, _)| first - 1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_rates_fall_by_the_integer_rule() {
        let rates = Schedule::LearningRate(26_214).rates(3);
        assert_eq!([1, 2, 3, 4].map(|g| rates.at(g)), [26_214, 17_476, 8_738, 0]);
    }

    #[test]
    fn thresholds_of_known_quantiles() {
        // The values are Phi^-1(0.975) = 1.95996, Phi^-1(0.75) = 0.67449 and Phi^-1(0.5) = 0.
        let of = |alpha: f64| Schedule::Alpha((alpha * 65536.0) as u32).rates(10).at(5);
        assert_eq!([of(0.05), of(0.5), of(1.0)], [31, 10, 0]);
        assert_eq!(Schedule::Q(7).rates(10).at(3), 7);
    }

    #[test]
    fn the_references_schedule_raises_q() {
        // With alpha = 2, the share 1 / (3 g / 1000 + 1) is 1/4 at g = 1000, and Phi^-1(0.875) = 1.15035.
        let rates = Schedule::Alpha(2 << 16).rates(2000);
        assert_eq!(rates.at(1000), 18);
        assert!((1..2000).all(|g| rates.at(g) <= rates.at(g + 1)));
        for g in 1..=2000 {
            let (pace, last) = rates.pace(g);
            assert!((g..=last.min(2000)).all(|later| pace.at(later) == rates.at(later)));
        }
        let Rates::Steps(steps) = &rates else { panic!() };
        assert!(steps.len() < 30);
        // The steps found by halving are those of computing every generation by itself.
        let alone = |g: u32| q(1.0 / (3.0 * f64::from(g) / 1000.0 + 1.0));
        assert!((1..=2000).all(|g| rates.at(g) == alone(g)));
        // This run has as many generations as a run can have, and is fast nevertheless.
        let longest = Schedule::Alpha(2 << 16).rates(u32::MAX);
        assert_eq!(longest.at(1000), 18);
        assert_eq!(longest.at(u32::MAX), alone(u32::MAX));
    }
}
