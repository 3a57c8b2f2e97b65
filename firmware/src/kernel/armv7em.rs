//! Products by the DSP instructions of ARMv7E-M: two multiply-adds at once.
//!
//! The only module with `unsafe`: inline assembly of instructions that compute on registers alone. Equal to the
//! portable definitions, which `boards/bench` checks on the core.
#![allow(unsafe_code)]

use core::arch::asm;

/// Inputs whose halves lie ready at once.
const BLOCK: usize = 256;

/// Bytes 0 and 2, sign-extended to halves.
#[inline(always)]
fn even(word: u32) -> u32 {
    let out;
    // SAFETY: SXTB16 computes on registers alone.
    unsafe {
        asm!("sxtb16 {}, {}", out(reg) out, in(reg) word, options(pure, nomem, nostack, preserves_flags))
    };
    out
}

/// Bytes 1 and 3, sign-extended to halves.
#[inline(always)]
fn odd(word: u32) -> u32 {
    let out;
    // SAFETY: as above.
    unsafe {
        asm!("sxtb16 {}, {}, ror #8", out(reg) out, in(reg) word, options(pure, nomem, nostack, preserves_flags));
    }
    out
}

/// `sum` and the products of both halves.
#[inline(always)]
fn multiply_add(a: u32, b: u32, sum: i32) -> i32 {
    let out;
    // SAFETY: SMLAD computes on registers alone; the flag that it may set is not used, and sums do not overflow.
    unsafe {
        asm!(
            "smlad {}, {}, {}, {}",
            out(reg) out, in(reg) a, in(reg) b, in(reg) sum,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    out
}

#[inline(always)]
fn four(sum: i32, w: [i8; 4], x: [u32; 2]) -> i32 {
    let w = u32::from_le_bytes(w.map(i8::cast_unsigned));
    multiply_add(odd(w), x[1], multiply_add(even(w), x[0], sum))
}

/// [`super::portable::dot`].
#[inline]
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    let len = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a[..len].as_chunks::<4>(), b[..len].as_chunks::<4>());
    let mut sum = super::portable::dot(a_rest, b_rest);
    for (&a, &b) in a.iter().zip(b) {
        let b = u32::from_le_bytes(b.map(i8::cast_unsigned));
        sum = four(sum, a, [even(b), odd(b)]);
    }
    sum
}

/// [`super::portable::products`]: four rows a pass of the inputs, whose halves are made once.
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    let n = x.len();
    if n > BLOCK {
        for (out, row) in out.iter_mut().zip(w.chunks_exact(n)) {
            *out = dot(row, x);
        }
        return;
    }
    let mut halves = [[0; 2]; BLOCK / 4];
    let (fours, _) = x.as_chunks::<4>();
    for (halves, x) in halves.iter_mut().zip(fours) {
        let x = u32::from_le_bytes(x.map(i8::cast_unsigned));
        *halves = [even(x), odd(x)];
    }
    let halves = &halves[..fours.len()];
    let tail = 4 * fours.len();
    let mut rows = w.chunks_exact(4 * n.max(1));
    let mut outs = out.chunks_exact_mut(4);
    for (rows, out) in rows.by_ref().zip(outs.by_ref()) {
        let (a, rest) = rows.split_at(n);
        let (b, rest) = rest.split_at(n);
        let (c, d) = rest.split_at(n);
        let (a4, b4, c4, d4) =
            (a.as_chunks::<4>().0, b.as_chunks::<4>().0, c.as_chunks::<4>().0, d.as_chunks::<4>().0);
        let mut sums = [0; 4];
        for ((((&a, &b), &c), &d), &x) in a4.iter().zip(b4).zip(c4).zip(d4).zip(halves) {
            sums[0] = four(sums[0], a, x);
            sums[1] = four(sums[1], b, x);
            sums[2] = four(sums[2], c, x);
            sums[3] = four(sums[3], d, x);
        }
        for ((out, sum), row) in out.iter_mut().zip(sums).zip([a, b, c, d]) {
            *out = sum + super::portable::dot(&row[tail..], &x[tail..]);
        }
    }
    for (out, row) in outs.into_remainder().iter_mut().zip(rows.remainder().chunks_exact(n.max(1))) {
        *out = dot(row, x);
    }
}
