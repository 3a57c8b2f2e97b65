//! Products of matrices on ARMv8.1-M with its vectors (Helium, MVE): sixteen bytes an instruction. The loop
//! takes as many as are left in its last round by itself (Armv8-M Architecture Reference Manual, DDI 0553,
//! "Tail predication").

use crate::kernel::products_by_fours;
use core::arch::asm;

/// The portable `dot`.
#[inline]
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    let len = a.len().min(b.len());
    let mut sum = 0;
    if len > 0 {
        // SAFETY: reads `len` bytes of each, and writes no memory.
        unsafe {
            asm!(
                "dlstp.8 lr, {len}",
                "2:",
                "vldrb.u8 q0, [{a}], #16",
                "vldrb.u8 q1, [{b}], #16",
                "vmladava.s8 r0, q0, q1",
                "letp lr, 2b",
                len = in(reg) len,
                a = inout(reg) a.as_ptr() => _,
                b = inout(reg) b.as_ptr() => _,
                inout("r0") sum,
                out("lr") _,
                out("d0") _,
                out("d1") _,
                out("d2") _,
                out("d3") _,
                options(nostack, readonly),
            );
        }
    }
    sum
}

/// The portable `products`: ten instructions for 64 of them.
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], sums: &mut [i32]) {
    products_by_fours(w, x, sums, four_rows, dot);
}

/// The products of four rows.
fn four_rows(rows: [&[i8]; 4], x: &[i8]) -> [i32; 4] {
    let [a, b, c, d] = rows;
    // As many as each of them has: they are as long as `x`.
    let len = rows.iter().fold(x.len(), |len, row| len.min(row.len()));
    let mut sums = [0; 4];
    if len > 0 {
        let [sum_a, sum_b, sum_c, sum_d] = &mut sums;
        // SAFETY: reads `len` bytes of each row and of `x`, and writes no memory. The sums are in registers
        // of even numbers, as the instruction wants them.
        unsafe {
            asm!(
                "dlstp.8 lr, {len}",
                "2:",
                "vldrb.u8 q0, [{x}], #16",
                "vldrb.u8 q1, [{a}], #16",
                "vmladava.s8 r0, q0, q1",
                "vldrb.u8 q1, [{b}], #16",
                "vmladava.s8 r2, q0, q1",
                "vldrb.u8 q1, [{c}], #16",
                "vmladava.s8 r4, q0, q1",
                "vldrb.u8 q1, [{d}], #16",
                "vmladava.s8 r8, q0, q1",
                "letp lr, 2b",
                len = in(reg) len,
                x = inout(reg) x.as_ptr() => _,
                a = inout(reg) a.as_ptr() => _,
                b = inout(reg) b.as_ptr() => _,
                c = inout(reg) c.as_ptr() => _,
                d = inout(reg) d.as_ptr() => _,
                inout("r0") *sum_a,
                inout("r2") *sum_b,
                inout("r4") *sum_c,
                inout("r8") *sum_d,
                out("lr") _,
                out("d0") _,
                out("d1") _,
                out("d2") _,
                out("d3") _,
                options(nostack, readonly),
            );
        }
    }
    sums
}
