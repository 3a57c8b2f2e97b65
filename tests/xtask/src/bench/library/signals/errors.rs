//! The firmware's features beside floats.

use super::super::tables::piped;
use super::features::{Mel, features, plan};
use super::material::{Material, wav};
use anyhow::{Context, Result};
use eggroll_firmware::signal::{Biquad, Block, Plan, high_pass, low_pass};
use serde_json::{Map, Value, json};
use std::f64::consts::TAU;

/// Audio: its rate, the samples of a window, and the bands and coefficients of its features.
const RATE: u16 = 16_000;
const WINDOW: u32 = 1024;
const BANDS: u8 = 16;
const MEL_BANDS: u8 = 40;
const CEPSTRUM_BANDS: u8 = 32;
const COEFFICIENTS: u8 = 13;
/// The watch's rate, and the samples of a window.
const WATCH_RATE: u16 = 50;
const WATCH_WINDOW: u32 = 100;
/// Filters pass from, or up to, the rate over these.
const HIGH_PASS: u32 = 50;
const LOW_PASS: u32 = 10;
/// Decibels below the loudest bin of a spectrum.
const RANGE: u32 = 50;
const SPOKEN: &str = "a word in noise";
const FULL_SCALE: f64 = i16::MAX as f64;

/// The statistics, in the order in which floats have them.
const STATISTICS: [Block<'_>; 6] =
    [Block::Mean, Block::Spread, Block::Least, Block::Greatest, Block::PeakToPeak, Block::Crossings];

/// A signal: its channels, and what is computed of it.
struct Signal {
    name: &'static str,
    rate: u16,
    window: u32,
    channels: Vec<Vec<i16>>,
}

/// Prints a table.
///
/// # Errors
/// Python fails.
pub(super) fn run(material: &Material) -> Result<()> {
    let signals: Result<Vec<Value>> = signals(material)?.iter().map(computed).collect();
    println!(
        "The greatest and the mean error of features beside floats, in the units of the features: 0.1 dB of bands, logmel \
         and mfcc. Features are rounded down, which is a mean error of 0.5. Of bands and logmel: of those less than \
         {RANGE} dB below the loudest bin of their spectrum, and in brackets of all.\n"
    );
    println!(
        "| signal | stats | bands:{BANDS} | logmel:{MEL_BANDS} | mfcc:{COEFFICIENTS} | highpass:RATE/{HIGH_PASS} \
         | lowpass:RATE/{LOW_PASS} |"
    );
    println!("|---|---|---|---|---|---|---|");
    let task = json!({
        "bands": BANDS,
        "mel_bands": MEL_BANDS,
        "cepstrum_bands": CEPSTRUM_BANDS,
        "coefficients": COEFFICIENTS,
        "highpass": HIGH_PASS,
        "lowpass": LOW_PASS,
        "range": RANGE,
        "spoken": SPOKEN,
        "signals": signals?,
    });
    let script = concat!(include_str!("floats.py"), "\n\n", include_str!("errors.py"));
    print!("{}", piped(&material.scikit, script, &task)?);
    Ok(())
}

/// A word, a person's motion, and extreme signals.
fn signals(material: &Material) -> Result<Vec<Signal>> {
    let audio =
        |name, samples: Vec<i16>| Signal { name, rate: RATE, window: WINDOW, channels: vec![samples] };
    let drawn =
        |of: &dyn Fn(f64) -> f64| (0..RATE).map(|at| of(f64::from(at) / f64::from(RATE)) as i16).collect();
    let sine =
        |amplitude: f64, hertz: f64| drawn(&|time: f64| (amplitude * (TAU * hertz * time).sin()).round());
    let mut impulse = vec![0; usize::from(RATE)];
    impulse[usize::from(RATE / 2)] = i16::MAX;
    let in_noise = material.words(usize::MAX)?.pop().context("no word was spoken")?;
    Ok(vec![
        audio("a word without noise", wav(&material.path("word.wav"))?),
        audio(SPOKEN, in_noise),
        watch(material)?,
        audio("a sine of 440 Hz, amplitude 10", sine(10.0, 440.0)),
        audio("a sine of 440 Hz, amplitude 1000", sine(1000.0, 440.0)),
        audio("a sine of 1000 Hz, full scale", sine(FULL_SCALE, 1000.0)),
        audio(
            "a square of 250 Hz, full scale",
            drawn(&|time: f64| {
                if ((time * 500.0) as u32).is_multiple_of(2) { FULL_SCALE } else { -FULL_SCALE }
            }),
        ),
        audio("constant, full scale", vec![i16::MAX; RATE.into()]),
        audio("silence", vec![0; RATE.into()]),
        audio("an impulse, full scale", impulse),
    ])
}

/// A recording of six channels, in 1/1000 of their units.
fn watch(material: &Material) -> Result<Signal> {
    let file = material.path("watch-train/ROW/person1_nohash_0.csv");
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut channels = vec![Vec::new(); 6];
    for line in text.lines().skip(1) {
        for (channel, value) in channels.iter_mut().zip(line.split(',')) {
            channel.push((1000.0 * value.parse::<f64>()?).round() as i16);
        }
    }
    Ok(Signal { name: "a watch, 6 channels and magnitude", rate: WATCH_RATE, window: WATCH_WINDOW, channels })
}

/// A signal with our features of it.
fn computed(signal: &Signal) -> Result<Value> {
    let is_audio = signal.rate == RATE;
    let length = signal.channels.first().map_or(0, Vec::len);
    let moments: Vec<Vec<i16>> =
        (0..length).map(|at| signal.channels.iter().map(|channel| channel[at]).collect()).collect();
    let hop = signal.window / 2;
    let of = |blocks: &[Block<'_>]| features(&of_lanes(signal, plan(signal.window, hop, blocks)), &moments);
    let behind = |filter: Option<Biquad>| {
        let filters = [filter.context("no such filter")?];
        let whole = plan(length as u32, length as u32, &[Block::Raw]);
        features(&of_lanes(signal, Plan { filters: &filters, ..whole }), &moments)
    };
    let millihertz = |part: u32| u32::from(signal.rate) * 1000 / part;
    let mut ours = Map::new();
    ours.insert("statistics".into(), json!(of(&STATISTICS)?));
    ours.insert("bands".into(), json!(of(&[Block::Bands { count: BANDS }])?));
    ours.insert("highpass".into(), json!(behind(high_pass(millihertz(HIGH_PASS), signal.rate.into()))?));
    ours.insert("lowpass".into(), json!(behind(low_pass(millihertz(LOW_PASS), signal.rate.into()))?));
    if is_audio {
        let step = signal.rate / 50;
        // A window of the whole signal, so that frames are counted from its beginning.
        for (kind, bands, coefficients) in [("logmel", MEL_BANDS, 0), ("mfcc", CEPSTRUM_BANDS, COEFFICIENTS)]
        {
            let mel = Mel::new(signal.rate, bands.into(), coefficients, step)?;
            let blocks = [mel.block()];
            ours.insert(
                kind.into(),
                json!(features(&plan(length as u32, length as u32, &blocks), &moments)?),
            );
        }
    }
    Ok(json!({
        "name": signal.name,
        "rate": signal.rate,
        "window": signal.window,
        "hop": hop,
        "samples": signal.channels,
        "magnitude": signal.channels.len() > 1,
        "ours": ours,
    }))
}

/// A plan of all channels of a signal, and of their magnitude where there are several.
fn of_lanes<'p>(signal: &Signal, plan: Plan<'p>) -> Plan<'p> {
    let channels = signal.channels.len() as u16;
    Plan { channels, magnitude: channels > 1, ..plan }
}
