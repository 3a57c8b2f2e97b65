use super::Accumulator;
use crate::kernel::clip;

/// The test of optimiser `vote`: `W = clip(W + (1 if Z > 0 else -1))` where `16 |Z| >= threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// In 1/16 of Z.
    pub threshold: u64,
    /// Whether Z = 0 moves down when the threshold is 0, as in the reference (estimator `weight`).
    pub zero_moves: bool,
}

impl Vote {
    /// Moves the weights by a block of Z of the same length; returns how many moved.
    pub fn apply<T: Accumulator>(self, z: &[T], weights: &mut [i8]) -> u32 {
        let mut moved = 0;
        for (w, &z) in weights.iter_mut().zip(z) {
            let z: i64 = z.into();
            if z.unsigned_abs() * 16 >= self.threshold && (z != 0 || self.zero_moves) {
                let next = clip(i32::from(*w) + if z > 0 { 1 } else { -1 });
                moved += u32::from(next != *w);
                *w = next;
            }
        }
        moved
    }
}
