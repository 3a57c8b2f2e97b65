//! What the progress of a run is measured by, and a figure in that measure.

use crate::words;
use std::fmt;
use std::str::FromStr;

/// What progress is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Samples: the part that the model classifies rightly, 0 to 1.
    #[default]
    Accuracy,
    /// An environment: the mean return of episodes with fresh starts, in reward units.
    Return,
    /// A text: the bits that a byte takes, given those before it. Less is better.
    Bits,
}

impl Measure {
    /// Its name on a command line and in files: `accuracy`, `return`, `bits_per_byte`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Return => "return",
            Self::Bits => "bits_per_byte",
        }
    }

    /// What the title of a curve calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Accuracy => "Validation accuracy",
            Self::Return => "Mean return",
            Self::Bits => "Validation bits a byte",
        }
    }

    /// What members are run on, and what training is counted in.
    pub const fn trials(self) -> &'static str {
        match self {
            Self::Accuracy => "forward passes",
            Self::Return => "episodes",
            Self::Bits => "tokens through models",
        }
    }

    /// The same beside a number, where there is little room.
    pub const fn short_trials(self) -> &'static str {
        match self {
            Self::Accuracy => "passes",
            Self::Return => "episodes",
            Self::Bits => "tokens",
        }
    }

    /// The name of that count in files.
    pub const fn count(self) -> &'static str {
        match self {
            Self::Accuracy => "forward_passes",
            Self::Return => "episodes",
            Self::Bits => "tokens",
        }
    }

    /// What the model is watched on.
    pub const fn watched(self) -> &'static str {
        match self {
            Self::Accuracy => "samples",
            Self::Return => "episodes",
            Self::Bits => "bytes",
        }
    }

    /// What a fitness counts sixteenths of.
    pub const fn fitness(self) -> &'static str {
        match self {
            Self::Accuracy => "bits",
            Self::Return => "reward units",
            Self::Bits => "bits",
        }
    }

    /// The figure of nothing: of a text what a byte takes by itself.
    pub const fn nothing(self) -> Score {
        Score { measure: self, value: if matches!(self, Self::Bits) { 8.0 } else { 0.0 } }
    }

    /// The unit behind a number on an axis.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Accuracy => " %",
            Self::Return => "",
            Self::Bits => " bits",
        }
    }

    /// The ends of an axis, bottom and top, for values on it ([`Score::on_axis`]).
    pub fn axis(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        match self {
            // The last percents are what one looks for: from the ten below the lowest value.
            Self::Accuracy => ((values.fold(90.0, f64::min) / 10.0).floor() * 10.0, 100.0),
            Self::Return | Self::Bits => {
                let (low, high) =
                    values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
                if low > high {
                    return (0.0, 1.0);
                }
                // Five to a dozen round steps.
                let smallest = if self == Self::Bits { 0.5 } else { 5.0 };
                let least = (high - low).max(smallest) / 5.0;
                let power = 10f64.powf(least.log10().floor());
                let step = power * [1.0, 2.0, 5.0].into_iter().find(|n| n * power >= least).unwrap_or(10.0);
                let (bottom, top) = ((low / step).floor() * step, (high / step).ceil() * step);
                (bottom, if top > bottom { top } else { bottom + step })
            }
        }
    }
}

/// A figure in its measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// What it is measured by.
    pub measure: Measure,
    /// A part from 0 to 1, or reward units.
    pub value: f64,
}

impl Score {
    /// A part of samples, 0 to 1.
    pub const fn accuracy(value: f64) -> Self {
        Self { measure: Measure::Accuracy, value }
    }

    /// A mean return in reward units.
    pub const fn mean_return(value: f64) -> Self {
        Self { measure: Measure::Return, value }
    }

    /// Mean bits a byte.
    pub const fn bits(value: f64) -> Self {
        Self { measure: Measure::Bits, value }
    }

    /// Where it lies on an axis: percents, or reward units.
    pub const fn on_axis(self) -> f64 {
        match self.measure {
            Measure::Accuracy => 100.0 * self.value,
            Measure::Return | Measure::Bits => self.value,
        }
    }

    /// Whether it is as good as a goal; one in another measure it never is.
    pub fn reaches(self, goal: Self) -> bool {
        let better =
            if self.measure == Measure::Bits { self.value <= goal.value } else { self.value >= goal.value };
        self.measure == goal.measure && better
    }

    /// The figure with what it was taken on: `97.8 % of 359 samples`, `487.3 over 100 fresh starts`.
    pub fn over(self, count: usize) -> String {
        match self.measure {
            Measure::Accuracy => format!("{self} of {count} samples"),
            Measure::Return => format!("{self} over {count} fresh starts"),
            Measure::Bits => format!("{self} a byte of {count}"),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.measure == Measure::Bits { 3 } else { 1 };
        write!(f, "{:.decimals$}{}", self.on_axis(), self.measure.unit())
    }
}

/// A text that is no goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGoal {
    /// It names no measure.
    #[error(
        "give accuracy=VALUE, in an environment return=VALUE, on a text bits=VALUE: as in accuracy=0.95, return=475, \
         bits=2.5"
    )]
    Measure,
    /// It is no accuracy.
    #[error("`{}` is no accuracy from 0 to 1", words::shown(.0, words::MOST))]
    Accuracy(String),
    /// It is no return.
    #[error("`{}` is no return in reward units, like 475 or -100", words::shown(.0, words::MOST))]
    Return(String),
    /// It is no number of bits.
    #[error("`{}` is no number of bits a byte, like 2.5", words::shown(.0, words::MOST))]
    Bits(String),
}

impl FromStr for Score {
    type Err = InvalidGoal;

    /// A goal: `accuracy=0.95`, `return=-100`.
    fn from_str(text: &str) -> Result<Self, InvalidGoal> {
        let (name, value) = text.split_once('=').ok_or(InvalidGoal::Measure)?;
        let number = value.parse().ok().filter(|number: &f64| number.is_finite());
        match name {
            "accuracy" => {
                let part = number.filter(|part| (0.0..=1.0).contains(part));
                part.map(Self::accuracy).ok_or_else(|| InvalidGoal::Accuracy(value.to_owned()))
            }
            "return" => number.map(Self::mean_return).ok_or_else(|| InvalidGoal::Return(value.to_owned())),
            "bits" | "bits_per_byte" => {
                number.map(Self::bits).ok_or_else(|| InvalidGoal::Bits(value.to_owned()))
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
        assert_eq!(of("bits=2.5"), Ok(Score::bits(2.5)));
        assert!(Score::bits(2.4).reaches(Score::bits(2.5)) && !Score::bits(2.6).reaches(Score::bits(2.5)));
        assert!(!Score::mean_return(-101.0).reaches(Score::mean_return(-100.0)));
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
