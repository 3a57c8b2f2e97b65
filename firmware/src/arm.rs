//! What compilers do not make of the portable definitions in `kernel` and `noise`: inner loops for ARMv6-M
//! and ARMv7E-M in assembly. It is the only module of this crate with `unsafe`. `cargo xtask test` compares
//! both with the portable definitions on the emulated cores.
#![allow(unsafe_code, reason = "assembly, and calls of it behind checked lengths")]

#[cfg(feature = "dsp")]
pub use dsp::{add_multiple, add_node_noise, dot};
#[cfg(feature = "dsp")]
pub(crate) use dsp::{four_rows, signs};
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
        // What the three loops below share. r0 residuals, r1 values, r2 their number, r3 scale; on the
        // stack: shift, weights, and of two values the others and their scale. r8 counts weights that move,
        // r10 is the end of the weights, and r2 counts up to 0.
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
    use crate::slice_ext::part;
    use core::arch::asm;

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
        // r0 weights, r1 halves of the inputs, r2 sums, r3 bytes a row, on the stack: words a row, groups of
        // rows.
        "eggroll_four_rows:",
        "push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}",
        "add r12, r3, r3, lsl #1",
        "1:",
        "movs r4, #0",
        "movs r5, #0",
        "movs r6, #0",
        "movs r7, #0",
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

    /// The sums of whole groups of four rows over the whole words of their inputs, at most `4 * ROOM` of
    /// these; returns how many rows and columns that is.
    #[inline]
    pub(crate) fn four_rows<const ROOM: usize>(w: &[i8], x: &[i8], sums: &mut [i32]) -> (usize, usize) {
        let (words, groups) = (x.as_chunks::<4>().0, sums.len() / 4);
        if groups == 0 || words.len() > ROOM || w.len() < 4 * groups * x.len() {
            return (0, 0);
        }
        let mut room = [[0; 2]; ROOM];
        room.iter_mut().zip(words).for_each(|(room, &word)| *room = halves(word));
        // SAFETY: reads `4 * groups` rows of `x.len()` bytes, of each the words, and as many halves; that
        // many sums are written; all are there. LDR needs no boundary of a word, LDRD has one.
        unsafe {
            eggroll_four_rows(w.as_ptr(), room.as_ptr(), sums.as_mut_ptr(), x.len(), words.len(), groups);
        }
        (4 * groups, 4 * words.len())
    }
}
