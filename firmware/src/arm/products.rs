//! Products of matrices on ARMv7E-M. The inputs' halves are made beforehand, and four rows share their load:
//! 21 instructions for 16 products, and an eighth for the loop.

use super::halves::{halves, multiply_add};
use crate::slice_ext::part;
use core::mem::MaybeUninit;

core::arch::global_asm!(
    ".cpu cortex-m4",
    ".macro eggroll_dot acc",
    "sxtb16 r11, r10",
    "smlad \\acc, r11, r8, \\acc",
    "sxtb16 r11, r10, ror #8",
    "smlad \\acc, r11, r9, \\acc",
    ".endm",
    ".macro eggroll_four",
    "ldrd r8, r9, [r1], #8",
    "ldr r10, [r0, r3]",
    "eggroll_dot r5",
    "ldr r10, [r0, r3, lsl #1]",
    "eggroll_dot r6",
    "ldr r10, [r0, r12]",
    "eggroll_dot r7",
    "ldr r10, [r0], #4",
    "eggroll_dot r4",
    ".endm",
    ".section .text.eggroll_four_rows, \"ax\", %progbits",
    ".global eggroll_four_rows",
    ".type eggroll_four_rows, %function",
    ".thumb_func",
    // r0 weights, r1 halves of the inputs, r2 sums that it adds to, r3 bytes a row, on the stack: words a
    // row, groups of rows.
    "eggroll_four_rows:",
    "push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}",
    "add r12, r3, r3, lsl #1",
    "1:",
    "ldm r2, {{r4, r5, r6, r7}}",
    "ldr lr, [sp, #36]",
    "subs lr, lr, #4",
    "blo 3f",
    "2:",
    "eggroll_four",
    "eggroll_four",
    "eggroll_four",
    "eggroll_four",
    "subs lr, lr, #4",
    "bhs 2b",
    "3:",
    "adds lr, lr, #4",
    "beq 5f",
    "4:",
    "eggroll_four",
    "subs lr, lr, #1",
    "bne 4b",
    "5:",
    "stmia r2!, {{r4, r5, r6, r7}}",
    "ldr r10, [sp, #36]",
    "sub r1, r1, r10, lsl #3",
    "sub r0, r0, r10, lsl #2",
    "add r0, r0, r3, lsl #2",
    "ldr r10, [sp, #40]",
    "subs r10, r10, #1",
    "str r10, [sp, #40]",
    "bne 1b",
    "pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}",
    ".size eggroll_four_rows, . - eggroll_four_rows",
    ".text",
);

unsafe extern "C" {
    fn eggroll_four_rows(
        w: *const i8,
        halves: *const [u32; 2],
        sums: *mut i32,
        bytes: usize,
        words: usize,
        groups: usize,
    );
}

/// The portable `dot`.
#[inline]
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    let len = a.len().min(b.len());
    let (a, b) = (part(a, 0, len), part(b, 0, len));
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sum = crate::kernel::portable::dot(a_rest, b_rest);
    let (a_pairs, b_pairs) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a_pairs.0.iter().zip(b_pairs.0) {
        for (&a, &b) in a.iter().zip(b) {
            sum = multiply_add_four(a, b, sum);
        }
    }
    for (&a, &b) in a_pairs.1.iter().zip(b_pairs.1) {
        sum = multiply_add_four(a, b, sum);
    }
    sum
}

#[inline(always)]
fn multiply_add_four(a: [i8; 4], b: [i8; 4], sum: i32) -> i32 {
    let (a, b) = (halves(a), halves(b));
    multiply_add(a[1], b[1], multiply_add(a[0], b[0], sum))
}

/// Words of inputs whose halves lie ready at once.
const ROOM: usize = 64;

/// The portable `products`.
///
/// Inputs come in words. What the last word has too much is multiplied by 0, so that weights of the next row
/// may lie there; only behind the last row there are none, which therefore is computed by itself.
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], sums: &mut [i32]) {
    sums.fill(0);
    let len = x.len();
    let mut room = [const { MaybeUninit::<[u32; 2]>::uninit() }; ROOM];
    for (part, x) in x.chunks(4 * ROOM).enumerate() {
        let Some(w) = w.get(4 * ROOM * part..) else { return };
        let (fours, rest) = x.as_chunks::<4>();
        let mut words = 0;
        for (room, &four) in room.iter_mut().zip(fours) {
            room.write(halves(four));
            words += 1;
        }
        if let (Some(room), [_, ..]) = (room.get_mut(words), rest) {
            let mut last = [0; 4];
            last.iter_mut().zip(rest).for_each(|(to, &x)| *to = x);
            room.write(halves(last));
            words += 1;
        }
        // Rows whose last word still lies within the weights.
        let there = w.len().checked_sub(4 * words).and_then(|free| free.checked_div(len));
        let groups = there.map_or(0, |free| free + 1).min(sums.len()) / 4;
        if groups > 0 {
            // SAFETY: reads `4 * groups` rows of `len` bytes, of each `words` words, the last of which ends
            // within `w`, and the `words` halves that were written; adds to that many sums, which are all
            // there. LDR needs no boundary of a word, LDRD has one.
            unsafe {
                eggroll_four_rows(w.as_ptr(), room.as_ptr().cast(), sums.as_mut_ptr(), len, words, groups);
            }
        }
        let (sums, row) =
            (sums.get_mut(4 * groups..).unwrap_or_default(), w.get(4 * groups * len..).unwrap_or_default());
        let before = 4 * words - x.len();
        if sums.len() >= 4 && groups > 0 && row.len() >= 3 * len + x.len() {
            // The last four rows: their words begin with what lies before them, which is multiplied by 0.
            let mut last = [0i8; 4];
            let (head, tail) = x.split_at_checked(4 - before).unwrap_or_default();
            last.iter_mut().skip(before).zip(head).for_each(|(to, &x)| *to = x);
            let all =
                core::iter::once(halves(last)).chain(tail.as_chunks::<4>().0.iter().map(|&x| halves(x)));
            room.iter_mut().zip(all).for_each(|(room, halves)| {
                room.write(halves);
            });
            // SAFETY: as above, of four rows, from up to three bytes before them on, where the rows of the
            // groups lie.
            unsafe {
                let row = row.as_ptr().sub(before);
                eggroll_four_rows(row, room.as_ptr().cast(), sums.as_mut_ptr(), len, words, 1);
            }
            let sums = sums.get_mut(4..).unwrap_or_default();
            by_rows(row.get(4 * len..).unwrap_or_default(), len, x, sums);
        } else {
            by_rows(row, len, x, sums);
        }
    }
}

/// `sums += W x` row by row, which lie `len` apart.
#[inline(always)]
fn by_rows(w: &[i8], len: usize, x: &[i8], sums: &mut [i32]) {
    for (sum, row) in sums.iter_mut().zip(w.chunks(len.max(1))) {
        *sum += dot(row, x);
    }
}
