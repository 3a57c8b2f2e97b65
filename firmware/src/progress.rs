//! Word of work that goes on.

/// Hears how far a computation is, so that a board can say meanwhile that it is alive.
pub trait Progress {
    /// Told that about so many products have been computed since the last time.
    fn computed(&mut self, products: u32);
}

/// Nobody listens.
pub struct Quiet;

impl Progress for Quiet {
    #[inline]
    fn computed(&mut self, _: u32) {}
}
