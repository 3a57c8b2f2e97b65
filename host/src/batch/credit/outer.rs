//! Sums of outer products, as int8 products of matrices.

use crate::batch::isa::{Isa, Job, Level};
use crate::batch::matrix::{Packed, Raised};
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Terms that are summed at once: enough to hide the packing.
pub(super) const TERMS: usize = 2048;
/// Bits of a digit of a left factor, which may be larger than an i8.
const DIGIT: u32 = 7;

/// `z_ij += sum_s left[s][i] right[s][j]` for whole rows from `first` on, `terms` of them, at most [`TERMS`]. `right` brings
/// a term's `columns` factors, within +-127; `left` those of some rows, every product within an i32.
pub(super) fn add<'r, T: Accumulator>(
    level: Level,
    (first, columns, terms): (usize, usize, usize),
    left: impl Fn(usize, Range<usize>, &mut [i32]) + Sync,
    right: impl Fn(usize) -> &'r [i8],
    z: &mut [T],
) {
    if terms == 0 || columns == 0 {
        return;
    }
    let packed = Packed::transposed(terms, columns, right);
    // A few rows a core at a time.
    let rows = (z.len() / columns).div_ceil(4 * rayon::current_num_threads()).clamp(1, 96);
    z.par_chunks_mut(rows * columns).enumerate().for_each(|(chunk, z)| {
        let count = z.len() / columns;
        let first = first + chunk * rows;
        let (mut rest, mut of_term) = (vec![0; count * terms], vec![0; count]);
        for term in 0..terms {
            left(term, first..first + count, &mut of_term);
            for (i, &value) in of_term.iter().enumerate() {
                rest[i * terms + term] = value;
            }
        }
        let (mut raised, mut sums, mut digits) = (Raised::default(), vec![0; z.len()], vec![0; rest.len()]);
        // The parts of a sum may be larger than the sum.
        let mut totals = vec![0i64; z.len()];
        let mut shift = 0;
        loop {
            let spent = level.run(Digits { rest: &mut rest, digits: &mut digits });
            raised.take(level, &digits, terms);
            packed.products(level, &raised, &mut sums);
            for (total, &sum) in totals.iter_mut().zip(&sums) {
                *total += i64::from(sum) << shift;
            }
            if spent {
                break;
            }
            shift += DIGIT;
        }
        for (z, total) in z.iter_mut().zip(totals) {
            *z += T::narrow(total);
        }
    });
}

/// Takes the lowest digit off values; says whether nothing is left. Values that are digits stay whole.
struct Digits<'a> {
    rest: &'a mut [i32],
    digits: &'a mut [i8],
}

impl Job for Digits<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<I: Isa>(self, _: I) -> bool {
        let mut largest = 0;
        for &rest in &*self.rest {
            largest = largest.max(rest.unsigned_abs());
        }
        if largest <= 127 {
            for (digit, &rest) in self.digits.iter_mut().zip(&*self.rest) {
                *digit = rest as i8;
            }
            return true;
        }
        for (digit, rest) in self.digits.iter_mut().zip(self.rest) {
            // In [-64, 63]; what is left divides exactly.
            let low = ((*rest + (1 << (DIGIT - 1))) & ((1 << DIGIT) - 1)) - (1 << (DIGIT - 1));
            *digit = low as i8;
            *rest = (*rest - low) >> DIGIT;
        }
        false
    }
}
