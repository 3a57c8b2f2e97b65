//! What compilers do not make of the portable definitions in `kernel` and `noise`: inner loops for ARMv6-M
//! and ARMv7E-M in assembly. It is the only module of this crate with `unsafe`. `cargo xtask test` compares
//! both with the portable definitions on the emulated cores.
#![allow(unsafe_code, reason = "assembly, and calls of it behind checked lengths")]

#[cfg(feature = "dsp")]
pub(crate) use dsp::signs;
#[cfg(feature = "dsp")]
pub use dsp::{
    add, add_multiple, add_node_noise, copy_rows, depthwise_products, dot, larger, products, relu, scale,
};
#[cfg(not(feature = "dsp"))]
pub(crate) use small::two_rows;
#[cfg(not(feature = "dsp"))]
pub use small::{add_multiple, advance_by_one, advance_by_sums, advance_by_two};

/// ARMv6-M: byte loads are slow and cannot be unrolled, so four int8 come by one word; multiplies destroy an
/// operand, and only eight registers take part. A REV16 between two pairs of bytes saves one shift a word.
/// Cycles of a Cortex-M0 for four columns of two rows: 3 loads 6, 11 extensions and 3 REV16 ... 31 in all
/// with 8 multiplies and 8 additions, and half of a loop's end 2: 39 for 8 products.
#[cfg(not(feature = "dsp"))]
mod small {
    core::arch::global_asm!(
        // 36 bytes of the stack.
        ".macro eggroll_save",
        "push {{r4, r5, r6, r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4, r5, r6, r7}}",
        ".endm",
        ".macro eggroll_return",
        "pop {{r4, r5, r6, r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4, r5, r6, r7, pc}}",
        ".endm",
        ".macro eggroll_low a, b, c",
        "sxtb r6, \\a",
        "sxtb r7, \\b",
        "muls r7, r6, r7",
        "add r8, r7",
        "sxtb r7, \\c",
        "muls r7, r6, r7",
        "add r9, r7",
        ".endm",
        ".macro eggroll_high a, b, c",
        "asrs r6, \\a, #24",
        "asrs r7, \\b, #24",
        "muls r7, r6, r7",
        "add r8, r7",
        "asrs r7, \\c, #24",
        "muls r7, r6, r7",
        "add r9, r7",
        ".endm",
        ".macro eggroll_word",
        "ldmia r1!, {{r3}}",
        "ldmia r0!, {{r4}}",
        "ldmia r2!, {{r5}}",
        "eggroll_low r3, r4, r5",
        "eggroll_high r3, r4, r5",
        "rev16 r3, r3",
        "rev16 r4, r4",
        "rev16 r5, r5",
        "eggroll_low r3, r4, r5",
        "eggroll_high r3, r4, r5",
        ".endm",
        ".section .text.eggroll_two_rows, \"ax\", %progbits",
        ".global eggroll_two_rows",
        ".type eggroll_two_rows, %function",
        ".thumb_func",
        // r0 weights, r1 inputs, r2 sums, r3 words a row, on the stack: pairs of rows.
        "eggroll_two_rows:",
        "eggroll_save",
        "lsls r3, r3, #2",
        "mov r11, r3",
        "mov r12, r2",
        "ldr r4, [sp, #36]",
        "mov lr, r4",
        "1:",
        "mov r3, r11",
        "adds r2, r0, r3",
        "mov r10, r2",
        "movs r4, #0",
        "mov r8, r4",
        "mov r9, r4",
        // An odd number of words starts in the middle.
        "lsls r3, r3, #29",
        "bmi 3f",
        "2:",
        "eggroll_word",
        "3:",
        "eggroll_word",
        "cmp r0, r10",
        "bne 2b",
        "mov r3, r12",
        "mov r4, r8",
        "mov r5, r9",
        "stmia r3!, {{r4, r5}}",
        "mov r12, r3",
        "movs r0, r2",
        "mov r3, r11",
        "subs r1, r1, r3",
        "mov r3, lr",
        "subs r3, r3, #1",
        "mov lr, r3",
        "bne 1b",
        "eggroll_return",
        ".size eggroll_two_rows, . - eggroll_two_rows",
        // What the three loops below share. r0 residuals, r1 values, r2 their number, r3 scale; on the stack:
        // shift, weights, and of two values the others and their scale. r8 counts weights that move, r10 is
        // the end of the weights, and r2 counts up to 0.
        ".macro eggroll_begin",
        "eggroll_save",
        "movs r4, #0",
        "mov r8, r4",
        "movs r4, #1",
        "mov r9, r4",
        "ldr r4, [sp, #40]",
        "adds r4, r4, r2",
        "mov r10, r4",
        "ldr r4, [sp, #36]",
        ".endm",
        // Moves a residual by r5: 15 cycles with the loop's end unless it takes a whole step. Then it takes
        // another 19 to move the weight.
        ".macro eggroll_advance",
        "ldrh r6, [r0]",
        "sxth r6, r6",
        "adds r5, r5, r6",
        "strh r5, [r0]",
        "sxth r6, r5",
        "cmp r5, r6",
        "bne 2f",
        "3:",
        "adds r0, r0, #2",
        "adds r2, r2, #1",
        "bne 1b",
        "mov r0, r8",
        "eggroll_return",
        "2:",
        "movs r6, #128",
        "lsls r6, r6, #8",
        "adds r5, r5, r6",
        "asrs r5, r5, #16",
        "mov r6, r10",
        "ldrsb r6, [r6, r2]",
        "adds r5, r5, r6",
        "adds r5, r5, #127",
        "cmp r5, #254",
        "bhi 5f",
        "subs r5, r5, #127",
        "4:",
        "add r8, r9",
        "mov r6, r10",
        "strb r5, [r6, r2]",
        "b 3b",
        // Beyond a limit: 127 or, of a negative one, 127 - 254.
        "5:",
        "asrs r5, r5, #31",
        "uxtb r5, r5",
        "lsrs r5, r5, #1",
        "lsls r5, r5, #1",
        "rsbs r5, r5, #0",
        "adds r5, r5, #127",
        "cmp r5, r6",
        "bne 4b",
        "b 3b",
        ".endm",
        ".section .text.eggroll_advance_by_sums, \"ax\", %progbits",
        ".global eggroll_advance_by_sums",
        ".type eggroll_advance_by_sums, %function",
        ".thumb_func",
        "eggroll_advance_by_sums:",
        "eggroll_begin",
        "rsbs r2, r2, #0",
        "1:",
        "ldmia r1!, {{r5}}",
        "muls r5, r3, r5",
        "asrs r5, r4",
        "eggroll_advance",
        ".size eggroll_advance_by_sums, . - eggroll_advance_by_sums",
        ".section .text.eggroll_advance_by_one, \"ax\", %progbits",
        ".global eggroll_advance_by_one",
        ".type eggroll_advance_by_one, %function",
        ".thumb_func",
        "eggroll_advance_by_one:",
        "eggroll_begin",
        "adds r1, r1, r2",
        "rsbs r2, r2, #0",
        "1:",
        "ldrsb r5, [r1, r2]",
        "muls r5, r3, r5",
        "asrs r5, r4",
        "eggroll_advance",
        ".size eggroll_advance_by_one, . - eggroll_advance_by_one",
        ".section .text.eggroll_advance_by_two, \"ax\", %progbits",
        ".global eggroll_advance_by_two",
        ".type eggroll_advance_by_two, %function",
        ".thumb_func",
        "eggroll_advance_by_two:",
        "eggroll_begin",
        "mov r11, r4",
        "ldr r7, [sp, #44]",
        "ldr r4, [sp, #48]",
        "adds r1, r1, r2",
        "adds r7, r7, r2",
        "rsbs r2, r2, #0",
        "1:",
        "ldrsb r5, [r1, r2]",
        "muls r5, r3, r5",
        "ldrsb r6, [r7, r2]",
        "muls r6, r4, r6",
        "adds r5, r5, r6",
        "mov r6, r11",
        "asrs r5, r6",
        "eggroll_advance",
        ".size eggroll_advance_by_two, . - eggroll_advance_by_two",
        // r0 sums, r1 bytes, r2 their number, r3 what they are multiplied by: 12 cycles each.
        ".section .text.eggroll_add_multiple, \"ax\", %progbits",
        ".global eggroll_add_multiple",
        ".type eggroll_add_multiple, %function",
        ".thumb_func",
        "eggroll_add_multiple:",
        "push {{r4, r5, r6, lr}}",
        "adds r1, r1, r2",
        "rsbs r2, r2, #0",
        "1:",
        "ldrsb r5, [r1, r2]",
        "muls r5, r3, r5",
        "ldr r4, [r0]",
        "adds r5, r4, r5",
        "stmia r0!, {{r5}}",
        "adds r2, r2, #1",
        "bne 1b",
        "pop {{r4, r5, r6, pc}}",
        ".size eggroll_add_multiple, . - eggroll_add_multiple",
        ".text",
    );

    unsafe extern "C" {
        fn eggroll_two_rows(w: *const u32, x: *const u32, sums: *mut i32, words: usize, pairs: usize);
        fn eggroll_advance_by_sums(
            r: *mut i16,
            sums: *const i32,
            len: usize,
            scale: i32,
            shift: u32,
            w: *mut i8,
        ) -> u32;
        fn eggroll_advance_by_one(
            r: *mut i16,
            x: *const i8,
            len: usize,
            scale: i32,
            shift: u32,
            w: *mut i8,
        ) -> u32;
        fn eggroll_advance_by_two(
            r: *mut i16,
            x: *const i8,
            len: usize,
            scale: i32,
            shift: u32,
            w: *mut i8,
            y: *const i8,
            other: i32,
        ) -> u32;
        fn eggroll_add_multiple(sums: *mut i32, x: *const i8, len: usize, by: i32);
    }

    /// Equal to [`crate::kernel::portable::advance_by_sums`]; the shift is below 32.
    pub fn advance_by_sums(w: &mut [i8], r: &mut [i16], sums: &[i32], (scale, shift): (i32, u32)) -> u32 {
        let len = w.len().min(r.len()).min(sums.len());
        if len == 0 {
            return 0;
        }
        let (w, r) = (w.as_mut_ptr(), r.as_mut_ptr());
        // SAFETY: reads `len` sums, and moves as many residuals and weights; all are there.
        unsafe { eggroll_advance_by_sums(r, sums.as_ptr(), len, scale, shift, w) }
    }

    /// Equal to [`crate::kernel::portable::advance_by_one`]; the shift is below 32.
    pub fn advance_by_one(w: &mut [i8], r: &mut [i16], x: &[i8], (scale, shift): (i32, u32)) -> u32 {
        let len = w.len().min(r.len()).min(x.len());
        if len == 0 {
            return 0;
        }
        let (w, r) = (w.as_mut_ptr(), r.as_mut_ptr());
        // SAFETY: reads `len` bytes, and moves as many residuals and weights; all are there.
        unsafe { eggroll_advance_by_one(r, x.as_ptr(), len, scale, shift, w) }
    }

    /// Equal to [`crate::kernel::portable::advance_by_two`]; the shift is below 32.
    pub fn advance_by_two(
        w: &mut [i8],
        r: &mut [i16],
        [x, y]: [&[i8]; 2],
        ([scale, other], shift): ([i32; 2], u32),
    ) -> u32 {
        let len = w.len().min(r.len()).min(x.len()).min(y.len());
        if len == 0 {
            return 0;
        }
        let (w, r) = (w.as_mut_ptr(), r.as_mut_ptr());
        // SAFETY: reads `len` bytes of both, and moves as many residuals and weights; all are there.
        unsafe { eggroll_advance_by_two(r, x.as_ptr(), len, scale, shift, w, y.as_ptr(), other) }
    }

    /// `sums += x * by`; equal to [`crate::kernel::portable::add_multiple`].
    pub fn add_multiple(sums: &mut [i32], x: &[i8], by: i32) {
        let len = sums.len().min(x.len());
        if len > 0 {
            // SAFETY: reads `len` bytes and adds to as many sums; all are there.
            unsafe { eggroll_add_multiple(sums.as_mut_ptr(), x.as_ptr(), len, by) };
        }
    }

    /// The sums of whole pairs of rows, as many as weights and sums have; returns how many rows that is.
    pub(crate) fn two_rows(w: &[u32], x: &[u32], sums: &mut [i32]) -> usize {
        let pairs = sums.len() / 2;
        if pairs == 0 || x.is_empty() || w.len() < 2 * pairs * x.len() {
            return 0;
        }
        // SAFETY: reads `2 * pairs` rows of `x.len()` words, and that many sums are written; all are there.
        unsafe { eggroll_two_rows(w.as_ptr(), x.as_ptr(), sums.as_mut_ptr(), x.len(), pairs) };
        2 * pairs
    }
}

/// ARMv7E-M: SXTB16 makes halves of two bytes each, SMLAD multiplies and adds two of them. The inputs' halves
/// are made beforehand, and four rows share their load: 21 instructions for 16 products, and an eighth for
/// the loop.
#[cfg(feature = "dsp")]
mod dsp {
    use crate::kernel::Divisor;
    use crate::slice_ext::part;
    use core::arch::asm;
    use core::mem::MaybeUninit;

    core::arch::global_asm!(
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
        ".section .text.eggroll_four_channels, \"ax\", %progbits",
        ".global eggroll_four_channels",
        ".type eggroll_four_channels, %function",
        ".thumb_func",
        // r0 weights, r1 the channels' values at the first position, r2 sums, r3 positions; on the stack:
        // channels, groups of four. 14 instructions for 4 products.
        "eggroll_four_channels:",
        "push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}",
        "ldr lr, [sp, #36]",
        "add r12, r3, r3, lsl #1",
        "0:",
        "movs r4, #0",
        "movs r5, #0",
        "movs r6, #0",
        "movs r7, #0",
        "push {{r1, r2}}",
        "mov r2, r3",
        "1:",
        "ldr r8, [r1]",
        "add r1, r1, lr",
        "sxtb16 r9, r8",
        "sxtb16 r10, r8, ror #8",
        "ldrsb r11, [r0, r3]",
        "smlabb r5, r11, r10, r5",
        "ldrsb r11, [r0, r3, lsl #1]",
        "smlabt r6, r11, r9, r6",
        "ldrsb r11, [r0, r12]",
        "smlabt r7, r11, r10, r7",
        "ldrsb r11, [r0], #1",
        "smlabb r4, r11, r9, r4",
        "subs r2, r2, #1",
        "bne 1b",
        "pop {{r1, r2}}",
        "stmia r2!, {{r4, r5, r6, r7}}",
        "adds r1, r1, #4",
        "add r0, r0, r12",
        "ldr r4, [sp, #40]",
        "subs r4, r4, #1",
        "str r4, [sp, #40]",
        "bne 0b",
        "pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}",
        ".size eggroll_four_channels, . - eggroll_four_channels",
        ".macro eggroll_add_four",
        "ldr r12, [r1], #4",
        "ldm r0, {{r4, r5, r6, r7}}",
        "sxtb lr, r12",
        "mla r4, lr, r2, r4",
        "sxtb lr, r12, ror #8",
        "mla r5, lr, r2, r5",
        "sxtb lr, r12, ror #16",
        "mla r6, lr, r2, r6",
        "asr lr, r12, #24",
        "mla r7, lr, r2, r7",
        "stmia r0!, {{r4, r5, r6, r7}}",
        ".endm",
        ".section .text.eggroll_add_multiple, \"ax\", %progbits",
        ".global eggroll_add_multiple",
        ".type eggroll_add_multiple, %function",
        ".thumb_func",
        // r0 sums, r1 factors, r2 what they are multiplied by, r3 groups of four.
        "eggroll_add_multiple:",
        "push {{r4, r5, r6, r7, lr}}",
        "lsrs r3, r3, #1",
        "bcc 1f",
        "eggroll_add_four",
        "1:",
        "cbz r3, 3f",
        "2:",
        "eggroll_add_four",
        "eggroll_add_four",
        "subs r3, r3, #1",
        "bne 2b",
        "3:",
        "pop {{r4, r5, r6, r7, pc}}",
        ".size eggroll_add_multiple, . - eggroll_add_multiple",
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
        fn eggroll_four_channels(
            w: *const i8,
            x: *const i8,
            sums: *mut i32,
            positions: usize,
            channels: usize,
            groups: usize,
        );
        fn eggroll_add_multiple(sums: *mut i32, a: *const i8, by: i32, fours: usize);
    }

    /// The halves of four inputs: of bytes 0 and 2, and of 1 and 3.
    #[inline(always)]
    fn halves(x: [i8; 4]) -> [u32; 2] {
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
    fn multiply_add(a: u32, b: u32, sum: i32) -> i32 {
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

    /// The portable `add_multiple`: four sums at a time come and go by one instruction each.
    #[inline]
    pub fn add_multiple(sums: &mut [i32], a: &[i8], by: i32) {
        let len = sums.len().min(a.len());
        let fours = len / 4;
        if fours > 0 {
            // SAFETY: reads and writes `4 * fours` sums, and reads as many bytes; all are there.
            unsafe { eggroll_add_multiple(sums.as_mut_ptr(), a.as_ptr(), by, fours) };
        }
        let rest = sums.get_mut(4 * fours..).unwrap_or_default();
        crate::kernel::portable::add_multiple(rest, a.get(4 * fours..).unwrap_or_default(), by);
    }

    /// The portable `add_node_noise`, four bytes at a time: SSUB8 sets the flags GE where a byte is not
    /// negative, SEL chooses bytes by them, and QADD8 saturates, to -128 as well.
    #[inline]
    pub fn add_node_noise(u: &mut [i8], eps: &[i8], amplitude: i16) {
        let len = u.len().min(eps.len());
        let (Some(u), Some(eps), Ok(size)) = (u.get_mut(..len), eps.get(..len), i8::try_from(amplitude))
        else {
            return crate::kernel::portable::add_node_noise(u, eps, amplitude);
        };
        let [plus, minus, lowest] =
            [size, size.wrapping_neg(), -127].map(|x| u32::from_le_bytes([x as u8; 4]));
        let ((fours, rest), (eps, eps_rest)) = (u.as_chunks_mut::<4>(), eps.as_chunks::<4>());
        for (four, eps) in fours.iter_mut().zip(eps) {
            let mut word = u32::from_le_bytes(four.map(i8::cast_unsigned));
            // SAFETY: computes on registers alone; the flags are not used elsewhere.
            unsafe {
                asm!(
                    "ssub8 {t}, {eps}, {zero}",
                    "sel {t}, {plus}, {minus}",
                    "qadd8 {word}, {word}, {t}",
                    "ssub8 {t}, {word}, {lowest}",
                    "sel {word}, {word}, {lowest}",
                    word = inout(reg) word, eps = in(reg) u32::from_le_bytes(eps.map(i8::cast_unsigned)),
                    zero = in(reg) 0, plus = in(reg) plus, minus = in(reg) minus, lowest = in(reg) lowest,
                    t = out(reg) _, options(pure, nomem, nostack)
                );
            }
            *four = word.to_le_bytes().map(u8::cast_signed);
        }
        crate::kernel::portable::add_node_noise(rest, eps_rest, amplitude);
    }

    /// 32 sign entries of a word of the noise, four a word: bit clear is +1, bit set is -1. Each four bits
    /// become the flags GE, by which SEL chooses bytes.
    #[inline(always)]
    pub(crate) fn signs(word: u32, out: &mut [u32; 8]) {
        // SAFETY: writes the eight words of `out`; the flags are not used elsewhere.
        unsafe {
            asm!(
                "lsl {t}, {w}, #16",
                "msr apsr_g, {t}",
                "sel {a}, {minus}, {plus}",
                "lsl {t}, {w}, #12",
                "msr apsr_g, {t}",
                "sel {b}, {minus}, {plus}",
                "strd {a}, {b}, [{out}]",
                "lsl {t}, {w}, #8",
                "msr apsr_g, {t}",
                "sel {a}, {minus}, {plus}",
                "lsl {t}, {w}, #4",
                "msr apsr_g, {t}",
                "sel {b}, {minus}, {plus}",
                "strd {a}, {b}, [{out}, #8]",
                "msr apsr_g, {w}",
                "sel {a}, {minus}, {plus}",
                "lsr {t}, {w}, #4",
                "msr apsr_g, {t}",
                "sel {b}, {minus}, {plus}",
                "strd {a}, {b}, [{out}, #16]",
                "lsr {t}, {w}, #8",
                "msr apsr_g, {t}",
                "sel {a}, {minus}, {plus}",
                "lsr {t}, {w}, #12",
                "msr apsr_g, {t}",
                "sel {b}, {minus}, {plus}",
                "strd {a}, {b}, [{out}, #24]",
                w = in(reg) word, out = in(reg) out, minus = in(reg) u32::MAX, plus = in(reg) 0x0101_0101u32,
                t = out(reg) _, a = out(reg) _, b = out(reg) _, options(nostack)
            );
        }
    }

    /// Four bytes of a word, none of which is -128: SSUB8 sets the flags GE where a byte is at least -127,
    /// and SEL chooses bytes by them.
    #[inline(always)]
    fn limited(mut word: u32) -> u32 {
        let lowest = u32::from_le_bytes([-127i8 as u8; 4]);
        // SAFETY: computes on registers alone; the flags are not used elsewhere.
        unsafe {
            asm!(
                "ssub8 {t}, {word}, {lowest}",
                "sel {word}, {word}, {lowest}",
                word = inout(reg) word, lowest = in(reg) lowest, t = out(reg) _, options(pure, nomem, nostack)
            );
        }
        word
    }

    /// A number, limited to -128..=127.
    #[inline(always)]
    fn byte(x: i32) -> u8 {
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
    fn half(x: i32) -> i32 {
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

    /// The portable `copy_rows`: in words, wherever they lie, and without a call a row.
    #[inline]
    pub fn copy_rows(to: &mut [i8], to_step: usize, from: &[i8], from_step: usize, len: usize, rows: usize) {
        let Some(last) = rows.checked_sub(1) else { return };
        if len == 0 || to.len() < last * to_step + len || from.len() < last * from_step + len {
            return;
        }
        // SAFETY: reads and writes `len` bytes of every row, the last of which end within both slices. LDR
        // and STR need no boundary of a word.
        unsafe {
            asm!(
                "1:",
                "subs {n}, {len}, #8",
                "blo 3f",
                "2:",
                "ldr {t}, [{from}], #4",
                "ldr {u}, [{from}], #4",
                "str {t}, [{to}], #4",
                "str {u}, [{to}], #4",
                "subs {n}, {n}, #8",
                "bhs 2b",
                "3:",
                "adds {n}, {n}, #4",
                "bmi 4f",
                "ldr {t}, [{from}], #4",
                "str {t}, [{to}], #4",
                "subs {n}, {n}, #4",
                "4:",
                "adds {n}, {n}, #4",
                "beq 6f",
                "5:",
                "ldrb {t}, [{from}], #1",
                "strb {t}, [{to}], #1",
                "subs {n}, {n}, #1",
                "bne 5b",
                "6:",
                "add {from}, {from}, {from_gap}",
                "add {to}, {to}, {to_gap}",
                "subs {rows}, {rows}, #1",
                "bne 1b",
                n = out(reg) _, t = out(reg) _, u = out(reg) _, len = in(reg) len,
                rows = inout(reg) rows => _, from = inout(reg) from.as_ptr() => _,
                to = inout(reg) to.as_mut_ptr() => _, from_gap = in(reg) from_step.wrapping_sub(len),
                to_gap = in(reg) to_step.wrapping_sub(len), options(nostack)
            );
        }
    }

    /// The portable `scale`, four outputs at a time.
    #[inline]
    pub fn scale(products: &[i32], divisor: Divisor, y: &mut [i8]) {
        fn each(products: &[i32], y: &mut [i8], of: impl Fn(i32) -> i32) {
            let ((sums, sums_rest), (y, y_rest)) = (products.as_chunks::<4>(), y.as_chunks_mut::<4>());
            for (y, sums) in y.iter_mut().zip(sums) {
                let word = u32::from_le_bytes(sums.map(|sum| byte(of(sum))));
                *y = limited(word).to_le_bytes().map(u8::cast_signed);
            }
            for (y, &sum) in y_rest.iter_mut().zip(sums_rest) {
                *y = of(sum).clamp(-127, 127) as i8;
            }
        }
        match divisor {
            Divisor::Shift(shift) => each(products, y, |sum| sum >> shift),
            Divisor::Reciprocal { by, .. } => {
                // At most 240, so that what 16 bits cannot hold saturates anyway. A multiple of the divisor
                // makes it positive, at most 2^16 + 240; what the reciprocal has too much then adds less than
                // `(2^16 + 240) * 240 / 2^32`, which is below `1 / by`.
                let by = by.unsigned_abs().max(1);
                let (reciprocal, more) = (u32::MAX / by + 1, (1u32 << 15).div_ceil(by));
                let offset = (by * more) as i32;
                each(products, y, |sum| {
                    let shifted = half(sum).wrapping_add(offset) as u32;
                    ((u64::from(shifted) * u64::from(reciprocal)) >> 32) as i32 - more as i32
                });
            }
            Divisor::Floor(by) => each(products, y, |sum| sum.checked_div_euclid(by.get()).unwrap_or(0)),
        }
    }

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

    /// The larger of each byte of two words.
    #[inline(always)]
    fn larger_word(mut word: u32, other: u32) -> u32 {
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

    /// Words of inputs whose halves lie ready at once.
    const ROOM: usize = 64;

    /// The portable `products`.
    ///
    /// Inputs come in words. What the last word has too much is multiplied by 0, so that weights of the next
    /// row may lie there; only behind the last row there are none, which therefore is computed by itself.
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
                // SAFETY: reads `4 * groups` rows of `len` bytes, of each `words` words, the last of which
                // ends within `w`, and the `words` halves that were written; adds to that many sums, which
                // are all there. LDR needs no boundary of a word, LDRD has one.
                unsafe {
                    eggroll_four_rows(
                        w.as_ptr(),
                        room.as_ptr().cast(),
                        sums.as_mut_ptr(),
                        len,
                        words,
                        groups,
                    );
                }
            }
            let (sums, row) = (
                sums.get_mut(4 * groups..).unwrap_or_default(),
                w.get(4 * groups * len..).unwrap_or_default(),
            );
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
                // SAFETY: as above, of four rows, from up to three bytes before them on, where the rows of
                // the groups lie.
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

    /// The portable `depthwise_products`: four channels at a time.
    pub fn depthwise_products(w: &[i8], window: &[i8], sums: &mut [i32]) {
        let channels = sums.len();
        let positions = window.len().checked_div(channels).unwrap_or(0);
        let groups = channels / 4;
        if positions == 0 || w.len() < channels * positions || window.len() < positions * channels {
            return crate::kernel::portable::depthwise_products(w, window, sums);
        }
        if groups > 0 {
            // SAFETY: reads `4 * groups` rows of `positions` bytes, which are in `w`; at every position, from
            // the first channel of each group on, four bytes, which are in the window since groups are whole;
            // writes four sums a group.
            unsafe {
                eggroll_four_channels(
                    w.as_ptr(),
                    window.as_ptr(),
                    sums.as_mut_ptr(),
                    positions,
                    channels,
                    groups,
                );
            }
        }
        for channel in 4 * groups..channels {
            let row = part(w, channel * positions, positions).iter();
            let of_channel = window.iter().skip(channel).step_by(channels);
            let sum = row.zip(of_channel).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
            if let Some(to) = sums.get_mut(channel) {
                *to = sum;
            }
        }
    }
}
