//! The fast Fourier transform of complex numbers in i16, with one exponent for all of them.
//!
//! Ahead of each stage all numbers are halved as often as the stage needs so that it cannot overflow, and no
//! more: a quiet signal keeps its digits. Fixed scaling, which halves at every stage, loses them.

use super::sine::{cosine_of_step, sine_of_step};

/// The size of a part up to which a stage cannot overflow: a part grows to at most `1 + sqrt(2)` times this.
pub(super) const ROOM: i32 = 13_572;

/// Replaces `n` complex numbers by their transform, `sum of z[j] e^(-2 pi i j k / n)`. Real and imaginary
/// parts alternate; n is a power of two, 1 to 512, and other lengths are left as they are.
///
/// The transform is the numbers times 2 to the power of the answer.
pub fn transform(values: &mut [i16]) -> i32 {
    let (pairs, rest) = values.as_chunks_mut::<2>();
    let n = pairs.len();
    if !rest.is_empty() || !n.is_power_of_two() || n > 512 {
        return 0;
    }
    in_reversed_order(pairs);
    let mut exponent = 0;
    let mut peak = pairs.iter().flatten().fold(0, |peak, &part| i32::from(part).abs().max(peak));
    let mut half = 1;
    while half < n {
        let mut shift = 0;
        while (peak + (1 << shift >> 1)) >> shift > ROOM {
            shift += 1;
        }
        exponent += shift;
        // The angle of the next twiddle factor, in 1024ths of a turn.
        let step = (512 / half) as u32;
        peak = 0;
        for k in 0..half {
            // One factor serves all groups.
            let angle = k as u32 * step;
            let factor = (angle != 0).then(|| (cosine_of_step(angle), sine_of_step(angle)));
            let mut at = k;
            while let Ok([a, b]) = pairs.get_disjoint_mut([at, at + half]) {
                peak = butterfly(a, b, factor, shift as u32).max(peak);
                at += 2 * half;
            }
        }
        half *= 2;
    }
    exponent
}

/// Halves two numbers `shift` times, and replaces them by `a + w b` and `a - w b`, where `w` is given by its
/// cosine and sine, unless it is 1. Returns the size of the greatest part.
#[inline]
fn butterfly(a: &mut [i16; 2], b: &mut [i16; 2], factor: Option<(i32, i32)>, shift: u32) -> i32 {
    let halved = |part: i16| (i32::from(part) + (1 << shift >> 1)) >> shift;
    let (a_re, a_im) = (halved(a[0]), halved(a[1]));
    let (mut b_re, mut b_im) = (halved(b[0]), halved(b[1]));
    // A factor of 1 is not 32767/32768.
    if let Some((cosine, sine)) = factor {
        let re = b_re * cosine + b_im * sine;
        let im = b_im * cosine - b_re * sine;
        (b_re, b_im) = ((re + (1 << 14)) >> 15, (im + (1 << 14)) >> 15);
    }
    let parts = [a_re + b_re, a_im + b_im, a_re - b_re, a_im - b_im];
    // All of them fit.
    *a = [parts[0] as i16, parts[1] as i16];
    *b = [parts[2] as i16, parts[3] as i16];
    parts.iter().fold(0, |peak, part| part.abs().max(peak))
}

/// Puts number `i` where the bits of `i` say in reversed order.
fn in_reversed_order(pairs: &mut [[i16; 2]]) {
    let bits = pairs.len().trailing_zeros();
    for i in 1..pairs.len() as u32 {
        // There are two numbers or more: the shift is below 32.
        let j = i.reverse_bits() >> (32 - bits);
        if i >= j {
            continue;
        }
        if let Ok([a, b]) = pairs.get_disjoint_mut([i as usize, j as usize]) {
            core::mem::swap(a, b);
        }
    }
}
