//! The flags of `eggroll-host listen`.

use super::names::{Channel, Label};
use super::sample::are_distinct;
use super::source::Source;
use crate::error::Error;
use crate::table_args::typed;
use clap::Args;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The keys that choose labels.
pub(super) const KEYS: usize = 9;

/// What to listen to, and what to store.
#[derive(Args)]
pub(crate) struct ListenArgs {
    /// The board: a serial device such as /dev/ttyACM0 (or with ,baud=N), tcp:HOST:PORT, or - for standard
    /// input
    #[arg(value_name = "ADDR")]
    pub(super) source: Source,
    /// Baud rate of a serial device [default: 115200]
    #[arg(long, value_name = "N")]
    pub(super) baud: Option<NonZeroU32>,
    /// The log. One that is there and has the same columns is added to, and its recordings are numbered on
    #[arg(long, value_name = "FILE", default_value = "log.csv", value_parser = typed())]
    pub(super) out: PathBuf,
    /// Labels of the keys 1 to 9, such as idle,wave,shake [default: class1 to class9]
    #[arg(long, value_name = "L,L", value_delimiter = ',', conflicts_with = "label")]
    labels: Vec<Label>,
    /// Names of the channels, such as ax,ay,az [default: those that the board sends, otherwise c1, c2, ...]
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    names: Vec<Channel>,
    /// Record one recording with this label at once, without a terminal; until Ctrl-C or the end of the data,
    /// if neither --samples nor --seconds is given
    #[arg(long, value_name = "NAME")]
    label: Option<Label>,
    /// With --label: the samples to record
    #[arg(long, value_name = "N", requires = "label", conflicts_with = "seconds")]
    samples: Option<NonZeroU64>,
    /// With --label: the seconds to record, from the first sample on, such as 2.5
    #[arg(long, value_name = "S", requires = "label", allow_negative_numbers = true)]
    seconds: Option<Seconds>,
}

/// A time, as `--seconds` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seconds(Duration);

/// The most seconds, which are a day.
const MOST: f64 = 86_400.0;

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = text.parse().ok().filter(|&seconds: &f64| seconds > 0.0 && seconds <= MOST);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        time.filter(|time| !time.is_zero())
            .map(Self)
            .ok_or_else(|| format!("seconds above 0 and up to {MOST}, such as 2.5"))
    }
}

/// How long a recording without a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Until the data end or the user ends it.
    Open,
    Samples(u64),
    Seconds(Duration),
}

/// How recordings are begun and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// By keys, with these labels.
    Keys(Vec<String>),
    /// One recording with this label, at once.
    Once(String, Length),
}

impl ListenArgs {
    /// How recordings are begun and ended.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are too many labels, or one twice.
    pub(super) fn mode(&self) -> Result<Mode, Error> {
        if let Some(Label(label)) = &self.label {
            let length = match (self.samples, self.seconds) {
                (Some(samples), _) => Length::Samples(samples.get()),
                (None, Some(Seconds(time))) => Length::Seconds(time),
                (None, None) => Length::Open,
            };
            return Ok(Mode::Once(label.clone(), length));
        }
        let labels: Vec<String> = self.labels.iter().map(|Label(label)| label.clone()).collect();
        if labels.len() > KEYS {
            let why = format!("--labels: the keys 1 to {KEYS} choose them, so give at most {KEYS}");
            return Err(Error::Usage(why));
        }
        if !are_distinct(&labels) {
            return Err(Error::Usage("--labels: a label is named twice; leave one out".to_owned()));
        }
        let numbered = || (1..=KEYS).map(|key| format!("class{key}")).collect();
        Ok(Mode::Keys(if labels.is_empty() { numbered() } else { labels }))
    }

    /// The names of the channels, if they are given.
    ///
    /// # Errors
    /// [`Error::Usage`] if one is there twice.
    pub(super) fn channels(&self) -> Result<Option<Vec<String>>, Error> {
        let names: Vec<String> = self.names.iter().map(|Channel(name)| name.clone()).collect();
        if !are_distinct(&names) {
            return Err(Error::Usage("--names: a channel is named twice; rename one".to_owned()));
        }
        Ok((!names.is_empty()).then_some(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds() {
        let of = |text: &str| text.parse::<Seconds>().map(|Seconds(time)| time.as_millis());
        assert_eq!([of("2"), of("0.05")], [Ok(2000), Ok(50)]);
        for text in ["", "x", "-1", "0", "NaN", "inf", "1e9", "1e-30"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
