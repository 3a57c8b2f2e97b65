//! Sign noise as bit matrices: a sum of products of signs is a count of those that differ.

use crate::batch::isa::{Isa, Job, Level, VOTERS};
use eggroll_firmware::noise::{BLOCKS_PER_TENSOR, threefry2x32};
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Pairs of a word.
const WORD: usize = 64;
/// Words of a row of bits: a block of pairs. Memory grows with it, not with the population.
const WORDS: usize = 128;
/// Pairs of a block.
pub(super) const PAIRS: usize = WORD * WORDS;

/// A word of every pair in a block.
type Row = [u64; WORDS];

/// Words that are drawn and turned side by side.
const LANES: usize = 8;
/// 64 x 64 bits, [`LANES`] times.
type Squares = [[u64; LANES]; WORD];

/// The signs of one tensor's noise: a row of pairs' bits an entry.
pub(super) struct Signs {
    rows: Vec<Row>,
}

impl Signs {
    /// Draws `entries` entries of a tensor for the pairs of a block, from `first` on. Those that are not of the population
    /// are drawn, too: no fitness counts them.
    pub(super) fn draw(level: Level, key: [u32; 2], tensor: u32, entries: usize, first: u32) -> Self {
        let mut rows = vec![[0; WORDS]; entries];
        let base = tensor.wrapping_mul(BLOCKS_PER_TENSOR);
        rows.par_chunks_mut(WORD).enumerate().for_each(|(block, rows)| {
            let counter = base.wrapping_add(block as u32);
            level.run(DrawBlock { key, counter, first, rows });
        });
        Self { rows }
    }
}

/// Draws one block of noise of every pair: 64 entries, fewer at the end.
struct DrawBlock<'a> {
    key: [u32; 2],
    counter: u32,
    first: u32,
    rows: &'a mut [Row],
}

impl Job for DrawBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for part in 0..WORDS / LANES {
            let mut squares: Squares = [[0; LANES]; WORD];
            for (pair, lanes) in squares.iter_mut().enumerate() {
                for (lane, bits) in lanes.iter_mut().enumerate() {
                    let place = ((part * LANES + lane) * WORD + pair) as u32;
                    let [low, high] = threefry2x32(self.key, [self.first.wrapping_add(place), self.counter]);
                    *bits = u64::from(low) | u64::from(high) << 32;
                }
            }
            turn(&mut squares);
            for (row, lanes) in self.rows.iter_mut().zip(&squares) {
                row[part * LANES..(part + 1) * LANES].copy_from_slice(lanes);
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
    negative: Row,
    planes: Vec<(Row, i32)>,
}

impl Fitness {
    pub(super) fn new(fitness: &[i16]) -> Self {
        let bits = |of: &dyn Fn(i16) -> bool| -> Row {
            std::array::from_fn(|word| {
                let here = fitness.iter().skip(word * WORD).take(WORD).enumerate();
                here.fold(0, |bits, (i, &f)| bits | u64::from(of(f)) << i)
            })
        };
        let negative = bits(&|f| f < 0);
        let planes = (0..15).map(|bit| bits(&|f| f.unsigned_abs() >> bit & 1 == 1)).enumerate();
        let used = planes.filter(|(_, plane)| plane.iter().any(|&word| word != 0));
        Self { negative, planes: used.map(|(bit, plane)| (plane, 1 << bit)).collect() }
    }
}

/// `z_ij += sum_p f_p sum_k a_pik b_pjk` for whole rows from `first` on; a vector's B is 1.
pub(super) fn add<T: Accumulator>(
    level: Level,
    signs: &Signs,
    fitness: &Fitness,
    (first, columns, rank, vector): (usize, usize, usize, bool),
    z: &mut [T],
) {
    let one = [[0; WORDS]];
    let (b, a) = if vector { (&one[..], &*signs.rows) } else { signs.rows.split_at(columns * rank) };
    for (plane, size) in &fitness.planes {
        // What has no part in this plane is 0 in both factors, and never differs.
        let mut masked = b.to_vec();
        masked
            .par_iter_mut()
            .for_each(|row| row.iter_mut().zip(plane).for_each(|(word, mask)| *word &= mask));
        let ones: u32 = plane.iter().map(|word| word.count_ones()).sum();
        z.par_chunks_mut(VOTERS * columns).enumerate().for_each(|(group, z)| {
            let at = (first + group * VOTERS) * rank;
            let a = &a[at..at + z.len() / columns * rank];
            let votes = Votes { negative: &fitness.negative, plane, ones: ones as i32, size: *size };
            level.run(AddRows { a, b: &masked, rank, votes, columns, z });
        });
    }
}

/// A plane of the fitness.
struct Votes<'a> {
    negative: &'a Row,
    plane: &'a Row,
    ones: i32,
    size: i32,
}

/// Up to [`VOTERS`] rows of Z.
struct AddRows<'a, T> {
    a: &'a [Row],
    b: &'a [Row],
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
        let mut signed = [[0; WORDS]; VOTERS];
        for k in 0..rank {
            for (signed, a) in signed.iter_mut().zip(a.iter().skip(k).step_by(rank)) {
                for word in 0..WORDS {
                    signed[word] = (a[word] ^ votes.negative[word]) & votes.plane[word];
                }
            }
            for j in 0..columns {
                let rows = [&signed[0][..], &signed[1][..], &signed[2][..], &signed[3][..]];
                let differing = isa.differing(rows, &b[j * rank + k]);
                for (z, differing) in z.iter_mut().skip(j).step_by(columns).zip(differing) {
                    // At most 2^13 pairs of 2^14.
                    *z += T::from((votes.ones - 2 * differing as i32) * votes.size);
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
