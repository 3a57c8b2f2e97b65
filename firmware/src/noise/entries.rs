use super::Stream;
#[cfg(all(target_arch = "arm", feature = "dsp"))]
use crate::arm::signs;
use serde::{Deserialize, Serialize};

/// How the entries of the low-rank factors are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Noise {
    /// -1 or +1 (standing for -16 or +16): one bit an entry, no multiply in `B^T x`.
    #[default]
    Sign,
    /// Integers within +-55, standard deviation 16.0: one word an entry.
    NearNormal,
}

impl Noise {
    /// Fills a run of entries from the start of a stream.
    #[inline]
    pub fn fill(self, stream: &mut Stream, out: &mut [i8]) {
        match self {
            Self::Sign => fill_signs(stream, out),
            Self::NearNormal => fill_near_normal(stream, out),
        }
    }

    /// Largest magnitude of an entry as stored.
    pub const fn largest(self) -> i64 {
        match self {
            Self::Sign => 1,
            Self::NearNormal => 55,
        }
    }

    /// Blocks of the stream that `entries` entries take.
    pub const fn blocks(self, entries: u64) -> u64 {
        match self {
            Self::Sign => entries.div_ceil(64),
            Self::NearNormal => entries.div_ceil(2),
        }
    }
}

/// Spreads the low eight bits of `bits` over eight bytes: bit clear is +1, bit set is -1.
#[allow(clippy::indexing_slicing, reason = "eight places, eight bytes")]
#[inline]
const fn eight_signs(bits: u32) -> [i8; 8] {
    let copies = (bits as u64 & 0xFF) * 0x0101_0101_0101_0101;
    let picked = copies & 0x8040_2010_0804_0201;
    let ones = ((picked + 0x7F7F_7F7F_7F7F_7F7F) >> 7) & 0x0101_0101_0101_0101;
    // 0x01 where the bit is clear, 0x01 + 0xFE = 0xFF where it is set: no byte carries into the next.
    let bytes = (0x0101_0101_0101_0101 + ones * 0xFE).to_le_bytes();
    let mut signs = [0; 8];
    let mut i = 0;
    while i < 8 {
        signs[i] = bytes[i] as i8;
        i += 1;
    }
    signs
}

/// Spreads the low four bits of `bits` over the bytes of a word: bit clear is +1, bit set is -1.
#[inline]
const fn four_signs(bits: u32) -> u32 {
    let ones = (bits & 0xF).wrapping_mul(0x0020_4081) & 0x0101_0101;
    // As in `eight_signs`: no byte carries into the next.
    0x0101_0101 + ones * 0xFE
}

/// 32 sign entries of a word, four a word.
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
#[inline]
fn signs(mut word: u32, eight: &mut [u32; 8]) {
    for four in eight {
        *four = four_signs(word).to_le();
        word >>= 4;
    }
}

/// Words of a small core are 32 bits, and it stores whole ones only on their boundaries.
const SMALL: bool = cfg!(any(target_arch = "arm", target_arch = "riscv32"));

/// Fills `out` with sign entries: one bit each, from the low bit of the stream's next word; 1 means -1.
#[inline]
pub fn fill_signs(stream: &mut Stream, out: &mut [i8]) {
    match bytemuck::try_cast_slice_mut::<i8, [u32; 8]>(out.as_chunks_mut::<32>().0.as_flattened_mut()) {
        Ok(whole) if SMALL => {
            for eight in whole {
                signs(stream.next_word(), eight);
            }
        }
        _ => fill_chunks(stream, out.as_chunks_mut::<32>().0.as_flattened_mut()),
    }
    fill_chunks(stream, out.as_chunks_mut::<32>().1);
}

fn fill_chunks(stream: &mut Stream, out: &mut [i8]) {
    for chunk in out.chunks_mut(32) {
        let mut word = stream.next_word();
        if SMALL {
            for four in chunk.chunks_mut(4) {
                let signs = four_signs(word).to_le_bytes();
                four.iter_mut().zip(signs).for_each(|(out, sign)| *out = sign as i8);
                word >>= 4;
            }
        } else {
            for part in chunk.chunks_mut(8) {
                part.iter_mut().zip(eight_signs(word)).for_each(|(out, sign)| *out = sign);
                word >>= 8;
            }
        }
    }
}

/// One near-normal entry from one word: the sum of its bytes, centred and scaled to standard deviation 16.0.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub const fn near_normal(word: u32) -> i8 {
    let [a, b, c, d] = word.to_le_bytes();
    let centred = 2 * (a as i32 + b as i32 + c as i32 + d as i32) - 1020;
    let size = (centred.abs() * 111 + 1024) >> 11;
    (if centred < 0 { -size } else { size }) as i8
}

/// Fills `out` with near-normal entries, one word each.
#[inline]
pub fn fill_near_normal(stream: &mut Stream, out: &mut [i8]) {
    for entry in out {
        *entry = near_normal(stream.next_word());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_eight_signs() {
        for bits in 0..=255 {
            let [low, high] = [four_signs(bits), four_signs(bits >> 4)].map(u32::to_le_bytes);
            let eight = eight_signs(bits).map(i8::cast_unsigned);
            assert_eq!((&eight[..4], &eight[4..]), (&low[..], &high[..]));
        }
    }
}
