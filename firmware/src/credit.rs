//! The credit Z of a generation: what estimators rebuild from fitness, and what updates move weights by.

pub use crate::kernel::Accumulator;
use crate::model::Tensor;

/// Where Z of a generation comes from, in blocks of rows, so that a small board never holds all of it.
pub trait Credit {
    /// Adds the credit of a tensor's rows from `first` on to `z`, which holds whole rows (a vector's
    /// components are its rows).
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]);

    /// The statistics of a tensor's Z where they cost less than Z itself; [`Statistics::largest`] may be a
    /// bound.
    fn statistics(&self, tensor: &Tensor) -> Option<Statistics> {
        let _ = tensor;
        None
    }

    /// Brings the rows of a tensor's Z one by one, but for those that are surely 0 and move nothing; asked
    /// only where there are [`Self::statistics`]. `z` is room for a row. Where `apart`, a row that few outer
    /// products make up may come as those.
    fn rows<T: Accumulator>(
        &mut self,
        tensor: &Tensor,
        apart: bool,
        z: &mut [T],
        each: &mut dyn FnMut(usize, CreditRow<'_, T>),
    ) {
        let _ = apart;
        for row in 0..tensor.kind.shape().0 {
            z.fill(T::from(0));
            self.add_rows(tensor, row, z);
            each(row, CreditRow::Sum(z));
        }
    }
}

/// A row of Z.
#[derive(Clone, Copy)]
pub enum CreditRow<'a, T> {
    /// As it is.
    Sum(&'a [T]),
    /// One sample's part in it is all.
    One(Term<'a>),
    /// The sum of two samples' parts.
    Two(Term<'a>, Term<'a>),
}

/// A sample's part in a row of Z: `credit * input`.
#[derive(Clone, Copy)]
pub struct Term<'a> {
    /// The credit of the row's node.
    pub credit: i32,
    /// What the matrix has read.
    pub input: &'a [i8],
}

/// A sum of squares. A core of 32 bits has no more than twice its word for it, and refuses to update itself
/// by a run whose sums could be larger.
#[cfg(target_pointer_width = "64")]
pub type Squares = u128;
/// A sum of squares. A core of 32 bits has no more than twice its word for it, and refuses to update itself
/// by a run whose sums could be larger.
#[cfg(not(target_pointer_width = "64"))]
pub type Squares = u64;

/// What the scaling of an update needs to know of a tensor's Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Sum of Z^2; the run's bounds keep it within its type.
    pub squares: Squares,
    /// Largest |Z|.
    pub largest: u64,
}

impl Statistics {
    /// Takes in a block of Z.
    pub fn add<T: Accumulator>(&mut self, z: &[T]) {
        for &z in z {
            let size = Into::<i64>::into(z).unsigned_abs();
            let square = (size as Squares).wrapping_mul(size as Squares);
            self.squares = self.squares.wrapping_add(square);
            self.largest = self.largest.max(size);
        }
    }

    /// `sum Z^2 // count`, at most 2^64 - 1.
    #[cfg(feature = "recurrent")]
    pub fn mean_square(self, count: usize) -> u64 {
        let mean = self.squares.checked_div(count as Squares).unwrap_or(0);
        mean.min(u64::MAX as Squares) as u64
    }

    /// `max(isqrt(sum Z^2 // count), floor)`: the size of a typical credit.
    pub const fn rho(self, count: usize, floor: u32) -> u64 {
        let root = match self.squares.checked_div(count as Squares) {
            // |Z| is below 2^47.
            Some(mean) => mean.isqrt() as u64,
            None => 0,
        };
        if root > floor as u64 { root } else { floor as u64 }
    }
}
