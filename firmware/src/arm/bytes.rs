//! The four bytes of a word at once, and numbers limited to so many bits.

use core::arch::asm;

/// Four bytes of a word, none of which is -128.
#[inline(always)]
pub(super) fn limited(word: u32) -> u32 {
    larger_word(word, u32::from_le_bytes([-127i8 as u8; 4]))
}

/// A number, limited to -128..=127.
#[inline(always)]
pub(super) fn byte(x: i32) -> u8 {
    let out: i32;
    // SAFETY: SSAT computes on registers alone, and the flag that it may set is not used.
    unsafe {
        asm!(
            "ssat {}, #8, {}", out(reg) out, in(reg) x,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    out as u8
}

/// A number, limited to 16 bits.
#[inline(always)]
pub(super) fn half(x: i32) -> i32 {
    let out;
    // SAFETY: SSAT computes on registers alone, and the flag that it may set is not used.
    unsafe {
        asm!(
            "ssat {}, #16, {}", out(reg) out, in(reg) x,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    out
}

/// The larger of each byte of two words: SSUB8 sets the flags GE where the first one is at least the second,
/// and SEL chooses bytes by them.
#[inline(always)]
pub(super) fn larger_word(mut word: u32, other: u32) -> u32 {
    // SAFETY: computes on registers alone; the flags are not used elsewhere.
    unsafe {
        asm!(
            "ssub8 {t}, {word}, {other}",
            "sel {word}, {word}, {other}",
            word = inout(reg) word, other = in(reg) other, t = out(reg) _, options(pure, nomem, nostack)
        );
    }
    word
}
