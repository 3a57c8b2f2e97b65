//! Sine and cosine in integers, the same bits on every target.
//!
//! A quarter of a turn is cut into 64 parts. The table holds the sines at their ends (made at compile time
//! from the power series); from the nearest end, `sin(a + d) = sin a cos d + cos a sin d` with `sin d` and
//! `cos d` by their first two terms: |d| <= pi / 256, so that what is left out is below 2^-29.

use fixed::FixedI32;
use fixed::types::extra::LeEqU32;

/// Turns of 2^32 in a radian.
const TURNS_PER_RADIAN: i64 = 683_565_276;
/// Pi in 1/2^60.
const PI_60: i128 = 3_622_009_729_038_561_421;
/// Parts of a quarter of a turn.
const PARTS: usize = 64;
/// A quarter of a turn, and one part of it.
const QUARTER: u32 = 1 << 30;
const PART: u32 = QUARTER / PARTS as u32;

/// Sines of 0 to a quarter of a turn, in 1/2^30.
static SINES: [i32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [i32; PARTS + 1] {
    let mut sines = [0; PARTS + 1];
    let mut i = 0;
    while i <= PARTS {
        let angle = PI_60 * i as i128 / (2 * PARTS as i128);
        let square = (angle * angle) >> 60;
        let (mut term, mut sum, mut k) = (angle, angle, 1);
        while k < 12 {
            term = -((term * square) >> 60) / (2 * k * (2 * k + 1));
            sum += term;
            k += 1;
        }
        sines[i] = ((sum + (1 << 29)) >> 30) as i32;
        i += 1;
    }
    sines
}

const fn multiply(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64 + (1 << 29)) >> 30) as i32
}

/// Sine and cosine, in 1/2^30, of an angle in 1/2^32 of a turn. Both are within 2^-28 of the exact values.
#[allow(clippy::indexing_slicing, reason = "a part of a quarter is one of the table")]
pub const fn sine_cosine_of_turn(turn: u32) -> (i32, i32) {
    let quadrant = turn / QUARTER;
    let within = turn % QUARTER;
    let nearest = (within + PART / 2) / PART;
    // At most half a part; in 1/2^30 of a radian, 2^30 * 2 pi / 2^32 of a turn: pi / 2.
    let offset = within as i64 - (nearest * PART) as i64;
    let d = ((offset * (PI_60 >> 30) as i64 + (1 << 30)) >> 31) as i32;
    let square = multiply(d, d);
    let sine_d = d - multiply(d, square) / 6;
    let cosine_d = (1 << 30) - square / 2;
    let (sine_a, cosine_a) = (SINES[nearest as usize], SINES[PARTS - nearest as usize]);
    let sine = multiply(sine_a, cosine_d) + multiply(cosine_a, sine_d);
    let cosine = multiply(cosine_a, cosine_d) - multiply(sine_a, sine_d);
    match quadrant {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Sine and cosine of an angle in radians, |angle| up to 20: within 2^-26 plus half of the type's last digit.
pub fn sine_cosine<F: LeEqU32>(angle: FixedI32<F>) -> (FixedI32<F>, FixedI32<F>) {
    let digits = FixedI32::<F>::FRAC_NBITS;
    // Wrapping to 32 bits takes off whole turns.
    let turn = (i64::from(angle.to_bits()) * TURNS_PER_RADIAN) >> digits;
    let (sine, cosine) = sine_cosine_of_turn(turn as u32);
    let narrowed = |value: i32| match 30u32.checked_sub(digits) {
        None | Some(0) => FixedI32::from_bits(value),
        Some(shift) => FixedI32::from_bits(((value >> (shift - 1)) + 1) >> 1),
    };
    (narrowed(sine), narrowed(cosine))
}
