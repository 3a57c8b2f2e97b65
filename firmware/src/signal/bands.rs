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
