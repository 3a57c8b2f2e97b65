//! What RV32IC instructions do to the stack and call.

use super::code::Function;

const RA: usize = 1;
const SP: usize = 2;

/// The values of registers, as far as constants were put there.
struct Registers([Option<u32>; 32]);

/// Bits `low..low + len` of a word.
const fn bits(word: u32, low: u32, len: u32) -> u32 {
    word >> low & ((1 << len) - 1)
}

/// A number of `len` bits with its sign.
const fn signed(value: u32, len: u32) -> i32 {
    (value << (32 - len)) as i32 >> (32 - len)
}

/// Adds up what a function does to the stack, and whom it calls. `half` is the half-word at an address.
pub(super) fn read(half: impl Fn(u32) -> Option<u32>, start: u32, function: &mut Function) {
    let (mut at, mut registers) = (start, Registers([None; 32]));
    while at < function.end {
        let Some(low) = half(at) else { return };
        if low & 3 == 3 {
            let Some(high) = half(at + 2) else { return };
            registers.long(at, low | high << 16, function);
            at += 4;
        } else {
            registers.short(at, low, function);
            at += 2;
        }
    }
}

impl Registers {
    fn put(&mut self, register: usize, value: Option<u32>) {
        if register != 0 {
            self.0[register] = value;
        }
    }

    /// Puts an address there, which a function may have.
    fn form(&mut self, register: usize, value: Option<u32>, function: &mut Function) {
        function.formed.extend(value);
        self.put(register, value);
    }

    /// Adds a constant to a register, or to the stack pointer.
    fn add(&mut self, to: usize, from: usize, value: Option<u32>, function: &mut Function) {
        if to == SP && from == SP {
            function.frame += u64::from((-i64::from(value.unwrap_or(0) as i32)).max(0) as u32);
            return;
        }
        // The register that holds nothing counts as 0.
        let base = if from == 0 { Some(0) } else { self.0[from] };
        let sum = base.zip(value).map(|(base, value)| base.wrapping_add(value));
        self.form(to, sum, function);
    }

    /// A jump by a register: to a known place, back to the caller, or anywhere.
    fn by_register(&self, at: u32, (to, link): (usize, usize), offset: i32, function: &mut Function) {
        match self.0[to].filter(|_| to != 0) {
            Some(base) if link == 0 => drop(function.jumps.insert(at, base.wrapping_add_signed(offset))),
            Some(base) => drop(function.linked.insert(at, base.wrapping_add_signed(offset))),
            None if link == 0 && to == RA => {}
            None => function.indirect += 1,
        }
    }

    fn long(&mut self, at: u32, word: u32, function: &mut Function) {
        let [to, from, other] = [7, 15, 20].map(|low| bits(word, low, 5) as usize);
        let (kind, immediate) = (bits(word, 12, 3), signed(word >> 20, 12));
        match word & 0x7f {
            // auipc, lui
            0x17 => self.form(to, Some(at.wrapping_add(word & 0xffff_f000)), function),
            0x37 => self.form(to, Some(word & 0xffff_f000), function),
            // addi
            0x13 if kind == 0 => self.add(to, from, Some(immediate as u32), function),
            // add, sub
            0x33 if kind == 0 && word >> 25 == 0 => self.add(to, from, self.0[other], function),
            0x33 if kind == 0 && word >> 25 == 0x20 => {
                self.add(to, from, self.0[other].map(u32::wrapping_neg), function);
            }
            // jal
            0x6f => {
                let offset = bits(word, 31, 1) << 20
                    | bits(word, 12, 8) << 12
                    | bits(word, 20, 1) << 11
                    | bits(word, 21, 10) << 1;
                let target = at.wrapping_add_signed(signed(offset, 21));
                if to == 0 { &mut function.jumps } else { &mut function.linked }.insert(at, target);
            }
            // jalr
            0x67 => self.by_register(at, (from, to), immediate, function),
            // Branches.
            0x63 => {
                let offset = bits(word, 31, 1) << 12
                    | bits(word, 7, 1) << 11
                    | bits(word, 25, 6) << 5
                    | bits(word, 8, 4) << 1;
                function.jumps.insert(at, at.wrapping_add_signed(signed(offset, 13)));
            }
            // Stores have no register to write.
            0x23 => {}
            _ => self.put(to, None),
        }
    }

    fn short(&mut self, at: u32, word: u32, function: &mut Function) {
        let (quadrant, kind) = (word & 3, bits(word, 13, 3));
        let [to, other] = [7, 2].map(|low| bits(word, low, 5) as usize);
        // Registers 8 to 15, in the places of a source and of a destination.
        let small = 8 + bits(word, 2, 3) as usize;
        let immediate = signed(bits(word, 12, 1) << 5 | bits(word, 2, 5), 6);
        match (quadrant, kind) {
            // addi4spn, lw
            (0, 0 | 2) => self.put(small, None),
            // addi, li
            (1, 0) => self.add(to, to, Some(immediate as u32), function),
            (1, 2) => self.put(to, Some(immediate as u32)),
            // addi16sp, lui
            (1, 3) if to == SP => {
                let offset = bits(word, 12, 1) << 9
                    | bits(word, 3, 2) << 7
                    | bits(word, 5, 1) << 6
                    | bits(word, 2, 1) << 5
                    | bits(word, 6, 1) << 4;
                self.add(SP, SP, Some(signed(offset, 10) as u32), function);
            }
            (1, 3) => self.form(to, Some((immediate << 12) as u32), function),
            // Arithmetic in place.
            (1, 4) => self.put(8 + bits(word, 7, 3) as usize, None),
            // jal, j
            (1, 1 | 5) => {
                let offset = bits(word, 12, 1) << 11
                    | bits(word, 8, 1) << 10
                    | bits(word, 9, 2) << 8
                    | bits(word, 6, 1) << 7
                    | bits(word, 7, 1) << 6
                    | bits(word, 2, 1) << 5
                    | bits(word, 11, 1) << 4
                    | bits(word, 3, 3) << 1;
                let target = at.wrapping_add_signed(signed(offset, 12));
                if kind == 5 { &mut function.jumps } else { &mut function.linked }.insert(at, target);
            }
            // beqz, bnez
            (1, 6 | 7) => {
                let offset = bits(word, 12, 1) << 8
                    | bits(word, 5, 2) << 6
                    | bits(word, 2, 1) << 5
                    | bits(word, 10, 2) << 3
                    | bits(word, 3, 2) << 1;
                function.jumps.insert(at, at.wrapping_add_signed(signed(offset, 9)));
            }
            // jr, jalr; ebreak has no register
            (2, 4) if other == 0 && to != 0 => {
                self.by_register(at, (to, bits(word, 12, 1) as usize), 0, function);
            }
            // mv, add
            (2, 4) if bits(word, 12, 1) == 0 => self.put(to, self.0[other]),
            (2, 4) => self.add(to, to, self.0[other], function),
            // slli, lwsp
            (2, 0 | 2) => self.put(to, None),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn read(halves: &[u16]) -> Function {
        let mut function = Function { end: 0x100 + 2 * halves.len() as u32, ..Function::default() };
        let half = |at: u32| halves.get((at.checked_sub(0x100)? / 2) as usize).map(|&half| u32::from(half));
        super::read(half, 0x100, &mut function);
        function
    }

    #[test]
    fn frames() {
        // c.addi16sp sp, -64; addi sp, sp, -2032; c.addi sp, -16; c.addi16sp sp, 64
        assert_eq!(read(&[0x7139, 0x0113, 0x8101, 0x1141, 0x6121]).frame, 64 + 2032 + 16);
        // c.lui t0, 1; addi t0, t0, -1024; sub sp, sp, t0
        assert_eq!(read(&[0x6285, 0x8293, 0xc002, 0x0133, 0x4051]).frame, 4096 - 1024);
    }

    #[test]
    fn calls() {
        // jal ra, back by 4; c.j on by 4; auipc ra, 1; jalr ra, 8(ra); c.jalr a5; ret
        let function = read(&[0xf0ef, 0xffdf, 0xa011, 0x1097, 0x0000, 0x80e7, 0x0080, 0x9782, 0x8082]);
        assert_eq!(function.linked, BTreeMap::from([(0x100, 0x0fc), (0x10a, 0x106 + 0x1000 + 8)]));
        assert_eq!(function.jumps, BTreeMap::from([(0x104, 0x108)]));
        assert_eq!(function.indirect, 1);
    }
}
