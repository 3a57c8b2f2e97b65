//! ARMv6-M: byte loads are slow and cannot be unrolled, so four int8 come by one word; multiplies destroy an
//! operand, and only eight registers take part. A REV16 between two pairs of bytes saves one shift a word.
//! Cycles of a Cortex-M0 for four columns of two rows: 3 loads 6, 11 extensions and 3 REV16 ... 31 in all
//! with 8 multiplies and 8 additions, and half of a loop's end 2: 39 for 8 products.

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
    // shift, weights, and of two values the others and their scale. r8 counts weights that move, r10 is the
    // end of the weights, and r2 counts up to 0.
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
