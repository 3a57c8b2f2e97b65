use core::num::NonZeroI32;

/// Floor division by the positive constant of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// A power of two: an arithmetic shift.
    Shift(u8),
    /// Below 256, a multiply and a shift as long as the quotient fits an int8: what a core without a division likes.
    Reciprocal {
        /// The divisor; positive.
        by: i32,
        /// `2^24 / by`, rounded up.
        reciprocal: u32,
    },
    /// Anything else; positive.
    Floor(NonZeroI32),
}

impl Divisor {
    /// `16 * isqrt(n)`, the divisor of a `linear` with `n` inputs (1 for `n` = 0).
    ///
    /// 16 takes the fixed point out of the product; the root keeps its size when `n` grows.
    pub const fn for_inputs(n: u32) -> Self {
        let by = 16 * n.isqrt() as i32;
        match NonZeroI32::new(by) {
            None => Self::Shift(0),
            Some(_) if by & (by - 1) == 0 => Self::Shift(by.trailing_zeros() as u8),
            Some(_) if by < 256 => Self::Reciprocal { by, reciprocal: (1 << 24) / by as u32 + 1 },
            Some(by) => Self::Floor(by),
        }
    }
}
