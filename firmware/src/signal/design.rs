//! The numbers of filters and of bands, computed in integers, so that every host finds the same ones. Boards
//! get the numbers.

use super::filter::Biquad;
use super::plan::{LARGEST_FFT, MOST_MEL_BANDS, size_of_fft};
use super::sine::sine_cosine_of_turn;

/// The square root of 2, in 1/2^30.
const ROOT_OF_TWO: i64 = 1_518_500_250;

/// What the Butterworth filters of a frequency have in common, in 1/2^29: `cos^2` and the two factors of
/// earlier results, all over `1 + sqrt(2) sin cos`, of half the angle of the frequency.
const fn butterworth(millihertz: u32, rate: u32) -> Option<(i64, [i32; 2])> {
    // A filter closer to 0 would have coefficients of few digits; one closer to half of the rate, too.
    let thousandths = millihertz as u64;
    let rate = rate as u64;
    if rate == 0 || thousandths < rate / 2 || thousandths > rate * 495 {
        return None;
    }
    let turn = ((thousandths << 32) / (rate * 2000)) as u32;
    let (sine, cosine) = sine_cosine_of_turn(turn);
    let (sine, cosine) = (sine as i64, cosine as i64);
    let cross = ((((sine * cosine) >> 30) * ROOT_OF_TWO) >> 30) as i128;
    let one = 1i128 << 30;
    let below = one + cross;
    let sine_squared = sine as i128 * sine as i128;
    let cosine_squared = cosine as i128 * cosine as i128;
    let a1 = rounded((sine_squared - cosine_squared) * 2, below);
    let a2 = rounded((one - cross) << 30, below);
    Some((rounded(cosine_squared, below), [a1 as i32, a2 as i32]))
}

/// A number in 1/2^60 over one in 1/2^30, which is above 0: in 1/2^29, to the nearest.
const fn rounded(value: i128, below: i128) -> i64 {
    let doubled = below * 2;
    (value + below).div_euclid(doubled) as i64
}

/// A Butterworth low-pass filter of the second order, which passes 1/sqrt(2) of its frequency.
///
/// `millihertz` is the frequency, in 1/1000 of the unit of the `rate` of samples. `None` unless it is from
/// 1/2000 to 495/1000 of the rate.
pub const fn low_pass(millihertz: u32, rate: u32) -> Option<Biquad> {
    let Some((_, a)) = butterworth(millihertz, rate) else { return None };
    // What is constant passes as it is, however the factors are rounded.
    let sum = (1i64 << 29) + a[0] as i64 + a[1] as i64;
    let b0 = (sum + 2) >> 2;
    let b1 = sum - 2 * b0;
    Some(Biquad { b: [b0 as i32, b1 as i32, b0 as i32], a })
}

/// A Butterworth high-pass filter of the second order, which passes 1/sqrt(2) of its frequency and nothing of
/// what is constant.
///
/// As [`low_pass`].
pub const fn high_pass(millihertz: u32, rate: u32) -> Option<Biquad> {
    let Some((cosine_squared, a)) = butterworth(millihertz, rate) else { return None };
    let b0 = cosine_squared as i32;
    Some(Biquad { b: [b0, -2 * b0, b0], a })
}

/// The lowest edge of bands on the mel scale, in hertz.
const LOWEST: u64 = 125;
/// The highest edge, in hertz.
const HIGHEST: u64 = 7500;
/// The mel scale is the logarithm of a frequency beyond this one, in hertz.
const CORNER: u64 = 700;
/// The lowest rate with bands on the mel scale, in hertz.
const LOWEST_RATE: u32 = 4000;

/// The size of the transform of a frame with bands on the mel scale.
pub const fn mel_fft(frame: usize) -> usize {
    size_of_fft(frame)
}

/// The bands of a [`MelBank`](super::MelBank): `bands + 2` edges as far from one another on the mel scale,
/// `1127 ln(1 + f/700)`, from 125 Hz to 7500 Hz or 15/32 of the `rate`, whichever is less.
///
/// Writes the first bin of each edge to `starts`, `bands + 2` numbers, and how far each bin is between two
/// edges to `rising`, of at least half of the transform's size. Returns how many of them are used; `None`
/// where the rate is below 4000 Hz, a number is out of its range, or an array is too short.
pub fn mel_bank(
    rate: u32,
    frame: usize,
    bands: usize,
    starts: &mut [u16],
    rising: &mut [u16],
) -> Option<usize> {
    if rate < LOWEST_RATE || !(1..=MOST_MEL_BANDS).contains(&bands) || !(16..=LARGEST_FFT).contains(&frame) {
        return None;
    }
    let highest = (HIGHEST << 32).min((u64::from(rate) << 32) / 32 * 15);
    let (low, high) = ((CORNER + LOWEST) << 32, (CORNER << 32) + highest);
    let octaves = logarithm(u128::from(high) << 58, u128::from(low));
    let size = size_of_fft(frame);
    // The edge of a number, in 1/2^16 of a bin.
    let edge = |at: usize| {
        let exponent = octaves * at as u64 / (bands as u64 + 1);
        let frequency = (u128::from(low) * power_of_two(exponent)) >> 60;
        let above = frequency.saturating_sub(u128::from(CORNER << 32));
        (((above * size as u128) >> 16) / u128::from(rate)) as u64
    };
    let first_bin = |edge: u64| edge.div_ceil(1 << 16);
    let starts = starts.get_mut(..bands + 2)?;
    let mut used = 0;
    for (at, start) in starts.iter_mut().enumerate() {
        *start = first_bin(edge(at)) as u16;
        if at > bands {
            break;
        }
        let (from, to) = (edge(at), edge(at + 1));
        for bin in first_bin(from)..first_bin(to) {
            let between = ((bin << 16) - from) * 4096 + (to - from) / 2;
            *rising.get_mut(used)? = between.checked_div(to - from)? as u16;
            used += 1;
        }
    }
    Some(used)
}

/// The binary logarithm of `value / of`, in 1/2^32. `value` is in 1/2^58 of the unit of `of`, and the
/// quotient is at least 1.
fn logarithm(value: u128, of: u128) -> u64 {
    let mut quotient = value.checked_div(of).unwrap_or(1 << 58) << 2;
    let mut whole = 0;
    while quotient >> 61 > 0 {
        quotient >>= 1;
        whole += 1;
    }
    // A square doubles the logarithm, and its whole part is the next binary digit.
    let mut digits = whole;
    for _ in 0..32 {
        quotient = (quotient * quotient) >> 60;
        digits <<= 1;
        if quotient >> 61 > 0 {
            quotient >>= 1;
            digits += 1;
        }
    }
    digits
}

/// 2 to the power of a number in 1/2^32, in 1/2^60.
fn power_of_two(exponent: u64) -> u128 {
    // 2^(1/2), 2^(1/4) and so on, for each binary digit behind the point.
    let mut root = 2u128 << 60;
    let mut product = 1u128 << 60;
    for digit in (0..32).rev() {
        root = (root << 60).isqrt();
        if exponent >> digit & 1 == 1 {
            product = (product * root) >> 60;
        }
    }
    product << (exponent >> 32)
}
