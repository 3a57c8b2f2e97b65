use super::dot::dot;
use super::{Divisor, clip};

/// `out = W x`: `w` is row-major `out.len()` x `x.len()`, products accumulate exactly.
// Elsewhere it is worth a call, and compiled with this crate's optimisation whoever runs a model.
#[cfg_attr(target_arch = "arm", inline)]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len().max(1))) {
        *out = dot(row, x);
    }
}

/// `y = clip(products // divisor)`, the second half of `linear`.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn scale(products: &[i32], divisor: Divisor, y: &mut [i8]) {
    match divisor {
        Divisor::Shift(shift) => {
            for (y, &p) in y.iter_mut().zip(products) {
                *y = clip(p >> shift);
            }
        }
        Divisor::Reciprocal { by, reciprocal } => {
            for (y, &p) in y.iter_mut().zip(products) {
                // What is cut off here saturates anyway. From 0 to `256 * by`, what the reciprocal has too
                // much adds less than `256 * by / 2^24 < 1 / by`, so the floor is the true one, and the
                // product fits 32 bits.
                let shifted = (p.max(-128 * by).min(128 * by - 1) + 128 * by) as u32;
                *y = clip((shifted.wrapping_mul(reciprocal) >> 24) as i32 - 128);
            }
        }
        Divisor::Floor(by) => {
            for (y, &p) in y.iter_mut().zip(products) {
                *y = clip(p.checked_div_euclid(by.get()).unwrap_or(0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reciprocal_is_the_floor() {
        for root in 1..20 {
            let by = 16 * root;
            for p in (-130 * by..130 * by).chain([i32::MIN, i32::MAX]) {
                let mut y = [0];
                scale(&[p], Divisor::for_inputs((root * root) as u32), &mut y);
                assert_eq!(y[0], clip(p.div_euclid(by)), "{p} / {by}");
            }
        }
    }
}
