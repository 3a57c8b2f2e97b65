//! The functions of an image, and what their instructions do to the stack and call; those of Thumb are read here.

use super::risc_v;
use anyhow::{Context, Result};
use object::read::elf::ElfFile32;
use object::{Architecture, Object, ObjectSection, ObjectSymbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};

/// A function.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// Behind its last byte.
    pub(super) end: u32,
    /// Bytes of stack.
    pub(super) frame: u64,
    /// Branches with a link: from where to where.
    pub(super) linked: BTreeMap<u32, u32>,
    /// Branches without: jumps within, and calls in the last place.
    pub(super) jumps: BTreeMap<u32, u32>,
    /// Calls through a register.
    pub(super) indirect: usize,
    /// Addresses that instructions put together; of RISC-V alone, where they are no words of the image.
    pub(super) formed: BTreeSet<u32>,
}

impl Function {
    /// Its calls of others, whose first instruction is at `start`: from where to where.
    pub(super) fn calls(&self, start: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let outward = self.jumps.iter().filter(move |&(_, to)| !(start..self.end).contains(to));
        // A link into the middle of the same function is a far jump of the M0.
        let linked = self.linked.iter().filter(move |&(_, to)| !(start + 1..self.end).contains(to));
        linked.chain(outward).map(|(&from, &to)| (from, to))
    }
}

/// The functions of a linked program by their first address, with their instructions read.
pub(super) fn read(file: &ElfFile32<'_>) -> Result<BTreeMap<u32, Function>> {
    let text = file.section_by_name(".text").context("the image has no .text")?;
    let code = Code { base: text.address() as u32, bytes: text.data()? };
    let mut functions = functions(file);
    let data = data_ranges(file);
    for (&start, function) in &mut functions {
        match file.architecture() {
            Architecture::Riscv32 => risc_v::read(|at| code.half(at), start, function),
            _ => code.read(start, function, &data),
        }
    }
    Ok(functions)
}

/// The function that holds an address: a branch may enter one behind its first instruction.
pub(super) fn containing(functions: &BTreeMap<u32, Function>, address: u32) -> Option<(u32, &Function)> {
    let (&start, function) = functions.range(..=address).next_back()?;
    (address < function.end).then_some((start, function))
}

/// The functions by their first address.
fn functions(file: &ElfFile32<'_>) -> BTreeMap<u32, Function> {
    let mut functions: BTreeMap<u32, Function> = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        let start = symbol.address() as u32 & !1;
        let function = functions.entry(start).or_default();
        function.end = function.end.max(start + symbol.size() as u32);
    }
    functions
}

/// Where data lies between instructions, by the linker's mapping symbols: whether code follows each address.
fn data_ranges(file: &ElfFile32<'_>) -> BTreeMap<u32, bool> {
    let marks = file.symbols().filter_map(|symbol| {
        let code = match symbol.name().ok()?.split('.').next()? {
            "$t" => true,
            "$d" => false,
            _ => return None,
        };
        Some((symbol.address() as u32, code))
    });
    marks.collect()
}

/// Instructions.
struct Code<'a> {
    base: u32,
    bytes: &'a [u8],
}

impl Code<'_> {
    fn half(&self, address: u32) -> Option<u32> {
        let at = address.checked_sub(self.base)? as usize;
        Some(u32::from(u16::from_le_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?)))
    }

    fn word(&self, address: u32) -> Option<u32> {
        Some(self.half(address)? | self.half(address + 2)? << 16)
    }

    /// Adds up what a function does to the stack, and whom it calls.
    fn read(&self, start: u32, function: &mut Function, data: &BTreeMap<u32, bool>) {
        let mut at = start;
        // The constants that registers were loaded with, for frames too large for an immediate.
        let mut constants = [None; 8];
        while at < function.end {
            if let Some((_, false)) = data.range(..=at).next_back() {
                at += 2;
                continue;
            }
            let Some(first) = self.half(at) else { return };
            if first < 0xe800 {
                self.short(at, first, function, &mut constants);
                at += 2;
            } else {
                let Some(second) = self.half(at + 2) else { return };
                long(at, first, second, function);
                at += 4;
            }
        }
    }

    /// A 16-bit instruction.
    fn short(&self, at: u32, code: u32, function: &mut Function, constants: &mut [Option<u32>; 8]) {
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
                return constants[(code >> 8 & 7) as usize] = self.word(place);
            }
            // b on a condition
            0xd0..=0xdd => next.wrapping_add_signed(((code & 0xff) as i8 as i32) << 1),
            // b
            0xe0..=0xe7 => next.wrapping_add_signed((code << 21) as i32 >> 20),
            _ => return,
        };
        function.jumps.insert(at, target);
    }
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

    fn read(halves: &[u16]) -> Function {
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut function = Function { end: 0x100 + bytes.len() as u32, ..Function::default() };
        Code { base: 0x100, bytes: &bytes }.read(0x100, &mut function, &BTreeMap::new());
        function
    }

    #[test]
    fn frames_of_both_instruction_sets() {
        // push {r4, r5, r6, r7, lr}; sub sp, #508; pop {r4, r5, r6, r7, pc}
        assert_eq!(read(&[0xb5f0, 0xb0ff, 0xbdf0]).frame, 20 + 508);
        // ldr r7, [pc, #0]; add sp, r7; .word -2280
        assert_eq!(read(&[0x4f00, 0x44bd, 0xf718, 0xffff]).frame, 2280);
        // stmdb sp!, {r8, r9, r11}; sub.w sp, sp, #1024; subw sp, sp, #2060; vpush {d8-d9}
        let wide = [0xe92d, 0x0b00, 0xf5ad, 0x6d80, 0xf6ad, 0x0d0c, 0xed2d, 0x8b04];
        assert_eq!(read(&wide).frame, 12 + 1024 + 2060 + 16);
    }

    #[test]
    fn calls() {
        // bl back to 0x100 - 4; b.w on to 0x108 + 0x200; blx r3; bx lr
        let function = read(&[0xf7ff, 0xfffc, 0xf000, 0xb8fe, 0x4798, 0x4770]);
        assert_eq!(function.linked, BTreeMap::from([(0x100, 0x0fc)]));
        assert_eq!(function.jumps, BTreeMap::from([(0x104, 0x304)]));
        assert_eq!(function.indirect, 1);
    }
}
