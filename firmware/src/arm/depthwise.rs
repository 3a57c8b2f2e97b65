//! Products of each channel by itself, four channels at a time.

use crate::slice_ext::part;

core::arch::global_asm!(
    ".cpu cortex-m4",
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
    ".text",
);

unsafe extern "C" {
    fn eggroll_four_channels(
        w: *const i8,
        x: *const i8,
        sums: *mut i32,
        positions: usize,
        channels: usize,
        groups: usize,
    );
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
        // SAFETY: reads `4 * groups` rows of `positions` bytes, which are in `w`; at every position, from the
        // first channel of each group on, four bytes, which are in the window since groups are whole; writes
        // four sums a group.
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
