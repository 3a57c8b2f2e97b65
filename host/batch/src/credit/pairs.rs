use super::outer::{self, TERMS};
use super::votes::{self, Fitness, PAIRS, Signs};
use crate::isa::{Isa, Job, Level};
use crate::nodes::Blocks;
use eggroll_firmware::estimator::weight::{Pair, vector_noise};
use eggroll_firmware::model::{Tensor, TensorKind};
use eggroll_firmware::noise::{Noise, near_normal};
use eggroll_firmware::update::{Accumulator, Credit};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};
use std::ops::Range;

/// The credit of estimator `weight`: [`eggroll_firmware::estimator::weight::GenerationCredit`], block by
/// block of pairs.
pub struct PairsCredit<'a> {
    level: Level,
    /// The pairs' constants.
    pair: Pair<'a>,
    /// Of every pair.
    fitness: &'a [i16],
    /// The same of sign noise: block by block.
    blocks: Vec<Fitness>,
    /// Sum of squared fitness.
    squares: f64,
    /// Room for a block's signs, of every thread.
    rooms: Vec<Signs>,
}

/// Mean square of a near-normal entry: the words' bytes are uniform.
const NEAR_NORMAL: f64 = 256.6;

impl<'a> PairsCredit<'a> {
    /// Takes the fitness of every pair; `pair` brings what they have in common.
    pub fn new(level: Level, pair: Pair<'a>, fitness: &'a [i16]) -> Self {
        let blocks = match pair.settings.noise {
            Noise::Sign => fitness.par_chunks(PAIRS).map(Fitness::new).collect(),
            Noise::NearNormal => Vec::new(),
        };
        let squares = fitness.iter().map(|&f| f64::from(f).powi(2)).sum();
        Self { level, pair, fitness, blocks, squares, rooms: Vec::new() }
    }

    /// The expected sum of Z^2 over a row of a matrix, were fitness and noise independent; `None` of a
    /// vector.
    pub fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        let TensorKind::Matrix { columns, .. } = tensor.kind else { return None };
        let entry = match self.pair.settings.noise {
            Noise::Sign => 1.0,
            Noise::NearNormal => NEAR_NORMAL,
        };
        Some(self.squares * self.pair.shape.rank as f64 * entry * entry * columns as f64)
    }

    fn add_signs<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (key, entries) = ([self.pair.seed, self.pair.generation], self.pair.settings.entries(tensor));
        let (_, columns) = tensor.kind.shape();
        let vector = matches!(tensor.kind, TensorKind::Vector { .. });
        let rank = if vector { 1 } else { self.pair.shape.rank };
        // A thread has blocks of its own, and a part of Z; but where blocks are few, threads share those.
        let per_room = self.blocks.len().div_ceil(rayon::current_num_threads()).max(1);
        let parts = self.blocks.len().div_ceil(per_room);
        self.rooms.resize_with(parts, Signs::default);
        let len = z.len();
        let mut others = vec![T::from(0); len * parts.saturating_sub(1)];
        let zs: Vec<&mut [T]> =
            core::iter::once(&mut *z).chain(others.chunks_exact_mut(len.max(1))).collect();
        let work = self.rooms.par_iter_mut().zip(zs).zip(self.blocks.par_chunks(per_room)).enumerate();
        work.for_each(|(part, ((signs, z), blocks))| {
            for (block, fitness) in blocks.iter().enumerate() {
                let from = (part * per_room + block) * PAIRS;
                signs.draw(self.level, key, (tensor.id, entries), (from as u32, fitness));
                votes::add(self.level, signs, fitness, (first, columns, rank, vector), z);
            }
        });
        for other in others.chunks_exact(len.max(1)) {
            z.iter_mut().zip(other).for_each(|(z, &part)| *z += part);
        }
    }

    fn add_near_normal<T: Accumulator>(&self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (len, rank) = (self.pair.settings.entries(tensor), self.pair.shape.rank);
        let pairs = (TERMS / rank).max(1);
        let mut entries = vec![0; pairs * len];
        let (blocks, key) = (Blocks::of_entries(tensor.id, len), [self.pair.seed, self.pair.generation]);
        for (block, fitness) in self.fitness.chunks(pairs).enumerate() {
            let numbered = entries.par_chunks_exact_mut(len).zip(fitness).enumerate();
            numbered.for_each_init(Vec::new, |words, (place, (entries, &f))| {
                if f != 0 {
                    words.resize(blocks.words(), 0);
                    blocks.draw(self.level, key, &[(block * pairs + place) as u32], words);
                    self.level.run(NearNormal { words, entries });
                }
            });
            match tensor.kind {
                TensorKind::Matrix { rows, columns } => {
                    // A term is a pair and a column of its factors.
                    let terms = fitness.len() * rank;
                    let mut left = Vec::with_capacity(terms * rows);
                    let mut right = Vec::with_capacity(terms * columns);
                    for (entries, &f) in entries.chunks_exact(len).zip(fitness) {
                        let (b, a) = entries.split_at(columns * rank);
                        for k in 0..rank {
                            left.extend(a.iter().skip(k).step_by(rank).map(|&a| i32::from(f) * i32::from(a)));
                            right.extend(b.iter().skip(k).step_by(rank));
                        }
                    }
                    let of_rows = |term: usize, of: Range<usize>| &left[term * rows..(term + 1) * rows][of];
                    let of_columns = |term: usize| &right[term * columns..(term + 1) * columns];
                    outer::add(self.level, (first, columns, terms), of_rows, of_columns, z);
                }
                TensorKind::Vector { .. } => {
                    z.par_iter_mut().enumerate().for_each(|(i, z)| {
                        for (entries, &f) in entries.chunks_exact(len).zip(fitness) {
                            *z += T::from(i32::from(f) * vector_noise(Noise::NearNormal, entries, first + i));
                        }
                    });
                }
            }
        }
    }
}

impl Credit for PairsCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        match self.pair.settings.noise {
            Noise::Sign => self.add_signs(tensor, first, z),
            Noise::NearNormal => self.add_near_normal(tensor, first, z),
        }
    }
}

/// Entries of words of noise, two each.
struct NearNormal<'a> {
    words: &'a [u64],
    entries: &'a mut [i8],
}

impl Job for NearNormal<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        // Side by side, in registers of 16 lanes.
        for (entries, words) in self.entries.chunks_mut(16).zip(self.words.chunks(8)) {
            let (mut halves, mut values) = ([[0; 2]; 8], [0; 16]);
            for (halves, &word) in halves.iter_mut().zip(words) {
                *halves = [word as u32, (word >> 32) as u32];
            }
            for (value, &half) in values.iter_mut().zip(halves.as_flattened()) {
                *value = near_normal(half);
            }
            entries.copy_from_slice(&values[..entries.len()]);
        }
    }
}
