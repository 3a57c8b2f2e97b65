//! Probabilities, which users write as decimal numbers and which are compared with random words.

use crate::words;
use fixed::types::U32F32;
use std::str::FromStr;

/// A probability from 0 to 1, in exact steps of 2^-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability(u64);

impl Probability {
    /// The probability 0.
    pub const NEVER: Self = Self(0);
    /// The probability 0.01.
    pub const ONE_IN_100: Self = Self((1 << 32) / 100 + 1);

    /// Whether an event of this probability happens, by a uniform random number of 32 bits.
    pub(crate) const fn hits(self, uniform: u32) -> bool {
        (uniform as u64) < self.0
    }
}

/// A text that is not a probability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a probability: give a number from 0 to 1, such as 0.01", words::shown(.0, words::MOST))]
pub struct InvalidProbability(String);

impl FromStr for Probability {
    type Err = InvalidProbability;

    /// Reads a decimal number from 0 to 1.
    fn from_str(text: &str) -> Result<Self, InvalidProbability> {
        let value = U32F32::from_str(text).ok().filter(|&value| value <= 1);
        value.map(|value| Self(value.to_bits())).ok_or_else(|| InvalidProbability(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_middle() {
        let chance = |text: &str| text.parse::<Probability>().unwrap();
        assert_eq!((chance("0"), chance("0.01")), (Probability::NEVER, Probability::ONE_IN_100));
        assert!(!chance("0").hits(0));
        assert!(chance("1").hits(u32::MAX) && chance("1.0").hits(0));
        assert!(chance("0.5").hits(u32::MAX / 2) && !chance("0.5").hits(u32::MAX / 2 + 1));
        for text in ["", "x", "-0.1", "1.1", "2", "1%", "nan"] {
            assert!(text.parse::<Probability>().unwrap_err().to_string().contains(text));
        }
    }
}
