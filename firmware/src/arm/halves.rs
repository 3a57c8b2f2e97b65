//! Halves of words: SXTB16 makes halves of two bytes each, SMLAD multiplies and adds two of them.

use core::arch::asm;

/// The halves of four inputs: of bytes 0 and 2, and of 1 and 3.
#[inline(always)]
pub(super) fn halves(x: [i8; 4]) -> [u32; 2] {
    let x = u32::from_le_bytes(x.map(i8::cast_unsigned));
    let (even, odd);
    // SAFETY: SXTB16 computes on registers alone.
    unsafe {
        asm!(
            "sxtb16 {0}, {2}", "sxtb16 {1}, {2}, ror #8", out(reg) even, lateout(reg) odd, in(reg) x,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    [even, odd]
}

/// The sum of both products of halves, and `sum`.
#[inline(always)]
pub(super) fn multiply_add(a: u32, b: u32, sum: i32) -> i32 {
    let out;
    // SAFETY: SMLAD computes on registers alone, and the flag that it may set is not used.
    unsafe {
        asm!(
            "smlad {}, {}, {}, {}", out(reg) out, in(reg) a, in(reg) b, in(reg) sum,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    out
}
