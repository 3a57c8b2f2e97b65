//! Examples of signals.

use crate::{Example, list, rows};
use eggroll_firmware::signal::{
    Biquad, BiquadState, Block, Decision, Extractor, MelBank, MelFrames, Memory, Plan, Smoothing, Spectrum,
    Statistics, band, coefficient, decibels, high_pass, low_pass, mel_bank, sine,
};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("signal-sines", sines()),
        ("filters", filters()),
        ("statistics", statistics()),
        ("spectrum", spectrum()),
        ("decibels", logarithms()),
        ("mel", mel()),
        ("windows", windows()),
        ("decisions", decisions()),
    ]
}

/// Samples that the page says how to make: `((i * i * 7919) mod 20011) - 10005`.
fn samples(count: i64) -> Vec<i16> {
    (0..count).map(|i| (i * i * 7919 % 20_011 - 10_005) as i16).collect()
}

fn sines() -> String {
    let mut out = String::new();
    for turn in [0u32, 0x0040_0000, 0x0123_4567, 0x3FFF_FFFF, 0x4000_0000, 0x8000_0001, 0xDEAD_BEEF] {
        let _ = writeln!(out, "turn {turn:08x}: {}", sine(turn));
    }
    out
}

fn filters() -> String {
    let mut out = String::new();
    let x = [1000, 1000, 3000, -32767, 32767, 0, 0];
    for (name, biquad) in
        [("low pass, 5 Hz of 50", low_pass(5000, 50)), ("high pass, 0.5 Hz of 50", high_pass(500, 50))]
    {
        let Biquad { b, a } = biquad.unwrap();
        let mut state = BiquadState::NEW;
        let y = x.map(|x| state.push(&Biquad { b, a }, x));
        let _ = writeln!(out, "{name}: b {}, a {}\n  {} -> {}", list(b), list(a), list(x), list(y));
    }
    out
}

fn statistics() -> String {
    let mut out = String::new();
    for samples in [vec![1, 2, 3, 4, 5, 7], vec![-3, -3, -3], samples(64)] {
        let Statistics { mean, spread, least, greatest, crossings } = Statistics::of(samples.iter().copied());
        let shown = if samples.len() < 10 { list(samples) } else { "the 64 samples".to_owned() };
        let _ = writeln!(
            out,
            "{shown}: mean {mean}, spread {spread}, min {least}, max {greatest}, crossings {crossings}"
        );
    }
    out
}

fn spectrum() -> String {
    let mut scratch = [0; 64];
    let samples = samples(50);
    let spectrum = Spectrum::new((&samples, &[]), -7, &mut scratch);
    let powers = rows((0..=32).map(|bin| spectrum.power(bin)), 6);
    let bands = list((0..5).map(|at| band(&spectrum, 64, at, 5)));
    format!("{powers}exponent {}\n5 bands: {bands}\n", spectrum.exponent())
}

fn logarithms() -> String {
    let mut out = String::new();
    for (power, exponent) in [(0, 5), (1, 0), (1, 1), (10, 0), (1000, -3), (4_000_000_000, 12), (u64::MAX, 0)]
    {
        let _ = writeln!(out, "{power} * 2^{exponent}: {}", decibels(power, exponent));
    }
    out
}

fn mel() -> String {
    let (mut starts, mut rising) = ([0; 6], [0; 129]);
    let used = mel_bank(8000, 240, 4, &mut starts, &mut rising).unwrap();
    let bank = MelBank { starts: &starts, rising: &rising[..used] };
    let mut scratch = [0; 256];
    let samples = samples(240);
    let mut levels = [0; 4];
    bank.levels(&Spectrum::new((&samples, &[]), 0, &mut scratch), &mut levels);
    let cepstrum = list((0..4).map(|at| coefficient(&levels, at)));
    format!(
        "starts {}\nrising\n{}levels {}\ncepstrum {cepstrum}\n",
        list(starts),
        rows(&rising[..used], 14),
        list(levels)
    )
}

fn windows() -> String {
    let filters = [high_pass(500, 50).unwrap()];
    let blocks = [Block::Mean, Block::Spread, Block::PeakToPeak, Block::Crossings, Block::Bands { count: 3 }];
    let plan = Plan { channels: 2, window: 20, hop: 10, filters: &filters, magnitude: true, blocks: &blocks };
    let of_plan = features(&plan, 2);
    let (mut starts, mut rising) = ([0; 4], [0; 17]);
    let used = mel_bank(8000, 24, 2, &mut starts, &mut rising).unwrap();
    let bank = MelBank { starts: &starts, rising: &rising[..used] };
    let blocks = [Block::Mel(MelFrames { frame: 24, step: 16, bank, coefficients: 2 })];
    let plan = Plan { channels: 1, window: 64, hop: 32, filters: &[], magnitude: false, blocks: &blocks };
    format!("{of_plan}{}", features(&plan, 1))
}

/// The features of the first two windows of a plan.
fn features(plan: &Plan<'_>, channels: usize) -> String {
    let (mut ring, mut frames) = (vec![0; plan.ring()], vec![0; plan.frames()]);
    let (mut scratch, mut states) = (vec![0; plan.scratch()], vec![BiquadState::NEW; plan.states()]);
    let mut memory =
        Memory { ring: &mut ring, frames: &mut frames, scratch: &mut scratch, filters: &mut states };
    let (mut extractor, mut out) = (Extractor::new(plan), String::new());
    let mut features = vec![0; plan.features()];
    let count = (plan.window + plan.hop) as usize * channels;
    for moment in samples(count as i64).chunks(channels) {
        if extractor.push(plan, &mut memory, moment, &mut features) {
            let _ = writeln!(out, "{}", list(&features));
        }
    }
    out
}

fn decisions() -> String {
    let outputs: [[i8; 2]; 6] = [[9, 0], [0, 40], [0, 8], [3, 5], [60, 0], [60, 0]];
    let mut out = String::new();
    for (name, smoothing, level, hold_off) in [
        ("majority of 3, at least 2", Smoothing::Majority { windows: 3, least: 2 }, 0, 0),
        ("majority of 1, level 5, hold-off 1", Smoothing::Majority { windows: 1, least: 1 }, 5, 1),
        ("leaky, shift 1, level 4", Smoothing::Leaky { shift: 1 }, 4, 0),
    ] {
        let mut decision = Decision::new(smoothing, level, hold_off, [0; 2]);
        let said = outputs.map(|outputs| decision.push(&outputs).map_or("-".to_owned(), |c| c.to_string()));
        let _ = writeln!(out, "{name}: {}", said.join(" "));
    }
    out
}
