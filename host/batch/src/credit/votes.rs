//! Sign noise as bit matrices: a sum of products of signs is a count of those that differ.

use crate::isa::{Isa, Job, Level, VOTERS};
use eggroll_firmware::noise::{block_counter, threefry2x32};
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

/// Pairs of a word.
const WORD: usize = 64;
/// Words of the longest row of bits: a block of pairs. Memory grows with it, not with the population.
const WORDS: usize = 256;
/// Pairs of a block.
pub(super) const PAIRS: usize = WORD * WORDS;

/// Words that are turned side by side. Rows are whole multiples of it.
const LANES: usize = 8;
/// 64 x 64 bits, [`LANES`] times.
type Squares = [[u64; LANES]; WORD];
/// Neighbours that are drawn side by side, in each lane.
const NEIGHBOURS: usize = 2;

/// The signs of one tensor's noise: a row of pairs' bits an entry.
#[derive(Default)]
pub(super) struct Signs {
    bits: Vec<u64>,
    /// Words of a row.
    words: usize,
    /// Those of B that have a part in a plane of the fitness.
    masked: Vec<u64>,
}

impl Signs {
    /// Draws `entries` entries of a tensor for the pairs of a block, which begins at `first`. Rows end with
    /// pairs that are not of the population: no fitness counts them.
    pub(super) fn draw(
        &mut self,
        level: Level,
        key: [u32; 2],
        (tensor, entries): (u32, usize),
        (first, fitness): (u32, &Fitness),
    ) {
        let words = fitness.negative.len();
        self.words = words;
        self.bits.resize(entries * words, 0);
        self.bits.par_chunks_mut(WORD * words).enumerate().for_each(|(block, rows)| {
            let counter = block_counter(tensor, block as u32);
            level.run(DrawBlock { key, counter, first, words, rows });
        });
    }
}

/// Draws one block of noise of every pair: 64 entries, fewer at the end.
struct DrawBlock<'a> {
    key: [u32; 2],
    counter: u32,
    first: u32,
    words: usize,
    rows: &'a mut [u64],
}

impl Job for DrawBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for part in (0..self.words).step_by(LANES) {
            let mut squares: Squares = [[0; LANES]; WORD];
            let first = self.first.wrapping_add((part * WORD) as u32);
            for (step, neighbours) in squares.as_chunks_mut::<NEIGHBOURS>().0.iter_mut().enumerate() {
                let (mut low, mut high) = ([0; NEIGHBOURS * LANES], [0; NEIGHBOURS * LANES]);
                for (i, (low, high)) in low.iter_mut().zip(&mut high).enumerate() {
                    let place = (i % LANES * WORD + step * NEIGHBOURS + i / LANES) as u32;
                    [*low, *high] = threefry2x32(self.key, [first.wrapping_add(place), self.counter]);
                }
                for ((bits, low), high) in neighbours.as_flattened_mut().iter_mut().zip(low).zip(high) {
                    *bits = u64::from(low) | u64::from(high) << 32;
                }
            }
            turn(&mut squares);
            for (row, lanes) in self.rows.chunks_exact_mut(self.words).zip(&squares) {
                row[part..part + LANES].copy_from_slice(lanes);
            }
        }
    }
}

/// Turns squares of 64 x 64 bits: bit j of word i becomes bit i of word j.
#[allow(clippy::needless_range_loop, reason = "a lane of two words at once")]
#[inline(always)]
fn turn(squares: &mut Squares) {
    let (mut width, mut mask) = (WORD / 2, u64::from(u32::MAX));
    while width > 0 {
        for first in (0..WORD).step_by(2 * width) {
            for low in first..first + width {
                for lane in 0..LANES {
                    let (a, b) = (squares[low][lane], squares[low + width][lane]);
                    let swapped = (a >> width ^ b) & mask;
                    squares[low + width][lane] = b ^ swapped;
                    squares[low][lane] = a ^ swapped << width;
                }
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// The fitness of a block of pairs: its sign, and a row of bits for every bit of its size.
pub(super) struct Fitness {
    negative: Vec<u64>,
    planes: Vec<(Vec<u64>, i32)>,
}

impl Fitness {
    pub(super) fn new(fitness: &[i16]) -> Self {
        let words = fitness.len().div_ceil(WORD).next_multiple_of(LANES);
        let bits = |of: &dyn Fn(i16) -> bool| -> Vec<u64> {
            let here = fitness.chunks(WORD);
            let mut row: Vec<u64> = here
                .map(|here| here.iter().enumerate().fold(0, |bits, (i, &f)| bits | u64::from(of(f)) << i))
                .collect();
            row.resize(words, 0);
            row
        };
        let largest = fitness.iter().map(|f| f.unsigned_abs()).max().unwrap_or(0);
        let planes = (0..u16::BITS - largest.leading_zeros())
            .map(|bit| (bits(&|f| f.unsigned_abs() >> bit & 1 == 1), 1 << bit));
        let used = planes.filter(|(plane, _)| plane.iter().any(|&word| word != 0));
        Self { negative: bits(&|f| f < 0), planes: used.collect() }
    }
}

/// `z_ij += sum_p f_p sum_k a_pik b_pjk` for whole rows from `first` on; a vector's B is 1.
pub(super) fn add<T: Accumulator>(
    level: Level,
    signs: &mut Signs,
    fitness: &Fitness,
    (first, columns, rank, vector): (usize, usize, usize, bool),
    z: &mut [T],
) {
    let Signs { bits, words, masked } = signs;
    let words = *words;
    let one = vec![0; words];
    let (b, a) = if vector { (&*one, &**bits) } else { bits.split_at(columns * rank * words) };
    masked.resize(b.len(), 0);
    for (plane, size) in &fitness.planes {
        // What has no part in this plane is 0 in both factors, and never differs.
        let rows = masked.par_chunks_exact_mut(words).zip(b.par_chunks_exact(words));
        rows.with_min_len(64).for_each(|(masked, row)| {
            masked.iter_mut().zip(row).zip(plane).for_each(|((masked, word), mask)| *masked = word & mask);
        });
        let ones: u32 = plane.iter().map(|word| word.count_ones()).sum();
        z.par_chunks_mut(VOTERS * columns).enumerate().for_each(|(group, z)| {
            let at = (first + group * VOTERS) * rank * words;
            let a = &a[at..at + z.len() / columns * rank * words];
            let votes = Votes { negative: &fitness.negative, plane, ones: ones as i32, size: *size };
            level.run(AddRows { a, b: masked, rank, votes, columns, z });
        });
    }
}

/// A plane of the fitness.
struct Votes<'a> {
    negative: &'a [u64],
    plane: &'a [u64],
    ones: i32,
    size: i32,
}

/// Up to [`VOTERS`] rows of Z.
struct AddRows<'a, T> {
    a: &'a [u64],
    b: &'a [u64],
    rank: usize,
    votes: Votes<'a>,
    columns: usize,
    z: &'a mut [T],
}

impl<T: Accumulator> Job for AddRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Self { a, b, rank, votes, columns, z } = self;
        let words = votes.plane.len();
        let row = |row: usize| &b[row * words..(row + 1) * words];
        let mut signed = [[0; WORDS]; VOTERS];
        for k in 0..rank {
            for (signed, a) in signed.iter_mut().zip(a.chunks_exact(words).skip(k).step_by(rank)) {
                for ((signed, a), (negative, plane)) in
                    signed.iter_mut().zip(a).zip(votes.negative.iter().zip(votes.plane))
                {
                    *signed = (a ^ negative) & plane;
                }
            }
            let of_rows = signed.each_ref().map(|row| &row[..words]);
            for j in (0..columns).step_by(VOTERS) {
                // A block of fewer columns counts its last one again.
                let of_columns = [0, 1, 2, 3].map(|c| row((j + c).min(columns - 1) * rank + k));
                let differing = isa.differing(of_rows, of_columns);
                for (z, differing) in z.chunks_exact_mut(columns).zip(differing) {
                    for (z, differing) in z[j..].iter_mut().zip(differing) {
                        // At most 2^14 pairs of 2^14.
                        *z += T::from((votes.ones - 2 * differing as i32) * votes.size);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::needless_range_loop, reason = "i and j change places")]
    fn squares_turn() {
        let word = |i: usize| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(i as u32 % 64);
        let before: Squares = std::array::from_fn(|i| std::array::from_fn(|lane| word(LANES * i + lane)));
        let mut squares = before;
        turn(&mut squares);
        for lane in 0..LANES {
            for i in 0..WORD {
                for j in 0..WORD {
                    assert_eq!(before[i][lane] >> j & 1, squares[j][lane] >> i & 1);
                }
            }
        }
    }
}
