//! Coefficients of the cepstrum.

use super::sine::sine;

/// Coefficient `at` of the discrete cosine transform of levels, `sum of L(m) cos(pi at (m + 1/2) / bands) /
/// 4`, rounded down. Of 32 bands it is the orthonormal one but for coefficient 0, which is sqrt(2) times
/// that.
///
/// The levels are those of [`decibels`](super::decibels), of which the sum of 40 fits.
pub fn coefficient(levels: &[i16], at: usize) -> i16 {
    // An angle of 1 / (4 bands) of a turn, in 1/2^32.
    let unit = (1u32 << 30).checked_div(levels.len() as u32).unwrap_or_default().wrapping_mul(at as u32);
    // The cosine is the sine a quarter of a turn on.
    let mut angle = unit.wrapping_add(1 << 30);
    let mut sum = 0i32;
    for &level in levels {
        sum = sum.wrapping_add(i32::from(level) * sine(angle));
        angle = angle.wrapping_add(unit.wrapping_mul(2));
    }
    (sum >> 17) as i16
}
