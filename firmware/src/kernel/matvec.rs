use super::dot::dot;
use super::{Divisor, clip};

/// `out = W x`: `w` is row-major `out.len()` x `x.len()`, products accumulate exactly.
#[inline]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())) {
        *out = dot(row, x);
    }
}

/// `y = clip(products // divisor)`, the second half of `linear`.
#[inline]
pub fn scale(products: &[i32], divisor: Divisor, y: &mut [i8]) {
    match divisor {
        Divisor::Shift(shift) => {
            for (y, &p) in y.iter_mut().zip(products) {
                *y = clip(p >> shift);
            }
        }
        Divisor::Floor(by) if by.get() < LARGEST_RECIPROCAL => {
            let by = by.get();
            let reciprocal = (1 << 24) / by as u32 + 1;
            for (y, &p) in y.iter_mut().zip(products) {
                // What is cut off here saturates anyway; from 0 on, the floor is that of the true quotient.
                let shifted = (p.clamp(-128 * by, 128 * by - 1) + 128 * by) as u32;
                *y = clip((shifted.wrapping_mul(reciprocal) >> 24) as i32 - 128);
            }
        }
        Divisor::Floor(by) => {
            for (y, &p) in y.iter_mut().zip(products) {
                *y = clip(p.div_euclid(by.get()));
            }
        }
    }
}

/// Divisors below this are a multiply and a shift, as cores without a division like it: for any dividend in
/// `0..256 * by`, the error of the reciprocal adds less than `256 * by / 2^24 < 1 / by`, and the product fits 32 bits.
const LARGEST_RECIPROCAL: i32 = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use core::num::NonZeroI32;

    #[test]
    fn a_reciprocal_is_the_floor() {
        for by in (1..300).filter_map(NonZeroI32::new) {
            let edge = 130 * by.get();
            for p in (-edge..edge).chain([i32::MIN, i32::MAX]) {
                let mut y = [0];
                scale(&[p], Divisor::Floor(by), &mut y);
                assert_eq!(y[0], clip(p.div_euclid(by.get())), "{p} / {by}");
            }
        }
    }
}
