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
