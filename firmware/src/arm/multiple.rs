//! Sums of multiples of bytes.

core::arch::global_asm!(
    ".cpu cortex-m4",
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
    fn eggroll_add_multiple(sums: *mut i32, a: *const i8, by: i32, fours: usize);
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
