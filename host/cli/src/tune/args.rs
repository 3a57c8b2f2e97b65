//! The flags of `eggroll-host tune`.

use crate::args::TrainArgs;
use crate::error::Error;
use clap::Args;
use std::str::FromStr;
use std::time::Duration;

/// The flags of a search.
#[derive(Args)]
pub(crate) struct TuneArgs {
    /// Minutes to search, such as 0.5. The first training, with the defaults, is finished in any case
    #[arg(long, value_name = "M", default_value = "2", allow_negative_numbers = true)]
    pub(super) minutes: Minutes,
    #[command(flatten)]
    pub(super) train: TrainArgs,
}

/// A time, as `--minutes` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Minutes(pub(super) Duration);

/// The most minutes, which are a year.
const MOST: f64 = 525_600.0;

impl FromStr for Minutes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minutes = text.parse().ok().filter(|minutes| (0.0..=MOST).contains(minutes));
        let time = minutes.and_then(|minutes: f64| Duration::try_from_secs_f64(60.0 * minutes).ok());
        time.map(Self).ok_or_else(|| format!("minutes from 0 to {MOST}, such as 0.5"))
    }
}

impl TuneArgs {
    /// Refuses flags that mean nothing in a search.
    pub(super) fn check(&self) -> Result<(), Error> {
        let args = &self.train;
        for (flag, given, why) in [
            (
                "--resume",
                args.resume.is_some(),
                "it begins new runs; to train a run on, use eggroll-host --resume",
            ),
            ("--until", args.until.is_some(), "each training has all its generations, so that they compare"),
            ("--tui", args.tui, "it prints a table"),
            ("--autonomous", args.autonomous.is_some(), "give it to the training of what was found"),
            ("--faults", args.faults.is_some(), "give it to a training"),
            ("--metrics", args.metrics.is_some(), "give it to the training of what was found"),
        ] {
            if given {
                return Err(Error::Usage(format!("{flag} does not go with tune: {why}")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes() {
        let of = |text: &str| text.parse::<Minutes>().map(|Minutes(time)| time.as_millis());
        assert_eq!([of("2"), of("0.05"), of("0")], [Ok(120_000), Ok(3000), Ok(0)]);
        for text in ["", "x", "-1", "NaN", "inf", "1e9"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
