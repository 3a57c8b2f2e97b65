//! Random convolutional models for tests: those of the firmware's own.

#[path = "../../../firmware/tests/common/models.rs"]
#[allow(dead_code, reason = "the firmware's tests use more of it")]
mod models;

pub(crate) use models::convolutional;

/// Pseudo-random numbers.
pub(crate) struct Dice(pub(crate) u64);

#[allow(dead_code, reason = "the firmware's tests use more of it")]
impl Dice {
    /// 0 to `bound - 1`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn values(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| (self.below(255) as i32 - 127) as i8).collect()
    }
}
