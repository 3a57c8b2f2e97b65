//! Instructions of RISC-V: RV32IMC, with what lowers the stack pointer, jumps, and puts numbers together.
//!
//! A jump through a register is a call in the last place, unless a word of the image's constants is an
//! address within the function: then it is taken for that of a `match` by a table.

use super::bytes::Code;
use super::function::Function;
use std::collections::BTreeSet;

const RETURN: u32 = 1;
const STACK: u32 = 2;
/// The other register that calls may leave the way back in.
const ALTERNATE: u32 = 5;

/// Adds up what a function does to the stack, and whom it calls. `words` are the constants of the image.
/// Returns whether its last instruction goes on to what follows.
pub(super) fn read(code: Code<'_>, start: u32, function: &mut Function, words: &BTreeSet<u32>) -> bool {
    let has_table = words.range(start + 1..function.end).next().is_some();
    let mut reader = Reader { function, has_table, known: [None; 32], near: [false; 32], goes_on: true };
    let mut at = start;
    while at < reader.function.end {
        let Some(first) = code.half(at) else { break };
        reader.goes_on = true;
        if first & 3 == 3 {
            let Some(word) = code.word(at) else { break };
            reader.long(at, word);
            at += 4;
        } else {
            reader.short(at, first);
            at += 2;
        }
    }
    reader.goes_on
}

/// The lowest bits of a number as one with a sign, of so many bits.
const fn signed(value: u32, bits: u32) -> i32 {
    (value << (32 - bits)) as i32 >> (32 - bits)
}

/// Some bits of a word, moved: `(from, count, to)` each.
fn gather(word: u32, parts: &[(u32, u32, u32)]) -> u32 {
    parts.iter().map(|&(from, count, to)| (word >> from & ((1 << count) - 1)) << to).sum()
}

struct Reader<'a> {
    function: &'a mut Function,
    has_table: bool,
    /// Numbers in registers, where instructions before put them together.
    known: [Option<u32>; 32],
    /// Which of them began with the address of an instruction.
    near: [bool; 32],
    /// Whether the instruction that was read last goes on to the next.
    goes_on: bool,
}

impl Reader<'_> {
    fn known(&self, register: u32) -> Option<u32> {
        if register == 0 { Some(0) } else { self.known[register as usize] }
    }

    fn set(&mut self, register: u32, value: Option<u32>) {
        self.known[register as usize] = value;
        self.near[register as usize] = false;
    }

    /// An address that was put together from that of the instruction, as compilers do with those of
    /// functions: numbers that just are numbers begin with `lui`.
    fn set_near(&mut self, register: u32, value: Option<u32>) {
        self.set(register, value);
        self.near[register as usize] = true;
        if let Some(value) = value {
            *self.function.numbers.entry(value).or_default() += 1;
        }
    }

    /// `addi`: the stack pointer goes down, or a number is put together.
    fn add(&mut self, to: u32, from: u32, number: i32) {
        if (to, from) == (STACK, STACK) {
            self.function.frame += u64::from((-number).max(0) as u32);
        } else {
            let value = self.known(from).map(|value| value.wrapping_add_signed(number));
            if self.near[from as usize] { self.set_near(to, value) } else { self.set(to, value) }
        }
    }

    /// `add` or `sub` of a register; of the stack pointer, a number that was put together.
    fn add_register(&mut self, to: u32, from: u32, register: u32, subtracted: bool) {
        if (to, from) == (STACK, STACK) {
            let number = self.known(register).unwrap_or(0) as i32;
            let down = if subtracted { number } else { number.wrapping_neg() };
            self.function.frame += u64::from(down.max(0) as u32);
        } else {
            self.set(to, None);
        }
    }

    fn jump(&mut self, at: u32, link: u32, target: u32) {
        if link == 0 {
            self.function.jumps.insert(at, target);
        } else {
            self.function.linked.insert(at, target);
            self.known = [None; 32];
        }
    }

    /// A jump to what a register holds.
    fn jump_register(&mut self, at: u32, link: u32, register: u32, offset: i32) {
        self.goes_on = link != 0;
        match self.known(register).filter(|_| register != 0) {
            Some(base) => {
                // It was put together for this jump alone: nobody else may call what is there.
                self.function.numbers.entry(base).and_modify(|count| *count = count.saturating_sub(1));
                self.jump(at, link, base.wrapping_add_signed(offset));
            }
            None if link == 0 && (register == RETURN || register == ALTERNATE || self.has_table) => {}
            None => self.function.indirect += 1,
        }
        if link != 0 {
            self.known = [None; 32];
        }
    }

    /// A 32-bit instruction (The RISC-V Instruction Set Manual, volume I, "RV32/64G Instruction Set
    /// Listings").
    fn long(&mut self, at: u32, word: u32) {
        let [to, kind, from, other] =
            [(7, 5), (12, 3), (15, 5), (20, 5)].map(|(low, bits)| word >> low & ((1 << bits) - 1));
        let number = word as i32 >> 20;
        match word & 0x7f {
            // lui, auipc
            0x37 => self.set(to, Some(word & 0xffff_f000)),
            0x17 => self.set_near(to, Some(at.wrapping_add(word & 0xffff_f000))),
            // addi
            0x13 if kind == 0 => self.add(to, from, number),
            // add, sub
            0x33 if kind == 0 && word >> 25 & 0x5f == 0 => {
                self.add_register(to, from, other, word >> 30 & 1 == 1)
            }
            // jal
            0x6f => {
                self.goes_on = to != 0;
                let offset = gather(word, &[(21, 10, 1), (20, 1, 11), (12, 8, 12), (31, 1, 20)]);
                self.jump(at, to, at.wrapping_add_signed(signed(offset, 21)));
            }
            // jalr
            0x67 => self.jump_register(at, to, from, number),
            // Branches.
            0x63 => {
                let offset = gather(word, &[(8, 4, 1), (25, 6, 5), (7, 1, 11), (31, 1, 12)]);
                self.jump(at, 0, at.wrapping_add_signed(signed(offset, 13)));
            }
            // mret
            0x73 if word == 0x3020_0073 => self.goes_on = false,
            // Stores and fences write no register.
            0x23 | 0x27 | 0x0f => {}
            _ => self.set(to, None),
        }
    }

    /// A 16-bit instruction (the same, "RVC Instruction Set Listings").
    fn short(&mut self, at: u32, code: u32) {
        let [to, other] = [code >> 7 & 31, code >> 2 & 31];
        let number = signed(gather(code, &[(2, 5, 0), (12, 1, 5)]), 6);
        match (code & 3, code >> 13) {
            // c.addi4spn, c.lw
            (0, 0 | 2) => self.set(8 + (other & 7), None),
            // c.addi
            (1, 0) => self.add(to, to, number),
            // c.jal, c.j
            (1, kind @ (1 | 5)) => {
                self.goes_on = kind == 1;
                let parts = [
                    (3, 3, 1),
                    (11, 1, 4),
                    (2, 1, 5),
                    (7, 1, 6),
                    (6, 1, 7),
                    (9, 2, 8),
                    (8, 1, 10),
                    (12, 1, 11),
                ];
                let target = at.wrapping_add_signed(signed(gather(code, &parts), 12));
                self.jump(at, if kind == 1 { RETURN } else { 0 }, target);
            }
            // c.li
            (1, 2) => self.set(to, Some(number as u32)),
            // c.addi16sp
            (1, 3) if to == STACK => {
                let offset = gather(code, &[(6, 1, 4), (2, 1, 5), (5, 1, 6), (3, 2, 7), (12, 1, 9)]);
                self.add(STACK, STACK, signed(offset, 10));
            }
            // c.lui
            (1, 3) => self.set(to, Some((number << 12) as u32)),
            // Arithmetic.
            (1, 4) => self.set(8 + (to & 7), None),
            // c.beqz, c.bnez
            (1, 6 | 7) => {
                let offset = gather(code, &[(3, 2, 1), (10, 2, 3), (2, 1, 5), (5, 2, 6), (12, 1, 8)]);
                self.jump(at, 0, at.wrapping_add_signed(signed(offset, 9)));
            }
            // c.slli, c.lwsp
            (2, 0 | 2) => self.set(to, None),
            // c.jr, c.mv, c.jalr, c.add
            (2, 4) => match (code >> 12 & 1, other) {
                (0, 0) => self.jump_register(at, 0, to, 0),
                (0, _) if self.near[other as usize] => self.set_near(to, self.known(other)),
                (0, _) => self.set(to, self.known(other)),
                (_, 0) if to == 0 => {}
                (_, 0) => self.jump_register(at, RETURN, to, 0),
                _ => self.add_register(to, to, other, false),
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn function(halves: &[u16], words: &[u32]) -> Function {
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut function = Function { end: 0x100 + bytes.len() as u32, ..Function::default() };
        read(Code { base: 0x100, bytes: &bytes }, 0x100, &mut function, &words.iter().copied().collect());
        function
    }

    #[test]
    fn frames() {
        // c.addi sp, -16; c.addi16sp sp, -64; addi sp, sp, -2032; addi sp, sp, 2032
        assert_eq!(function(&[0x1141, 0x7139, 0x0113, 0x8101, 0x0113, 0x7f01], &[]).frame, 16 + 64 + 2032);
        // lui t0, 6; addi t0, t0, -256; sub sp, sp, t0
        assert_eq!(function(&[0x62b7, 0x0000, 0x8293, 0xf002, 0x0133, 0x4051], &[]).frame, 0x6000 - 256);
    }

    #[test]
    fn calls() {
        // jal ra, +0x20; auipc ra, 1; jalr ra, 16(ra); c.jr a0; c.jr ra
        let halves = [0x00ef, 0x0200, 0x1097, 0x0000, 0x80e7, 0x0100, 0x8502, 0x8082];
        let read = function(&halves, &[]);
        assert_eq!(read.linked, BTreeMap::from([(0x100, 0x120), (0x108, 0x1114)]));
        assert_eq!(read.indirect, 1);
        assert_eq!(function(&halves, &[0x10a]).indirect, 0, "a table");
    }
}
