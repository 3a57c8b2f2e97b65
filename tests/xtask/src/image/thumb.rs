//! Instructions of Arm's Thumb and Thumb-2.

use super::bytes::Code;
use super::function::Function;
use std::collections::BTreeMap;

/// Adds up what a function does to the stack, and whom it calls. `data` says where data lies between its
/// instructions.
pub(super) fn read(code: Code<'_>, start: u32, function: &mut Function, data: &BTreeMap<u32, bool>) {
    let mut at = start;
    // push {r0, r1}; ldr r0, [pc, #4]; str r0, [sp, #4]; pop {r0, pc}: a branch further than one reaches.
    if [0, 2, 4, 6].map(|at| code.half(start + at)) == [0xb403, 0x4801, 0x9001, 0xbd01].map(Some) {
        function.detour = Some(start + 8);
        function.jumps.extend(code.word(start + 8).map(|target| (start + 6, target & !1)));
    }
    // mrs r0, msp: no compiled function looks at its stack's pointer so, and what does in the boards sets it
    // next.
    function.empties_stack = [0, 2].map(|at| code.half(start + at)) == [0xf3ef, 0x8008].map(Some);
    // The constants that registers were loaded with, for frames too large for an immediate.
    let mut constants = [None; 8];
    while at < function.end {
        if let Some((_, false)) = data.range(..=at).next_back() {
            at += 2;
            continue;
        }
        let Some(first) = code.half(at) else { return };
        if first < 0xe800 {
            short(code, at, first, function, &mut constants);
            at += 2;
        } else {
            let Some(second) = code.half(at + 2) else { return };
            long(at, first, second, function);
            at += 4;
        }
    }
}

/// A 16-bit instruction.
fn short(memory: Code<'_>, at: u32, code: u32, function: &mut Function, constants: &mut [Option<u32>; 8]) {
    let next = at + 4;
    let target = match code >> 8 {
        // push
        0xb4 | 0xb5 => return function.frame += 4 * u64::from((code & 0x1ff).count_ones()),
        // sub sp, #imm
        0xb0 if code & 0x80 != 0 => return function.frame += 4 * u64::from(code & 0x7f),
        // add sp, r: a negative constant
        0x44 if code & 0x87 == 0x85 => {
            let register = (code >> 3 & 0xf) as usize;
            let constant = constants.get(register).copied().flatten().unwrap_or(0) as i32;
            return function.frame += u64::from((-i64::from(constant)).max(0) as u32);
        }
        // blx r
        0x47 if code & 0x80 != 0 => return function.indirect += 1,
        // bx r, but for lr
        0x47 if code >> 3 & 0xf != 14 => return function.indirect += 1,
        // ldr r, [pc, #imm]
        0x48..=0x4f => {
            let place = (next & !3) + 4 * (code & 0xff);
            return constants[(code >> 8 & 7) as usize] = memory.word(place);
        }
        // b on a condition
        0xd0..=0xdd => next.wrapping_add_signed(((code & 0xff) as i8 as i32) << 1),
        // b
        0xe0..=0xe7 => next.wrapping_add_signed((code << 21) as i32 >> 20),
        _ => return,
    };
    function.jumps.insert(at, target);
}

/// A 32-bit instruction.
fn long(at: u32, first: u32, second: u32, function: &mut Function) {
    let next = at + 4;
    match (first, second >> 14) {
        // push.w (stmdb sp!), str r, [sp, #-imm]!, vpush
        (0xe92d, _) => function.frame += 4 * u64::from(second.count_ones()),
        (0xf84d, _) if second & 0xf00 == 0xd00 => function.frame += u64::from(second & 0xff),
        (0xed2d, _) => function.frame += 4 * u64::from(second & 0xff),
        // sub.w sp, sp, #imm as it is, and as a shifted byte
        (0xf2ad | 0xf6ad, _) if second & 0x8f00 == 0x0d00 => {
            function.frame += u64::from((first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff);
        }
        (0xf1ad | 0xf5ad, _) if second & 0x8f00 == 0x0d00 => {
            let code = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff;
            function.frame += u64::from(expanded(code));
        }
        // bl, b.w
        (0xf000..=0xf7ff, 2 | 3) if second & 0x1000 != 0 => {
            let sign = first >> 10 & 1;
            let [i1, i2] = [second >> 13 & 1, second >> 11 & 1].map(|j| (j ^ sign) ^ 1);
            let offset = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
            let target = next.wrapping_add_signed((offset << 7) as i32 >> 7);
            if second & 0x4000 != 0 {
                function.linked.insert(at, target)
            } else {
                function.jumps.insert(at, target)
            };
        }
        _ => {}
    }
}

/// An immediate of Thumb-2: a byte, repeated or rotated.
fn expanded(code: u32) -> u32 {
    let byte = code & 0xff;
    match code >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte * 0x0101_0101,
        _ => (0x80 | code & 0x7f).rotate_right(code >> 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(halves: &[u16]) -> Function {
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut function = Function { end: 0x100 + bytes.len() as u32, ..Function::default() };
        read(Code { base: 0x100, bytes: &bytes }, 0x100, &mut function, &BTreeMap::new());
        function
    }

    #[test]
    fn frames_of_both_instruction_sets() {
        // push {r4, r5, r6, r7, lr}; sub sp, #508; pop {r4, r5, r6, r7, pc}
        assert_eq!(function(&[0xb5f0, 0xb0ff, 0xbdf0]).frame, 20 + 508);
        // ldr r7, [pc, #0]; add sp, r7; .word -2280
        assert_eq!(function(&[0x4f00, 0x44bd, 0xf718, 0xffff]).frame, 2280);
        // stmdb sp!, {r8, r9, r11}; sub.w sp, sp, #1024; subw sp, sp, #2060; vpush {d8-d9}
        let wide = [0xe92d, 0x0b00, 0xf5ad, 0x6d80, 0xf6ad, 0x0d0c, 0xed2d, 0x8b04];
        assert_eq!(function(&wide).frame, 12 + 1024 + 2060 + 16);
    }

    #[test]
    fn ways_between_flash_and_ram_and_faults() {
        // push {r0, r1}; ldr r0, [pc, #4]; str r0, [sp, #4]; pop {r0, pc}; .word 0x20000101
        let detour = function(&[0xb403, 0x4801, 0x9001, 0xbd01, 0x0101, 0x2000]);
        assert_eq!((detour.detour, detour.frame, detour.indirect), (Some(0x108), 8, 0));
        assert_eq!(detour.calls(0x100).collect::<Vec<_>>(), [(0x106, 0x2000_0100)]);
        // mrs r0, msp; mov sp, r2
        assert!(function(&[0xf3ef, 0x8008, 0x4695]).empties_stack);
        assert!(!function(&[0xb403, 0x4801, 0x9001, 0xbd00]).empties_stack);
    }

    #[test]
    fn calls() {
        // bl back to 0x100 - 4; b.w on to 0x108 + 0x200; blx r3; bx lr
        let function = function(&[0xf7ff, 0xfffc, 0xf000, 0xb8fe, 0x4798, 0x4770]);
        assert_eq!(function.linked, BTreeMap::from([(0x100, 0x0fc)]));
        assert_eq!(function.jumps, BTreeMap::from([(0x104, 0x304)]));
        assert_eq!(function.indirect, 1);
    }
}
