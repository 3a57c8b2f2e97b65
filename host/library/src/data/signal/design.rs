//! The numbers of a plan: windows, filters and bands on the mel scale, designed once and then stored.

use super::Mixed;
use super::features::{Filter, Kind, List};
use super::stored::{Mel, Named, Signal};
use eggroll_firmware::signal::{
    Biquad, LARGEST_FFT, LONGEST, MOST_CHANNELS, high_pass, low_pass, mel_bank, mel_fft,
};

/// Samples of a frame, and from one to the next, of those of 1000 seconds.
const FRAME: u64 = 30;
const STEP: u64 = 20;
/// The least rate with bands on the mel scale.
const LEAST_MEL_RATE: u32 = 4000;
/// The greatest: a frame has at most [`LARGEST_FFT`] samples.
const GREATEST_MEL_RATE: u32 = (LARGEST_FFT as u32 * 1000 + 999) / FRAME as u32;

/// What is asked of a signal, where defaults have taken the place of what was not said.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked<'a> {
    /// Samples of a window.
    pub(in super::super) window: u32,
    /// Samples from one window to the next; if not said, half of one.
    pub(in super::super) hop: Option<u32>,
    /// Samples in a second, if that is known.
    pub(in super::super) rate: Option<u32>,
    /// The list of features.
    pub(in super::super) features: &'a str,
    pub(in super::super) mixed: Mixed,
}

/// A plan, with the columns that it is of. The units of the channels are not chosen yet.
///
/// # Errors
/// What does not go together, and what to do.
pub(in super::super) fn design(
    asked: &Asked<'_>,
    channels: &[Named],
    label: &Named,
    targets: &[Named],
    width: usize,
) -> Result<Signal, String> {
    let list: List = asked.features.parse()?;
    let Asked { window, rate, mixed, .. } = *asked;
    if !(2..=LONGEST).contains(&window) {
        return Err(format!("--window {window}: a window has 2 to {LONGEST} samples"));
    }
    if channels.is_empty() || channels.len() > usize::from(MOST_CHANNELS) {
        return Err(format!(
            "{} channels are not 1 to {MOST_CHANNELS}; leave columns out by --drop",
            channels.len()
        ));
    }
    let filters = list.filters.iter().map(|filter| filter_of(*filter, rate)).collect::<Result<_, _>>()?;
    let mut mel = Vec::new();
    for kind in &list.kinds {
        match *kind {
            Kind::Bands(count) => bands_fit(count, window)?,
            kind => mel.extend(kind.mel_bands().map(|bands| mel_of(kind, bands, window, rate)).transpose()?),
        }
    }
    let step = mel.first().map(|mel: &Mel| u32::from(mel.step));
    let hop = asked.hop.unwrap_or_else(|| {
        let half = (window / 2).max(1);
        step.map_or(half, |step| (half - half.checked_rem(step).unwrap_or(0)).max(step))
    });
    if !(1..=LONGEST).contains(&hop) {
        return Err(format!("--hop {hop}: from one window to the next there are 1 to {LONGEST} samples"));
    }
    if let Some(step) = step.filter(|step| !hop.is_multiple_of(*step)) {
        let nearest = ((hop + step / 2) / step).max(1) * step;
        return Err(format!(
            "--hop {hop} is no multiple of the {step} samples from one frame to the next; the nearest is --hop \
             {nearest}"
        ));
    }
    Ok(Signal {
        window,
        hop,
        rate,
        mixed,
        features: list.text,
        filters,
        mel,
        width,
        label: label.clone(),
        targets: targets.to_vec(),
        channels: channels.iter().map(|channel| channel.in_units(0)).collect(),
    })
}

fn filter_of(filter: Filter, rate: Option<u32>) -> Result<[i32; 5], String> {
    let (name, frequency, design): (_, _, fn(u32, u32) -> Option<Biquad>) = match filter {
        Filter::Low(frequency) => ("lowpass", frequency, low_pass),
        Filter::High(frequency) => ("highpass", frequency, high_pass),
    };
    let Some(rate) = rate else { return Err(format!("--features {name} needs the rate: give --rate HZ")) };
    let Biquad { b, a } = design(frequency, rate).ok_or_else(|| {
        format!(
            "--features {name}:{}: at {rate} samples a second the frequency of a filter is {} to {} Hz",
            thousandths(frequency.into()),
            thousandths((u64::from(rate) / 2).max(1)),
            thousandths(u64::from(rate) * 495)
        )
    })?;
    Ok([b[0], b[1], b[2], a[0], a[1]])
}

/// A number in 1/1000 as a decimal number.
fn thousandths(value: u64) -> String {
    let (whole, rest) = (value / 1000, value % 1000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn bands_fit(count: u8, window: u32) -> Result<(), String> {
    let (size, most) = (mel_fft(window as usize), LARGEST_FFT);
    if window as usize > most {
        return Err(format!(
            "--features bands:{count} is of windows of at most {most} samples, and this one has {window}: give \
             --window {most} or less, or --features logmel or mfcc, which are of short frames"
        ));
    }
    if usize::from(count) > size / 2 {
        return Err(format!(
            "--features bands:{count}: a window of {window} samples has {} bands at most; give a longer --window, \
             or fewer bands",
            size / 2
        ));
    }
    Ok(())
}

fn mel_of(kind: Kind, bands: u8, window: u32, rate: Option<u32>) -> Result<Mel, String> {
    let name = kind.name();
    let Some(rate) = rate else {
        return Err(format!("--features {name} needs the rate of the samples: give --rate HZ"));
    };
    if !(LEAST_MEL_RATE..=GREATEST_MEL_RATE).contains(&rate) {
        return Err(format!(
            "--features {name} is of {LEAST_MEL_RATE} to {GREATEST_MEL_RATE} samples a second, and there are {rate}: \
             give samples of another rate, as by `sox in.wav --rate 16000 out.wav`, or other --features"
        ));
    }
    let of = |parts: u64| (u64::from(rate) * parts / 1000) as u16;
    let (frame, step) = (of(FRAME), of(STEP));
    if window < u32::from(frame) {
        return Err(format!(
            "--features {name}: a frame has {frame} samples (30 ms), more than the window of {window}; give \
             --window {frame} or more"
        ));
    }
    let mut starts = vec![0; usize::from(bands) + 2];
    let mut rising = vec![0; mel_fft(frame.into()) / 2 + 1];
    let used = mel_bank(rate, frame.into(), bands.into(), &mut starts, &mut rising)
        .ok_or_else(|| format!("--features {name}: there are no such bands at {rate} samples a second"))?;
    rising.truncate(used);
    Ok(Mel { frame, step, starts, rising })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(features: &str, window: u32) -> Asked<'_> {
        Asked { window, hop: None, rate: Some(16_000), features, mixed: Mixed::Drop }
    }

    fn made(asked: &Asked<'_>) -> Result<Signal, String> {
        let channels = [Named { number: 1, name: String::new() }];
        design(asked, &channels, &Named::default(), &[], 1)
    }

    #[test]
    fn defaults_of_a_second_of_sound() {
        let signal = made(&asked("audio", 16_000)).unwrap();
        assert_eq!((signal.hop, &*signal.features), (8_000, "logmel:16"));
        assert_eq!((signal.mel[0].frame, signal.mel[0].step, signal.mel[0].starts.len()), (480, 320, 18));
        assert_eq!((signal.features_of_a_window(), signal.fault()), (16 * 49, None));
        // Half of a window that is no multiple of the step, and one that is shorter than it.
        assert_eq!(made(&asked("logmel:4", 2_000)).unwrap().hop, 960);
        assert_eq!(made(&asked("logmel:4", 480)).unwrap().hop, 320);
        assert_eq!(made(&asked("raw", 7)).unwrap().hop, 3);
    }

    #[test]
    fn faults_say_what_to_do() {
        let no_rate = |features| Asked { rate: None, ..asked(features, 1000) };
        let at = |rate, features| Asked { rate: Some(rate), ..asked(features, 1000) };
        for (asked, words) in [
            (asked("raw", 1), "2 to 65535 samples"),
            (asked("raw", 65_536), "2 to 65535 samples"),
            (Asked { hop: Some(0), ..asked("raw", 9) }, "--hop 0: from one window"),
            (Asked { hop: Some(65_536), ..asked("raw", 9) }, "1 to 65535"),
            (asked("bands:8", 1025), "give --window 1024 or less"),
            (asked("bands:8", 8), "has 4 bands at most"),
            (no_rate("mfcc:10"), "give --rate HZ"),
            (no_rate("highpass:1,raw"), "give --rate HZ"),
            (at(3999, "mfcc:10"), "4000 to"),
            (at(44_100, "mfcc:10"), "sox in.wav --rate 16000"),
            (asked("mfcc:10", 479), "--window 480 or more"),
            (Asked { hop: Some(500), ..asked("mfcc:10", 1000) }, "the nearest is --hop 640"),
            (Asked { hop: Some(100), ..asked("mfcc:10", 1000) }, "the nearest is --hop 320"),
            (at(100, "lowpass:49.6,raw"), "0.05 to 49.5 Hz"),
            (at(100, "highpass:0.049,raw"), "highpass:0.049"),
        ] {
            let message = made(&asked).unwrap_err();
            assert!(message.contains(words), "{asked:?}: {message}");
        }
        let many: Vec<Named> = (1..=65).map(|number| Named { number, name: String::new() }).collect();
        let message = design(&asked("raw", 9), &many, &Named::default(), &[], 65).unwrap_err();
        assert!(message.contains("65 channels are not 1 to 64"), "{message}");
        let long = |rate| Asked { window: 60_000, ..at(rate, "mfcc:3") };
        let plan_fits = |rate| made(&long(rate)).is_ok_and(|signal| signal.fault().is_none());
        assert!(plan_fits(GREATEST_MEL_RATE) && made(&long(GREATEST_MEL_RATE + 1)).is_err());
    }
}
