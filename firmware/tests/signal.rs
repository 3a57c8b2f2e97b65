//! Features of signals, held against floats, against themselves sample by sample and all at once, and on
//! inputs at the ends of their range.

use eggroll_firmware::signal::{
    Biquad, BiquadState, Block, Decision, Extractor, MelBank, MelFrames, Memory, Plan, PlanFault, Smoothing,
    Spectrum, Statistics, decibels, high_pass, low_pass, mel_bank, mel_fft, sine, transform,
};
use proptest::prelude::*;
use std::f64::consts::PI;

/// The features of all windows of a recording.
fn extracted(plan: &Plan<'_>, samples: &[i16]) -> Vec<Vec<i32>> {
    assert_eq!(plan.fault(), None);
    let (mut ring, mut frames) = (vec![0; plan.ring()], vec![0; plan.frames()]);
    let (mut scratch, mut filters) = (vec![0; plan.scratch()], vec![BiquadState::NEW; plan.states()]);
    let mut memory =
        Memory { ring: &mut ring, frames: &mut frames, scratch: &mut scratch, filters: &mut filters };
    let mut extractor = Extractor::new(plan);
    let mut windows = Vec::new();
    let mut features = vec![i32::MIN; plan.features()];
    for moment in samples.chunks_exact(plan.channels.into()) {
        if extractor.push(plan, &mut memory, moment, &mut features) {
            assert!(!features.contains(&i32::MIN));
            windows.push(std::mem::replace(&mut features, vec![i32::MIN; plan.features()]));
        }
    }
    windows
}

/// A bank of bands on the mel scale.
struct Bank {
    starts: Vec<u16>,
    rising: Vec<u16>,
}

impl Bank {
    fn new(rate: u32, frame: usize, bands: usize) -> Bank {
        let (mut starts, mut rising) = (vec![0; bands + 2], vec![0; mel_fft(frame) / 2 + 1]);
        let used = mel_bank(rate, frame, bands, &mut starts, &mut rising).unwrap();
        rising.truncate(used);
        Bank { starts, rising }
    }

    fn frames(&self, frame: u16, step: u16, coefficients: u8) -> Block<'_> {
        let bank = MelBank { starts: &self.starts, rising: &self.rising };
        Block::Mel(MelFrames { frame, step, bank, coefficients })
    }
}

/// Numbers that look random, the same every time.
fn noise(count: usize, size: f64) -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    (0..count).map(|_| (next() * size) as i16).collect()
}

/// A tone of so many turns a sample.
fn tone(count: usize, size: f64, turns: f64) -> Vec<i16> {
    (0..count).map(|i| (size * (2.0 * PI * turns * i as f64).sin()).round() as i16).collect()
}

/// Recordings as they come, and those at the ends.
fn recordings(count: usize) -> Vec<(&'static str, Vec<i16>)> {
    let mut impulse = vec![0; count];
    impulse[count / 3] = 32767;
    let mut one_wrong = tone(count, 300.0, 0.031);
    one_wrong[count / 2] = -32767;
    let square = (0..count).map(|i| if i / 7 % 2 == 0 { 32767 } else { -32767 }).collect();
    let chord =
        tone(count, 9000.0, 0.013).iter().zip(tone(count, 5000.0, 0.171)).map(|(a, b)| a + b).collect();
    vec![
        ("silence", vec![0; count]),
        ("one", vec![1; count]),
        ("full scale", vec![32767; count]),
        ("negative full scale", vec![-32767; count]),
        ("square", square),
        ("alternating", (0..count).map(|i| if i % 2 == 0 { 32767 } else { -32767 }).collect()),
        ("impulse", impulse),
        ("one sample wrong", one_wrong),
        ("quiet tone", tone(count, 3.0, 0.05)),
        ("loud tone", tone(count, 32767.0, 0.1)),
        ("chord", chord),
        ("noise", noise(count, 32767.0)),
        ("quiet noise", noise(count, 5.0)),
        ("ramp", (0..count).map(|i| (i * 65534 / count) as i16 & 0x7FFF).collect()),
    ]
}

/// The transform of real numbers, bins 0 to half of the size.
fn exact(values: &[f64], size: usize) -> Vec<f64> {
    let bin = |k: usize| {
        let part = |f: fn(f64) -> f64| -> f64 {
            let angle = |i: usize| 2.0 * PI * ((i * k) % size) as f64 / size as f64;
            values.iter().enumerate().map(|(i, v)| v * f(angle(i))).sum()
        };
        part(f64::cos).powi(2) + part(f64::sin).powi(2)
    };
    (0..=size / 2).map(bin).collect()
}

/// Samples weighted by a Hann window, without their mean.
fn weighted(samples: &[i16], mean: f64) -> Vec<f64> {
    let n = samples.len() as f64;
    let weight = |i: usize| (1.0 - (2.0 * PI * i as f64 / n).cos()) / 2.0;
    samples.iter().enumerate().map(|(i, &x)| (f64::from(x) - mean) * weight(i)).collect()
}

/// Tenths of a decibel.
fn tenths(power: f64) -> f64 {
    if power < 1.0 { 0.0 } else { 100.0 * power.log10() }
}

#[test]
fn a_spectrum_is_that_of_floats() {
    for size in [4usize, 8, 64, 128, 512, 1024] {
        for count in [size, size * 3 / 4] {
            for (name, samples) in recordings(count) {
                let mut scratch = vec![0; size];
                let spectrum = Spectrum::new((&samples, &[]), 0, &mut scratch);
                let scale = 2f64.powi(spectrum.exponent());
                let want = exact(&weighted(&samples, 0.0), size);
                let most = want.iter().copied().fold(0.0, f64::max);
                for (k, want) in want.iter().enumerate() {
                    // 14 bits hold the greatest amplitude at first, and each stage rounds.
                    let amplitude = (f64::from(spectrum.power(k)) * scale).sqrt();
                    let error = (amplitude - want.sqrt()).abs();
                    let bound = most.sqrt() / 500.0 + 1.0;
                    assert!(
                        error <= bound,
                        "{name}, {count} of {size}, bin {k}: {amplitude} {}",
                        want.sqrt()
                    );
                }
            }
        }
    }
}

#[test]
fn a_transform_and_its_exponent() {
    // One number that is not 0: its transform is the same everywhere.
    let mut values = vec![0; 16];
    values[0] = -1000;
    assert_eq!(transform(&mut values), 0);
    assert_eq!(values, [-1000, 0].repeat(8));
    // All alike: everything is in one bin, and the exponent says how often it was halved.
    let mut values = [32767, -32767].repeat(512);
    let exponent = transform(&mut values);
    assert!((f64::from(values[0]) * 2f64.powi(exponent) / (512.0 * 32767.0) - 1.0).abs() < 1e-3);
    assert!(values[2..].iter().all(|part| part.abs() <= 2), "{values:?}");
    // Lengths that have no transform.
    for odd in [0, 3, 6, 1026, 2048] {
        let mut values = vec![7; odd];
        assert_eq!(transform(&mut values), 0);
        assert!(values.iter().all(|part| *part == 7));
    }
}

#[test]
fn logarithms_are_exact_to_a_tenth_of_a_decibel() {
    for power in (0..62).flat_map(|bit| [1u64 << bit, (1 << bit) + (1 << bit >> 1), (1 << bit) * 2 - 1]) {
        for exponent in [-40, -1, 0, 7, 40] {
            let want = tenths(power as f64 * 2f64.powi(exponent));
            let found = f64::from(decibels(power, exponent));
            assert!(found <= want + 0.02 && found > want - 1.02, "{power} * 2^{exponent}: {found} {want}");
        }
    }
    assert_eq!((decibels(0, 100), decibels(1, 0), decibels(1, -1), decibels(10, 0)), (0, 0, 0, 100));
    assert_eq!(decibels(u64::MAX, i32::MAX), 30_855);
    let turns = (0..4096).map(|i| i << 20);
    let error = |turn: u32| {
        (f64::from(sine(turn)) - 32768.0 * (2.0 * PI * f64::from(turn) / 2f64.powi(32)).sin()).abs()
    };
    assert!(turns.map(error).all(|error| error < 1.7));
}

#[test]
fn statistics_are_those_of_floats() {
    for (name, samples) in recordings(1000) {
        let found = Statistics::of(samples.iter().copied());
        let n = samples.len() as f64;
        let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let variance = samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
        let above: Vec<bool> = samples.iter().map(|&x| f64::from(x) >= mean).collect();
        let crossings = above.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(f64::from(found.mean), (mean * 16.0).floor(), "{name}");
        assert!(
            (f64::from(found.spread) - (variance.sqrt() * 16.0).floor()).abs() <= 1.0,
            "{name}: {found:?}"
        );
        assert_eq!(found.crossings as usize, crossings, "{name}");
        assert_eq!(Some(&found.least), samples.iter().min());
        assert_eq!(Some(&found.greatest), samples.iter().max());
    }
    let longest = Statistics::of(std::iter::repeat_n(-32767, 65_535));
    assert_eq!((longest.mean, longest.spread, longest.crossings), (-32767 * 16, 0, 0));
    assert_eq!(Statistics::of(std::iter::empty()).mean, 0);
}

/// A filter by its definition, whose first sample was there for ever.
fn filtered(biquad: &Biquad, samples: &[i16]) -> Vec<f64> {
    let scale = 2f64.powi(-29);
    let (b, a) = (biquad.b.map(|f| f64::from(f) * scale), biquad.a.map(|f| f64::from(f) * scale));
    let first = f64::from(samples[0]);
    let gain = if biquad.b.iter().sum::<i32>() > 0 { 1.0 } else { 0.0 };
    let (mut x, mut y) = ([first; 2], [first * gain; 2]);
    let next = |&sample: &i16| {
        let now = f64::from(sample);
        let out = b[0] * now + b[1] * x[0] + b[2] * x[1] - a[0] * y[0] - a[1] * y[1];
        (x, y) = ([now, x[0]], [out, y[0]]);
        out
    };
    samples.iter().map(next).collect()
}

#[test]
fn filters_are_butterworth_and_those_of_floats() {
    for (millihertz, rate) in [(500, 100), (50, 100), (20_000, 50), (49_500, 100), (300_000, 16_000), (8, 16)]
    {
        let turn = f64::from(millihertz) / 1000.0 / f64::from(rate);
        let k = (PI * turn).tan();
        let norm = 1.0 / (1.0 + 2f64.sqrt() * k + k * k);
        let a = [2.0 * (k * k - 1.0) * norm, (1.0 - 2f64.sqrt() * k + k * k) * norm];
        for (biquad, b0, sign) in [
            (
                low_pass(millihertz, rate).unwrap_or_else(|| panic!("{millihertz} of {rate}")),
                k * k * norm,
                2.0,
            ),
            (high_pass(millihertz, rate).unwrap(), norm, -2.0),
        ] {
            let want = [b0, sign * b0, b0, a[0], a[1]];
            for (found, want) in biquad.b.iter().chain(&biquad.a).zip(want) {
                let error = f64::from(*found) - want * 2f64.powi(29);
                assert!(error.abs() < 12.0, "{millihertz} of {rate}: {biquad:?}, {error}");
            }
            for (name, samples) in recordings(3000) {
                let mut state = BiquadState::NEW;
                for (&sample, want) in samples.iter().zip(filtered(&biquad, &samples)) {
                    let found = f64::from(state.push(&biquad, sample));
                    let error = (found - want.clamp(-32767.0, 32767.0)).abs();
                    let bound = if turn < 0.001 { 2.0 } else { 0.7 };
                    assert!(error < bound, "{name}, {millihertz} of {rate}: {found} {want}");
                }
            }
        }
    }
    for (millihertz, rate) in [(0, 100), (49, 100), (49_501, 100), (1000, 0), (u32::MAX, 100)] {
        assert_eq!((low_pass(millihertz, rate), high_pass(millihertz, rate)), (None, None));
    }
}

#[test]
fn mel_bands_are_triangles_on_the_mel_scale() {
    for (rate, frame, bands) in
        [(16_000u32, 480usize, 40usize), (8000, 240, 32), (4000, 120, 10), (34_000, 1020, 1)]
    {
        let bank = Bank::new(rate, frame, bands);
        let size = mel_fft(frame) as f64;
        let mel = |hertz: f64| 1127.0 * (1.0 + hertz / 700.0).ln();
        let (low, high) = (mel(125.0), mel(7500f64.min(f64::from(rate) * 15.0 / 32.0)));
        let edge = |at: usize| {
            let at = low + (high - low) * at as f64 / (bands + 1) as f64;
            700.0 * ((at / 1127.0).exp() - 1.0) * size / f64::from(rate)
        };
        let mut weights = bank.rising.iter();
        for at in 0..=bands {
            assert_eq!(f64::from(bank.starts[at]), (edge(at) - 1e-6).ceil(), "{rate} edge {at}");
            for bin in bank.starts[at]..bank.starts[at + 1] {
                let want = (f64::from(bin) - edge(at)) / (edge(at + 1) - edge(at)) * 4096.0;
                let found = f64::from(*weights.next().unwrap());
                assert!((found - want).abs() < 0.6, "{rate} bin {bin}: {found} {want}");
            }
        }
        assert_eq!(weights.next(), None);
    }
    let (mut starts, mut rising) = ([0; 42], [0; 513]);
    for (rate, frame, bands) in
        [(3999, 480, 10), (16_000, 480, 0), (16_000, 480, 41), (16_000, 15, 10), (16_000, 1025, 1)]
    {
        assert_eq!(mel_bank(rate, frame, bands, &mut starts, &mut rising), None);
    }
    assert_eq!(mel_bank(16_000, 480, 40, &mut starts[..41], &mut rising), None);
    assert_eq!(mel_bank(16_000, 480, 40, &mut starts, &mut rising[..200]), None);
}

#[test]
fn levels_and_cepstra_are_those_of_floats() {
    let (frame, step) = (480usize, 320usize);
    let bank = Bank::new(16_000, frame, 32);
    let blocks = [bank.frames(480, 320, 0), bank.frames(480, 320, 13)];
    let plan = Plan { channels: 1, window: 1760, hop: 640, filters: &[], magnitude: false, blocks: &blocks };
    for (name, samples) in recordings(4000) {
        let windows = extracted(&plan, &samples);
        assert_eq!(windows.len(), (4000 - 1760) / 640 + 1);
        for (window, features) in windows.iter().enumerate() {
            let (levels, cepstra) = features.split_at(5 * 32);
            for (at, (levels, cepstrum)) in levels.chunks(32).zip(cepstra.chunks(13)).enumerate() {
                let begin = window * 640 + at * step;
                let power = exact(&weighted(&samples[begin..][..frame], 0.0), 512);
                // What the transform may be wrong by in one bin, as the amplitude of a band.
                let wrong = (power.iter().copied().fold(0.0, f64::max).sqrt() / 500.0 + 1.0) * 2.0;
                for (band, &level) in levels.iter().enumerate() {
                    let mut sum = 0.0;
                    let mut weights = bank.rising.iter().map(|&w| f64::from(w) / 4096.0);
                    for segment in 0..=32 {
                        for bin in bank.starts[segment]..bank.starts[segment + 1] {
                            let rising = weights.next().unwrap();
                            let power = power[usize::from(bin)];
                            sum += if segment == band { power * rising } else { 0.0 };
                            sum += if segment == band + 1 { power * (1.0 - rising) } else { 0.0 };
                        }
                    }
                    let (least, most) = (sum.sqrt() - wrong, sum.sqrt() + wrong);
                    let range = tenths(least.max(0.0).powi(2)) - 1.5..tenths(most.powi(2)) + 0.5;
                    assert!(
                        range.contains(&f64::from(level)),
                        "{name} {window} {at} {band}: {level}, {range:?}"
                    );
                }
                for (j, &found) in cepstrum.iter().enumerate() {
                    let angle = |m: usize| PI * j as f64 * (m as f64 + 0.5) / 32.0;
                    let sum: f64 =
                        levels.iter().enumerate().map(|(m, &level)| f64::from(level) * angle(m).cos()).sum();
                    assert!((f64::from(found) - sum / 4.0).abs() < 2.0, "{name}: c{j} {found} {}", sum / 4.0);
                }
            }
        }
    }
}

#[test]
fn bands_of_a_tone_are_where_it_is() {
    let blocks = [Block::Bands { count: 16 }];
    let plan = Plan { channels: 1, window: 100, hop: 50, filters: &[], magnitude: false, blocks: &blocks };
    for (turns, band) in [(14.5 / 128.0, 3), (34.5 / 128.0, 8), (62.0 / 128.0, 15)] {
        for features in extracted(&plan, &tone(400, 8000.0, turns)) {
            let most = features.iter().max().unwrap();
            assert_eq!(features.iter().position(|level| level == most), Some(band), "{turns}: {features:?}");
            // All of the power is in one band: half of 128 times the sum of the weighted squares.
            let power = 64.0 * 100.0 * 8000f64.powi(2) * 3.0 / 16.0;
            assert!((f64::from(*most) - tenths(power)).abs() < 5.0, "{turns}: {features:?}");
        }
    }
    // What is constant is taken off.
    assert_eq!(extracted(&plan, &[12_345; 100]), [[0; 16]]);
}

/// A plan of everything there is, on two channels.
fn everything<'a>(filters: &'a [Biquad], blocks: &'a [Block<'a>]) -> Plan<'a> {
    Plan { channels: 2, window: 96, hop: 24, filters, magnitude: true, blocks }
}

#[test]
fn windows_are_those_of_their_samples_alone() {
    let bank = Bank::new(4000, 48, 10);
    let blocks = [
        Block::Raw,
        Block::Mean,
        Block::Spread,
        Block::Least,
        Block::Greatest,
        Block::PeakToPeak,
        Block::Crossings,
        Block::Bands { count: 8 },
        bank.frames(48, 24, 0),
        bank.frames(48, 24, 6),
    ];
    let plan = everything(&[], &blocks);
    assert_eq!((plan.lanes(), plan.features()), (3, 3 * (96 + 6 + 8 + 3 * 10 + 3 * 6)));
    let samples = noise(2 * 1000, 20_000.0);
    let windows = extracted(&plan, &samples);
    assert_eq!(windows.len(), (1000 - 96) / 24 + 1);
    for (at, features) in windows.iter().enumerate() {
        // Without filters nothing that was before a window counts.
        let alone = &samples[2 * at * 24..][..2 * 96];
        assert_eq!(extracted(&plan, alone), [&features[..]], "window {at}");
    }
    let magnitude =
        |pair: &[i16]| (f64::from(pair[0]).powi(2) + f64::from(pair[1]).powi(2)).sqrt().floor() as i32;
    let want: Vec<i32> = samples[..2 * 96].chunks(2).map(magnitude).collect();
    assert_eq!(windows[0][2 * 96..3 * 96], want);
    assert_eq!(windows[0][..3], [samples[0], samples[2], samples[4]].map(i32::from));
}

#[test]
fn frames_alone_keep_no_window() {
    let bank = Bank::new(16_000, 480, 32);
    let blocks = [bank.frames(480, 320, 10)];
    let plan =
        Plan { channels: 1, window: 16_000, hop: 8000, filters: &[], magnitude: false, blocks: &blocks };
    assert_eq!((plan.ring(), plan.frames(), plan.scratch(), plan.features()), (480, 490, 512, 490));
    let samples = noise(32_000, 30_000.0);
    let windows = extracted(&plan, &samples);
    assert_eq!(windows.len(), 3);
    assert_eq!(extracted(&plan, &samples[16_000..]), windows[2..]);
}

#[test]
fn a_restart_forgets() {
    let filters = [high_pass(500, 100).unwrap(), low_pass(20_000, 100).unwrap()];
    let blocks = [Block::Raw, Block::Spread];
    let plan = everything(&filters, &blocks);
    let (mut ring, mut states) = (vec![0; plan.ring()], vec![BiquadState::NEW; plan.states()]);
    let mut memory = Memory { ring: &mut ring, frames: &mut [], scratch: &mut [], filters: &mut states };
    let mut extractor = Extractor::new(&plan);
    let mut features = vec![0; plan.features()];
    let samples = noise(2 * 96, 9000.0);
    for _ in 0..2 {
        extractor.restart(&plan, &mut memory);
        for (at, moment) in samples.chunks(2).enumerate() {
            assert_eq!(extractor.push(&plan, &mut memory, moment, &mut features), at == 95);
        }
        assert_eq!([&features[..]], *extracted(&plan, &samples));
        extractor.push(&plan, &mut memory, &[123, 456], &mut features);
    }
}

/// A plan of these blocks.
fn plan<'a>(blocks: &'a [Block<'a>]) -> Plan<'a> {
    Plan { channels: 3, window: 1600, hop: 640, filters: &[], magnitude: true, blocks }
}

#[test]
fn plans_that_do_not_fit_are_refused() {
    let bank = Bank::new(16_000, 480, 10);
    let good = [Block::Mean, bank.frames(480, 320, 10)];
    let of = |block: Block<'_>| plan(&[block]).fault();
    assert_eq!(plan(&good).fault(), None);
    for (odd, fault) in [
        (Plan { channels: 0, ..plan(&good) }, PlanFault::Channels),
        (Plan { channels: 65, ..plan(&good) }, PlanFault::Channels),
        (Plan { window: 1, ..plan(&good) }, PlanFault::Window),
        (Plan { window: 65_536, ..plan(&good) }, PlanFault::Window),
        (Plan { hop: 0, ..plan(&good) }, PlanFault::Hop),
        (Plan { hop: 100, ..plan(&good) }, PlanFault::Step),
        (Plan { window: 479, ..plan(&good) }, PlanFault::Frame),
        (Plan { filters: &[Biquad { b: [i32::MIN; 3], a: [0; 2] }], ..plan(&good) }, PlanFault::Filters),
        (plan(&[]), PlanFault::Blocks),
    ] {
        assert_eq!(odd.fault(), Some(fault), "{odd:?}");
    }
    assert_eq!(of(Block::Bands { count: 4 }), Some(PlanFault::BandsWindow));
    let short = |count| Plan { window: 10, ..plan(&[Block::Bands { count }]) }.fault();
    assert_eq!([0, 8, 9].map(short), [Some(PlanFault::Bands), None, Some(PlanFault::Bands)]);
    assert_eq!(of(bank.frames(15, 320, 1)), Some(PlanFault::Frame));
    assert_eq!(of(bank.frames(1025, 320, 1)), Some(PlanFault::Frame));
    assert_eq!(of(bank.frames(480, 0, 1)), Some(PlanFault::Step));
    assert_eq!(of(bank.frames(480, 320, 11)), Some(PlanFault::Coefficients));
    assert_eq!(of(bank.frames(240, 320, 1)), Some(PlanFault::Bank));
    let both = [bank.frames(480, 320, 1), bank.frames(480, 160, 1)];
    assert_eq!(plan(&both).fault(), Some(PlanFault::Frames));
    for (starts, rising) in [
        (&[][..], &[][..]),
        (&[1, 2], &[0]),
        (&[3, 2, 4], &[0]),
        (&[1, 2, 4], &[0, 0]),
        (&[1, 2, 3], &[0, 4097]),
    ] {
        let bank = Bank { starts: starts.to_vec(), rising: rising.to_vec() };
        assert_eq!(of(bank.frames(480, 320, 0)), Some(PlanFault::Bank), "{starts:?}");
    }
}

#[test]
fn decisions_take_windows_together() {
    let said = |smoothing, level, hold_off, outputs: &[[i8; 3]]| -> Vec<Option<usize>> {
        let mut decision = Decision::new(smoothing, level, hold_off, [0; 3]);
        outputs.iter().map(|outputs| decision.push(outputs)).collect()
    };
    let (a, b, c, none) = ([9, 0, 0], [0, 9, 0], [0, 0, 90], [5, 5, 5]);
    let majority = |windows, least| Smoothing::Majority { windows, least };
    assert_eq!(said(majority(1, 1), 0, 0, &[a, b, none]), [Some(0), Some(1), Some(0)]);
    assert_eq!(said(majority(3, 2), 0, 0, &[a, b, b, a, c]), [None, None, Some(1), Some(1), None]);
    // Of as many windows, the latest counts.
    assert_eq!(said(majority(4, 2), 0, 0, &[a, a, b, b]), [None, Some(0), Some(0), Some(1)]);
    assert_eq!(said(majority(1, 1), 10, 0, &[a, b, none, c]), [None, None, None, Some(2)]);
    assert_eq!(said(majority(1, 1), 10, 2, &[c, c, c, c, a, c]), [Some(2), None, None, Some(2), None, None]);
    // A sum by halves: 45, 67.5 and 33.75 of c against 0, 0 and 4.5 of a.
    let leaky = Smoothing::Leaky { shift: 1 };
    assert_eq!(said(leaky, 30, 0, &[c, c, a, a]), [Some(2), Some(2), None, None]);
    assert_eq!(said(leaky, 0, 0, &[[-127; 3], [127; 3], a]), [Some(0), Some(0), Some(0)]);
    assert_eq!(
        said(Smoothing::Leaky { shift: 0 }, 254, 0, &[[-127, 127, -127], [-126, 127, -127]]),
        [Some(1), None]
    );
    let mut decision = Decision::new(majority(32, 32), 0, 9, [1; 3]);
    assert!((0..31).all(|_| decision.push(&a).is_none()));
    assert_eq!(decision.push(&a), Some(0));
    decision.restart();
    assert_eq!(decision, Decision::new(majority(32, 32), 0, 9, [0; 3]));
}

fn sample() -> impl Strategy<Value = i16> {
    prop_oneof![4 => -32767i16..=32767, 1 => Just(32767), 1 => Just(-32767), 1 => Just(0)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No samples and no plan without a fault overflow anything or leave a feature out.
    #[test]
    fn no_samples_and_no_plan_overflow(
        samples in prop::collection::vec(sample(), 3 * 40..3 * 400),
        window in 16u32..200,
        hop in 1u32..100,
        magnitude: bool,
        bands in 1u8..16,
        factors in prop::collection::vec(-(1i32 << 30)..=1 << 30, 10),
    ) {
        let biquad = |f: &[i32]| Biquad { b: [f[0], f[1], f[2]], a: [f[3], f[4]] };
        let filters = [biquad(&factors[..5]), biquad(&factors[5..])];
        let bank = Bank::new(4000, 16, 5);
        let blocks = [
            Block::Raw, Block::Mean, Block::Spread, Block::Least, Block::Greatest, Block::PeakToPeak,
            Block::Crossings, Block::Bands { count: bands.min(8) }, bank.frames(16, 1, 0), bank.frames(16, 1, 5),
        ];
        let plan = Plan { channels: 3, window, hop, filters: &filters, magnitude, blocks: &blocks };
        let count = samples.len() / 3;
        let windows = (count + 1).saturating_sub(window as usize).div_ceil(hop as usize);
        prop_assert_eq!(extracted(&plan, &samples).len(), windows);
    }
}
