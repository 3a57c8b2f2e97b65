use core::ops::AddAssign;

/// An integer that sums credit: `i32` where the run's bound fits, `i64` where it does not.
pub trait Accumulator: bytemuck::Pod + From<i32> + AddAssign + Into<i64> + Send + Sync {
    /// A sum that the run's bounds keep within it.
    fn narrow(sum: i64) -> Self;
}

impl Accumulator for i32 {
    #[inline]
    fn narrow(sum: i64) -> Self {
        sum as Self
    }
}

impl Accumulator for i64 {
    #[inline]
    fn narrow(sum: i64) -> Self {
        sum
    }
}
