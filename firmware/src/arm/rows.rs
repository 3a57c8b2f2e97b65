//! Copies of rows.

use core::arch::asm;

/// The portable `copy_rows`: in words, wherever they lie, and without a call a row.
#[inline]
pub fn copy_rows(to: &mut [i8], to_step: usize, from: &[i8], from_step: usize, len: usize, rows: usize) {
    let Some(last) = rows.checked_sub(1) else { return };
    if len == 0 || to.len() < last * to_step + len || from.len() < last * from_step + len {
        return;
    }
    // SAFETY: reads and writes `len` bytes of every row, the last of which end within both slices. LDR and
    // STR need no boundary of a word.
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
