//! How large a generation's credit is, against what it would be if no fitness depended on its noise.

use crate::batch::credit::{PairsCredit, SlotsCredit};
use eggroll_firmware::model::Tensor;
use eggroll_firmware::update::{Accumulator, Credit};
use std::ops::AddAssign;

/// The size of Z in generations, and what is expected of noise alone; over the matrices of which that is known. A figure
/// for people: it decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signal {
    /// Sum of Z^2.
    squares: f64,
    /// What it would be on average, were fitness and noise independent.
    expected: f64,
}

impl Signal {
    /// Root of the mean square of Z, in units of what noise alone gives: 1 says that nothing was learned; `None` where
    /// nothing is known.
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

/// A credit that knows how large its rows are where fitness and noise are independent.
pub(super) trait NoiseScale {
    /// The expected sum of Z^2 over a row of a tensor; `None` where it is not known.
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

/// A credit whose size is measured on its way.
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
