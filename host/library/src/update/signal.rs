//! The size of a generation's credit, relative to the size that it would have if fitness did not depend on
//! the noise.

use eggroll_batch::credit::{PairsCredit, SlotsCredit};
use eggroll_firmware::model::Tensor;
use eggroll_firmware::update::{Accumulator, Credit};
use std::ops::AddAssign;

/// The size of Z in the latest generations, and the size that noise alone would give it. It covers the
/// matrices for which the latter is known. It is a figure for people and decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signal {
    /// The sum of Z^2.
    squares: f64,
    /// The mean of that sum if fitness and noise were independent.
    expected: f64,
}

impl Signal {
    /// The root of the mean square of Z, in units of what noise alone gives: at 1 nothing was learned. It is
    /// `None` where the size of the noise is not known.
    pub fn ratio(self) -> Option<f64> {
        (self.expected > 0.0).then(|| (self.squares / self.expected).sqrt())
    }
}

impl AddAssign for Signal {
    fn add_assign(&mut self, other: Self) {
        self.squares += other.squares;
        self.expected += other.expected;
    }
}

/// A credit that knows how large its rows are when fitness and noise are independent.
pub(super) trait NoiseScale {
    /// The expected sum of Z^2 over a row of a tensor, or `None` where it is not known.
    fn row_of_noise(&self, tensor: &Tensor) -> Option<f64>;
}

impl NoiseScale for PairsCredit<'_> {
    fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        Self::row_of_noise(self, tensor)
    }
}

impl NoiseScale for SlotsCredit {
    fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        Self::row_of_noise(self, tensor)
    }
}

/// A credit whose size is measured while its rows are added.
pub(super) struct Measured<C> {
    pub(super) credit: C,
    pub(super) signal: Signal,
}

impl<C: Credit + NoiseScale> Credit for Measured<C> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        self.credit.add_rows(tensor, first, z);
        let Some(row) = self.credit.row_of_noise(tensor) else { return };
        let (_, columns) = tensor.kind.shape();
        let squares: f64 = z.iter().map(|&z| (Into::<i64>::into(z) as f64).powi(2)).sum();
        self.signal += Signal { squares, expected: row * (z.len() / columns.max(1)) as f64 };
    }
}
