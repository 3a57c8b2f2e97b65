//! Sums of outer products, as int8 products of matrices.

use crate::batch::isa::Level;
use crate::batch::matrix::{Packed, Raised};
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Terms that are summed at once: enough to hide the packing.
pub(super) const TERMS: usize = 2048;
/// Bits of a digit of a left factor, which may be larger than an i8.
const DIGIT: u32 = 7;

/// `z_ij += sum_s left(i, s) right(j, s)` for whole rows from `first` on. `terms` at most [`TERMS`]; the right factors
/// within +-127, every product within an i32.
pub(super) fn add<T: Accumulator>(
    level: Level,
    (first, columns, terms): (usize, usize, usize),
    left: impl Fn(usize, usize) -> i32 + Sync,
    right: impl Fn(usize, usize) -> i8,
    z: &mut [T],
) {
    if terms == 0 || columns == 0 {
        return;
    }
    let right: Vec<i8> =
        (0..columns).flat_map(|j| (0..terms).map(move |s| (j, s))).map(|(j, s)| right(j, s)).collect();
    let packed = Packed::new(&right, columns, terms, Divisor::Shift(0));
    // A few rows a core at a time.
    let rows = (z.len() / columns).div_ceil(4 * rayon::current_num_threads()).clamp(1, 96);
    z.par_chunks_mut(rows * columns).enumerate().for_each(|(chunk, z)| {
        let first = first + chunk * rows;
        let count = z.len() / columns;
        let mut rest: Vec<i32> = (first..first + count)
            .flat_map(|i| (0..terms).map(move |s| (i, s)))
            .map(|(i, s)| left(i, s))
            .collect();
        let (mut raised, mut sums, mut digits) = (Raised::default(), vec![0; z.len()], vec![0; rest.len()]);
        // The parts of a sum may be larger than the sum.
        let mut totals = vec![0i64; z.len()];
        let mut shift = 0;
        while rest.iter().any(|&value| value != 0) {
            for (digit, rest) in digits.iter_mut().zip(&mut rest) {
                // The digit in [-64, 63]; what is left divides exactly.
                let low = ((*rest + (1 << (DIGIT - 1))) & ((1 << DIGIT) - 1)) - (1 << (DIGIT - 1));
                *digit = low as i8;
                *rest = (*rest - low) >> DIGIT;
            }
            raised.take(level, &digits, terms);
            packed.products(level, &raised, &mut sums);
            for (total, &sum) in totals.iter_mut().zip(&sums) {
                *total += i64::from(sum) << shift;
            }
            shift += DIGIT;
        }
        for (z, total) in z.iter_mut().zip(totals) {
            *z += T::narrow(total);
        }
    });
}
