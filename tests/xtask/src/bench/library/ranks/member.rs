//! Members whose matrices have a rank each: what estimator `weight` would be if its rank were not one for
//! all. With one rank for all they are its members, bit for bit.

use eggroll_firmware::estimator::weight::perturbed_component;
use eggroll_firmware::kernel::{LowRank, MAX_RANK, Twin, add_low_rank, low_rank_inputs};
use eggroll_firmware::model::{Memory, Perturbation, Program, Step, Tensor, TensorKind};
use eggroll_firmware::noise::{Address, Noise, Stream};

/// The noise of one pair.
pub(super) struct Factors {
    tensors: Vec<Drawn>,
    sigma_shift: u8,
}

/// The noise of one tensor.
struct Drawn {
    tensor: Tensor,
    rank: usize,
    /// Both factors of a matrix, B first; or the entries of a vector.
    entries: Vec<i8>,
    /// B with its ranks one after another, for the credit.
    columns: Vec<i8>,
}

impl Factors {
    pub(super) fn new(program: &Program, sigma_shift: u8) -> Self {
        let drawn = |tensor| Drawn { tensor, rank: 1, entries: Vec::new(), columns: Vec::new() };
        Self { tensors: program.tensors().map(drawn).collect(), sigma_shift }
    }

    /// Draws the noise of a pair, with a rank for each tensor; that of a vector means nothing.
    pub(super) fn draw(&mut self, seed: u32, generation: u32, pair: u32, ranks: &[usize]) {
        for (drawn, &rank) in self.tensors.iter_mut().zip(ranks) {
            let at = Address { seed, generation, index: pair, tensor: drawn.tensor.id };
            drawn.rank = rank;
            let entries = match drawn.tensor.kind {
                TensorKind::Matrix { rows, columns } => (rows + columns) * rank,
                TensorKind::Vector { len } => len,
            };
            drawn.entries.resize(entries, 0);
            Noise::Sign.fill(&mut Stream::new(at), &mut drawn.entries);
        }
    }

    /// `B^T x` of the first matrix, which both twins share where they see the same input.
    pub(super) fn first_inputs(&self, input: &[i8]) -> [i32; MAX_RANK] {
        let Some(first) = self.tensors.first() else { return [0; MAX_RANK] };
        low_rank_inputs(&first.entries[..input.len() * first.rank], first.rank, input)
    }

    /// Adds the credit of the pair's fitness to `z`, all parameters in declared order.
    pub(super) fn credit(&mut self, fitness: i16, z: &mut [i32]) {
        let f = i32::from(fitness);
        for drawn in self.tensors.iter_mut().filter(|_| f != 0) {
            let z = &mut z[drawn.tensor.offset..][..drawn.tensor.len()];
            drawn.credit(f, z);
        }
    }
}

impl Drawn {
    fn credit(&mut self, f: i32, z: &mut [i32]) {
        let rank = self.rank;
        let TensorKind::Matrix { columns, .. } = self.tensor.kind else {
            z.iter_mut().zip(&self.entries).for_each(|(z, &entry)| *z += f * i32::from(entry));
            return;
        };
        let (b, a) = self.entries.split_at(columns * rank);
        self.columns.clear();
        for k in 0..rank {
            self.columns.extend(b.iter().skip(k).step_by(rank));
        }
        for (row, a) in z.chunks_exact_mut(columns).zip(a.chunks_exact(rank)) {
            for (&a, b) in a.iter().zip(self.columns.chunks_exact(columns)) {
                let fa = f * i32::from(a);
                row.iter_mut().zip(b).for_each(|(z, &b)| *z += fa * i32::from(b));
            }
        }
    }
}

/// One twin of a pair.
pub(super) struct Moved<'a> {
    factors: &'a Factors,
    twin: Twin,
    /// [`Factors::first_inputs`], where both twins see the same.
    first: Option<[i32; MAX_RANK]>,
    /// Tensors that the pass has come to.
    met: usize,
}

impl<'a> Moved<'a> {
    pub(super) const fn new(factors: &'a Factors, twin: Twin, first: Option<[i32; MAX_RANK]>) -> Self {
        Self { factors, twin, first, met: 0 }
    }

    const fn shape(&self, rank: usize) -> LowRank {
        LowRank { rank, noise: Noise::Sign, sigma_shift: self.factors.sigma_shift, wide: false }
    }
}

impl Perturbation for Moved<'_> {
    fn begin(&mut self) {
        self.met = 0;
    }

    fn vector<'v>(&mut self, _: &Step, base: &'v [i8], room: &'v mut [i8]) -> &'v [i8] {
        let entries = &self.factors.tensors[self.met].entries;
        self.met += 1;
        for (i, (moved, &v)) in room.iter_mut().zip(base).enumerate() {
            *moved = perturbed_component(v, self.shape(1), self.twin, entries, i);
        }
        room
    }

    fn input(&mut self, _: &Step, _: &[i8]) {
        self.met += 1;
    }

    fn products(&mut self, step: &Step, input: &[i8], products: &mut [i32]) {
        let Drawn { entries, rank, .. } = &self.factors.tensors[self.met - 1];
        let (b, a) = entries.split_at(input.len() * rank);
        let sums = match self.first {
            Some(first) if step.from.memory == Memory::Input => first,
            _ => low_rank_inputs(b, *rank, input),
        };
        add_low_rank(products, a, &sums, self.twin, self.shape(*rank));
    }
}
