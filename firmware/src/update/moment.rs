//! The size of a row's credit, kept from generation to generation.

use crate::slice_ext::part_mut;

/// Generations over which a mean is taken: each takes this part of the way towards the newest, as a power of
/// two. With a hundred a text was 0.05 bits a byte behind after a million tokens.
const HORIZON: u32 = 5;

/// The largest mean square, so that sums of two stay within 64 bits.
const MOST: u64 = 1 << 62;

/// The running mean of the squares of a row's Z. It lies behind the residuals of its matrix, in as many of
/// their places as it needs: least significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(u64);

impl Moment {
    /// Places of residuals that it takes.
    pub const PLACES: usize = 4;

    /// Reads it.
    pub fn of(kept: &[i16]) -> Self {
        let join = |moment: u64, &place: &i16| moment << 16 | u64::from(place.cast_unsigned());
        Self(kept.iter().rev().fold(0, join).min(MOST))
    }

    /// Keeps it.
    pub fn keep(self, kept: &mut [i16]) {
        let bytes = self.0.to_le_bytes();
        let places = bytes.as_chunks().0.iter().map(|&place| i16::from_le_bytes(place));
        part_mut(kept, 0, Self::PLACES).iter_mut().zip(places).for_each(|(to, place)| *to = place);
    }

    /// The mean behind a generation whose row has this mean square: that alone, where there is none yet.
    #[must_use]
    pub const fn with(self, mean: u64) -> Self {
        let mean = if mean > MOST { MOST } else { mean };
        if self.0 == 0 {
            return Self(mean);
        }
        // Both are below 2^63.
        let by = mean.cast_signed() - self.0.cast_signed();
        Self(self.0.wrapping_add_signed(by >> HORIZON))
    }

    /// The mean.
    pub const fn mean(self) -> u64 {
        self.0
    }

    /// `max(isqrt(mean), floor)`: the size of a typical credit of the row.
    pub const fn rho(self, floor: u32) -> u64 {
        let root = self.0.isqrt();
        if root > floor as u64 { root } else { floor as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for moment in [0, 1, 0xFFFF, 0x8000_7FFF_0001, 0x0102_0304_0506_0708, MOST] {
            let mut kept = [7; Moment::PLACES];
            Moment(moment).keep(&mut kept);
            assert_eq!(Moment::of(&kept), Moment(moment));
        }
        // Bytes that a wire can bring, but no learner leaves.
        assert_eq!(Moment::of(&[-1; 4]), Moment(MOST));
        assert_eq!(Moment::of(&[]), Moment(0));
    }

    #[test]
    fn a_mean_follows_what_it_takes_in() {
        let first = Moment(0).with(6400);
        assert_eq!((first, first.rho(64)), (Moment(6400), 80));
        // 6400 + (0 - 6400) / 32, and 6200 + (100_000 - 6200) // 32.
        assert_eq!(first.with(0), Moment(6200));
        assert_eq!(first.with(0).with(100_000), Moment(9131));
        // What is left of a row that has no credit any more goes down to nothing.
        let mut last = Moment(40);
        for _ in 0..40 {
            last = last.with(0);
        }
        assert_eq!((last, last.rho(64)), (Moment(0), 64));
        assert_eq!(Moment(MOST).with(u64::MAX), Moment(MOST));
    }
}
