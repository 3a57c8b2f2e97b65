//! Sign noise as bit matrices: a sum of products of signs is a count of those that differ.

use crate::batch::isa::{Isa, Job, Level};
use crate::batch::nodes::Blocks;
use eggroll_firmware::update::Accumulator;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Pairs of a word.
const WORD: usize = 64;
/// Words of a row of bits: a block of pairs. Memory grows with it, not with the population.
const WORDS: usize = 128;
/// Pairs of a block.
pub(super) const PAIRS: usize = WORD * WORDS;

/// A word of every pair in a block.
type Row = [u64; WORDS];

/// The signs of one tensor's noise: a row of pairs' bits an entry.
pub(super) struct Signs {
    rows: Vec<Row>,
}

impl Signs {
    /// Draws `entries` entries of a tensor for pairs from `first` on.
    pub(super) fn draw(
        level: Level,
        key: [u32; 2],
        tensor: u32,
        entries: usize,
        first: u32,
        pairs: usize,
    ) -> Self {
        let blocks = Blocks::new(std::iter::once((tensor, entries)));
        let mut columns = vec![0; WORDS * blocks.words() * WORD];
        columns.par_chunks_mut(blocks.words() * WORD).enumerate().for_each(|(word, columns)| {
            let of_word = pairs.saturating_sub(word * WORD).min(WORD);
            let members: Vec<u32> = (0..of_word as u32).map(|p| first + (word * WORD) as u32 + p).collect();
            let mut drawn = vec![0; of_word * blocks.words()];
            blocks.draw(level, key, &members, &mut drawn);
            for (block, square) in columns.chunks_exact_mut(WORD).enumerate() {
                for (pair, row) in drawn.chunks_exact(blocks.words()).enumerate() {
                    square[pair] = row[block];
                }
                transpose(square);
            }
        });
        let mut rows = vec![[0; WORDS]; entries];
        for (word, columns) in columns.chunks_exact(blocks.words() * WORD).enumerate() {
            rows.iter_mut().zip(columns).for_each(|(row, &bits)| row[word] = bits);
        }
        Self { rows }
    }
}

/// Turns a square of 64 x 64 bits: bit j of word i becomes bit i of word j.
fn transpose(square: &mut [u64]) {
    let (mut width, mut mask) = (32, u64::from(u32::MAX));
    while width > 0 {
        for first in (0..WORD).step_by(2 * width) {
            let (low, high) = square[first..first + 2 * width].split_at_mut(width);
            for (low, high) in low.iter_mut().zip(high) {
                let swapped = (*low >> width ^ *high) & mask;
                *high ^= swapped;
                *low ^= swapped << width;
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
    let (b, a) = if vector { (&[][..], &*signs.rows) } else { signs.rows.split_at(columns * rank) };
    z.par_chunks_mut(columns).enumerate().for_each(|(row, z)| {
        let at = (first + row) * rank;
        level.run(AddRow { a: &a[at..at + rank], b, fitness, z });
    });
}

struct AddRow<'a, T> {
    a: &'a [Row],
    /// Empty where B is 1.
    b: &'a [Row],
    fitness: &'a Fitness,
    z: &'a mut [T],
}

impl<T: Accumulator> Job for AddRow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let rank = self.a.len();
        for (plane, size) in &self.fitness.planes {
            let mut ones = 0;
            for word in plane {
                ones += word.count_ones();
            }
            for (k, a) in self.a.iter().enumerate() {
                let mut signed = [0; WORDS];
                for ((signed, &a), &negative) in signed.iter_mut().zip(a).zip(&self.fitness.negative) {
                    *signed = a ^ negative;
                }
                for (j, z) in self.z.iter_mut().enumerate() {
                    let b = self.b.get(j * rank + k).unwrap_or(&[0; WORDS]);
                    let differing = isa.differing(&signed, b, plane);
                    // At most 2^13 pairs of 2^14.
                    *z += T::from((ones as i32 - 2 * differing as i32) * size);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_turns() {
        let mut square: Vec<u64> =
            (0..64u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(i as u32)).collect();
        let before = square.clone();
        transpose(&mut square);
        for (i, before) in before.iter().enumerate() {
            for (j, after) in square.iter().enumerate() {
                assert_eq!(before >> j & 1, after >> i & 1);
            }
        }
    }
}
