//! eggroll model 56-16-4+bias, generation 300, weights 69649107e286ea938c6103fc12642091221f397f43f3f0299d444138a0c39ac0.
//!
//! Each layer: `y = clip(W x / (16 isqrt(inputs)))` with the quotient rounded down, then its bias and clip
//! again if it has one, then ReLU in all but the last; clip is to -127..=127.
//!
//! ```ignore
//! let mut signal = model::Signal::new();
//! let smoothing = model::Smoothing::Majority { windows: 5, least: 3 };
//! let mut decision = model::Decision::new(smoothing, 0, 0, [0; model::OUTPUTS]);
//! // For each sample that comes:
//! let class = signal.push(&samples /* 3 of them */).and_then(|outputs| decision.push(&outputs));
//! if let Some(class) = class { /* model::CLASS_NAMES[class] */ }
//! ```

// Features: standard: centred, standard deviation 32 (a rule a column, by the training rows). By their numbers, from 0:
// 0 x mean: in units of 10^0
// 1 y mean: in units of 10^0
// 2 z mean: in units of 10^0
// 3 magnitude mean: in units of 10^0
// 4 x spread: in units of 10^0
// 5 y spread: in units of 10^0
// 6 z spread: in units of 10^0
// 7 magnitude spread: in units of 10^0
// 8 x min: in units of 10^0
// 9 y min: in units of 10^0
// 10 z min: in units of 10^0
// 11 magnitude min: in units of 10^0
// 12 x max: in units of 10^0
// 13 y max: in units of 10^0
// 14 z max: in units of 10^0
// 15 magnitude max: in units of 10^0
// 16 x peak: in units of 10^0
// 17 y peak: in units of 10^0
// 18 z peak: in units of 10^0
// 19 magnitude peak: in units of 10^0
// 20 x crossings: in units of 10^-1
// 21 y crossings: in units of 10^-1
// 22 z crossings: in units of 10^-1
// 23 magnitude crossings: in units of 10^-1
// 24 x band 1: in units of 10^0
// 25 x band 2: in units of 10^0
// 26 x band 3: in units of 10^0
// 27 x band 4: in units of 10^0
// 28 x band 5: in units of 10^0
// 29 x band 6: in units of 10^0
// 30 x band 7: in units of 10^0
// 31 x band 8: in units of 10^0
// 32 y band 1: in units of 10^0
// 33 y band 2: in units of 10^0
// 34 y band 3: in units of 10^0
// 35 y band 4: in units of 10^0
// 36 y band 5: in units of 10^0
// 37 y band 6: in units of 10^0
// 38 y band 7: in units of 10^0
// 39 y band 8: in units of 10^0
// 40 z band 1: in units of 10^0
// 41 z band 2: in units of 10^0
// 42 z band 3: in units of 10^0
// 43 z band 4: in units of 10^0
// 44 z band 5: in units of 10^0
// 45 z band 6: in units of 10^0
// 46 z band 7: in units of 10^0
// 47 z band 8: in units of 10^0
// 48 magnitude band 1: in units of 10^0
// 49 magnitude band 2: in units of 10^0
// 50 magnitude band 3: in units of 10^0
// 51 magnitude band 4: in units of 10^0
// 52 magnitude band 5: in units of 10^0
// 53 magnitude band 6: in units of 10^0
// 54 magnitude band 7: in units of 10^0
// 55 magnitude band 8: in units of 10^0

// Channels, by their numbers, from 0:
// 0 x: in units of 10^0
// 1 y: in units of 10^0
// 2 z: in units of 10^0

#![allow(dead_code, unexpected_cfgs)]

/// Inputs of the model.
pub const INPUTS: usize = 56;
/// Outputs of the model.
pub const OUTPUTS: usize = 4;
/// Values of the widest layer but the last.
const WIDEST: usize = 16;
/// Channels of the signal.
pub const CHANNELS: usize = 3;
/// Samples of a window.
pub const WINDOW: usize = 64;
/// Samples from one window to the next.
pub const HOP: usize = 32;
/// Samples in a second; 0 where that is not known.
pub const RATE: u32 = 50;
/// Samples that are kept.
const RING: usize = 256;
/// What is kept of frames.
const FRAMES: usize = 0;
/// What a transform works in.
const SCRATCH: usize = 64;
/// Filters of all channels.
const STATES: usize = 0;

/// The names of the channels.
pub static CHANNEL_NAMES: [&str; CHANNELS] = [
    "x",
    "y",
    "z",
];

/// The samples of a channel are in units of 10^-places.
pub static CHANNEL_PLACES: [i8; CHANNELS] = [
    0, 0, 0,
];

static FILTERS: [signal::Biquad; 0] = [
];

static BLOCKS: [signal::Block<'static>; 7] = [
    signal::Block::Mean,
    signal::Block::Spread,
    signal::Block::Least,
    signal::Block::Greatest,
    signal::Block::PeakToPeak,
    signal::Block::Crossings,
    signal::Block::Bands { count: 8 },
];

static PLAN: signal::Plan<'static> = signal::Plan {
    channels: 3,
    window: 64,
    hop: 32,
    filters: &FILTERS,
    magnitude: true,
    blocks: &BLOCKS,
};

/// The names of the features.
pub static FEATURE_NAMES: [&str; INPUTS] = [
    "x mean",
    "y mean",
    "z mean",
    "magnitude mean",
    "x spread",
    "y spread",
    "z spread",
    "magnitude spread",
    "x min",
    "y min",
    "z min",
    "magnitude min",
    "x max",
    "y max",
    "z max",
    "magnitude max",
    "x peak",
    "y peak",
    "z peak",
    "magnitude peak",
    "x crossings",
    "y crossings",
    "z crossings",
    "magnitude crossings",
    "x band 1",
    "x band 2",
    "x band 3",
    "x band 4",
    "x band 5",
    "x band 6",
    "x band 7",
    "x band 8",
    "y band 1",
    "y band 2",
    "y band 3",
    "y band 4",
    "y band 5",
    "y band 6",
    "y band 7",
    "y band 8",
    "z band 1",
    "z band 2",
    "z band 3",
    "z band 4",
    "z band 5",
    "z band 6",
    "z band 7",
    "z band 8",
    "magnitude band 1",
    "magnitude band 2",
    "magnitude band 3",
    "magnitude band 4",
    "magnitude band 5",
    "magnitude band 6",
    "magnitude band 7",
    "magnitude band 8",
];

/// One a feature, or one for all.
static RULES: [Rule; 56] = [
    Rule { places: 0, centre: -88, mul: 1778529912, shift: 38 },
    Rule { places: 0, centre: 469, mul: 1762894634, shift: 38 },
    Rule { places: 0, centre: 14419, mul: 1879948841, shift: 36 },
    Rule { places: 0, centre: 18007, mul: 1569421671, shift: 37 },
    Rule { places: 0, centre: 5148, mul: 1390405417, shift: 38 },
    Rule { places: 0, centre: 2086, mul: 1190300807, shift: 36 },
    Rule { places: 0, centre: 2442, mul: 1928278555, shift: 37 },
    Rule { places: 0, centre: 1841, mul: 1131344174, shift: 36 },
    Rule { places: 0, centre: -500, mul: 1828228054, shift: 35 },
    Rule { places: 0, centre: -185, mul: 1483619724, shift: 34 },
    Rule { places: 0, centre: 670, mul: 1266079608, shift: 33 },
    Rule { places: 0, centre: 952, mul: 1205962716, shift: 32 },
    Rule { places: 0, centre: 480, mul: 1616787337, shift: 35 },
    Rule { places: 0, centre: 247, mul: 1509812981, shift: 34 },
    Rule { places: 0, centre: 1307, mul: 1322130955, shift: 34 },
    Rule { places: 0, centre: 1486, mul: 1144241999, shift: 34 },
    Rule { places: 0, centre: 980, mul: 2017437616, shift: 36 },
    Rule { places: 0, centre: 432, mul: 1749360429, shift: 34 },
    Rule { places: 0, centre: 638, mul: 2017841610, shift: 35 },
    Rule { places: 0, centre: 541, mul: 1930606344, shift: 35 },
    Rule { places: 1, centre: 181, mul: 1154365255, shift: 32 },
    Rule { places: 1, centre: 214, mul: 1176328062, shift: 32 },
    Rule { places: 1, centre: 162, mul: 1218647018, shift: 32 },
    Rule { places: 1, centre: 256, mul: 1717236204, shift: 32 },
    Rule { places: 0, centre: 588, mul: 1599643681, shift: 33 },
    Rule { places: 0, centre: 548, mul: 1417902254, shift: 33 },
    Rule { places: 0, centre: 464, mul: 1761381457, shift: 32 },
    Rule { places: 0, centre: 450, mul: 1838746923, shift: 32 },
    Rule { places: 0, centre: 433, mul: 2109179718, shift: 32 },
    Rule { places: 0, centre: 432, mul: 1106223238, shift: 31 },
    Rule { places: 0, centre: 430, mul: 1189658777, shift: 31 },
    Rule { places: 0, centre: 429, mul: 1170480586, shift: 31 },
    Rule { places: 0, centre: 516, mul: 1739402328, shift: 33 },
    Rule { places: 0, centre: 450, mul: 1721688815, shift: 32 },
    Rule { places: 0, centre: 502, mul: 2095424321, shift: 33 },
    Rule { places: 0, centre: 470, mul: 1287159790, shift: 32 },
    Rule { places: 0, centre: 431, mul: 1134193413, shift: 31 },
    Rule { places: 0, centre: 429, mul: 1209951616, shift: 31 },
    Rule { places: 0, centre: 428, mul: 1276762481, shift: 31 },
    Rule { places: 0, centre: 423, mul: 1234641581, shift: 31 },
    Rule { places: 0, centre: 569, mul: 2108142301, shift: 33 },
    Rule { places: 0, centre: 547, mul: 1744297536, shift: 33 },
    Rule { places: 0, centre: 507, mul: 1164102852, shift: 32 },
    Rule { places: 0, centre: 491, mul: 1189079883, shift: 32 },
    Rule { places: 0, centre: 463, mul: 1287034908, shift: 32 },
    Rule { places: 0, centre: 461, mul: 1355696577, shift: 32 },
    Rule { places: 0, centre: 459, mul: 1420728623, shift: 32 },
    Rule { places: 0, centre: 456, mul: 1416871242, shift: 32 },
    Rule { places: 0, centre: 455, mul: 1571644656, shift: 32 },
    Rule { places: 0, centre: 485, mul: 1202279844, shift: 32 },
    Rule { places: 0, centre: 541, mul: 1786953377, shift: 33 },
    Rule { places: 0, centre: 510, mul: 2012945916, shift: 33 },
    Rule { places: 0, centre: 482, mul: 1247654623, shift: 32 },
    Rule { places: 0, centre: 476, mul: 1316722259, shift: 32 },
    Rule { places: 0, centre: 474, mul: 1366910904, shift: 32 },
    Rule { places: 0, centre: 460, mul: 1378855414, shift: 32 },
];

/// The names of the classes; "" for an output that is no class.
pub static CLASS_NAMES: [&str; OUTPUTS] = [
    "circle",
    "idle",
    "shake",
    "tap",
];

/// How a raw value in units of 10^-places becomes a feature, or a target.
struct Rule {
    places: i8,
    centre: i32,
    mul: i32,
    shift: u8,
}

/// The rule of a feature, of rules that are one a feature or one for all.
fn rule_of(feature: usize) -> Option<&'static Rule> {
    RULES.get(if RULES.len() == 1 { 0 } else { feature })
}

/// A raw value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The value in its unit.
    pub value: i32,
    /// Whether the number lies beyond 32 bits, so that the value is the end of their range.
    pub saturated: bool,
}

/// Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as the raw value of a channel: in the unit
/// above, rounded once, to the nearest and halves away from zero. `None` of any other text, and for a channel that is
/// none.
fn number(channel: usize, text: &[u8]) -> Option<Raw> {
    let places = CHANNEL_PLACES.get(channel).copied()?;
    let (negative, text) = signed(text);
    let (whole, text) = digits(text);
    let has_point = text.first() == Some(&b'.');
    let (fraction, text) = match text.split_first() {
        Some((b'.', text)) => digits(text),
        _ => (&[][..], text),
    };
    if whole.is_empty() || (has_point && fraction.is_empty()) {
        return None;
    }
    let exponent = match text.split_first() {
        None => 0,
        Some((b'e' | b'E', text)) => exponent(text)?,
        Some(_) => return None,
    };
    // So many digits, from the first on, stand before the point of the number in its unit.
    let mut left = whole.len() as i64 + exponent + i64::from(places);
    let mut rest = whole.iter().chain(fraction).map(|&digit| u64::from(digit - b'0'));
    let (mut units, mut overflows) = (0u64, false);
    let mut next = rest.next();
    while left > 0 {
        let Some(digit) = next else { break };
        units = units * 10 + digit;
        if units > u64::from(u32::MAX) {
            (units, overflows) = (u64::from(u32::MAX), true);
        }
        left -= 1;
        next = rest.next();
    }
    if left > 9 {
        overflows |= units > 0;
    } else if left > 0 {
        // There are no more digits.
        (0..left).for_each(|_| units *= 10);
    } else if left == 0 && next.is_some_and(|digit| digit >= 5) {
        // The digit behind the point decides alone: halves are rounded away from zero.
        units += 1;
    }
    let most = u64::from(i32::MAX.unsigned_abs()) + u64::from(negative);
    let saturated = overflows || units > most;
    let units = if saturated { most } else { units } as i64;
    Some(Raw { value: if negative { -units } else { units } as i32, saturated })
}

/// A sign, and the text behind it.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', text)) => (true, text),
        Some((b'+', text)) => (false, text),
        _ => (false, text),
    }
}

/// The number behind an `e`. Greater exponents than 2^40 are not told apart: no text in memory has as many digits.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = signed(text);
    let (digits, rest) = digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let more = |value: i64, &digit: &u8| (value * 10 + i64::from(digit - b'0')).min(1 << 40);
    let value = digits.iter().fold(0, more);
    Some(if negative { -value } else { value })
}

/// The digits at the beginning of a text, and the text behind them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The feature, in -127..=127, for a raw value; 0 for a feature that is none.
pub fn feature(feature: usize, raw: i32) -> i8 {
    let Some(rule) = rule_of(feature) else { return 0 };
    let difference = i64::from(raw) - i64::from(rule.centre);
    let difference = difference.clamp(i32::MIN.into(), i32::MAX.into());
    // The shift rounds down.
    clip((difference * i64::from(rule.mul) + (1 << (rule.shift - 1))) >> rule.shift)
}

/// All features of a row.
pub fn features(raw: &[i32; INPUTS]) -> [i8; INPUTS] {
    core::array::from_fn(|i| feature(i, raw[i]))
}

/// The class of a row of raw values: the place of its greatest output, or of the first of several.
pub fn predict(raw: &[i32; INPUTS]) -> usize {
    argmax(&infer(&features(raw)))
}

/// The samples so far, and what is computed of them. It keeps 884 bytes where an address has 32 bits.
pub struct Signal {
    extractor: signal::Extractor,
    ring: [i16; RING],
    frames: [i16; FRAMES],
    scratch: [i16; SCRATCH],
    filters: [signal::BiquadState; STATES],
    raw: [i32; INPUTS],
}

impl Signal {
    /// The signal before its first sample.
    pub const fn new() -> Self {
        Signal {
            extractor: signal::Extractor::new(&PLAN),
            ring: [0; RING],
            frames: [0; FRAMES],
            scratch: [0; SCRATCH],
            filters: [signal::BiquadState::NEW; STATES],
            raw: [0; INPUTS],
        }
    }

    /// Takes the samples of all channels at one moment, each in -32767..=32767, and returns the outputs of the model
    /// where a window is complete. The first window is complete after `WINDOW` samples, each further one after `HOP`
    /// more.
    pub fn push(&mut self, samples: &[i16; CHANNELS]) -> Option<[i8; OUTPUTS]> {
        self.take(samples).then(|| infer(&features(&self.raw)))
    }

    /// The raw values of the last window; 0 before the first one.
    pub fn raw(&self) -> &[i32; INPUTS] {
        &self.raw
    }

    /// Begins a recording: what came before counts no more.
    pub fn restart(&mut self) {
        let Signal { extractor, ring, frames, scratch, filters, .. } = self;
        extractor.restart(&PLAN, &mut signal::Memory { ring, frames, scratch, filters });
    }

    /// Takes samples, and computes the raw values of a window that is complete.
    fn take(&mut self, samples: &[i16; CHANNELS]) -> bool {
        let Signal { extractor, ring, frames, scratch, filters, raw } = self;
        if !extractor.push(&PLAN, &mut signal::Memory { ring, frames, scratch, filters }, samples, raw) {
            return false;
        }
        // A feature of a window is a whole number; its rule may take a finer unit.
        for (feature, value) in raw.iter_mut().enumerate() {
            let places = rule_of(feature).map_or(0, |rule| rule.places);
            *value = (0..places).fold(*value, |value, _| value.saturating_mul(10));
        }
        true
    }
}

impl Default for Signal {
    fn default() -> Self {
        Signal::new()
    }
}

/// Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as a sample of a channel: in the unit of
/// the channel, rounded once, to the nearest and halves away from zero, and beyond -32767..=32767 the end of that range.
/// `None` of any other text, and for a channel that is none.
pub fn sample(channel: usize, text: &[u8]) -> Option<i16> {
    Some(number(channel, text)?.value.clamp(-32767, 32767) as i16)
}

pub use signal::Smoothing;

/// What the answers about windows that follow one another come to.
pub type Decision = signal::Decision<[i32; OUTPUTS]>;

static LAYERS: [Layer; 2] = [
    Layer { weights: &WEIGHTS_0, bias: &BIAS_0, inputs: 56, divisor: 112, relu: true },
    Layer { weights: &WEIGHTS_1, bias: &BIAS_1, inputs: 16, divisor: 64, relu: false },
];

static WEIGHTS_0: [i8; 896] = [
    17, 22, 14, 16, -11, -12, -6, -8, 26, 3, 7, -3, -4, -1, -14, -22, -37, -12, -5, -4, -8, 7, -4, -7, -38,
    11, -18, -14, -18, -13, -13, -35, -32, -4, 0, -3, 13, -13, 23, -16, -38, 9, -7, -14, 8, 4, 12, -24, 8,
    7, 1, -10, 8, 17, -14, -4,
    8, -12, 7, 3, 33, -5, 6, -12, -2, 1, -12, -2, 20, -13, 3, 13, 29, -6, 4, 13, -25, -7, 30, 13, -20, 12,
    -12, 22, 4, -13, 6, 22, -16, 13, 16, 30, -3, -4, -13, -9, -16, 36, 14, 13, 1, 7, -2, -4, 19, -9, 34, -3,
    21, -12, 5, 4,
    18, 14, 8, -27, -15, -22, -8, 17, 11, -14, 5, -16, -14, -3, -6, 36, -8, -4, 13, 35, -5, 19, -16, 21,
    -27, 1, 20, -9, 18, 1, 4, -6, 9, 37, 9, 17, 10, 34, -12, -5, -25, -11, -14, -3, -7, 20, -4, -16, 13, 12,
    3, 5, 18, -11, 10, 10,
    9, 0, -20, -22, -10, -17, 24, -36, 9, 7, 9, -37, -16, 13, 1, -37, -18, 8, 4, 15, 14, 20, 24, -17, -33,
    -7, -5, 31, 0, 3, 12, 28, 15, -12, 50, 19, -25, -4, -7, 7, -6, 19, 12, 26, 37, 37, 44, -7, 36, 0, -7,
    -4, -3, 14, 29, 15,
    -21, -6, 10, 25, 14, 2, 8, 20, 6, -8, 4, 15, 20, -9, 20, 7, 8, 5, 0, 11, -23, 11, -24, -5, 4, 46, -5, 5,
    1, -19, 19, 10, -47, 11, 27, 17, 3, -14, -18, 22, -8, -6, 7, 2, -6, -41, -5, -11, -19, -14, 7, 5, -5,
    -17, 10, -29,
    -2, 1, -11, 12, 2, -35, -9, 21, 42, 8, 33, 11, -45, 4, -7, -20, -21, 17, -13, -5, 36, 19, 12, 29, -10,
    -12, -3, 10, -22, -4, -15, 6, -11, 0, -12, -12, -13, -19, 28, -8, -24, 28, -5, 2, -13, 0, -23, -49, 16,
    -19, -18, -2, 0, 3, -25, -16,
    11, -18, 21, -11, -15, 28, 9, 25, 9, -3, -4, 9, -16, 42, 23, -17, -24, 4, -18, 7, -17, -12, -11, 6, -1,
    -21, -20, -18, -2, -14, 14, 23, 17, 0, 2, -8, 9, 27, 31, -9, -7, -13, 1, 11, -4, 1, 26, -19, -5, -2, -3,
    -4, -22, -24, 0, 8,
    14, -5, 21, -6, 9, 19, -31, 1, 21, -3, -28, -14, -13, 5, 12, -19, 14, 1, -1, 11, -6, 25, 9, 2, -1, 25,
    9, -11, 4, -12, -3, 0, 36, -9, 4, 9, -25, 2, 11, -18, 4, 3, -24, -12, -16, -2, -14, 2, -19, -10, 18, 12,
    16, -21, 4, 7,
    -18, 14, -26, -4, 10, 26, -14, 8, 17, 6, -15, 15, -18, -1, -4, -7, -5, -18, -21, 13, -15, 21, -14, -2,
    -26, 22, 23, -7, 0, -5, 23, 34, -12, 12, 8, -16, 0, 3, 8, 27, -9, 10, 25, -15, 0, 6, 15, -15, -13, 0,
    -8, 19, -20, 6, -20, -1,
    -8, 16, 3, 20, -16, -22, 14, -16, 17, 5, 24, -8, 8, 4, 38, 14, 9, -1, 1, -30, 19, 17, 14, -5, -7, -13,
    11, 4, 15, -4, -10, 16, 15, 10, 18, 4, 4, -10, -12, 21, 25, -9, -2, 15, 20, 8, 15, -5, -28, 0, 14, 24,
    -8, 7, -5, -9,
    -18, -13, 16, 12, 10, 32, 9, -33, 10, -9, -5, -22, -40, 8, 7, 31, -29, 14, 8, -29, -30, -22, -33, 1, 9,
    -15, 10, -11, -39, -16, -18, -23, 45, -19, -16, -4, 6, -5, 14, 0, -8, -9, -14, -12, 5, 5, 14, -1, 0, 8,
    -33, -28, -2, -29, -14, -19,
    24, -5, -19, 2, -10, -2, -15, -14, 4, -10, -14, 0, -15, 10, 17, 32, 3, 1, -6, 4, 9, -5, 21, 0, -24, 3,
    -14, -18, -5, 4, -33, 15, 15, 0, 23, -3, 12, 19, -17, -6, 9, 3, 16, -10, 14, -5, 1, 6, -15, 9, 18, 8,
    -7, 3, 4, 4,
    -6, 10, -8, 0, 33, -12, 9, 17, 6, -4, -30, 36, -5, -11, 16, 13, -3, 6, -6, -6, 30, 7, -28, -29, 1, 17,
    0, -10, -14, -25, 12, -27, -10, -9, 34, 9, -27, -32, -12, -3, 6, -18, 1, 11, 14, -14, -3, 1, 5, -5, 26,
    14, 8, 3, 22, 12,
    -18, 38, -12, -9, 2, 22, -1, -25, 3, 13, 31, -24, -22, -25, -12, -5, -2, 24, 5, -6, -17, 35, 8, 14, -14,
    -17, -4, -12, -15, -10, -3, 7, 26, 17, 1, 16, -16, -22, 2, -9, 19, 9, 18, 4, -1, 16, 27, -16, -1, -11,
    -5, -2, 3, -4, 13, -13,
    19, 9, -22, -4, 12, 7, -25, -4, 33, -3, 2, 16, 9, -3, 25, -14, -25, 5, 9, -16, -3, 3, -32, 5, -5, 10,
    -19, 13, -9, 12, 5, 32, -29, -5, 2, 4, 39, 19, 5, -36, -15, -19, -19, -3, 4, 0, -17, -11, 16, -3, -7,
    22, 8, 36, -21, 19,
    4, -15, 17, 5, 10, -21, 22, -22, 2, -13, 21, -17, 2, 5, 4, -5, 15, -23, 7, 15, -7, -6, -12, -6, 23, 4,
    -13, 3, 22, 9, 14, 19, 14, -7, 5, 47, -11, -9, -20, -1, 18, 4, -31, 9, 1, -1, -5, -28, -9, -20, 9, 26,
    15, -13, -49, 2,
];

static BIAS_0: [i8; 16] = [
    1, 2, 1, 0, 3, 1, 2, 0, 0, 0, 2, 0, 1, -1, 0, 0,
];

static WEIGHTS_1: [i8; 64] = [
    -17, -13, 3, 7, 8, -9, 13, 17, -15, -26, 19, -15, -13, 22, 9, 1,
    16, -4, 7, -20, 11, 31, -20, 16, 0, -5, -16, -17, -24, 15, 11, -20,
    9, 7, 0, -15, 67, -35, -8, 13, 22, 11, -31, -6, 22, -6, -17, 2,
    -3, -17, 38, 40, 4, -21, 5, -8, -6, 2, -28, -7, 4, 13, 10, 12,
];

static BIAS_1: [i8; 4] = [
    3, -2, 2, -3,
];

/// A layer: weights row after row, a row an output; without a bias it is empty.
struct Layer {
    weights: &'static [i8],
    bias: &'static [i8],
    inputs: usize,
    divisor: i32,
    relu: bool,
}

impl Layer {
    /// Sums need 32 bits. The quotient is rounded down.
    fn run(&self, x: &[i8], y: &mut [i8]) {
        for (i, (row, y)) in self.weights.chunks_exact(self.inputs).zip(y).enumerate() {
            let sum: i32 = row.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
            let mut value = clip(sum.div_euclid(self.divisor).into());
            if let Some(&bias) = self.bias.get(i) {
                value = clip(i64::from(value) + i64::from(bias));
            }
            *y = if self.relu { value.max(0) } else { value };
        }
    }
}

/// The nearest value in -127..=127.
fn clip(value: i64) -> i8 {
    value.clamp(-127, 127) as i8
}

/// The outputs, in -127..=127, for inputs in the same range. Keeps two bytes on the stack for each value of the widest
/// hidden layer.
pub fn infer(x: &[i8; INPUTS]) -> [i8; OUTPUTS] {
    let mut outputs = [0; OUTPUTS];
    let (mut from, mut to) = ([0; WIDEST], [0; WIDEST]);
    for (i, layer) in LAYERS.iter().enumerate() {
        let input: &[i8] = if i == 0 { x } else { &from };
        if i + 1 == LAYERS.len() {
            layer.run(input, &mut outputs);
        } else {
            layer.run(input, &mut to);
            core::mem::swap(&mut from, &mut to);
        }
    }
    outputs
}

/// The place of the greatest output, or of the first of several.
pub fn argmax(y: &[i8; OUTPUTS]) -> usize {
    let (mut best, mut greatest) = (0, i8::MIN);
    for (i, &value) in y.iter().enumerate() {
        if value > greatest {
            (best, greatest) = (i, value);
        }
    }
    best
}

/// A row of the self test, and its outputs.
type Vector = ([i32; INPUTS], [i8; OUTPUTS]);

static TEST: [Vector; 16] = [
    ([
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
    ], [
        -11, 59, -112, -107,
    ]),
    ([
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
    ], [
        -58, -55, 38, 124,
    ]),
    ([
        -88, 469, 14419, 18007, 5148, 2086, 2442, 1841, -500, -185, 670, 952, 480, 247, 1307, 1486, 980,
        432, 638, 541, 181, 214, 162, 256, 588, 548, 464, 450, 433, 432, 430, 429, 516, 450, 502, 470, 431,
        429, 428, 423, 569, 547, 507, 491, 463, 461, 459, 456, 455, 485, 541, 510, 482, 476, 474, 460,
    ], [
        3, -3, 4, -4,
    ]),
    ([
        -17088, 158, 17416, 16344, 19777, 8436, 10781, -4354, -2172, -694, -83, 1340, 2732, -48, 1995, 3167,
        -2903, 1099, 2647, 1555, -34, 261, 334, 39, 261, 1087, 338, 338, 473, 626, 328, 506, 812, 169, 1002,
        580, 555, 332, 540, 610, 186, 650, 216, 488, 790, 590, 178, 329, 455, 257, -21, 949, 519, 369, 822,
        348,
    ], [
        27, -84, 94, -16,
    ]),
    ([
        5012, 13254, 16977, 14942, 22940, 990, -5540, 1356, -2774, 150, 365, 518, 2945, 759, 2268, 1216,
        -1438, 1256, 842, -1416, 571, 178, 581, 214, 1200, 1105, 583, 322, 659, 439, 353, 387, 896, 691,
        412, 430, 487, 569, 403, 440, 723, 812, 54, 221, 217, 221, 588, 159, 387, 453, 1036, 421, 568, 577,
        863, 712,
    ], [
        7, 19, 34, -1,
    ]),
    ([
        1766, 7641, 15990, 8987, 25510, 9187, -4329, 384, 176, -960, 1239, 504, 650, -71, -291, 1141, 4454,
        1011, 1676, 932, -243, 619, -60, 231, 245, 282, 754, 208, 510, 573, 520, 228, 669, 301, 384, 550,
        286, 376, 415, 370, 366, 444, 105, 307, 649, 552, 561, 459, 193, 656, 699, 565, 452, 544, 734, 174,
    ], [
        102, 54, -24, 25,
    ]),
    ([
        13667, 15905, 10983, 14505, -387, -2013, 11208, 5667, -2323, 532, 338, 703, 1606, 1089, 1501, 1396,
        4420, 1590, 1659, -1096, -183, -176, -204, 351, 609, 1062, 732, 669, 332, 201, 217, 445, 1113, 226,
        318, 733, 288, 238, 545, 476, 472, 424, 809, 289, 433, 796, 604, 628, 534, 475, 114, 374, 390, 697,
        277, 295,
    ], [
        66, -43, -81, -1,
    ]),
    ([
        17994, 11227, 12153, 26414, 10881, -3571, 4651, 7489, 890, 266, 1002, 1187, 1436, 1168, 1917, 3212,
        95, 608, 655, 754, 29, 196, -91, 256, -77, 494, 399, 734, 238, 666, 427, 235, 1054, 677, 674, 414,
        310, 441, 255, 279, 1004, 163, 54, 794, 63, 218, 477, 296, 482, 524, 675, 923, 176, 278, 489, 395,
    ], [
        -59, -31, 61, 78,
    ]),
    ([
        9185, 7017, 14784, 9425, 23731, 6473, 3724, -1924, -125, -949, 1321, 1343, 1478, 31, 1048, 2431,
        4215, 962, -468, -99, -284, 590, 64, 298, 143, 294, 624, 730, 652, 562, 650, 474, 146, 677, 211,
        137, 199, 229, 427, 380, 223, 714, 426, 657, 253, 297, 139, 698, 520, 899, 1031, 327, 654, 570, 226,
        177,
    ], [
        -18, 20, 109, -15,
    ]),
    ([
        15521, 8109, 11459, 17044, 28476, 8840, 874, 6214, -593, 486, 798, 1165, -710, -378, 1269, 2281,
        -1268, 991, -605, -722, 340, 601, 345, 543, 835, 796, 607, 695, 364, 256, 455, 196, 275, 151, 1022,
        384, 414, 362, 373, 368, 1017, 734, 750, 765, 823, 290, 579, 683, 799, 400, 574, 881, 502, 632, 113,
        793,
    ], [
        -16, -20, -22, 41,
    ]),
    ([
        13667, -11381, 11349, 24049, 25313, -2705, 233, -5508, 477, 776, 1165, 1158, -93, 952, 775, 676,
        4284, -19, -417, 1110, -72, 193, 472, 261, 57, 1262, 754, 287, 287, 233, 292, 340, -61, 206, 183,
        827, 257, 204, 317, 624, 354, 881, 746, 94, 290, 476, 360, 598, 676, 103, 786, 548, 595, 251, 700,
        423,
    ], [
        -56, 63, 127, -51,
    ]),
    ([
        16912, -16838, 14638, 8987, -17784, 1740, -6039, 7004, -951, 1169, 1070, 596, -667, 1145, 827, 1906,
        27, 187, -894, 203, 181, -52, 18, 478, 996, 947, 510, 338, 538, 482, 632, 513, 284, 261, 56, 364,
        485, 215, 385, 396, 1066, 566, 445, 148, 486, 414, 97, 528, 583, 357, 915, 378, 248, 818, 157, 796,
    ], [
        19, 12, -42, 4,
    ]),
    ([
        -8897, 780, 11093, 11877, 15823, 7166, 5720, -2714, 1041, -185, 1131, 611, 55, 315, 2619, 466, 367,
        1060, -349, 1217, 296, 418, 507, 328, -40, 669, 213, 313, 236, 519, 467, 484, 309, 266, 175, 556,
        497, 601, 496, 584, 1025, 561, 183, 206, 876, 357, 715, 674, 138, 720, 94, 340, 231, 261, 775, 105,
    ], [
        49, -92, -71, 42,
    ]),
    ([
        -397, 18400, 10435, 15030, 30057, 4626, 1088, 2752, 1416, 139, 216, 856, -115, -1175, -278, 2822,
        1695, 1296, -366, 2765, 434, -45, 162, 19, 170, 572, 673, 692, 459, 488, 346, 418, -7, 756, 326,
        264, 635, 280, 385, 380, 203, 183, 493, 445, 340, 679, 333, 549, 468, 310, 920, 293, 424, 261, 449,
        370,
    ], [
        -50, 29, 69, 28,
    ]),
    ([
        -12452, 2651, 10325, 10651, -11656, 3298, -195, 3541, 1736, -532, 40, 618, -1475, -583, 2827, 1321,
        1048, -245, -1456, 2107, 7, 575, 588, 381, 1039, 494, 252, 366, 487, 476, 437, 200, 186, 537, 936,
        140, 310, 565, 465, 396, 960, 282, 116, 416, 73, 145, 366, 671, 616, 114, 613, 506, 592, 431, 731,
        87,
    ], [
        35, 42, 78, 2,
    ]),
    ([
        -10443, 8421, 15954, 22648, -6911, 8378, 2371, 7854, 796, 1181, 1273, 1119, 2647, 122, 1009, 1711,
        4079, -216, -962, -331, 590, 178, -84, 406, 706, 1202, 490, 730, 475, 419, 650, 583, 82, 617, 1022,
        593, 325, 303, 552, 423, 419, 474, 201, 231, 563, 524, 230, 528, 341, 927, 1007, 67, 568, 418, 126,
        540,
    ], [
        -43, 13, 127, -10,
    ]),
];

/// Whether all rows that travel with the model have the outputs that they should.
fn test_rows() -> bool {
    TEST.iter().all(|(row, outputs)| infer(&features(row)) == *outputs)
}

/// The raw values of the windows of the recording.
static TEST_WINDOWS: [[i32; INPUTS]; 2] = [
    [
        -68612, 11127, -63505, 371900, 362757, 376280, 371467, 227964, -32767, -32767, -32767, 0, 32767,
        32767, 32767, 32767, 65534, 65534, 65534, 32767, 170, 200, 210, 90, 1119, 1071, 1078, 1107, 1113,
        1044, 1083, 1072, 1090, 1128, 1102, 1073, 1051, 1093, 1102, 1063, 1069, 1068, 1098, 1086, 1078,
        1122, 1103, 1076, 1073, 967, 946, 901, 924, 891, 951, 946,
    ],
    [
        -49154, -6, -49152, 131108, 257486, 262136, 257486, 226993, -32767, -32767, -32767, 0, 32767, 32767,
        32767, 32767, 65534, 65534, 65534, 32767, 60, 250, 70, 10, 999, 942, 882, 796, 907, 954, 980, 989,
        887, 861, 951, 949, 951, 985, 983, 936, 985, 958, 974, 936, 904, 929, 983, 924, 1064, 943, 901, 876,
        859, 848, 841, 838,
    ],
];

/// A sample of the recording of the self test: drawn ones of all sizes, both ends of the range, silence, and drawn ones
/// that are small.
fn test_sample(moment: u32, channel: u32) -> i16 {
    let drawn = moment.wrapping_mul(0x9E37_79B1).wrapping_add(channel.wrapping_mul(0x85EB_CA77));
    let drawn = (drawn ^ (drawn >> 15)).wrapping_mul(0x2C1B_3C6D);
    let drawn = drawn ^ (drawn >> 13);
    let within = |most: u32| (drawn % (2 * most + 1)) as i32 - most as i32;
    let sample = match moment * 4 / (WINDOW + HOP) as u32 {
        0 => within(32767),
        1 if drawn.is_multiple_of(2) => 32767,
        1 => -32767,
        2 => 0,
        _ => within(7),
    };
    sample as i16
}

/// Whether the windows of the recording, which comes twice, have the raw values that they should. Keeps a signal on the
/// stack.
fn test_recording() -> bool {
    let mut signal = Signal::new();
    (0..2).all(|_| {
        signal.restart();
        let mut expected = TEST_WINDOWS.iter();
        let moments = 0..(WINDOW + HOP) as u32;
        moments.into_iter().all(|moment| {
            let samples = core::array::from_fn(|channel| test_sample(moment, channel as u32));
            !signal.take(&samples) || expected.next() == Some(signal.raw())
        }) && expected.next().is_none()
    })
}

/// Whether all rows and windows that travel with the model have what they should.
pub fn self_test() -> bool {
    test_rows() && test_recording()
}

/// Prints the class of a row, its name and the outputs, separated by tabs.
#[cfg(eggroll_main)]
fn print(raw: &[i32; INPUTS]) {
    let outputs = infer(&features(raw));
    let best = argmax(&outputs);
    std::println!("{best}\t{}\t{}", CLASS_NAMES[best], outputs.map(|output| std::format!("{output}")).join(" "));
}

/// Runs the self test, then reads lines of samples from standard input, a decimal number a channel, separated by commas,
/// and prints the number of the sample that completes a window, from 1, and what the model answers. A blank line begins a
/// new recording. Build it by `rustc --cfg eggroll_main`.
#[cfg(eggroll_main)]
fn main() -> std::process::ExitCode {
    static SIGNAL: std::sync::Mutex<Signal> = std::sync::Mutex::new(Signal::new());
    let refuse = |why: std::string::String| {
        std::eprintln!("{why}");
        std::process::ExitCode::FAILURE
    };
    if !self_test() {
        return refuse("self test: rows or windows differ".into());
    }
    let Ok(mut signal) = SIGNAL.lock() else { return refuse("the signal is in use".into()) };
    let mut count = 0u64;
    for (number, line) in std::io::stdin().lines().enumerate() {
        let Ok(line) = line else { return refuse("standard input is no text".into()) };
        if line.trim().is_empty() {
            signal.restart();
            count = 0;
            continue;
        }
        let fields = line.split(',').enumerate();
        let samples: Option<std::vec::Vec<i16>> =
            fields.map(|(at, field)| sample(at, field.trim_matches([' ', '\t', '\r']).as_bytes())).collect();
        let Some(Ok(samples)) = samples.map(<[i16; CHANNELS]>::try_from) else {
            return refuse(std::format!("line {}: not {CHANNELS} numbers", number + 1));
        };
        count += 1;
        if signal.take(&samples) {
            std::print!("{count}\t");
            print(signal.raw());
        }
    }
    std::process::ExitCode::SUCCESS
}

/// The arithmetic of signals: the files of eggroll's firmware as they are. A model uses a part of them.
#[allow(unused_imports)]
pub mod signal {
pub use decision::{Decision, LONGEST_MAJORITY, Smoothing};
pub use extractor::{Extractor, Memory};
pub use filter::{Biquad, BiquadState};
pub use mel::MelBank;
pub use plan::{Block, MelFrames, Plan};

mod bands {
//! The power of a spectrum in bands of equal width.

use super::decibels::decibels;
use super::spectrum::Spectrum;

/// The level of band `at` of `count`, in tenths of a decibel, of a spectrum of `size` samples: that of the
/// bins `1 + at * (size / 2) / count ..= (at + 1) * (size / 2) / count`.
pub fn band(spectrum: &Spectrum<'_>, size: usize, at: usize, count: usize) -> i16 {
    let end = |at: usize| (at * (size / 2)).checked_div(count).unwrap_or_default();
    let power = (end(at)..end(at + 1)).map(|bin| u64::from(spectrum.power(bin + 1))).sum();
    decibels(power, spectrum.exponent())
}
}

mod cepstrum {
//! Coefficients of the cepstrum.

use super::sine::sine;

/// Coefficient `at` of the discrete cosine transform of levels, `sum of L(m) cos(pi at (m + 1/2) / bands) /
/// 4`, rounded down. Of 32 bands it is the orthonormal one but for coefficient 0, which is sqrt(2) times
/// that.
///
/// The levels are those of [`decibels`](super::decibels), of which the sum of 40 fits.
pub fn coefficient(levels: &[i16], at: usize) -> i16 {
    // An angle of 1 / (4 bands) of a turn, in 1/2^32.
    let unit = (1u32 << 30).checked_div(levels.len() as u32).unwrap_or_default().wrapping_mul(at as u32);
    // The cosine is the sine a quarter of a turn on.
    let mut angle = unit.wrapping_add(1 << 30);
    let mut sum = 0i32;
    for &level in levels {
        sum = sum.wrapping_add(i32::from(level) * sine(angle));
        angle = angle.wrapping_add(unit.wrapping_mul(2));
    }
    (sum >> 17) as i16
}
}

mod decibels {
//! The logarithm of a power.

/// Parts of the table of logarithms.
const PARTS: usize = 32;

/// `log2(1 + i / 32)`, in 1/2^16.
pub static LOGARITHMS: [u32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [u32; PARTS + 1] {
    let mut logarithms = [0; PARTS + 1];
    let mut i = 0;
    while i < PARTS {
        // A square doubles the logarithm, and its whole part is the next binary digit.
        let mut value = ((PARTS + i) as u64) << 25;
        let (mut digits, mut digit) = (0, 0);
        while digit < 20 {
            value = (value * value) >> 30;
            digits *= 2;
            if value >> 31 > 0 {
                value >>= 1;
                digits += 1;
            }
            digit += 1;
        }
        logarithms[i] = (digits + 8) >> 4;
        i += 1;
    }
    logarithms[PARTS] = 1 << 16;
    logarithms
}

/// Tenths of a decibel in a doubling, `100 log10(2)`, in 1/2^16.
const TENTHS: u64 = 1_972_830;

/// Ten times the decibels, `100 log10`, of `power * 2^exponent`, rounded down; 0 where that is below 1.
pub fn decibels(power: u64, exponent: i32) -> i16 {
    if power == 0 {
        return 0;
    }
    let zeros = power.leading_zeros();
    // The first digit, which is 1, falls off.
    let digits = ((power << zeros) >> 31) as u32;
    let at = (digits >> 27) as usize;
    let fraction = (digits >> 11) & 0xFFFF;
    let entry = |at: usize| LOGARITHMS.get(at).copied().unwrap_or_default();
    let (from, to) = (entry(at), entry(at + 1));
    let within = from + (((to - from) * fraction) >> 16);
    let whole = i64::from(exponent) + 63 - i64::from(zeros);
    // Beyond 2^1024 nothing fits the answer.
    let logarithm = whole.min(1024) * 65536 + i64::from(within);
    let tenths = (logarithm.max(0).unsigned_abs() * TENTHS) >> 32;
    tenths.min(i16::MAX as u64) as i16
}
}

mod decision {
//! From the answers about windows to an answer about what happened.

/// Most windows of which a majority is taken.
pub const LONGEST_MAJORITY: usize = 32;

/// How the answers about windows that follow one another are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothing {
    /// The class of most of the last windows.
    Majority {
        /// How many windows, 1 to [`LONGEST_MAJORITY`].
        windows: u8,
        /// The least number of them that must be of the class.
        least: u8,
    },
    /// The class of the greatest sum of outputs, each of which counts by `1 / 2^shift` and from then on less
    /// and less.
    Leaky {
        /// 0 to 15.
        shift: u8,
    },
}

/// Takes the answers about windows together. `S` is memory for one i32 a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<S> {
    smoothing: Smoothing,
    /// How far the greatest output must be ahead of the second.
    level: u8,
    /// Windows without an answer after one.
    hold_off: u16,
    /// Windows that are left of them.
    held: u16,
    sums: S,
    /// The classes of the last windows, the latest first; none of a window that was rejected.
    last: [Option<u16>; LONGEST_MAJORITY],
}

impl<S: AsRef<[i32]> + AsMut<[i32]>> Decision<S> {
    /// A decision before the first window.
    ///
    /// `level` is the reject level, 0 to 254: how far the greatest output must be ahead of the second one, of
    /// a window for a majority and of the sums for a leaky sum. `hold_off` is how many windows pass without
    /// an answer after one, so that what happens once is answered once. `sums` holds a number a class.
    pub fn new(smoothing: Smoothing, level: u8, hold_off: u16, mut sums: S) -> Decision<S> {
        sums.as_mut().fill(0);
        Decision { smoothing, level, hold_off, held: 0, sums, last: [None; LONGEST_MAJORITY] }
    }

    /// Begins anew.
    pub fn restart(&mut self) {
        self.sums.as_mut().fill(0);
        self.last = [None; LONGEST_MAJORITY];
        self.held = 0;
    }

    /// Takes the outputs of the model for a window, one a class, and returns the class that is answered.
    pub fn push(&mut self, outputs: &[i8]) -> Option<usize> {
        let found = match self.smoothing {
            Smoothing::Majority { windows, least } => self.majority(outputs, windows.into(), least.into()),
            Smoothing::Leaky { shift } => {
                for (sum, &output) in self.sums.as_mut().iter_mut().zip(outputs) {
                    *sum += ((i32::from(output) << 16) - *sum) >> shift.min(15);
                }
                ahead(self.sums.as_ref().iter().copied(), i32::from(self.level) << 16)
            }
        };
        if self.held > 0 {
            self.held -= 1;
            return None;
        }
        if found.is_some() {
            self.held = self.hold_off;
        }
        found
    }

    fn majority(&mut self, outputs: &[i8], windows: usize, least: usize) -> Option<usize> {
        self.last.rotate_right(1);
        if let Some(first) = self.last.first_mut() {
            let found = ahead(outputs.iter().map(|&output| output.into()), self.level.into());
            *first = found.map(|class| class as u16);
        }
        let last = self.last.iter().take(windows.max(1));
        let count = |class: u16| last.clone().filter(|&&other| other == Some(class)).count();
        // Of classes with as many windows, the one of the latest window is first in line.
        let mut best = None;
        for &class in last.clone().flatten() {
            let votes = count(class);
            if best.is_none_or(|(most, _)| votes > most) {
                best = Some((votes, class));
            }
        }
        best.filter(|&(votes, _)| votes >= least).map(|(_, class)| class.into())
    }
}

/// The first of the greatest values, if it is at least `lead` ahead of all others.
fn ahead(values: impl Iterator<Item = i32>, lead: i32) -> Option<usize> {
    let mut best: Option<(usize, i32)> = None;
    let mut second: Option<i32> = None;
    for (class, value) in values.enumerate() {
        match best {
            Some((_, greatest)) if value <= greatest => second = Some(second.map_or(value, |s| s.max(value))),
            _ => {
                second = best.map(|(_, greatest)| greatest);
                best = Some((class, value));
            }
        }
    }
    let is_ahead = |greatest: i32| second.is_none_or(|second| greatest.saturating_sub(second) >= lead);
    best.filter(|&(_, greatest)| is_ahead(greatest)).map(|(class, _)| class)
}
}

mod extractor {
//! The features of a signal's windows, one sample at a time.

use super::bands::band;
use super::cepstrum::coefficient;
use super::filter::{BiquadState, Filters};
use super::plan::{Block, MOST_MEL_BANDS, MelFrames, Plan, size_of_fft};
use super::spectrum::Spectrum;
use super::statistics::Statistics;

/// What an extractor works in. The lengths are those that its plan says; one memory serves one extractor.
#[derive(Debug)]
pub struct Memory<'m> {
    /// The last samples of each lane: [`Plan::ring`] of them.
    pub ring: &'m mut [i16],
    /// What was computed of the last frames: [`Plan::frames`].
    pub frames: &'m mut [i16],
    /// For transforms: [`Plan::scratch`]. It holds nothing between samples.
    pub scratch: &'m mut [i16],
    /// The state of each filter, channel by channel: [`Plan::states`].
    pub filters: &'m mut [BiquadState],
}

/// Where a signal is: how much of a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extractor {
    /// Where in its ring the next sample of a lane goes.
    at: usize,
    /// The samples of a lane that are kept: [`Plan::kept`], which is asked for with every sample.
    kept: usize,
    /// Samples until the next window is complete.
    until_window: u32,
    /// Samples until the next frame is complete.
    until_frame: u32,
    /// Frames so far, up to the number that windows have and from 0 again.
    frame: usize,
}

impl Extractor {
    /// The extractor before the first sample.
    pub const fn new(plan: &Plan<'_>) -> Extractor {
        let (kept, until_frame) = (plan.kept(), plan.frame() as u32);
        Extractor { at: 0, kept, until_window: plan.window, until_frame, frame: 0 }
    }

    /// Begins a new recording: what came before counts no more.
    pub fn restart(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        *self = Extractor::new(plan);
        memory.filters.fill(BiquadState::NEW);
    }

    /// Takes the samples of all channels at one moment, each in `-32767..=32767`.
    ///
    /// Whether a window is complete. Then its [`Plan::features`] features are in `features`: block by block,
    /// in each lane by lane, and of a lane by time, frequency or number. The first window is complete after
    /// [`Plan::window`] samples, each further one after [`Plan::hop`] more.
    pub fn push(
        &mut self,
        plan: &Plan<'_>,
        memory: &mut Memory<'_>,
        samples: &[i16],
        features: &mut [i32],
    ) -> bool {
        self.store(plan, memory, samples);
        // Without frames it stays 0.
        if self.until_frame > 0 {
            self.until_frame -= 1;
            let complete = if self.until_frame == 0 { plan.mels().next() } else { None };
            if let Some(mel) = complete {
                self.until_frame = mel.step.into();
                self.frames(plan, memory);
            }
        }
        self.until_window = self.until_window.saturating_sub(1);
        if self.until_window > 0 {
            return false;
        }
        self.until_window = plan.hop;
        self.window(plan, memory, features);
        true
    }

    /// Stores a sample of each lane. Nothing here divides, which a core without the instruction feels.
    fn store(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>, samples: &[i16]) {
        let mut states = &mut *memory.filters;
        let mut squares = 0u32;
        let mut place = self.at;
        let mut put = |sample| {
            if let Some(place) = memory.ring.get_mut(place) {
                *place = sample;
            }
            place += self.kept;
        };
        for &sample in samples.iter().take(plan.channels.into()) {
            let (of_channel, rest) =
                core::mem::take(&mut states).split_at_mut_checked(plan.filters.len()).unwrap_or_default();
            states = rest;
            let sample = Filters(plan.filters).push(of_channel, sample);
            let size = u32::from(sample.unsigned_abs());
            squares = squares.saturating_add(size * size);
            put(sample);
        }
        if plan.magnitude {
            put(squares.isqrt().min(32767) as i16);
        }
        self.at = if self.at + 1 < self.kept { self.at + 1 } else { 0 };
    }

    /// The last samples of a lane: the older ones, and behind them the newer ones.
    fn last<'r>(&self, lane: &'r [i16], count: usize) -> (&'r [i16], &'r [i16]) {
        let (newer, older) = lane.split_at_checked(self.at).unwrap_or_default();
        match count.checked_sub(newer.len()) {
            None | Some(0) => (newer.get(newer.len() - count..).unwrap_or_default(), &[]),
            Some(rest) => {
                let before = older.len().saturating_sub(rest);
                (older.get(before..).unwrap_or_default(), newer)
            }
        }
    }

    /// Computes what each block wants of the frame that is complete.
    fn frames(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        let mut count = 0;
        let mut stored = &mut *memory.frames;
        for mel in plan.mels() {
            let width = mel.width();
            count = mel.frames(plan.window);
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                let Some((of_lane, rest)) = stored.split_at_mut_checked(count * width) else { return };
                stored = rest;
                let Some(scratch) = memory.scratch.get_mut(..mel.fft()) else { return };
                let spectrum = Spectrum::new(self.last(lane, mel.frame.into()), 0, scratch);
                if let Some(out) = of_lane.chunks_exact_mut(width.max(1)).nth(self.frame) {
                    of_frame(&mel, &spectrum, out);
                }
            }
        }
        self.frame = if self.frame + 1 < count { self.frame + 1 } else { 0 };
    }

    /// Computes the features of the window that is complete.
    fn window(&self, plan: &Plan<'_>, memory: &mut Memory<'_>, features: &mut [i32]) {
        let mut out = features.iter_mut();
        let mut put = |value: i32| {
            if let Some(out) = out.next() {
                *out = value;
            }
        };
        let mut stored = &*memory.frames;
        let window = plan.window as usize;
        for block in plan.blocks {
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                match block {
                    Block::Raw => {
                        let (older, newer) = self.last(lane, window);
                        older.iter().chain(newer).for_each(|&sample| put(sample.into()));
                    }
                    Block::Bands { count } => {
                        let samples = self.last(lane, window);
                        let size = size_of_fft(window);
                        let Some(scratch) = memory.scratch.get_mut(..size) else { return };
                        let spectrum = Spectrum::new(samples, mean(samples), scratch);
                        let count = usize::from(*count);
                        (0..count).for_each(|at| put(band(&spectrum, size, at, count).into()));
                    }
                    Block::Mel(mel) => {
                        let width = mel.width();
                        let count = mel.frames(plan.window);
                        let (of_lane, rest) = stored.split_at_checked(count * width).unwrap_or_default();
                        stored = rest;
                        let (newer, older) = of_lane.split_at_checked(self.frame * width).unwrap_or_default();
                        older.iter().chain(newer).for_each(|&value| put(value.into()));
                    }
                    // Statistics have places here, and are put there below.
                    _ => put(0),
                }
            }
        }
        self.statistics(plan, memory, features);
    }

    /// Computes the features that are statistics: those of a lane all at once, each to its place.
    fn statistics(&self, plan: &Plan<'_>, memory: &Memory<'_>, features: &mut [i32]) {
        if !plan.blocks.iter().any(is_statistic) {
            return;
        }
        let lanes = plan.lanes();
        for (number, lane) in memory.ring.chunks_exact(self.kept.max(1)).enumerate() {
            let (older, newer) = self.last(lane, plan.window as usize);
            let found = Statistics::of(older.iter().chain(newer).copied());
            let mut place = number;
            for block in plan.blocks {
                let out = if is_statistic(block) { features.get_mut(place) } else { None };
                if let Some(out) = out {
                    *out = of_statistics(block, &found);
                }
                place += plan.width(block) * lanes;
            }
        }
    }
}

/// The mean of samples, rounded down.
fn mean(samples: (&[i16], &[i16])) -> i32 {
    let sum: i32 = samples.0.iter().chain(samples.1).map(|&sample| i32::from(sample)).sum();
    let count = samples.0.len() + samples.1.len();
    sum.checked_div_euclid(count as i32).unwrap_or_default()
}

const fn is_statistic(block: &Block<'_>) -> bool {
    !matches!(block, Block::Raw | Block::Bands { .. } | Block::Mel(_))
}

/// Computes what is wanted of a frame.
fn of_frame(mel: &MelFrames<'_>, spectrum: &Spectrum<'_>, out: &mut [i16]) {
    if mel.coefficients == 0 {
        return mel.bank.levels(spectrum, out);
    }
    let mut levels = [0; MOST_MEL_BANDS];
    let Some(levels) = levels.get_mut(..mel.bank.bands()) else { return };
    mel.bank.levels(spectrum, levels);
    for (at, out) in out.iter_mut().enumerate() {
        *out = coefficient(levels, at);
    }
}

/// The feature of a block that is one of the statistics; 0 for any other.
fn of_statistics(block: &Block<'_>, found: &Statistics) -> i32 {
    match block {
        Block::Mean => found.mean,
        Block::Spread => found.spread,
        Block::Least => found.least.into(),
        Block::Greatest => found.greatest.into(),
        Block::PeakToPeak => i32::from(found.greatest) - i32::from(found.least),
        Block::Crossings => found.crossings,
        Block::Raw | Block::Bands { .. } | Block::Mel(_) => 0,
    }
}
}

mod fft {
//! The fast Fourier transform of complex numbers in i16, with one exponent for all of them.
//!
//! Ahead of each stage all numbers are halved as often as the stage needs so that it cannot overflow, and no
//! more: a quiet signal keeps its digits. Fixed scaling, which halves at every stage, loses them.

use super::sine::{cosine_of_step, sine_of_step};

/// The size of a part up to which a stage cannot overflow: a part grows to at most `1 + sqrt(2)` times this.
pub(super) const ROOM: i32 = 13_572;

/// Replaces `n` complex numbers by their transform, `sum of z[j] e^(-2 pi i j k / n)`. Real and imaginary
/// parts alternate; n is a power of two, 1 to 512, and other lengths are left as they are.
///
/// The transform is the numbers times 2 to the power of the answer.
pub fn transform(values: &mut [i16]) -> i32 {
    let (pairs, rest) = values.as_chunks_mut::<2>();
    let n = pairs.len();
    if !rest.is_empty() || !n.is_power_of_two() || n > 512 {
        return 0;
    }
    in_reversed_order(pairs);
    let mut exponent = 0;
    let mut peak = pairs.iter().flatten().fold(0, |peak, &part| i32::from(part).abs().max(peak));
    let mut half = 1;
    while half < n {
        let mut shift = 0;
        while (peak + (1 << shift >> 1)) >> shift > ROOM {
            shift += 1;
        }
        exponent += shift;
        // The angle of the next twiddle factor, in 1024ths of a turn.
        let step = (512 / half) as u32;
        peak = 0;
        for k in 0..half {
            // One factor serves all groups.
            let angle = k as u32 * step;
            let factor = (angle != 0).then(|| (cosine_of_step(angle), sine_of_step(angle)));
            let mut at = k;
            while let Ok([a, b]) = pairs.get_disjoint_mut([at, at + half]) {
                peak = butterfly(a, b, factor, shift as u32).max(peak);
                at += 2 * half;
            }
        }
        half *= 2;
    }
    exponent
}

/// Halves two numbers `shift` times, and replaces them by `a + w b` and `a - w b`, where `w` is given by its
/// cosine and sine, unless it is 1. Returns the size of the greatest part.
#[inline]
fn butterfly(a: &mut [i16; 2], b: &mut [i16; 2], factor: Option<(i32, i32)>, shift: u32) -> i32 {
    let halved = |part: i16| (i32::from(part) + (1 << shift >> 1)) >> shift;
    let (a_re, a_im) = (halved(a[0]), halved(a[1]));
    let (mut b_re, mut b_im) = (halved(b[0]), halved(b[1]));
    // A factor of 1 is not 32767/32768.
    if let Some((cosine, sine)) = factor {
        let re = b_re * cosine + b_im * sine;
        let im = b_im * cosine - b_re * sine;
        (b_re, b_im) = ((re + (1 << 14)) >> 15, (im + (1 << 14)) >> 15);
    }
    let parts = [a_re + b_re, a_im + b_im, a_re - b_re, a_im - b_im];
    // All of them fit.
    *a = [parts[0] as i16, parts[1] as i16];
    *b = [parts[2] as i16, parts[3] as i16];
    parts.iter().fold(0, |peak, part| part.abs().max(peak))
}

/// Puts number `i` where the bits of `i` say in reversed order.
fn in_reversed_order(pairs: &mut [[i16; 2]]) {
    let bits = pairs.len().trailing_zeros();
    for i in 1..pairs.len() as u32 {
        // There are two numbers or more: the shift is below 32.
        let j = i.reverse_bits() >> (32 - bits);
        if i >= j {
            continue;
        }
        if let Ok([a, b]) = pairs.get_disjoint_mut([i as usize, j as usize]) {
            core::mem::swap(a, b);
        }
    }
}
}

mod filter {
//! Filters of the second order.

/// A filter of the second order: `y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''`, each coefficient in 1/2^29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biquad {
    /// The factors of this sample and of the two before it, each at most 2^30 in size.
    pub b: [i32; 3],
    /// The factors of the two results before this one, each at most 2^30 in size.
    pub a: [i32; 2],
}

/// What a filter knows of the samples so far. The default is that of a filter before its first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BiquadState {
    /// The two samples before, in 1/2^14.
    x: [i32; 2],
    /// The two results before, in 1/2^14.
    y: [i32; 2],
    begun: bool,
}

/// Digits of samples and results behind the point.
const DIGITS: u32 = 14;
/// Digits of coefficients behind the point.
const COEFFICIENT_DIGITS: u32 = 29;

impl BiquadState {
    /// The state before any sample.
    pub const NEW: BiquadState = BiquadState { x: [0; 2], y: [0; 2], begun: false };

    /// The result for a sample. The first sample counts as one that was there for ever: the result is then
    /// the sample itself for a filter that passes what is constant, and otherwise 0.
    pub fn push(&mut self, biquad: &Biquad, sample: i16) -> i16 {
        let x = i32::from(sample) << DIGITS;
        let [b0, b1, b2] = biquad.b.map(i64::from);
        let [a1, a2] = biquad.a.map(i64::from);
        if !self.begun {
            let passes = b0 + b1 + b2 > 0;
            *self = BiquadState { x: [x; 2], y: [if passes { x } else { 0 }; 2], begun: true };
        }
        let ([x1, x2], [y1, y2]) = (self.x.map(i64::from), self.y.map(i64::from));
        // At most 3 * 2^30 * 2^29 + 2 * 2^30 * 2^30, which is below 2^63.
        let sum = b0 * i64::from(x) + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        let y =
            ((sum + (1 << (COEFFICIENT_DIGITS - 1))) >> COEFFICIENT_DIGITS).clamp(-1 << 30, 1 << 30) as i32;
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        ((y + (1 << (DIGITS - 1))) >> DIGITS).clamp(-32767, 32767) as i16
    }
}

/// Filters one behind another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters<'a>(pub &'a [Biquad]);

impl Filters<'_> {
    /// The result for a sample behind all filters, each of which has its state.
    pub fn push(&self, states: &mut [BiquadState], sample: i16) -> i16 {
        self.0.iter().zip(states).fold(sample, |sample, (biquad, state)| state.push(biquad, sample))
    }
}
}

mod mel {
//! Triangular bands on the mel scale.

use super::decibels::decibels;
use super::spectrum::Spectrum;

/// Triangular bands, each of which rises from the edge before its middle and falls to the edge behind it,
/// where the middle of one is an edge of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MelBank<'a> {
    /// The first bin at or behind each edge, in ascending order: two more than there are bands.
    pub starts: &'a [u16],
    /// For each bin from the first edge to before the last, how far it is between two edges, in 1/4096.
    pub rising: &'a [u16],
}

impl MelBank<'_> {
    /// The number of bands.
    pub const fn bands(&self) -> usize {
        self.starts.len().saturating_sub(2)
    }

    /// The level of each band, in tenths of a decibel.
    pub fn levels(&self, spectrum: &Spectrum<'_>, levels: &mut [i16]) {
        let mut weights = self.rising.iter();
        let mut risen = 0;
        let mut levels = levels.iter_mut();
        let segments = self.starts.iter().zip(self.starts.iter().skip(1));
        for (segment, (&start, &end)) in segments.enumerate() {
            let (mut rising, mut falling) = (0, 0);
            for (bin, &weight) in (start..end).zip(weights.by_ref()) {
                let power = spectrum.power(bin.into());
                let part = product(power, weight);
                rising += part;
                falling += (u64::from(power) << 12).wrapping_sub(part);
            }
            // The first segment ends in the middle of the first band.
            let level = if segment > 0 { levels.next() } else { None };
            if let Some(level) = level {
                *level = decibels(risen + falling, spectrum.exponent() - 12);
            }
            risen = rising;
        }
    }
}

/// The product, by two of 32 bits: a core without longer ones would take a product of 64 bits by software.
fn product(power: u32, weight: u16) -> u64 {
    let weight = u32::from(weight);
    (u64::from((power >> 16) * weight) << 16) + u64::from((power & 0xFFFF) * weight)
}
}

mod plan {
//! What is computed of a signal.

use super::filter::Biquad;
use super::mel::MelBank;

/// Most channels of a signal.
pub const MOST_CHANNELS: u16 = 64;
/// Most samples of a window, and of a hop.
pub const LONGEST: u32 = 65_535;
/// Most filters one behind another.
pub const MOST_FILTERS: usize = 4;
/// Most bands of equal width.
pub const MOST_BANDS: u8 = 64;
/// Most bands on the mel scale.
pub const MOST_MEL_BANDS: usize = 40;
/// The largest transform: the most samples of a window with bands, and of a frame.
pub const LARGEST_FFT: usize = 1024;

/// Features of each lane of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Every sample.
    Raw,
    /// The mean, in 1/16 of a sample's unit.
    Mean,
    /// The standard deviation, in 1/16 of a sample's unit.
    Spread,
    /// The least sample.
    Least,
    /// The greatest sample.
    Greatest,
    /// The difference of the two.
    PeakToPeak,
    /// How often the signal crosses its mean.
    Crossings,
    /// The power in bands of equal width from 0 to half of the rate, in tenths of a decibel, without the
    /// mean.
    Bands {
        /// The number of bands.
        count: u8,
    },
    /// The power in bands on the mel scale, or their cepstrum, of each frame.
    Mel(MelFrames<'a>),
}

/// Short frames of a window, and what is computed of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MelFrames<'a> {
    /// Samples of a frame.
    pub frame: u16,
    /// Samples from the beginning of one frame to that of the next.
    pub step: u16,
    /// The bands of a frame's spectrum.
    pub bank: MelBank<'a>,
    /// The number of coefficients of the cepstrum; 0 for the levels of the bands themselves, in tenths of a
    /// decibel.
    pub coefficients: u8,
}

impl MelFrames<'_> {
    /// The features of a frame.
    pub const fn width(&self) -> usize {
        if self.coefficients == 0 { self.bank.bands() } else { self.coefficients as usize }
    }

    /// The size of a frame's transform.
    pub const fn fft(&self) -> usize {
        size_of_fft(self.frame as usize)
    }

    /// The frames of a window.
    pub const fn frames(&self, window: u32) -> usize {
        match window.checked_sub(self.frame as u32) {
            Some(rest) if self.step > 0 => (rest / self.step as u32) as usize + 1,
            _ => 0,
        }
    }
}

/// The size of the transform of so many samples: a power of two, at least 4.
pub(super) const fn size_of_fft(samples: usize) -> usize {
    if samples < 4 { 4 } else { samples.next_power_of_two() }
}

/// What is computed of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Channels of a sample, 1 to [`MOST_CHANNELS`].
    pub channels: u16,
    /// Samples of a window, 2 to [`LONGEST`].
    pub window: u32,
    /// Samples from the beginning of one window to that of the next, 1 to [`LONGEST`].
    pub hop: u32,
    /// What each channel passes through first.
    pub filters: &'a [Biquad],
    /// Whether `isqrt` of the sum of the squares of all channels is one more lane.
    pub magnitude: bool,
    /// The features, in this order.
    pub blocks: &'a [Block<'a>],
}

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFault {
    /// There are no channels, or more than [`MOST_CHANNELS`].
    Channels,
    /// The window has fewer than 2 samples or more than [`LONGEST`].
    Window,
    /// The hop has no sample or more than [`LONGEST`].
    Hop,
    /// There are more than [`MOST_FILTERS`] filters, or a coefficient is beyond 2^30.
    Filters,
    /// There is no block.
    Blocks,
    /// A number of bands is 0, more than [`MOST_BANDS`], or more than half of the transform's size.
    Bands,
    /// A window with bands is longer than [`LARGEST_FFT`].
    BandsWindow,
    /// A frame has fewer than 16 samples, more than [`LARGEST_FFT`], or more than the window.
    Frame,
    /// The step has no sample, or the hop is no multiple of it.
    Step,
    /// Two blocks have different frames or steps.
    Frames,
    /// Edges of bands on the mel scale that are none.
    Bank,
    /// There are more coefficients than bands.
    Coefficients,
}

impl<'a> Plan<'a> {
    /// What is wrong, if anything is: a plan may be made of what a file says.
    pub fn fault(&self) -> Option<PlanFault> {
        let within = |value: u32, least: u32| (least..=LONGEST).contains(&value);
        let fits = |biquad: &Biquad| {
            biquad.b.iter().chain(&biquad.a).all(|factor| (-(1 << 30)..=1 << 30).contains(factor))
        };
        if self.channels == 0 || self.channels > MOST_CHANNELS {
            Some(PlanFault::Channels)
        } else if !within(self.window, 2) {
            Some(PlanFault::Window)
        } else if !within(self.hop, 1) {
            Some(PlanFault::Hop)
        } else if self.filters.len() > MOST_FILTERS || !self.filters.iter().all(fits) {
            Some(PlanFault::Filters)
        } else if self.blocks.is_empty() {
            Some(PlanFault::Blocks)
        } else {
            self.blocks.iter().find_map(|block| self.fault_of(block))
        }
    }

    fn fault_of(&self, block: &Block<'_>) -> Option<PlanFault> {
        match block {
            Block::Bands { .. } if self.window as usize > LARGEST_FFT => Some(PlanFault::BandsWindow),
            Block::Bands { count } => {
                let bins = size_of_fft(self.window as usize) / 2;
                let fits = (1..=MOST_BANDS).contains(count) && usize::from(*count) <= bins;
                (!fits).then_some(PlanFault::Bands)
            }
            Block::Mel(mel) => self.fault_of_mel(mel),
            _ => None,
        }
    }

    fn fault_of_mel(&self, mel: &MelFrames<'_>) -> Option<PlanFault> {
        let MelBank { starts, rising } = mel.bank;
        let is_same = |other: &MelFrames<'_>| (other.frame, other.step) == (mel.frame, mel.step);
        let (first, last) = (starts.first().copied().unwrap_or(0), starts.last().copied().unwrap_or(0));
        if !(16..=LARGEST_FFT).contains(&usize::from(mel.frame)) || u32::from(mel.frame) > self.window {
            Some(PlanFault::Frame)
        } else if self.hop.checked_rem(mel.step.into()) != Some(0) {
            Some(PlanFault::Step)
        } else if !self.mels().all(|other| is_same(&other)) {
            Some(PlanFault::Frames)
        } else if !(1..=MOST_MEL_BANDS).contains(&mel.bank.bands())
            || !starts.is_sorted()
            || usize::from(last) > mel.fft() / 2 + 1
            || rising.len() != usize::from(last.saturating_sub(first))
            || rising.iter().any(|&weight| weight > 4096)
        {
            Some(PlanFault::Bank)
        } else if usize::from(mel.coefficients) > mel.bank.bands() {
            Some(PlanFault::Coefficients)
        } else {
            None
        }
    }

    /// Samples of a frame; 0 where there are no frames.
    pub(super) const fn frame(&self) -> u16 {
        let mut blocks = self.blocks;
        while let Some((block, rest)) = blocks.split_first() {
            if let Block::Mel(mel) = block {
                return mel.frame;
            }
            blocks = rest;
        }
        0
    }

    /// The blocks of frames.
    pub(super) fn mels(&self) -> impl Iterator<Item = MelFrames<'a>> + use<'a> {
        let of = |block: &Block<'a>| if let Block::Mel(mel) = block { Some(*mel) } else { None };
        self.blocks.iter().filter_map(of)
    }

    /// The channels, and the magnitude where it is asked for.
    pub fn lanes(&self) -> usize {
        usize::from(self.channels) + usize::from(self.magnitude)
    }

    /// The features of a window.
    pub fn features(&self) -> usize {
        self.blocks.iter().map(|block| self.width(block)).sum::<usize>() * self.lanes()
    }

    /// The features of a lane in a block.
    pub fn width(&self, block: &Block<'_>) -> usize {
        match block {
            Block::Raw => self.window as usize,
            Block::Bands { count } => usize::from(*count),
            Block::Mel(mel) => mel.frames(self.window) * mel.width(),
            _ => 1,
        }
    }

    /// The samples of each lane that have to be kept: a window, or a frame where there are only frames.
    pub const fn kept(&self) -> usize {
        let (mut kept, mut blocks) = (0, self.blocks);
        while let Some((block, rest)) = blocks.split_first() {
            let wants = if let Block::Mel(mel) = block { mel.frame as usize } else { self.window as usize };
            if wants > kept {
                kept = wants;
            }
            blocks = rest;
        }
        kept
    }

    /// The length of [`Memory::ring`](super::Memory::ring).
    pub fn ring(&self) -> usize {
        self.kept() * self.lanes()
    }

    /// The length of [`Memory::frames`](super::Memory::frames).
    pub fn frames(&self) -> usize {
        self.mels().map(|mel| mel.frames(self.window) * mel.width()).sum::<usize>() * self.lanes()
    }

    /// The length of [`Memory::scratch`](super::Memory::scratch).
    pub fn scratch(&self) -> usize {
        let of = |block: &Block<'_>| match block {
            Block::Bands { .. } => size_of_fft(self.window as usize),
            Block::Mel(mel) => mel.fft(),
            _ => 0,
        };
        self.blocks.iter().map(of).max().unwrap_or(0)
    }

    /// The length of [`Memory::filters`](super::Memory::filters).
    pub fn states(&self) -> usize {
        self.filters.len() * usize::from(self.channels)
    }
}
}

mod sine {
//! Sine and cosine in integers, the same bits on every target.
//!
//! A quarter of a turn is cut into 64 parts. The table holds the sines at their ends (made at compile time
//! from the power series); from the nearest end, `sin(a + d) = sin a cos d + cos a sin d` with `sin d` and
//! `cos d` by their first two terms: |d| <= pi / 256, so that what is left out is below 2^-29.
//!
//! Signals take fewer digits and less time: a table of the sines of each 1024th of a turn in 1/2^15, made of
//! those, and straight lines between them.

/// Pi in 1/2^60.
const PI_60: i128 = 3_622_009_729_038_561_421;
/// Parts of a quarter of a turn.
const PARTS: usize = 64;
/// A quarter of a turn, and one part of it.
const QUARTER: u32 = 1 << 30;
const PART: u32 = QUARTER / PARTS as u32;

/// Sines of 0 to a quarter of a turn, in 1/2^30.
static SINES: [i32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [i32; PARTS + 1] {
    let mut sines = [0; PARTS + 1];
    let mut i = 0;
    while i <= PARTS {
        let angle = PI_60 * i as i128 / (2 * PARTS as i128);
        let square = (angle * angle) >> 60;
        let (mut term, mut sum, mut k) = (angle, angle, 1);
        while k < 12 {
            term = -((term * square) >> 60) / (2 * k * (2 * k + 1));
            sum += term;
            k += 1;
        }
        sines[i] = ((sum + (1 << 29)) >> 30) as i32;
        i += 1;
    }
    sines
}

const fn multiply(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64 + (1 << 29)) >> 30) as i32
}

/// Sine and cosine, in 1/2^30, of an angle in 1/2^32 of a turn. Both are within 2^-28 of the exact values.
#[allow(clippy::indexing_slicing, reason = "a part of a quarter is one of the table")]
pub const fn sine_cosine_of_turn(turn: u32) -> (i32, i32) {
    let quadrant = turn / QUARTER;
    let within = turn % QUARTER;
    let nearest = (within + PART / 2) / PART;
    // At most half a part; in 1/2^30 of a radian, 2^30 * 2 pi / 2^32 of a turn: pi / 2.
    let offset = within as i64 - (nearest * PART) as i64;
    let d = ((offset * (PI_60 >> 30) as i64 + (1 << 30)) >> 31) as i32;
    let square = multiply(d, d);
    let sine_d = d - multiply(d, square) / 6;
    let cosine_d = (1 << 30) - square / 2;
    let (sine_a, cosine_a) = (SINES[nearest as usize], SINES[PARTS - nearest as usize]);
    let sine = multiply(sine_a, cosine_d) + multiply(cosine_a, sine_d);
    let cosine = multiply(cosine_a, cosine_d) - multiply(sine_a, sine_d);
    match quadrant {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Parts of a quarter of a turn in the table for signals.
const STEPS: usize = 256;

/// Sines of 0 to a quarter of a turn, in 1/2^15; the last one would be 32768.
static SHORT_SINES: [i16; STEPS + 1] = short_table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn short_table() -> [i16; STEPS + 1] {
    let mut sines = [0; STEPS + 1];
    let mut i = 0;
    while i <= STEPS {
        let (sine, _) = sine_cosine_of_turn(i as u32 * (QUARTER / STEPS as u32));
        let rounded = (sine + (1 << 14)) >> 15;
        sines[i] = if rounded > 32767 { 32767 } else { rounded as i16 };
        i += 1;
    }
    sines
}

/// The sine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn sine_of_step(step: u32) -> i32 {
    let quadrant = step / STEPS as u32 % 4;
    let within = step as usize % STEPS;
    let at = if quadrant.is_multiple_of(2) { within } else { STEPS - within };
    let sine = i32::from(SHORT_SINES.get(at).copied().unwrap_or_default());
    if quadrant < 2 { sine } else { -sine }
}

/// The cosine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn cosine_of_step(step: u32) -> i32 {
    sine_of_step(step.wrapping_add(STEPS as u32))
}

/// The sine, in 1/2^15, of an angle in 1/2^32 of a turn: on a straight line between two 1024ths.
#[inline]
pub fn sine(turn: u32) -> i32 {
    let step = turn >> 22;
    let fraction = ((turn >> 7) & 0x7FFF) as i32;
    let (from, to) = (sine_of_step(step), sine_of_step(step + 1));
    from + (((to - from) * fraction) >> 15)
}
}

mod spectrum {
//! The power of a signal at each frequency.

use super::fft::{ROOM, transform};
use super::sine::{cosine_of_step, sine, sine_of_step};

/// The transform of real samples, from which the power of each bin is made.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'s> {
    /// The transform of samples taken in pairs as complex numbers.
    pairs: &'s [[i16; 2]],
    /// The binary logarithm of how many pairs there are.
    digits: u32,
    exponent: i32,
}

impl<'s> Spectrum<'s> {
    /// Transforms samples that a Hann window weights, `sin^2(pi i / count)`, without their `mean`.
    ///
    /// `samples` are `count` samples, in two parts; behind them come zeros up to the length of `scratch`,
    /// which is a power of two, 4 to 1024.
    pub fn new(samples: (&[i16], &[i16]), mean: i32, scratch: &'s mut [i16]) -> Spectrum<'s> {
        let all = || samples.0.iter().chain(samples.1).map(|&sample| i32::from(sample) - mean);
        let count = samples.0.len() + samples.1.len();
        let peak = all().fold(0, |peak: i32, value| value.abs().max(peak));
        // A weighted sample has 15 digits more than the weighted peak keeps: as many as there is room for.
        let bits = (i32::BITS - peak.leading_zeros()) as i32;
        let shift =
            bits + if (peak.unsigned_abs() << 15) >> (bits + 1) > ROOM.unsigned_abs() { 2 } else { 1 };
        // 2^32 / count, rounded down.
        let count = count as u32;
        let turn = 0u32.wrapping_sub(count).checked_div(count).unwrap_or_default().wrapping_add(1);
        let mut angle = 1u32 << 30;
        let mut values = scratch.iter_mut();
        for (value, to) in all().zip(&mut values) {
            // (1 - cos) / 2, in 1/2^15.
            let weight = (32768 - sine(angle)) >> 1;
            angle = angle.wrapping_add(turn);
            // At most 65534 * 32767, and the shift is at least 1.
            *to = ((((value * weight) >> (shift - 1)) + 1) >> 1) as i16;
        }
        values.for_each(|value| *value = 0);
        let exponent = transform(scratch) + shift - 15;
        let pairs = scratch.as_chunks().0;
        Spectrum { pairs, digits: pairs.len().trailing_zeros(), exponent }
    }

    /// The power of bin `k`, 0 to half of the transform's size, in units of 2 to the power of
    /// [`exponent`](Self::exponent): `|X(k)|^2`. 0 beyond.
    pub fn power(&self, k: usize) -> u32 {
        let half = self.pairs.len();
        let bin = |k: usize| {
            let pair = self.pairs.get(if k == half { 0 } else { k }).copied().unwrap_or_default();
            pair.map(i32::from)
        };
        if k > half {
            return 0;
        }
        let ([a_re, a_im], [b_re, b_im]) = (bin(k), bin(half - k));
        // The transforms of the samples of even and of odd number, of which the numbers' parts were made.
        let (even_re, even_im) = ((a_re + b_re + 1) >> 1, (a_im - b_im + 1) >> 1);
        let (odd_re, odd_im) = ((a_im + b_im + 1) >> 1, (b_re - a_re + 1) >> 1);
        let angle = (k as u32 * 512).checked_shr(self.digits).unwrap_or_default();
        let (cosine, sine) = (cosine_of_step(angle), sine_of_step(angle));
        let re = even_re + ((odd_re * cosine + odd_im * sine + (1 << 14)) >> 15);
        let im = even_im + ((odd_im * cosine - odd_re * sine + (1 << 14)) >> 15);
        // Each part is at most 32768 (1 + sqrt 2), so that the sum of the squares of halves has 32 bits.
        let square = |part: i32| {
            let half = ((part + 1) >> 1).unsigned_abs();
            half * half
        };
        square(re) + square(im)
    }

    /// A power is in units of 2 to the power of this.
    pub const fn exponent(&self) -> i32 {
        2 * self.exponent + 2
    }
}
}

mod statistics {
//! What the samples of a window have in common.

/// The statistics of the samples of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The mean, in 1/16 of a sample's unit, rounded down.
    pub mean: i32,
    /// The standard deviation of the population, in 1/16 of a sample's unit, rounded down.
    pub spread: i32,
    /// The least sample.
    pub least: i16,
    /// The greatest sample.
    pub greatest: i16,
    /// How often samples go from below the mean to the mean or above, or back.
    pub crossings: i32,
}

impl Statistics {
    /// The statistics of 1 to 65,535 samples; all 0 of none.
    pub fn of(samples: impl Iterator<Item = i16> + Clone) -> Statistics {
        let (mut sum, mut squares, mut count) = (0i32, 0u64, 0u32);
        let (mut least, mut greatest) = (i16::MAX, i16::MIN);
        for sample in samples.clone() {
            let size = u32::from(sample.unsigned_abs());
            sum = sum.wrapping_add(i32::from(sample));
            squares += u64::from(size * size);
            count += 1;
            (least, greatest) = (least.min(sample), greatest.max(sample));
        }
        let Some(mean) = (i64::from(sum) * 16).checked_div_euclid(i64::from(count)) else {
            return Statistics { mean: 0, spread: 0, least: 0, greatest: 0, crossings: 0 };
        };
        // Below 2^62, and at least 0.
        let size = u64::from(sum.unsigned_abs());
        let deviation = (u64::from(count) * squares).wrapping_sub(size * size);
        let per_sample = |value: u64| value.checked_div(u64::from(count)).unwrap_or_default();
        let spread = per_sample(per_sample(deviation) * 256).isqrt() as i32;
        let (mut crossings, mut was_above) = (0, None);
        for sample in samples {
            // x >= sum / count
            let is_above = i32::from(sample).wrapping_mul(count as i32) >= sum;
            crossings += i32::from(was_above.is_some_and(|was_above: bool| was_above != is_above));
            was_above = Some(is_above);
        }
        Statistics { mean: mean as i32, spread, least, greatest, crossings }
    }
}
}
}
