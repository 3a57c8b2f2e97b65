//! The share of normal rows that is to be below the threshold.

use crate::data::ten_thousandths;
use crate::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const WHOLE: u64 = 10_000;

/// A text that is no [`Quantile`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no share from 0.5 to 0.9999 with at most four decimals; write it like 0.99")]
pub struct NotAQuantile(String);

/// The share of normal rows whose score is to be at most the threshold, in ten-thousandths: from a half to
/// all but one of them. It is read and written as a decimal (`0.99`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quantile(u16);

impl Default for Quantile {
    fn default() -> Self {
        Self(9900)
    }
}

impl Quantile {
    /// The threshold by the scores of normal rows, in ascending order: of n scores that with the rank `ceil(q
    /// * (n + 1))`, counted from 1, but at most the last. Another row of the same kind is above it with a
    /// probability of at most 1 - q, unless there are too few rows to say so ([`is_open`](Self::is_open)). It
    /// is `None` without scores.
    pub fn threshold(self, ascending: &[i32]) -> Option<i32> {
        let last = ascending.len().checked_sub(1)?;
        ascending.get(last.min(self.rank(ascending.len()).saturating_sub(1))).copied()
    }

    /// Whether so many scores are too few: even the largest of them may be below more than 1 - q of other
    /// rows.
    pub const fn is_open(self, scores: usize) -> bool {
        self.rank(scores) > scores
    }

    const fn rank(self, scores: usize) -> usize {
        (self.0 as u128 * (scores as u128 + 1)).div_ceil(WHOLE as u128) as usize
    }

    /// The share of normal rows that is to be above the threshold, from 0 to 1.
    pub fn above(self) -> f64 {
        1.0 - f64::from(self.0) / WHOLE as f64
    }
}

impl FromStr for Quantile {
    type Err = NotAQuantile;

    /// Reads `0.99`, `.95`, `0.9990`.
    fn from_str(text: &str) -> Result<Self, NotAQuantile> {
        let parts = ten_thousandths(text).filter(|parts| *parts >= 5000);
        let parts = parts.and_then(|parts| u16::try_from(parts).ok());
        parts.map(Self).ok_or_else(|| NotAQuantile(words::shown(text, 40)))
    }
}

impl TryFrom<String> for Quantile {
    type Error = NotAQuantile;

    fn try_from(text: String) -> Result<Self, NotAQuantile> {
        text.parse()
    }
}

impl From<Quantile> for String {
    fn from(quantile: Quantile) -> Self {
        quantile.to_string()
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(format!("0.{:04}", self.0).trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_written() {
        for (text, written) in [("0.99", "0.99"), (".5", "0.5"), ("0.9990", "0.999"), ("00.9999", "0.9999")] {
            assert_eq!(text.parse::<Quantile>().unwrap().to_string(), written);
        }
        for odd in ["1", "0.4999", "0.99999", "0,99", "-0.9", "0.9x", "", "1.0", "."] {
            assert!(odd.parse::<Quantile>().is_err(), "{odd}");
        }
    }

    #[test]
    fn the_rank_is_that_of_one_more() {
        let of = |text: &str, scores: i32| {
            let ascending: Vec<i32> = (1..=scores).collect();
            let quantile: Quantile = text.parse().unwrap();
            (quantile.threshold(&ascending), quantile.is_open(ascending.len()))
        };
        // ceil(0.9 * 10) = 9, ceil(0.9 * 11) = 10, ceil(0.9 * 20) = 18.
        assert_eq!((of("0.9", 9), of("0.9", 10)), ((Some(9), false), (Some(10), false)));
        assert_eq!((of("0.9", 19), of("0.9", 8)), ((Some(18), false), (Some(8), true)));
        assert_eq!((of("0.99", 99), of("0.99", 98)), ((Some(99), false), (Some(98), true)));
        assert_eq!(of("0.5", 0), (None, true));
    }
}
