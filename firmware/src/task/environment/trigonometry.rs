//! Sine and cosine of an angle in radians, the same bits on every target.

use fixed::FixedI32;
use fixed::types::extra::LeEqU32;

pub use crate::signal::sine_cosine_of_turn;

/// Turns of 2^32 in a radian.
const TURNS_PER_RADIAN: i64 = 683_565_276;

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
