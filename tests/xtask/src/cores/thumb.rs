//! What an instruction of an ARMv6-M or ARMv7E-M core costs: its class, and the documented cycles of a class.

use std::ops::AddAssign;

/// Instructions by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// All.
    pub(crate) instructions: u64,
    /// Multiplies.
    pub(crate) multiplies: u64,
    /// Divisions, which ARMv6-M lacks.
    pub(crate) divisions: u64,
    /// Loads and stores of one value.
    pub(crate) memory: u64,
    /// Loads and stores of several (LDM, STM, PUSH, POP).
    pub(crate) multiples: u64,
    /// The registers that those move.
    pub(crate) registers: u64,
    /// POPs into the program counter.
    pub(crate) returns: u64,
    /// Branches that were taken, other than BL and POP.
    pub(crate) taken: u64,
    /// BL.
    pub(crate) calls: u64,
    /// Barriers and special registers.
    pub(crate) special: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.instructions += other.instructions;
        self.multiplies += other.multiplies;
        self.divisions += other.divisions;
        self.memory += other.memory;
        self.multiples += other.multiples;
        self.registers += other.registers;
        self.returns += other.returns;
        self.taken += other.taken;
        self.calls += other.calls;
        self.special += other.special;
    }
}

/// Cycles of a core without wait states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Core {
    /// Its name, and where its cycles are from.
    pub(crate) name: &'static str,
    pub(super) multiply: u64,
    pub(super) divide: u64,
    pub(super) memory: u64,
    pub(super) taken: u64,
    pub(super) call: u64,
    /// What a POP into the program counter costs beyond one a register and one.
    pub(super) into_pc: u64,
    pub(super) special: u64,
}

/// Arm DDI 0432C, table 3-1, with the single-cycle multiplier that the nRF51 has.
pub(crate) const M0: Core =
    Core { name: "Cortex-M0", multiply: 1, divide: 0, memory: 2, taken: 3, call: 4, into_pc: 3, special: 4 };
/// Arm DDI 0484C, table 3-1, with the single-cycle multiplier that the RP2040 has.
pub(crate) const M0_PLUS: Core =
    Core { name: "Cortex-M0+", multiply: 1, divide: 0, memory: 2, taken: 2, call: 3, into_pc: 2, special: 3 };
/// Arm DDI 0439B, table 3-1, every range at its upper end: 12 cycles of a division, 3 of a pipeline that is
/// filled again, and no loads and stores that overlap.
pub(crate) const M4: Core =
    Core { name: "Cortex-M4", multiply: 1, divide: 12, memory: 2, taken: 4, call: 4, into_pc: 3, special: 4 };

impl Core {
    /// The cycles of so many instructions.
    pub(crate) const fn cycles(&self, n: Counts) -> u64 {
        let weighed = n.multiplies + n.divisions + n.memory + n.multiples + n.taken + n.calls + n.special;
        (n.instructions - weighed)
            + self.multiply * n.multiplies
            + self.divide * n.divisions
            + self.memory * n.memory
            + n.multiples
            + n.registers
            + self.into_pc * n.returns
            + self.taken * n.taken
            + self.call * n.calls
            + self.special * n.special
    }

    /// The weights, for people.
    pub(crate) fn weights(&self) -> String {
        let Self { name, multiply, divide, memory, taken, call, into_pc, special } = self;
        let divide = if *divide > 0 { format!(", divide {divide}") } else { String::new() };
        format!(
            "{name}: multiply {multiply}{divide}, load or store {memory}, LDM/STM/PUSH/POP 1 + registers (+ {into_pc} \
             into PC), branch taken {taken}, BL {call}, barriers and special registers {special}, all else 1"
        )
    }
}

/// An instruction's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Other,
    Multiply,
    Divide,
    Memory,
    /// A branch by a table that it loads from.
    Table,
    Multiple {
        registers: u32,
        into_pc: bool,
    },
    Branch {
        conditional: bool,
    },
    Call,
    Special,
}

/// The class of the instruction that starts with the halfwords, and its bytes.
const fn classify(first: u16, second: u16) -> (Class, usize) {
    if first >= 0xE800 {
        return (classify_wide(first, second), 4);
    }
    let registers = (first & 0xFF).count_ones();
    let class = match first >> 12 {
        0x4 if first & 0xFFC0 == 0x4340 => Class::Multiply,
        // BX, BLX, and moves or additions into the program counter.
        0x4 if first & 0xFF00 == 0x4700 || first & 0xFD87 == 0x4487 => Class::Branch { conditional: false },
        0x4 if first & 0x0800 != 0 => Class::Memory,
        0x5..=0x9 => Class::Memory,
        // PUSH and POP have a ninth register.
        0xB if first & 0xF600 == 0xB400 => {
            let ninth = first & 0x100 != 0;
            Class::Multiple { registers: registers + ninth as u32, into_pc: ninth && first & 0x800 != 0 }
        }
        // CBZ and CBNZ, which ARMv6-M lacks.
        0xB if first & 0xF500 == 0xB100 => Class::Branch { conditional: true },
        0xC => Class::Multiple { registers, into_pc: false },
        0xD if first & 0x0E00 != 0x0E00 => Class::Branch { conditional: true },
        0xE => Class::Branch { conditional: false },
        _ => Class::Other,
    };
    (class, 2)
}

/// The class of an instruction of two halfwords.
const fn classify_wide(first: u16, second: u16) -> Class {
    match first >> 9 {
        // LDM and STM, then LDRD, STRD, exclusive ones and TBB.
        0x74 if first & 0x0040 == 0 => {
            let into_pc = first & 0x10 != 0 && second & 0x8000 != 0;
            Class::Multiple { registers: second.count_ones(), into_pc }
        }
        0x74 if first & 0xFFF0 == 0xE8D0 && second & 0xFFE0 == 0xF000 => Class::Table,
        0x74 if first & 0x0120 == 0 => Class::Memory,
        0x74 => Class::Multiple { registers: 2, into_pc: false },
        // Loads and stores of the floating-point unit.
        0x76 => Class::Memory,
        0x78..=0x7B if second & 0xD000 == 0xD000 => Class::Call,
        0x78..=0x7B if second & 0xD000 == 0x9000 => Class::Branch { conditional: false },
        0x78..=0x7B if second & 0xD000 == 0x8000 && first & 0x0380 != 0x0380 => {
            Class::Branch { conditional: true }
        }
        0x79 if second & 0x8000 != 0 => Class::Special,
        0x7C => Class::Memory,
        0x7D if first & 0xFFD0 == 0xFB90 && second & 0x00F0 == 0x00F0 => Class::Divide,
        0x7D if first & 0x0100 != 0 => Class::Multiply,
        _ => Class::Other,
    }
}

/// What a block of code adds up to that ran `runs` times, and `falls` times went on behind its end.
pub(crate) fn weigh(code: &[u8], runs: u64, falls: u64) -> Counts {
    let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    let (mut at, mut counts) = (0, Counts::default());
    while at < code.len() {
        let (class, len) = classify(half(at), half(at + 2));
        at += len;
        counts.instructions += runs;
        match class {
            Class::Other => {}
            Class::Multiply => counts.multiplies += runs,
            Class::Divide => counts.divisions += runs,
            Class::Memory => counts.memory += runs,
            Class::Table => {
                // One instruction, of two classes.
                counts.instructions += runs;
                counts.memory += runs;
                counts.taken += runs;
            }
            Class::Multiple { registers, into_pc } => {
                counts.multiples += runs;
                counts.registers += runs * u64::from(registers);
                counts.returns += if into_pc { runs } else { 0 };
            }
            Class::Branch { conditional: false } => counts.taken += runs,
            Class::Branch { conditional: true } => counts.taken += runs - falls,
            Class::Call => counts.calls += runs,
            Class::Special => counts.special += runs,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_known_instructions() {
        let known = [
            (0x2001, Class::Other),                                     // movs r0, #1
            (0x4348, Class::Multiply),                                  // muls r0, r1, r0
            (0x41C8, Class::Other),                                     // rors r0, r1
            (0x4770, Class::Branch { conditional: false }),             // bx lr
            (0x4687, Class::Branch { conditional: false }),             // mov pc, r0
            (0x448F, Class::Branch { conditional: false }),             // add pc, r1
            (0x4680, Class::Other),                                     // mov r8, r0
            (0x4801, Class::Memory),                                    // ldr r0, [pc, #4]
            (0x5650, Class::Memory),                                    // ldrsb r0, [r2, r1]
            (0x9801, Class::Memory),                                    // ldr r0, [sp, #4]
            (0xB5F0, Class::Multiple { registers: 5, into_pc: false }), // push {r4-r7, lr}
            (0xBDF0, Class::Multiple { registers: 5, into_pc: true }),  // pop {r4-r7, pc}
            (0xBC30, Class::Multiple { registers: 2, into_pc: false }), // pop {r4, r5}
            (0xB240, Class::Other),                                     // sxtb r0, r0
            (0xB082, Class::Other),                                     // sub sp, #8
            (0xC907, Class::Multiple { registers: 3, into_pc: false }), // ldm r1!, {r0-r2}
            (0xD1FD, Class::Branch { conditional: true }),              // bne
            (0xBEAB, Class::Other),                                     // bkpt
            (0xE7FE, Class::Branch { conditional: false }),             // b .
        ];
        for (code, class) in known {
            assert_eq!(classify(code, 0), (class, 2), "{code:04x}");
        }
        assert_eq!(classify(0xF000, 0xF801), (Class::Call, 4));
        assert_eq!(classify(0xF3BF, 0x8F4F), (Class::Special, 4)); // dsb
        let wide = [
            (0xE8B0, 0x00F0, Class::Multiple { registers: 4, into_pc: false }), // ldm r0!, {r4-r7}
            (0xE8BD, 0x8FF0, Class::Multiple { registers: 9, into_pc: true }),  // pop {r4-r11, pc}
            (0xE92D, 0x4FF0, Class::Multiple { registers: 9, into_pc: false }), // push {r4-r11, lr}
            (0xE8DF, 0xF000, Class::Table),                                     // tbb [pc, r0]
            (0xE9D1, 0x8902, Class::Multiple { registers: 2, into_pc: false }), // ldrd r8, r9, [r1, #8]
            (0xE8F1, 0x8902, Class::Multiple { registers: 2, into_pc: false }), // ldrd r8, r9, [r1], #8
            (0xE850, 0x1F00, Class::Memory),                                    // ldrex r1, [r0]
            (0xEA4F, 0x0141, Class::Other),                                     // lsl r1, r1, #1
            (0xF8D1, 0x8000, Class::Memory),                                    // ldr r8, [r1]
            (0xF913, 0x1B01, Class::Memory),                                    // ldrsb r1, [r3], #1
            (0xF000, 0xB800, Class::Branch { conditional: false }),             // b
            (0xF040, 0x8001, Class::Branch { conditional: true }),              // bne
            (0xF04F, 0x31FF, Class::Other),                                     // mov r1, #-1
            (0xFA2F, 0xFB8A, Class::Other),                                     // sxtb16 r11, r10
            (0xFB2B, 0x5508, Class::Multiply),                                  // smlad r5, r11, r8, r5
            (0xFB91, 0xF0F2, Class::Divide),                                    // sdiv r0, r1, r2
            (0xFBB1, 0xF0F2, Class::Divide),                                    // udiv r0, r1, r2
            (0xFBA1, 0x0102, Class::Multiply),                                  // umull r0, r1, r1, r2
        ];
        for (first, second, class) in wide {
            assert_eq!(classify(first, second), (class, 4), "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn a_loop_by_hand() {
        // ldrb r1, [r0]; adds r0, #1; subs r2, #1; bne: ten times round, nine of them back.
        let code = [0x01, 0x78, 0x01, 0x30, 0x01, 0x3A, 0xFB, 0xD1];
        let counts = weigh(&code, 10, 1);
        assert_eq!((counts.instructions, counts.memory, counts.taken), (40, 10, 9));
        assert_eq!(M0.cycles(counts), 10 * (2 + 1 + 1) + 9 * 3 + 1);
        assert_eq!(M0_PLUS.cycles(counts), 10 * (2 + 1 + 1) + 9 * 2 + 1);
    }
}
