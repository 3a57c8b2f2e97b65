//! Sums of outer products, as int8 products of matrices.

use crate::isa::{Isa, Job, Level};
use crate::matrix::{Packed, Rows, padded};
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Terms that are summed at once: enough to hide the packing.
pub(super) const TERMS: usize = 2048;
/// Bits of a digit of a left factor, which may be larger than an i8.
const DIGIT: u32 = 7;

/// Terms that are turned at once: what is read of them stays near while it is written row by row.
const TURNED: usize = 16;

/// `z_ij += sum_s left[s][i] right[s][j]` for whole rows from `first` on, `terms` of them, at most [`TERMS`].
/// `right` brings a term's `columns` factors, within +-127; `left` those of some rows.
pub(super) fn add<'r, T: Accumulator, L: Copy + Into<i32> + Send + Sync + 'r>(
    level: Level,
    (first, columns, terms): (usize, usize, usize),
    left: impl Fn(usize, Range<usize>) -> &'r [L] + Sync,
    right: impl Fn(usize) -> &'r [i8],
    z: &mut [T],
) {
    if terms == 0 || columns == 0 {
        return;
    }
    let packed = Packed::transposed(level, terms, columns, right);
    // A few rows a core at a time.
    let rows = (z.len() / columns).div_ceil(4 * rayon::current_num_threads()).clamp(1, 96);
    z.par_chunks_mut(rows * columns).enumerate().for_each(|(chunk, z)| {
        let first = first + chunk * rows;
        let rows = first..first + z.len() / columns;
        let left: Vec<&[L]> = (0..terms).map(|term| left(term, rows.clone())).collect();
        let largest = level.run(Largest { left: &left });
        let mut digits = vec![0; rows.len() * padded(terms)];
        let (mut sums, mut totals) = (vec![0; z.len()], vec![0i64; z.len()]);
        let mut digit = Digit { number: 0, last: largest <= 127 };
        loop {
            level.run(Turn { left: &left, digit, to: &mut digits });
            packed.products(Rows::of_padded(&digits, terms), &mut sums);
            // The parts of a sum may be larger than the sum.
            for (total, &sum) in totals.iter_mut().zip(&sums) {
                *total += i64::from(sum) << (DIGIT * digit.number);
            }
            if digit.last {
                break;
            }
            digit.number += 1;
            // A digit takes 64 at most with it.
            digit.last = (largest >> (DIGIT * digit.number)) < 127;
        }
        for (z, total) in z.iter_mut().zip(totals) {
            *z += T::narrow(total);
        }
        level.release();
    });
}

/// Which digit of a value: in [-64, 63], and the last is what is left.
#[derive(Clone, Copy)]
struct Digit {
    number: u32,
    last: bool,
}

impl Digit {
    #[inline(always)]
    fn of(self, value: i32) -> i8 {
        let mut rest = value;
        for _ in 0..self.number {
            // What is left divides exactly.
            rest = (rest - low(rest)) >> DIGIT;
        }
        (if self.last { rest } else { low(rest) }) as i8
    }
}

#[inline(always)]
const fn low(value: i32) -> i32 {
    ((value + (1 << (DIGIT - 1))) & ((1 << DIGIT) - 1)) - (1 << (DIGIT - 1))
}

struct Largest<'a, L> {
    left: &'a [&'a [L]],
}

impl<L: Copy + Into<i32>> Job for Largest<'_, L> {
    type Output = u32;

    #[inline(always)]
    fn run<I: Isa>(self, _: I) -> u32 {
        let mut largest = 0;
        for term in self.left {
            for &value in *term {
                largest = largest.max(Into::<i32>::into(value).unsigned_abs());
            }
        }
        largest
    }
}

/// Writes a digit of all factors, row by row.
struct Turn<'a, L> {
    left: &'a [&'a [L]],
    digit: Digit,
    /// Rows of so many terms, padded.
    to: &'a mut [i8],
}

impl<L: Copy + Into<i32>> Job for Turn<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let rows = self.left.first().map_or(0, |term| term.len());
        let padded = self.to.len() / rows.max(1);
        for (block, terms) in self.left.chunks(TURNED).enumerate() {
            for (row, to) in self.to.chunks_exact_mut(padded).enumerate() {
                for (to, term) in to[block * TURNED..].iter_mut().zip(terms) {
                    *to = self.digit.of(term[row].into());
                }
            }
        }
    }
}
