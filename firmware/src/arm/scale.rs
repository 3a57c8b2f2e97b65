//! Floor divisions of sums by a divisor that is known beforehand.

use super::bytes::{byte, half, limited};
use crate::kernel::Divisor;

/// The portable `scale`, four outputs at a time.
#[inline]
pub fn scale(products: &[i32], divisor: Divisor, y: &mut [i8]) {
    fn each(products: &[i32], y: &mut [i8], of: impl Fn(i32) -> i32) {
        let ((sums, sums_rest), (y, y_rest)) = (products.as_chunks::<4>(), y.as_chunks_mut::<4>());
        for (y, sums) in y.iter_mut().zip(sums) {
            let word = u32::from_le_bytes(sums.map(|sum| byte(of(sum))));
            *y = limited(word).to_le_bytes().map(u8::cast_signed);
        }
        for (y, &sum) in y_rest.iter_mut().zip(sums_rest) {
            *y = of(sum).clamp(-127, 127) as i8;
        }
    }
    match divisor {
        Divisor::Shift(shift) => each(products, y, |sum| sum >> shift),
        Divisor::Reciprocal { by, .. } => {
            // At most 240, so that what 16 bits cannot hold saturates anyway. A multiple of the divisor makes
            // it positive, at most 2^16 + 240; what the reciprocal has too much then adds less than `(2^16 +
            // 240) * 240 / 2^32`, which is below `1 / by`.
            let by = by.unsigned_abs().max(1);
            let (reciprocal, more) = (u32::MAX / by + 1, (1u32 << 15).div_ceil(by));
            let offset = (by * more) as i32;
            each(products, y, |sum| {
                let shifted = half(sum).wrapping_add(offset) as u32;
                ((u64::from(shifted) * u64::from(reciprocal)) >> 32) as i32 - more as i32
            });
        }
        Divisor::Floor(by) => each(products, y, |sum| sum.checked_div_euclid(by.get()).unwrap_or(0)),
    }
}
