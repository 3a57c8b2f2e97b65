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
    /// `16 * isqrt(n)`, the divisor of a `linear` with `n` inputs (1 for `n` = 0).
    ///
    /// 16 takes the fixed point out of the product; the root keeps its size when `n` grows.
    pub const fn for_inputs(n: u32) -> Self {
        let by = 16 * n.isqrt() as i32;
        match NonZeroI32::new(by) {
            None => Self::Shift(0),
            Some(_) if by & (by - 1) == 0 => Self::Shift(by.trailing_zeros() as u8),
            Some(by) => Self::by(by),
        }
    }

    /// A positive multiple of 16 that is no power of two.
    #[allow(clippy::indexing_slicing, reason = "a const fn has no `get`; the length is looked at")]
    pub(crate) const fn by(by: NonZeroI32) -> Self {
        let sixteenth = (by.get() / 16) as usize;
        if sixteenth < RECIPROCALS.len() {
            Self::Reciprocal { by: by.get(), reciprocal: RECIPROCALS[sixteenth] }
        } else {
            Self::Floor(by)
        }
    }
}
