use super::Accumulator;
use crate::kernel::clip;

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
        let rho = rho.max(1);
        // The condition is monotone in e: mu(e) < 2^15 is (rate << e) < 2^15 * rho.
        for e in (0..=30).rev() {
            let mu = (u64::from(rate) << e) / rho;
            if mu < 1 << 15 {
                return Self { mu: mu as u32, e };
            }
        }
        Self { mu: (1 << 15) - 1, e: 0 }
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
        if largest < 1 << 16 {
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

    /// [`Self::apply`] where `Z * mu` stays below 2^31: one width throughout, which vectorises. Out of line,
    /// so that a core with few registers has them for this loop.
    #[inline(never)]
    fn apply_narrow<T: Accumulator>(self, z: &[T], weights: &mut [i8], residuals: &mut [i16]) -> u32 {
        let (mu, e) = (self.mu as i32, self.e);
        let mut moved = 0;
        for ((w, r), &z) in weights.iter_mut().zip(residuals).zip(z) {
            let t = i32::from(*r) + ((Into::<i64>::into(z) as i32).wrapping_mul(mu) >> e);
            // What is left of t beyond whole steps is its lower half.
            *r = t as i16;
            let step = (t + 32_768) >> 16;
            if cfg!(target_arch = "arm") && step == 0 {
                // As for most weights. Only cores without vectors gain by asking.
                continue;
            }
            let next = clip(i32::from(*w) + step);
            moved += u32::from(next != *w);
            *w = next;
        }
        moved
    }
}
