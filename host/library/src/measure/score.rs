//! The measures of progress, and scores in these measures.

use crate::words;
use std::fmt;
use std::str::FromStr;

/// A measure of the progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// The accuracy on samples: the share that the model classifies rightly, from 0 to 1.
    #[default]
    Accuracy,
    /// The return in an environment: its mean over episodes with fresh starts, in reward units.
    Return,
    /// The bits that a byte of a text takes, given the bytes before it. Less is better.
    Bits,
    /// The share of the targets' variance that a regression explains, R²; the mean over the targets.
    R2,
    /// The score by a task of the boards' own, in its unit: the mean over trials that no training meets.
    Own,
    /// The share of fresh prompts that the model answers rightly, taking the likeliest byte each time, from 0
    /// to 1.
    Success,
}

impl Measure {
    /// The name in files and on the command line: `accuracy`, `return`, `bits_per_byte`, `r2`, `score`,
    /// `success`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Return => "return",
            Self::Bits => "bits_per_byte",
            Self::R2 => "r2",
            Self::Own => "score",
            Self::Success => "success",
        }
    }

    /// The title of a curve.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Accuracy => "Validation accuracy",
            Self::Return => "Mean return",
            Self::Bits => "Validation bits a byte",
            Self::R2 => "Validation R²",
            Self::Own => "Mean score",
            Self::Success => "Right answers",
        }
    }

    /// The trials in which training is counted.
    pub const fn trials(self) -> &'static str {
        match self {
            Self::Accuracy | Self::R2 => "forward passes",
            Self::Return => "episodes",
            Self::Bits => "tokens through models",
            Self::Own => "trials",
            Self::Success => "answers of members",
        }
    }

    /// A short word for these trials, for places where there is little room.
    pub const fn short_trials(self) -> &'static str {
        match self {
            Self::Accuracy | Self::R2 => "passes",
            Self::Return => "episodes",
            Self::Bits => "tokens",
            Self::Own => "trials",
            Self::Success => "answers",
        }
    }

    /// The name of the number of trials in files.
    pub const fn count(self) -> &'static str {
        match self {
            Self::Accuracy | Self::R2 => "forward_passes",
            Self::Return => "episodes",
            Self::Bits => "tokens",
            Self::Own => "trials",
            Self::Success => "answers",
        }
    }

    /// The trials on which the model is watched.
    pub const fn watched(self) -> &'static str {
        match self {
            Self::Accuracy | Self::R2 => "samples",
            Self::Return => "episodes",
            Self::Bits => "bytes",
            Self::Own => "trials",
            Self::Success => "prompts",
        }
    }

    /// The unit of a fitness, which is counted in [`Self::fitness_parts`] of it. That of a regression is 256
    /// squares of a step of a target, or 16 steps, as the loss is.
    pub const fn fitness(self) -> &'static str {
        match self {
            Self::Accuracy | Self::Bits => "bits",
            Self::Return => "reward units",
            Self::R2 => "units of the loss",
            Self::Own => "units of the score",
            Self::Success => "right answers",
        }
    }

    /// The parts of that unit that a fitness counts.
    pub const fn fitness_parts(self) -> f64 {
        if matches!(self, Self::Own) { 1.0 } else { 16.0 }
    }

    /// The score if there is nothing to measure on. A byte without a model takes 8 bits.
    pub const fn nothing(self) -> Score {
        Score { measure: self, value: if matches!(self, Self::Bits) { 8.0 } else { 0.0 } }
    }

    /// The unit after a number on an axis.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Accuracy | Self::Success => " %",
            Self::Return | Self::R2 | Self::Own => "",
            Self::Bits => " bits",
        }
    }

    /// The lower and the upper end of an axis that holds these values ([`Score::on_axis`]).
    pub fn axis(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        match self {
            // Readers look at the last percents, so the axis begins at the multiple of ten below the lowest
            // value.
            Self::Accuracy => ((values.fold(90.0, f64::min) / 10.0).floor() * 10.0, 100.0),
            Self::Success => (0.0, 100.0),
            Self::Return | Self::Bits | Self::R2 | Self::Own => {
                let (low, high) =
                    values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
                if low > high {
                    return (0.0, 1.0);
                }
                // The axis has five to about a dozen round steps.
                let smallest = match self {
                    Self::R2 => 0.1,
                    Self::Bits => 0.5,
                    Self::Accuracy | Self::Success | Self::Return | Self::Own => 5.0,
                };
                let least = (high - low).max(smallest) / 5.0;
                let power = 10f64.powf(least.log10().floor());
                let step = power * [1.0, 2.0, 5.0].into_iter().find(|n| n * power >= least).unwrap_or(10.0);
                let (bottom, top) = ((low / step).floor() * step, (high / step).ceil() * step);
                (bottom, if top > bottom { top } else { bottom + step })
            }
        }
    }
}

/// A score in its measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// The measure.
    pub measure: Measure,
    /// The value: a share from 0 to 1, a return in reward units, bits a byte, R², or a score in the unit of
    /// its task.
    pub value: f64,
}

impl Score {
    /// An accuracy from 0 to 1.
    pub const fn accuracy(value: f64) -> Self {
        Self { measure: Measure::Accuracy, value }
    }

    /// A mean return in reward units.
    pub const fn mean_return(value: f64) -> Self {
        Self { measure: Measure::Return, value }
    }

    /// A mean number of bits a byte.
    pub const fn bits(value: f64) -> Self {
        Self { measure: Measure::Bits, value }
    }

    /// A share of a variance that is explained.
    pub const fn r2(value: f64) -> Self {
        Self { measure: Measure::R2, value }
    }

    /// A mean score by a task of the boards' own.
    pub const fn own(value: f64) -> Self {
        Self { measure: Measure::Own, value }
    }

    /// A share of prompts that are answered rightly.
    pub const fn success(value: f64) -> Self {
        Self { measure: Measure::Success, value }
    }

    /// The value on an axis, where an accuracy is in percent.
    pub const fn on_axis(self) -> f64 {
        match self.measure {
            Measure::Accuracy | Measure::Success => 100.0 * self.value,
            Measure::Return | Measure::Bits | Measure::R2 | Measure::Own => self.value,
        }
    }

    /// Whether it is at least as good as a goal. A score in another measure than the goal's is not.
    pub fn reaches(self, goal: Self) -> bool {
        let better =
            if self.measure == Measure::Bits { self.value <= goal.value } else { self.value >= goal.value };
        self.measure == goal.measure && better
    }

    /// The score and what it was measured on, as in `97.8 % of 359 samples` and `487.3 over 100 fresh
    /// starts`.
    pub fn over(self, count: usize) -> String {
        match self.measure {
            Measure::Accuracy => format!("{self} of {count} samples"),
            Measure::R2 => format!("R² {self} on {count} samples"),
            Measure::Return => format!("{self} over {count} fresh starts"),
            Measure::Bits => format!("{self} a byte of {count}"),
            Measure::Own => format!("{self} over {count} trials"),
            Measure::Success => format!("{self} of {count} prompts answered rightly"),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if matches!(self.measure, Measure::Bits | Measure::R2) { 3 } else { 1 };
        let text = format!("{:.decimals$}", self.on_axis());
        // What is rounded to 0 has no sign.
        let size = text.strip_prefix('-').filter(|size| size.chars().all(|c| matches!(c, '0' | '.')));
        write!(f, "{}{}", size.unwrap_or(&text), self.measure.unit())
    }
}

/// Says why a text is not a goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGoal {
    /// The text names no measure.
    #[error(
        "give accuracy=VALUE, in an environment return=VALUE, on a text bits=VALUE, of a regression r2=VALUE, of a task of \
         the boards' own score=VALUE, of a reward success=VALUE, such as accuracy=0.95, return=475, bits=2.5, r2=0.8, \
         score=-20, success=0.9"
    )]
    Measure,
    /// The value is not an accuracy.
    #[error("`{}` is not an accuracy from 0 to 1", words::shown(.0, words::MOST))]
    Accuracy(String),
    /// The value is not a return.
    #[error("`{}` is not a return in reward units, such as 475 or -100", words::shown(.0, words::MOST))]
    Return(String),
    /// The value is not a number of bits.
    #[error("`{}` is not a number of bits a byte, such as 2.5", words::shown(.0, words::MOST))]
    Bits(String),
    /// The value is not a score.
    #[error("`{}` is not a score in the unit of the task, such as -20 or 350", words::shown(.0, words::MOST))]
    Own(String),
    /// The value is not a share of right answers.
    #[error("`{}` is not a share of right answers from 0 to 1, such as 0.9", words::shown(.0, words::MOST))]
    Success(String),
    /// The value is no share of a variance.
    #[error("`{}` is not a share of the targets' variance of at most 1, such as 0.8", words::shown(.0, words::MOST))]
    R2(String),
}

impl FromStr for Score {
    type Err = InvalidGoal;

    /// Reads a goal, such as `accuracy=0.95` or `return=-100`.
    fn from_str(text: &str) -> Result<Self, InvalidGoal> {
        let (name, value) = text.split_once('=').ok_or(InvalidGoal::Measure)?;
        let number = value.parse().ok().filter(|number: &f64| number.is_finite());
        match name {
            "accuracy" => {
                let part = number.filter(|part| (0.0..=1.0).contains(part));
                part.map(Self::accuracy).ok_or_else(|| InvalidGoal::Accuracy(value.to_owned()))
            }
            "success" => {
                let part = number.filter(|part| (0.0..=1.0).contains(part));
                part.map(Self::success).ok_or_else(|| InvalidGoal::Success(value.to_owned()))
            }
            "return" => number.map(Self::mean_return).ok_or_else(|| InvalidGoal::Return(value.to_owned())),
            "bits" | "bits_per_byte" => {
                number.map(Self::bits).ok_or_else(|| InvalidGoal::Bits(value.to_owned()))
            }
            "score" => number.map(Self::own).ok_or_else(|| InvalidGoal::Own(value.to_owned())),
            "r2" => {
                let share = number.filter(|&share| share <= 1.0);
                share.map(Self::r2).ok_or_else(|| InvalidGoal::R2(value.to_owned()))
            }
            _ => Err(InvalidGoal::Measure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals() {
        let of = |text: &str| text.parse::<Score>();
        assert_eq!(of("accuracy=0.95"), Ok(Score::accuracy(0.95)));
        assert_eq!(of("return=-100.5"), Ok(Score::mean_return(-100.5)));
        for text in
            ["0.9", "accuracy", "loss=3", "accuracy=1.1", "accuracy=", "return=x", "return=NaN", "return=inf"]
        {
            assert!(of(text).is_err(), "{text}");
        }
        assert!(Score::accuracy(0.9).reaches(Score::accuracy(0.9)));
        assert!(!Score::mean_return(500.0).reaches(Score::accuracy(0.9)));
        assert_eq!((of("bits=2.5"), of("r2=-0.5")), (Ok(Score::bits(2.5)), Ok(Score::r2(-0.5))));
        assert!(
            of("score=-20")
                .is_ok_and(|goal| Score::own(-19.5).reaches(goal) && !Score::own(-21.0).reaches(goal))
        );
        assert_eq!(of("success=0.9"), Ok(Score::success(0.9)));
        assert!(of("score=x").is_err() && of("success=90").is_err());
        assert!(of("r2=1.5").is_err() && Score::r2(0.8).reaches(Score::r2(0.7)));
        assert!(Score::bits(2.4).reaches(Score::bits(2.5)) && !Score::bits(2.6).reaches(Score::bits(2.5)));
        assert!(!Score::mean_return(-101.0).reaches(Score::mean_return(-100.0)));
    }

    #[test]
    fn what_is_rounded_to_0_has_no_sign() {
        let texts = [-0.0004, -0.0006, 0.0].map(|value| Score::r2(value).to_string());
        assert_eq!(texts, ["0.000", "-0.001", "0.000"]);
    }

    #[test]
    fn axes_hold_their_values() {
        let of = |measure: Measure, values: &[f64]| measure.axis(values.iter().copied());
        assert_eq!(of(Measure::Accuracy, &[93.0, 47.0]), (40.0, 100.0));
        assert_eq!(of(Measure::Accuracy, &[]), (90.0, 100.0));
        assert_eq!(of(Measure::Return, &[9.3, 487.0]), (0.0, 500.0));
        assert_eq!(of(Measure::Return, &[-1623.0, -155.0]), (-2000.0, 0.0));
        assert_eq!(of(Measure::Return, &[-1210.0, -310.0]), (-1400.0, -200.0));
        assert_eq!(of(Measure::Return, &[]), (0.0, 1.0));
        for value in [-500.0, 0.0, 0.3, 500.0] {
            let (bottom, top) = of(Measure::Return, &[value]);
            assert!(bottom < top && (bottom..=top).contains(&value), "{bottom} {value} {top}");
        }
    }
}
