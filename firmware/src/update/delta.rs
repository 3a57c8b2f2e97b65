//! A sparse, entropy-coded difference of weights: how a board that does not update itself follows a
//! generation.
//!
//! Bits from the least significant of each byte on. For every weight that differs, in order: the number of
//! equal weights before it (since the one before, or the start) by Golomb's code with the parameter `2^shift`
//! (Rice): its high part in unary, ones closed by a zero, then its low `shift` bits; a sign bit, 1 for down;
//! and the size of the move less one in unary. Spare bits are 0.

use crate::Error;
use serde::{Deserialize, Serialize};

/// Largest [`WeightDelta::shift`].
const LARGEST_SHIFT: u8 = 20;

/// The coded difference of a range of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WeightDelta<'a> {
    /// Weights that move.
    pub count: u32,
    /// The code's parameter, 0 to 20.
    pub shift: u8,
    /// The code.
    pub bits: &'a [u8],
}

impl<'a> WeightDelta<'a> {
    /// Codes the moves from `old` to `new`, equally long, into `out`; as many weights as there is room for.
    /// Returns how many weights that covers: 0 only where `out` cannot hold a single move.
    pub fn encode(old: &[i8], new: &[i8], shift: u8, out: &'a mut [u8]) -> (usize, Self) {
        out.fill(0);
        let room = 8 * out.len();
        let mut writer = Writer { bytes: out, at: 0 };
        let (mut gap, mut count, mut covered) = (0u32, 0, 0);
        for (old, new) in old.iter().zip(new) {
            let by = i16::from(*new) - i16::from(*old);
            if by == 0 {
                gap += 1;
            } else {
                let size = u32::from(by.unsigned_abs()) - 1;
                let bits = (gap >> shift) as usize + 1 + usize::from(shift) + 1 + size as usize + 1;
                if writer.at + bits > room {
                    // The equal weights before this one are covered.
                    break;
                }
                writer.unary(gap >> shift);
                (0..shift).for_each(|bit| writer.push(gap >> bit & 1 == 1));
                writer.push(by < 0);
                writer.unary(size);
                (gap, count) = (0, count + 1);
            }
            covered += 1;
        }
        let used = writer.at.div_ceil(8);
        let bits = out.get(..used).unwrap_or_default();
        (covered, Self { count, shift, bits })
    }

    /// The parameter that codes the moves from `old` to `new` in the fewest bits, and how many those are.
    pub fn best(old: &[i8], new: &[i8]) -> (u8, u64) {
        let mut highs = [0u64; LARGEST_SHIFT as usize + 1];
        let (mut gap, mut count, mut sizes) = (0u32, 0u64, 0u64);
        for (old, new) in old.iter().zip(new) {
            if old == new {
                gap += 1;
                continue;
            }
            highs.iter_mut().enumerate().for_each(|(shift, high)| *high += u64::from(gap >> shift));
            sizes += u64::from(old.abs_diff(*new));
            (gap, count) = (0, count + 1);
        }
        let bits = |shift: usize, high: u64| high + count * (2 + shift as u64) + sizes;
        let all = highs.iter().enumerate().map(|(shift, &high)| (shift as u8, bits(shift, high)));
        all.min_by_key(|&(_, bits)| bits).unwrap_or((0, 0))
    }

    /// Moves weights, the range that was coded.
    ///
    /// # Errors
    /// [`Error::BadDelta`] for a code that ends early, goes beyond the weights or takes one beyond +-127;
    /// none has moved then.
    pub fn apply(&self, weights: &mut [i8]) -> Result<(), Error> {
        if self.shift > LARGEST_SHIFT {
            return Err(Error::BadDelta);
        }
        let moved = |weights: &[i8], (place, by): (usize, i16)| {
            let next = i16::from(*weights.get(place)?) + by;
            (next.unsigned_abs() <= 127).then_some((place, next as i8))
        };
        let mut reader = self.reader();
        for _ in 0..self.count {
            reader.next().and_then(|found| moved(weights, found)).ok_or(Error::BadDelta)?;
        }
        if !reader.is_spent() {
            return Err(Error::BadDelta);
        }
        let mut reader = self.reader();
        for _ in 0..self.count {
            if let Some((place, next)) = reader.next().and_then(|found| moved(weights, found))
                && let Some(weight) = weights.get_mut(place)
            {
                *weight = next;
            }
        }
        Ok(())
    }

    const fn reader(&self) -> Reader<'a> {
        Reader { bits: self.bits, at: 0, shift: self.shift, place: 0 }
    }
}

struct Writer<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn push(&mut self, bit: bool) {
        if let Some(byte) = self.bytes.get_mut(self.at / 8) {
            *byte |= u8::from(bit) << (self.at % 8);
        }
        self.at += 1;
    }

    fn unary(&mut self, number: u32) {
        (0..number).for_each(|_| self.push(true));
        self.push(false);
    }
}

struct Reader<'a> {
    bits: &'a [u8],
    at: usize,
    shift: u8,
    /// The next weight.
    place: usize,
}

impl Reader<'_> {
    fn bit(&mut self) -> Option<bool> {
        let byte = *self.bits.get(self.at / 8)?;
        self.at += 1;
        Some(byte >> ((self.at - 1) % 8) & 1 == 1)
    }

    fn unary(&mut self) -> Option<u32> {
        let mut number = 0;
        while self.bit()? {
            number += 1;
        }
        Some(number)
    }

    /// The next weight that moves, and by how much; each once.
    fn next(&mut self) -> Option<(usize, i16)> {
        let mut gap = u64::from(self.unary()?) << self.shift;
        for bit in 0..self.shift {
            gap |= u64::from(self.bit()?) << bit;
        }
        let down = self.bit()?;
        let size = i16::try_from(self.unary()?.min(1 << 12) + 1).ok()?;
        let place = self.place.checked_add(usize::try_from(gap).ok()?)?;
        self.place = place.checked_add(1)?;
        Some((place, if down { -size } else { size }))
    }

    /// Whether nothing but the last byte's spare bits, all 0, is left.
    fn is_spent(&mut self) -> bool {
        let whole = self.at.div_ceil(8) == self.bits.len();
        while !self.at.is_multiple_of(8) {
            if self.bit() != Some(false) {
                return false;
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    /// Codes in pieces of `room` bytes, applies them, and returns what they lead to.
    fn through(old: &[i8], new: &[i8], shift: u8, room: usize) -> Vec<i8> {
        let mut weights = old.to_vec();
        let mut first = 0;
        while first < old.len() {
            let mut out = vec![0xAA; room];
            let (covered, delta) = WeightDelta::encode(&old[first..], &new[first..], shift, &mut out);
            assert!(covered > 0);
            delta.apply(&mut weights[first..first + covered]).unwrap();
            first += covered;
        }
        weights
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn moves_lead_to_the_new_weights(
            pairs in proptest::collection::vec((-127i8..=127, prop_oneof![9 => Just(0i8), 3 => -1i8..=1, 1 => -127i8..=127]), 1..400),
            shift in 0u8..=8,
            room in 48usize..200,
        ) {
            let old: Vec<i8> = pairs.iter().map(|p| p.0).collect();
            let new: Vec<i8> = pairs.iter().map(|p| (i16::from(p.0) + i16::from(p.1)).clamp(-127, 127) as i8).collect();
            prop_assert_eq!(&through(&old, &new, shift, room), &new);
            let (best, bits) = WeightDelta::best(&old, &new);
            let mut out = vec![0; 1 << 13];
            let (covered, delta) = WeightDelta::encode(&old, &new, best, &mut out);
            prop_assert_eq!((covered, delta.bits.len() as u64), (old.len(), bits.div_ceil(8)));
        }

        #[test]
        fn no_bits_do_harm(count in 0u32..40, shift: u8, bits: Vec<u8>, old in proptest::collection::vec(-127i8..=127, 0..60)) {
            let mut weights = old.clone();
            match (WeightDelta { count, shift, bits: &bits }).apply(&mut weights) {
                Ok(()) => prop_assert!(weights.iter().all(|&w| w != i8::MIN)),
                Err(error) => {
                    prop_assert_eq!(error, Error::BadDelta);
                    prop_assert_eq!(weights, old);
                }
            }
        }
    }

    #[test]
    fn a_known_code() {
        let (old, new) = ([5, 5, 5, 5, 5, 5, 5, 5], [5, 5, 6, 5, 5, 5, 5, 3]);
        let mut out = [0; 4];
        let (covered, delta) = WeightDelta::encode(&old, &new, 1, &mut out);
        // Gap 2: 1 0, low bit 0; up 0; size 1: 0. Gap 4: 1 1 0, low bit 0; down 1; size 2: 1 0.
        assert_eq!((covered, delta.count, delta.bits), (8, 2, &[0b0110_0001, 0b0000_0110][..]));
        assert_eq!(WeightDelta::best(&old, &old), (0, 0));
    }
}
