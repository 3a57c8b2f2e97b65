use super::{Accumulator, CreditRow, Term};
use crate::kernel::{advance_by_one, advance_by_sums, advance_by_two};
use core::slice;

/// The scaling of optimiser `residual` for one tensor and generation.
///
/// `t = R + ((Z * mu) >> e)`, `step = (t + 32768) >> 16`, `W = clip(W + step)`, `R = t - 65536 * step`: one
/// multiply a weight and no division, since a Cortex-M0 has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Multiplier, at most 2^15 - 1.
    pub mu: u32,
    /// Right shift.
    pub e: u32,
}

impl Residual {
    /// `mu = (rate << e) // rho` with the largest `e` in 0..=30 that keeps `mu < 2^15`; where none does,
    /// `mu = 2^15 - 1` and `e = 0`. `rate` in 1/65536, `rho` at least 1.
    pub fn new(rate: u32, rho: u64) -> Self {
        let (rate, rho) = (u64::from(rate), rho.max(1));
        // What mu < 2^15 means, without the divisions, which small cores lack; rho is below 2^47.
        let fits = |e: &u32| rate << e < rho << 15;
        match (0..=30).rev().find(fits) {
            Some(e) => Self { mu: ((rate << e) / rho) as u32, e },
            None => Self { mu: (1 << 15) - 1, e: 0 },
        }
    }

    /// Whether `Z * mu` stays below 2^31 for any mu; `largest` bounds |Z|.
    pub(super) const fn is_narrow(largest: u64) -> bool {
        largest < 1 << 16
    }

    /// Moves weights and residuals by a block of Z of the same length; returns how many weights moved.
    ///
    /// `largest` bounds |Z| in the block; the run's bounds keep it below 2^47.
    pub fn apply<T: Accumulator>(
        self,
        largest: u64,
        z: &[T],
        weights: &mut [i8],
        residuals: &mut [i16],
    ) -> u32 {
        if Self::is_narrow(largest) {
            self.apply_narrow(z, weights, residuals)
        } else {
            let mut moved = 0;
            for ((w, r), &z) in weights.iter_mut().zip(residuals).zip(z) {
                let t = i64::from(*r) + ((Into::<i64>::into(z) * i64::from(self.mu)) >> self.e);
                let step = (t + 32_768) >> 16;
                let next = (i64::from(*w) + step).clamp(-127, 127) as i8;
                moved += u32::from(next != *w);
                *w = next;
                *r = (t - (step << 16)) as i16;
            }
            moved
        }
    }

    const fn scaled(self, term: Term<'_>) -> i32 {
        term.credit.wrapping_mul(self.mu as i32)
    }

    /// The same of a row of Z. It comes in terms only where [`Self::is_narrow`], so that their products wrap
    /// to the right sum.
    pub(super) fn apply_row<T: Accumulator>(
        self,
        largest: u64,
        row: CreditRow<'_, T>,
        weights: &mut [i8],
        residuals: &mut [i16],
    ) -> u32 {
        match row {
            CreditRow::Sum(z) => self.apply(largest, z, weights, residuals),
            CreditRow::One(term) => {
                advance_by_one(weights, residuals, term.input, (self.scaled(term), self.e))
            }
            CreditRow::Two(one, other) => {
                let scales = [self.scaled(one), self.scaled(other)];
                advance_by_two(weights, residuals, [one.input, other.input], (scales, self.e))
            }
        }
    }

    /// [`Self::apply`] where `Z * mu` stays below 2^31: one width throughout, which vectorises.
    fn apply_narrow<T: Accumulator>(self, z: &[T], weights: &mut [i8], residuals: &mut [i16]) -> u32 {
        let scale = (self.mu as i32, self.e);
        if size_of::<T>() == size_of::<i32>() {
            return advance_by_sums(weights, residuals, bytemuck::cast_slice(z), scale);
        }
        let rows = weights.iter_mut().zip(residuals).zip(z);
        rows.map(|((w, r), &z)| {
            let z = Into::<i64>::into(z) as i32;
            advance_by_sums(slice::from_mut(w), slice::from_mut(r), &[z], scale)
        })
        .sum()
    }
}
