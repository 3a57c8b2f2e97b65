//! `--reject`.

use std::str::FromStr;

/// The probability below which an answer counts as unknown, in 1/256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold(pub(super) u8);

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = "a probability in 1/256, a whole number from 0 to 255";
        match (text.parse(), text.parse::<f64>()) {
            (Ok(number), _) => Ok(Self(number)),
            // Rounded up, so that nothing below the share is kept.
            (_, Ok(share)) if (0.0..1.0).contains(&share) => {
                Err(format!("{unit}: {share} is {}", (256.0 * share).ceil().min(255.0)))
            }
            _ => Err(unit.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds() {
        assert_eq!("205".parse(), Ok(Threshold(205)));
        for (text, said) in [("0.8", "0.8 is 205"), ("256", "0 to 255"), ("-1", "1/256"), ("x", "1/256")] {
            let refused = text.parse::<Threshold>().unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
