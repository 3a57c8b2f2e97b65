//! Sign noise: as it is drawn, and as it is added to nodes.

use core::arch::asm;

/// The portable `add_node_noise`, four bytes at a time: SSUB8 sets the flags GE where a byte is not negative,
/// SEL chooses bytes by them, and QADD8 saturates, to -128 as well.
#[inline]
pub fn add_node_noise(u: &mut [i8], eps: &[i8], amplitude: i16) {
    let len = u.len().min(eps.len());
    let (Some(u), Some(eps), Ok(size)) = (u.get_mut(..len), eps.get(..len), i8::try_from(amplitude)) else {
        return crate::kernel::portable::add_node_noise(u, eps, amplitude);
    };
    let [plus, minus, lowest] = [size, size.wrapping_neg(), -127].map(|x| u32::from_le_bytes([x as u8; 4]));
    let ((fours, rest), (eps, eps_rest)) = (u.as_chunks_mut::<4>(), eps.as_chunks::<4>());
    for (four, eps) in fours.iter_mut().zip(eps) {
        let mut word = u32::from_le_bytes(four.map(i8::cast_unsigned));
        // SAFETY: computes on registers alone; the flags are not used elsewhere.
        unsafe {
            asm!(
                "ssub8 {t}, {eps}, {zero}",
                "sel {t}, {plus}, {minus}",
                "qadd8 {word}, {word}, {t}",
                "ssub8 {t}, {word}, {lowest}",
                "sel {word}, {word}, {lowest}",
                word = inout(reg) word, eps = in(reg) u32::from_le_bytes(eps.map(i8::cast_unsigned)),
                zero = in(reg) 0, plus = in(reg) plus, minus = in(reg) minus, lowest = in(reg) lowest,
                t = out(reg) _, options(pure, nomem, nostack)
            );
        }
        *four = word.to_le_bytes().map(u8::cast_signed);
    }
    crate::kernel::portable::add_node_noise(rest, eps_rest, amplitude);
}

/// 32 sign entries of a word of the noise, four a word: bit clear is +1, bit set is -1. Each four bits become
/// the flags GE, by which SEL chooses bytes.
#[inline(always)]
pub(crate) fn signs(word: u32, out: &mut [u32; 8]) {
    // SAFETY: writes the eight words of `out`; the flags are not used elsewhere.
    unsafe {
        asm!(
            "lsl {t}, {w}, #16",
            "msr apsr_g, {t}",
            "sel {a}, {minus}, {plus}",
            "lsl {t}, {w}, #12",
            "msr apsr_g, {t}",
            "sel {b}, {minus}, {plus}",
            "strd {a}, {b}, [{out}]",
            "lsl {t}, {w}, #8",
            "msr apsr_g, {t}",
            "sel {a}, {minus}, {plus}",
            "lsl {t}, {w}, #4",
            "msr apsr_g, {t}",
            "sel {b}, {minus}, {plus}",
            "strd {a}, {b}, [{out}, #8]",
            "msr apsr_g, {w}",
            "sel {a}, {minus}, {plus}",
            "lsr {t}, {w}, #4",
            "msr apsr_g, {t}",
            "sel {b}, {minus}, {plus}",
            "strd {a}, {b}, [{out}, #16]",
            "lsr {t}, {w}, #8",
            "msr apsr_g, {t}",
            "sel {a}, {minus}, {plus}",
            "lsr {t}, {w}, #12",
            "msr apsr_g, {t}",
            "sel {b}, {minus}, {plus}",
            "strd {a}, {b}, [{out}, #24]",
            w = in(reg) word, out = in(reg) out, minus = in(reg) u32::MAX, plus = in(reg) 0x0101_0101u32,
            t = out(reg) _, a = out(reg) _, b = out(reg) _, options(nostack)
        );
    }
}
