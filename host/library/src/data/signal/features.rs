//! The list of what is computed of a window, as a command line and a configuration have it.

use super::super::error::shorten;
use super::super::number::Number;
use eggroll_firmware::signal::{MOST_BANDS, MOST_FILTERS, MOST_MEL_BANDS};
use std::str::FromStr;

/// What is computed of a sensor's signals unless something else is asked for.
pub(in super::super) const MOTION: (&str, &str) = ("motion", "magnitude,stats,bands:8");
/// The same of sounds.
pub(in super::super) const AUDIO: (&str, &str) = ("audio", "logmel:16");

/// The bands on the mel scale that coefficients of the cepstrum are made of.
pub(super) const CEPSTRAL_BANDS: u8 = 32;

/// What a message lists.
const UNDERSTOOD: &str = "raw, mean, spread, min, max, peak, crossings, stats (those six), magnitude, highpass:HZ, \
     lowpass:HZ, bands:N (1 to 64), logmel:N (1 to 40), mfcc:N (1 to 32), and the presets motion and audio";

/// A filter of all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// It lets pass what is below a frequency, in 1/1000 of a hertz.
    Low(u32),
    /// It lets pass what is above a frequency, in 1/1000 of a hertz.
    High(u32),
}

/// What is computed of each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Raw,
    Mean,
    Spread,
    Least,
    Greatest,
    PeakToPeak,
    Crossings,
    /// So many bands of equal width.
    Bands(u8),
    /// The levels of so many bands on the mel scale, a frame each.
    LogMel(u8),
    /// So many coefficients of the cepstrum, a frame each.
    Mfcc(u8),
}

impl Kind {
    /// How the list has it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Raw => "raw".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Spread => "spread".to_owned(),
            Self::Least => "min".to_owned(),
            Self::Greatest => "max".to_owned(),
            Self::PeakToPeak => "peak".to_owned(),
            Self::Crossings => "crossings".to_owned(),
            Self::Bands(count) => format!("bands:{count}"),
            Self::LogMel(count) => format!("logmel:{count}"),
            Self::Mfcc(count) => format!("mfcc:{count}"),
        }
    }

    /// The number of bands on the mel scale, of what is computed of frames.
    pub(super) const fn mel_bands(self) -> Option<u8> {
        match self {
            Self::LogMel(bands) => Some(bands),
            Self::Mfcc(_) => Some(CEPSTRAL_BANDS),
            _ => None,
        }
    }
}

/// The statistics that `stats` stands for.
const STATISTICS: [Kind; 6] =
    [Kind::Mean, Kind::Spread, Kind::Least, Kind::Greatest, Kind::PeakToPeak, Kind::Crossings];

/// What is computed of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// What each channel passes through first.
    pub(super) filters: Vec<Filter>,
    /// Whether the magnitude of all channels is one more lane.
    pub(super) magnitude: bool,
    /// What is computed, in the order of the features.
    pub(super) kinds: Vec<Kind>,
    /// The list without presets.
    pub(super) text: String,
}

impl FromStr for List {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut list = List::default();
        for item in text.split(',').map(str::trim) {
            let preset = [MOTION, AUDIO].into_iter().find(|(name, _)| *name == item);
            for item in preset.map_or(item, |(_, items)| items).split(',') {
                list.take(item)?;
                let comma = if list.text.is_empty() { "" } else { "," };
                list.text += &format!("{comma}{item}");
            }
        }
        if list.filters.len() > MOST_FILTERS {
            return Err(format!("--features: there are more than {MOST_FILTERS} filters; leave some out"));
        }
        if list.kinds.is_empty() {
            return Err(format!(
                "--features {}: nothing is computed of a window; add stats, bands:8, raw or the like",
                shorten(text)
            ));
        }
        Ok(list)
    }
}

impl List {
    fn take(&mut self, item: &str) -> Result<(), String> {
        let (name, argument) =
            item.split_once(':').map_or((item, None), |(name, argument)| (name, Some(argument)));
        let plain = |kind: Kind| match argument {
            None => Ok(vec![kind]),
            Some(_) => Err(format!("--features {}: {name} has no number; leave it out", shorten(item))),
        };
        let kinds = match name {
            "stats" => plain(Kind::Mean).map(|_| STATISTICS.to_vec())?,
            "raw" => plain(Kind::Raw)?,
            "mean" => plain(Kind::Mean)?,
            "spread" => plain(Kind::Spread)?,
            "min" => plain(Kind::Least)?,
            "max" => plain(Kind::Greatest)?,
            "peak" => plain(Kind::PeakToPeak)?,
            "crossings" => plain(Kind::Crossings)?,
            "bands" => vec![Kind::Bands(count(item, argument, MOST_BANDS)?)],
            "logmel" => vec![Kind::LogMel(count(item, argument, MOST_MEL_BANDS as u8)?)],
            "mfcc" => vec![Kind::Mfcc(count(item, argument, CEPSTRAL_BANDS)?)],
            "highpass" | "lowpass" => {
                let filter = if name == "lowpass" { Filter::Low } else { Filter::High };
                self.filters.push(filter(frequency(item, argument)?));
                return Ok(());
            }
            "magnitude" if !self.magnitude => return plain(Kind::Raw).map(|_| self.magnitude = true),
            "magnitude" => return Err(twice(item)),
            _ => {
                return Err(format!(
                    "--features {}: this is not understood; understood are: {UNDERSTOOD}",
                    shorten(item)
                ));
            }
        };
        for kind in kinds {
            let is_same = |other: &&Kind| std::mem::discriminant(*other) == std::mem::discriminant(&kind);
            if self.kinds.iter().find(is_same).is_some() {
                return Err(twice(&kind.name()));
            }
            self.kinds.push(kind);
        }
        Ok(())
    }
}

fn twice(item: &str) -> String {
    let name = item.split(':').next().unwrap_or_default();
    format!("--features: {name} is there twice; leave one out")
}

/// The number behind the colon of an item.
fn count(item: &str, argument: Option<&str>, most: u8) -> Result<u8, String> {
    let number = argument.and_then(|argument| argument.parse::<u8>().ok());
    number.filter(|count| (1..=most).contains(count)).ok_or_else(|| {
        let name = item.split(':').next().unwrap_or_default();
        format!("--features {}: give a number from 1 to {most}, as in {name}:{}", shorten(item), most.min(8))
    })
}

/// The frequency behind the colon of an item, in 1/1000 of a hertz.
fn frequency(item: &str, argument: Option<&str>) -> Result<u32, String> {
    let number = argument.and_then(|argument| Number::parse(argument, false));
    let found = number.filter(|number| number.places() <= 3).and_then(|number| number.at(3));
    found.and_then(|found| u32::try_from(found).ok()).filter(|&found| found > 0).ok_or_else(|| {
        let name = item.split(':').next().unwrap_or_default();
        format!("--features {}: give a frequency in hertz, as in {name}:0.5", shorten(item))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_presets() {
        let list: List = "highpass:0.5, magnitude,stats,bands:16".parse().unwrap();
        assert_eq!((list.filters, list.magnitude), (vec![Filter::High(500)], true));
        assert_eq!(list.kinds, [&STATISTICS[..], &[Kind::Bands(16)]].concat());
        assert_eq!(list.text, "highpass:0.5,magnitude,stats,bands:16");
        let motion: List = "lowpass:20,motion".parse().unwrap();
        assert_eq!(motion.text, "lowpass:20,magnitude,stats,bands:8");
        assert_eq!(motion.text.parse::<List>().unwrap(), motion);
        let both: List = "audio,mfcc:13".parse().unwrap();
        assert_eq!(both.kinds, [Kind::LogMel(16), Kind::Mfcc(13)]);
    }

    #[test]
    fn faults_name_the_item() {
        for (text, words) in [
            ("", "understood are: raw"),
            ("stats,fft:8", "fft:8: this is not understood"),
            ("bands", "bands: give a number from 1 to 64, as in bands:8"),
            ("bands:65", "1 to 64"),
            ("mfcc:33", "1 to 32"),
            ("logmel:0", "1 to 40"),
            ("mean:2", "mean has no number"),
            ("stats,mean", "mean is there twice"),
            ("bands:4,bands:8", "bands is there twice"),
            ("magnitude,motion", "magnitude is there twice"),
            ("highpass:x,raw", "give a frequency in hertz, as in highpass:0.5"),
            ("lowpass:0.0001,raw", "give a frequency"),
            ("lowpass:-3,raw", "give a frequency"),
            ("magnitude,lowpass:3", "nothing is computed"),
            ("lowpass:1,lowpass:2,lowpass:3,lowpass:4,lowpass:5,raw", "more than 4 filters"),
        ] {
            let message = text.parse::<List>().unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
