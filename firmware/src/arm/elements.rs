//! Sums, the larger of two, and ReLU, element by element.

use super::bytes::{larger_word, limited};
use core::arch::asm;

/// The portable `add`, four bytes at a time.
#[inline]
pub fn add(x: &mut [i8], y: &[i8]) {
    let ((fours, rest), (others, others_rest)) = (x.as_chunks_mut::<4>(), y.as_chunks::<4>());
    for (four, other) in fours.iter_mut().zip(others) {
        let (mut word, other) = (
            u32::from_le_bytes(four.map(i8::cast_unsigned)),
            u32::from_le_bytes(other.map(i8::cast_unsigned)),
        );
        // SAFETY: QADD8 computes on registers alone.
        unsafe {
            asm!(
                "qadd8 {word}, {word}, {other}", word = inout(reg) word, other = in(reg) other,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        *four = limited(word).to_le_bytes().map(u8::cast_signed);
    }
    // Where lengths differ, what is left differs too.
    let pairs = fours.len().min(others.len());
    if fours.len() == others.len() {
        crate::kernel::portable::add(rest, others_rest);
    } else {
        let x = x.get_mut(4 * pairs..).unwrap_or_default();
        crate::kernel::portable::add(x, y.get(4 * pairs..).unwrap_or_default());
    }
}

/// The portable `larger`, four bytes at a time.
#[inline]
pub fn larger(y: &mut [i8], x: &[i8]) {
    let len = y.len().min(x.len());
    let ((fours, rest), (others, others_rest)) = (
        y.get_mut(..len).unwrap_or_default().as_chunks_mut::<4>(),
        x.get(..len).unwrap_or_default().as_chunks::<4>(),
    );
    for (four, other) in fours.iter_mut().zip(others) {
        let [word, other] = [*four, *other].map(|four| u32::from_le_bytes(four.map(i8::cast_unsigned)));
        *four = larger_word(word, other).to_le_bytes().map(u8::cast_signed);
    }
    crate::kernel::portable::larger(rest, others_rest);
}

/// The portable `relu`, four bytes at a time.
#[inline]
pub fn relu(values: &mut [i8]) {
    let (fours, rest) = values.as_chunks_mut::<4>();
    for four in fours {
        let word = u32::from_le_bytes(four.map(i8::cast_unsigned));
        *four = larger_word(word, 0).to_le_bytes().map(u8::cast_signed);
    }
    crate::kernel::portable::relu(rest);
}
