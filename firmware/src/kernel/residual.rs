//! Optimiser `residual`, a row at a time: each weight's residual moves by `product >> shift`, and what makes
//! up whole steps moves the weight. Returned is how many weights moved. Products of 32 bits wrap; callers
//! know that those which are summed fit.

use super::clip;

/// By `sums * scale`.
#[inline]
pub fn advance_by_sums(
    weights: &mut [i8],
    residuals: &mut [i16],
    sums: &[i32],
    (scale, shift): (i32, u32),
) -> u32 {
    let mut moved = 0;
    for ((w, r), &sum) in weights.iter_mut().zip(residuals).zip(sums) {
        moved += advance(w, r, sum.wrapping_mul(scale) >> shift);
    }
    moved
}

/// By `x * scale`.
#[inline]
pub fn advance_by_one(
    weights: &mut [i8],
    residuals: &mut [i16],
    x: &[i8],
    (scale, shift): (i32, u32),
) -> u32 {
    let mut moved = 0;
    for ((w, r), &x) in weights.iter_mut().zip(residuals).zip(x) {
        moved += advance(w, r, scale.wrapping_mul(x.into()) >> shift);
    }
    moved
}

/// By `x * scale + y * other`.
#[inline]
pub fn advance_by_two(
    weights: &mut [i8],
    residuals: &mut [i16],
    [x, y]: [&[i8]; 2],
    ([scale, other], shift): ([i32; 2], u32),
) -> u32 {
    let mut moved = 0;
    for ((w, r), (&x, &y)) in weights.iter_mut().zip(residuals).zip(x.iter().zip(y)) {
        let product = scale.wrapping_mul(x.into()).wrapping_add(other.wrapping_mul(y.into()));
        moved += advance(w, r, product >> shift);
    }
    moved
}

/// Moves a residual by `by`, and its weight by the whole steps in it; returns 1 where the weight moved.
#[inline(always)]
fn advance(w: &mut i8, r: &mut i16, by: i32) -> u32 {
    let t = i32::from(*r) + by;
    // What is left of t beyond whole steps is its lower half.
    *r = t as i16;
    if cfg!(target_arch = "arm") && t == i32::from(t as i16) {
        // No whole step. Only cores without vectors gain by asking.
        return 0;
    }
    let next = clip(i32::from(*w) + ((t + 32_768) >> 16));
    let moved = u32::from(next != *w);
    *w = next;
    moved
}
