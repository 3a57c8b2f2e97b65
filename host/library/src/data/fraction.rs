//! A part of a whole in exact ten-thousandths.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::words;

const WHOLE: u32 = 10_000;

/// A text that is no [`Fraction`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no fraction from 0 to 0.9 with at most four decimals; write it like 0.2")]
pub struct NotAFraction(String);

/// A part of a whole from 0 to 0.9, in ten-thousandths, read and written as a decimal (`0.2`).
///
/// No binary float comes in, so `0.35` of 20 rows is 7 everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction(u32);

impl Fraction {
    /// Nothing.
    pub const ZERO: Fraction = Fraction(0);
    /// The largest fraction, 0.9.
    pub const MAX: Fraction = Fraction(9_000);

    /// `parts` ten-thousandths; `None` above 9000.
    pub const fn from_parts(parts: u32) -> Option<Fraction> {
        if parts <= Fraction::MAX.0 { Some(Fraction(parts)) } else { None }
    }

    /// In ten-thousandths, `0..=9000`.
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// This part of `count` things, rounded to the nearest integer, halves up.
    pub fn of(self, count: usize) -> usize {
        // Never more than `count`, so the way back to usize loses nothing.
        ((count as u128 * u128::from(self.0) + u128::from(WHOLE / 2)) / u128::from(WHOLE)) as usize
    }
}

impl FromStr for Fraction {
    type Err = NotAFraction;

    /// Reads `0`, `0.2`, `.25`, `0.1234`: digits with at most one point, a value up to 0.9, and no more
    /// than four decimals (zeros at the end are free).
    fn from_str(text: &str) -> Result<Fraction, NotAFraction> {
        ten_thousandths(text).and_then(Self::from_parts).ok_or_else(|| NotAFraction(words::shown(text, 40)))
    }
}

/// The ten-thousandths of a decimal number below 1: digits with at most one point, and no more than four
/// decimals (zeros at the end are free).
pub(crate) fn ten_thousandths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let zeros_only = whole.bytes().all(|b| b == b'0');
    let digits_only = decimals.bytes().all(|b| b.is_ascii_digit());
    let significant = decimals.trim_end_matches('0');
    if (whole.is_empty() && decimals.is_empty()) || !zeros_only || !digits_only || significant.len() > 4 {
        return None;
    }
    format!("{significant:0<4}").parse().ok()
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.pad("0"),
            parts => f.pad(format!("0.{parts:04}").trim_end_matches('0')),
        }
    }
}

impl TryFrom<String> for Fraction {
    type Error = NotAFraction;

    fn try_from(text: String) -> Result<Fraction, NotAFraction> {
        text.parse()
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> String {
        fraction.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_decimals() {
        for (text, parts) in [
            ("0", 0),
            ("0.", 0),
            ("0.0", 0),
            ("00.2", 2000),
            ("0.2", 2000),
            (".25", 2500),
            ("0.1234", 1234),
            ("0.0001", 1),
            ("0.200000000", 2000),
            ("0.9", 9000),
        ] {
            assert_eq!(text.parse::<Fraction>().unwrap().parts(), parts, "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", ".", "-0.2", "+0.2", "0.90001", "0.9001", "0.91", "1", "1.0", "0.12345", "2e-1"]
            .into_iter()
            .chain(["20%", "1/5", " 0.2", "0,2", "0.2.0", "NaN", "0.\u{0662}", "ten"])
        {
            let message = text.parse::<Fraction>().unwrap_err().to_string();
            assert!(message.contains(&format!("{text:?}")) && message.contains("0 to 0.9"), "{message}");
        }
    }

    #[test]
    fn rounds_halves_up() {
        let of = |text: &str, count| text.parse::<Fraction>().unwrap().of(count);
        assert_eq!([of("0.5", 1), of("0.5", 2), of("0.5", 3)], [1, 1, 2]);
        assert_eq!([of("0.2", 2), of("0.2", 3), of("0.35", 20), of("0.35", 10)], [0, 1, 7, 4]);
        assert_eq!([of("0", 99), of("0.9", 0)], [0, 0]);
        assert_eq!(Fraction::MAX.of(4_294_967_295), 3_865_470_566);
    }

    #[test]
    fn serde_uses_the_text() {
        let fraction: Fraction = serde_json::from_str(r#""0.20""#).unwrap();
        assert_eq!(serde_json::to_string(&fraction).unwrap(), r#""0.2""#);
        let error = serde_json::from_str::<Fraction>(r#""0.95""#).unwrap_err();
        assert!(error.to_string().contains("write it like 0.2"));
    }

    proptest! {
        #[test]
        fn text_round_trips(parts in 0u32..=9000, text: String) {
            let fraction = Fraction::from_parts(parts).unwrap();
            prop_assert_eq!(fraction.to_string().parse::<Fraction>().unwrap(), fraction);
            let _ = text.parse::<Fraction>();
        }
    }
}
