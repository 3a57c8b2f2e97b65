use core::num::NonZeroI32;

/// `2^24 / (16 i)`, rounded up, by i.
#[allow(clippy::indexing_slicing, reason = "at compile time")]
const RECIPROCALS: [u32; 16] = {
    let mut reciprocals = [0; 16];
    let mut i = 1;
    while i < reciprocals.len() {
        reciprocals[i] = (1 << 24) / (16 * i as u32) + 1;
        i += 1;
    }
    reciprocals
};

/// `16 * isqrt(n)`: 16 takes the fixed point out of a product with `n` inputs; the root keeps its size when
/// `n` grows. 0 for `n` = 0.
pub const fn standard_divisor(n: u32) -> u32 {
    16 * n.isqrt()
}

/// Floor division by the positive constant of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// A power of two: an arithmetic shift.
    Shift(u8),
    /// Below 256, a multiply and a shift as long as the quotient fits an int8: what a core without a division
    /// likes.
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
    /// The [`standard_divisor`] of a `linear` with `n` inputs (1 for `n` = 0).
    pub const fn for_inputs(n: u32) -> Self {
        Self::by(standard_divisor(n))
    }

    /// Any divisor from 1 to 2^30; 0 counts as 1.
    #[allow(clippy::indexing_slicing, reason = "a const fn has no `get`; the length is looked at")]
    #[inline]
    pub const fn by(by: u32) -> Self {
        match NonZeroI32::new(by as i32) {
            None => Self::Shift(0),
            Some(_) if by & (by - 1) == 0 => Self::Shift(by.trailing_zeros() as u8),
            Some(some) => {
                let sixteenth = (by / 16) as usize;
                if by.is_multiple_of(16) && sixteenth < RECIPROCALS.len() {
                    Self::Reciprocal { by: by as i32, reciprocal: RECIPROCALS[sixteenth] }
                } else {
                    Self::Floor(some)
                }
            }
        }
    }
}
