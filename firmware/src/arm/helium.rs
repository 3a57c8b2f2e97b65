//! Products of matrices on ARMv8.1-M with its vectors (Helium, MVE): sixteen bytes an instruction. The loop
//! takes as many as are left in its last round by itself (Armv8-M Architecture Reference Manual, DDI 0553,
//! "Tail predication").

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

/// The portable `products`. Four rows share the load of the inputs: ten instructions for 64 products.
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], sums: &mut [i32]) {
    let len = x.len().max(1);
    let (fours, _) = sums.as_chunks_mut::<4>();
    let mut done = 0;
    for (sums, rows) in fours.iter_mut().zip(w.chunks_exact((4 * len).max(1))) {
        *sums = four_rows(rows, x);
        done += 4;
    }
    let rest = w.get(done * len..).unwrap_or_default();
    for (sum, row) in sums.get_mut(done..).unwrap_or_default().iter_mut().zip(rest.chunks_exact(len)) {
        *sum = dot(row, x);
    }
}

/// The products of four rows, which lie behind each other and are as long as `x`.
fn four_rows(rows: &[i8], x: &[i8]) -> [i32; 4] {
    let (len, mut sums) = (x.len(), [0; 4]);
    let mut lines = rows.chunks_exact(len.max(1));
    let (Some(a), Some(b), Some(c), Some(d)) = (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return sums;
    };
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
