use super::{Pair, vector_noise};
use crate::kernel::{
    LowRank, MAX_RANK, Twin, add_low_rank, add_low_rank_depthwise, add_node_noise, clip, low_rank_inputs,
};
use crate::model::{Memory, Perturbation, Step};
use crate::noise::Noise;
use crate::slice_ext::{copy, split};

/// A member: one twin of a pair whose factors are drawn.
pub struct Perturbed<'a> {
    pair: Pair<'a>,
    twin: Twin,
    /// `B^T x` of the first layer, where both twins see the same input.
    first: Option<[i32; MAX_RANK]>,
    factors: &'a [i8],
    rest: &'a [i8],
    /// The factors of the matrix that is being read.
    b: &'a [i8],
    a: &'a [i8],
}

impl<'a> Perturbed<'a> {
    /// A member that computes everything itself.
    pub const fn new(pair: Pair<'a>, twin: Twin, factors: &'a [i8]) -> Self {
        Self { pair, twin, first: None, factors, rest: factors, b: &[], a: &[] }
    }

    /// A member whose twin sees the same input: `first` is [`low_rank_inputs`] of the first layer, for both.
    pub const fn with_shared_input(
        pair: Pair<'a>,
        twin: Twin,
        factors: &'a [i8],
        first: [i32; MAX_RANK],
    ) -> Self {
        Self { pair, twin, first: Some(first), factors, rest: factors, b: &[], a: &[] }
    }

    fn take(&mut self, entries: usize) -> &'a [i8] {
        let (here, rest) = split(self.rest, entries);
        self.rest = rest;
        here
    }

    /// The noise of the next vector.
    fn vector_entries(&mut self, len: usize) -> &'a [i8] {
        let sign = self.pair.shape.noise == Noise::Sign;
        self.take(if sign { len } else { 2 * len })
    }
}

/// Component `i` of a vector as a member has it: `clip(v + ((sign * N) >> (4 + sigma_shift)))`, N from the
/// vector's entries of noise; unmoved where [`LowRank::vector_shift`] says so.
#[inline]
pub fn perturbed_component(v: i8, shape: LowRank, twin: Twin, entries: &[i8], i: usize) -> i8 {
    shape.vector_shift().map_or(v, |shift| {
        clip(i32::from(v) + ((twin.sign() * vector_noise(shape.noise, entries, i)) >> shift))
    })
}

/// A vector as a member has it, from its entries of noise. `room` is as long.
#[inline]
pub(crate) fn perturbed_vector<'v>(
    base: &'v [i8],
    shape: LowRank,
    twin: Twin,
    entries: &[i8],
    room: &'v mut [i8],
) -> &'v [i8] {
    let Some(shift) = shape.vector_shift() else { return base };
    copy(room, base);
    let sign = twin.sign();
    match shape.noise {
        // 256 has nothing that the shift would cut off: both signs move by as much.
        Noise::Sign => add_node_noise(room, entries, ((sign * 256) >> shift) as i16),
        Noise::NearNormal => {
            for (y, entries) in room.iter_mut().zip(entries.as_chunks::<2>().0) {
                let [a, b] = entries.map(i32::from);
                *y = clip(i32::from(*y) + ((sign * a * b) >> shift));
            }
        }
    }
    room
}

/// A row of an embedding as a member has it: a row of the factors' product is a product with a row of A, so
/// the roles of A and B are changed. `factors` holds both, B first; `sums` is scratch, as long as the row.
pub fn perturbed_row(
    token: u8,
    row: &[i8],
    shape: LowRank,
    twin: Twin,
    factors: &[i8],
    sums: &mut [i32],
    output: &mut [i8],
) {
    let sums = sums.get_mut(..row.len()).unwrap_or_default();
    sums.iter_mut().zip(row).for_each(|(sum, &w)| *sum = i32::from(w));
    if shape.embeddings_move() {
        let (b, a) = split(factors, output.len() * shape.rank);
        let mut of_token = [0; MAX_RANK];
        let at = usize::from(token) * shape.rank;
        let entries = a.get(at..at + shape.rank).unwrap_or_default();
        of_token.iter_mut().zip(entries).for_each(|(of_token, &a)| *of_token = i32::from(a));
        add_low_rank(sums, b, &of_token, twin, shape);
    }
    output.iter_mut().zip(&*sums).for_each(|(y, &sum)| *y = clip(sum));
}

impl Perturbation for Perturbed<'_> {
    #[inline]
    fn begin(&mut self) {
        self.rest = self.factors;
    }

    fn embed(&mut self, step: &Step, token: u8, row: &[i8], sums: &mut [i32], output: &mut [i8]) {
        let factors = self.take((output.len() + step.from.len()) * self.pair.shape.rank);
        perturbed_row(token, row, self.pair.shape, self.twin, factors, sums, output);
    }

    fn vector<'v>(&mut self, _: &Step, base: &'v [i8], room: &'v mut [i8]) -> &'v [i8] {
        let entries = self.vector_entries(base.len());
        perturbed_vector(base, self.pair.shape, self.twin, entries, room)
    }

    #[inline]
    fn input(&mut self, step: &Step, _: &[i8]) {
        let (rank, (rows, columns)) = (self.pair.shape.rank, step.matrix_shape());
        self.b = self.take(columns * rank);
        self.a = self.take(rows * rank);
    }

    #[inline]
    fn products(&mut self, step: &Step, input: &[i8], products: &mut [i32]) {
        let Pair { shape, .. } = self.pair;
        if cfg!(feature = "convolution") && step.is_depthwise() {
            add_low_rank_depthwise(products, self.a, self.b, input, self.twin, shape);
            return;
        }
        let sums = match self.first {
            Some(first) if step.from.memory == Memory::Input => first,
            _ => low_rank_inputs(self.b, shape.rank, input),
        };
        add_low_rank(products, self.a, &sums, self.twin, shape);
    }
}
