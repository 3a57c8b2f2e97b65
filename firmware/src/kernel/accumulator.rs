use core::ops::AddAssign;

/// An integer that sums credit: `i32` where the run's bound fits, `i64` where it does not.
pub trait Accumulator: bytemuck::Pod + From<i32> + AddAssign + Into<i64> + Send + Sync {
    /// A sum that the run's bounds keep within it.
    fn narrow(sum: i64) -> Self;

    /// `sums += x * by`.
    fn add_multiple(sums: &mut [Self], x: &[i8], by: i32);

    /// `(self + 2^(shift - 1)) >> shift`, at most what an `i32` holds; `shift` is at least 1.
    fn rounded(self, shift: u32) -> i32;
}

impl Accumulator for i32 {
    #[inline]
    fn narrow(sum: i64) -> Self {
        sum as Self
    }

    #[inline]
    fn add_multiple(sums: &mut [Self], x: &[i8], by: i32) {
        super::add_multiple(sums, x, by);
    }

    #[inline]
    fn rounded(self, shift: u32) -> i32 {
        // The half is the highest bit that is shifted out: added before, it could leave the 32 bits. A shift
        // of more than 31 leaves nothing of a sum.
        if shift < Self::BITS { (self >> shift) + (self >> (shift - 1) & 1) } else { 0 }
    }
}

impl Accumulator for i64 {
    #[inline]
    fn narrow(sum: i64) -> Self {
        sum
    }

    #[inline]
    fn add_multiple(sums: &mut [Self], x: &[i8], by: i32) {
        for (sum, &x) in sums.iter_mut().zip(x) {
            *sum += Self::from(by * i32::from(x));
        }
    }

    #[inline]
    fn rounded(self, shift: u32) -> i32 {
        let most = Self::from(i32::MAX);
        ((self >> shift) + (self >> (shift - 1) & 1)).clamp(-most, most) as i32
    }
}
