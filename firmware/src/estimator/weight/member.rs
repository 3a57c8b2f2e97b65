use super::{Pair, vector_noise};
use crate::kernel::{MAX_RANK, Twin, add_low_rank, clip, low_rank_inputs};
use crate::model::{Layout, Perturbation};
use crate::noise::Noise;
use crate::within::split;

/// A member: one twin of a pair whose factors are drawn.
pub struct Perturbed<'a> {
    pair: Pair<'a>,
    twin: Twin,
    /// `B^T x` of the first layer, where both twins see the same input.
    first: Option<[i32; MAX_RANK]>,
    factors: &'a [i8],
    rest: &'a [i8],
}

impl<'a> Perturbed<'a> {
    /// A member that computes everything itself.
    pub const fn new(pair: Pair<'a>, twin: Twin, factors: &'a [i8]) -> Self {
        Self { pair, twin, first: None, factors, rest: factors }
    }

    /// A member whose twin sees the same input: `first` is [`low_rank_inputs`] of the first layer, for both.
    pub const fn with_shared_input(
        pair: Pair<'a>,
        twin: Twin,
        factors: &'a [i8],
        first: [i32; MAX_RANK],
    ) -> Self {
        Self { pair, twin, first: Some(first), factors, rest: factors }
    }

    /// The model.
    pub(super) const fn layout(&self) -> &'a Layout {
        self.pair.layout
    }

    fn take(&mut self, entries: usize) -> &'a [i8] {
        let (here, rest) = split(self.rest, entries);
        self.rest = rest;
        here
    }
}

impl Perturbation for Perturbed<'_> {
    #[inline]
    fn products(&mut self, layer: usize, input: &[i8], products: &mut [i32]) {
        if layer == 0 {
            self.rest = self.factors;
        }
        let rank = self.pair.shape.rank;
        let b = self.take(input.len() * rank);
        let a = self.take(products.len() * rank);
        let sums = match self.first {
            Some(first) if layer == 0 => first,
            _ => low_rank_inputs(b, rank, input),
        };
        add_low_rank(products, a, &sums, self.twin, self.pair.shape);
    }

    fn bias(&mut self, _: usize, bias: &[i8], output: &mut [i8]) {
        let (noise, shift) = (self.pair.settings.noise, self.pair.shape.vector_shift());
        let entries = self.take(if noise == Noise::Sign { bias.len() } else { 2 * bias.len() });
        for (i, (y, &v)) in output.iter_mut().zip(bias).enumerate() {
            let moved = shift.map_or(v, |shift| {
                clip(i32::from(v) + ((self.twin.sign() * vector_noise(noise, entries, i)) >> shift))
            });
            *y = clip(i32::from(*y) + i32::from(moved));
        }
    }
}
