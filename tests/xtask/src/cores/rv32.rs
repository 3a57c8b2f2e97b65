//! What an instruction of an RV32IMC core costs.

use super::thumb::{Core, Counts};

/// The reference guide of lowRISC's Ibex, "Pipeline Details", for its configuration "small": two stages, a
/// multiplier of three cycles, no target adder for branches. `call` is any jump, and `special` the upper half
/// of a product.
pub(crate) const IBEX: Core = Core {
    name: "RV32 (Ibex)",
    multiply: 3,
    divide: 37,
    memory: 2,
    taken: 3,
    call: 2,
    into_pc: 0,
    special: 4,
};

/// What its weights are, for people.
pub(crate) fn weights() -> String {
    let Core { name, multiply, divide, memory, taken, call, special, .. } = IBEX;
    format!(
        "{name}: MUL {multiply}, MULH {special}, divide {divide}, load or store {memory}, branch taken {taken}, jump \
         {call}, all else 1"
    )
}

/// An instruction's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Other,
    Multiply,
    HighProduct,
    Divide,
    Memory,
    Branch,
    Jump,
}

/// The class of the instruction, and its bytes.
const fn classify(word: u32) -> (Class, usize) {
    if word & 3 == 3 {
        let (opcode, function) = (word & 0x7F, (word >> 12) & 7);
        let class = match opcode {
            // Loads, stores, and what is atomic.
            0x03 | 0x23 | 0x2F => Class::Memory,
            0x63 => Class::Branch,
            0x67 | 0x6F => Class::Jump,
            0x33 if word >> 25 == 1 => match function {
                0 => Class::Multiply,
                1..=3 => Class::HighProduct,
                _ => Class::Divide,
            },
            _ => Class::Other,
        };
        return (class, 4);
    }
    let (quadrant, function) = (word & 3, (word >> 13) & 7);
    let class = match (quadrant, function) {
        // C.LW and C.SW, and the same by the stack pointer.
        (0, 2 | 6) | (2, 2 | 6) => Class::Memory,
        // C.JAL and C.J.
        (1, 1 | 5) => Class::Jump,
        (1, 6 | 7) => Class::Branch,
        // C.JR and C.JALR have no second register; C.EBREAK has none at all.
        (2, 4) if word & 0x7C == 0 && word & 0xF80 != 0 => Class::Jump,
        _ => Class::Other,
    };
    (class, 2)
}

/// What a block of code adds up to that ran `runs` times, and `falls` times went on behind its end.
pub(crate) fn weigh(code: &[u8], runs: u64, falls: u64) -> Counts {
    let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u32::from(u16::from_le_bytes([b[0], b[1]])));
    let (mut at, mut counts) = (0, Counts::default());
    while at < code.len() {
        let (class, len) = classify(half(at) | half(at + 2) << 16);
        at += len;
        counts.instructions += runs;
        match class {
            Class::Other => {}
            Class::Multiply => counts.multiplies += runs,
            Class::HighProduct => counts.special += runs,
            Class::Divide => counts.divisions += runs,
            Class::Memory => counts.memory += runs,
            Class::Branch => counts.taken += runs - falls,
            Class::Jump => counts.calls += runs,
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
            (0x0001, Class::Other, 2),            // c.nop
            (0x4398, Class::Memory, 2),           // c.lw a4, 0(a5)
            (0xC398, Class::Memory, 2),           // c.sw a4, 0(a5)
            (0x40B2, Class::Memory, 2),           // c.lwsp ra, 12(sp)
            (0xC606, Class::Memory, 2),           // c.swsp ra, 12(sp)
            (0x8082, Class::Jump, 2),             // ret
            (0x9782, Class::Jump, 2),             // c.jalr a5
            (0x853E, Class::Other, 2),            // c.mv a0, a5
            (0x9002, Class::Other, 2),            // c.ebreak
            (0xA001, Class::Jump, 2),             // c.j .
            (0xDFF5, Class::Branch, 2),           // c.beqz a5, .-4
            (0x0007_9783, Class::Memory, 4),      // lh a5, 0(a5)
            (0x00F7_1023, Class::Memory, 4),      // sh a5, 0(a4)
            (0x02E7_87B3, Class::Multiply, 4),    // mul a5, a5, a4
            (0x02E7_97B3, Class::HighProduct, 4), // mulh a5, a5, a4
            (0x02E7_D7B3, Class::Divide, 4),      // divu a5, a5, a4
            (0x00E7_87B3, Class::Other, 4),       // add a5, a5, a4
            (0xFEF7_1CE3, Class::Branch, 4),      // bne a4, a5, .-8
            (0x0000_00EF, Class::Jump, 4),        // jal ra, .
            (0x0007_80E7, Class::Jump, 4),        // jalr ra, 0(a5)
        ];
        for (word, class, len) in known {
            assert_eq!(classify(word), (class, len), "{word:08x}");
        }
    }

    #[test]
    fn a_loop_by_hand() {
        // lbu a1, 0(a0); c.addi a0, 1; c.addi a2, -1; c.bnez a2, back: ten times round, nine of them back.
        let code = [0x83, 0x45, 0x05, 0x00, 0x05, 0x05, 0x7D, 0x16, 0x7D, 0xFA];
        let counts = weigh(&code, 10, 1);
        assert_eq!((counts.instructions, counts.memory, counts.taken), (40, 10, 9));
        assert_eq!(IBEX.cycles(counts), 10 * (2 + 1 + 1) + 9 * 3 + 1);
    }
}
