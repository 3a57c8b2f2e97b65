use super::{Divisor, clip, dot};

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
        Divisor::Floor(by) => {
            for (y, &p) in y.iter_mut().zip(products) {
                *y = clip(p.div_euclid(by.get()));
            }
        }
    }
}
