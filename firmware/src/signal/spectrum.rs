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
