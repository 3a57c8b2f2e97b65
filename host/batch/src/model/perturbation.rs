//! What makes rows members.

use crate::factors::{Factors, OfMatrix, Row};
use crate::isa::{Isa, Job, Level};
use crate::matrix::{Perturb, Unperturbed};
use crate::nodes::Blocks;
use eggroll_firmware::model::{Step, Tensor};

/// What makes rows members: what [`eggroll_firmware::model::Perturbation`] is for one.
pub trait RowPerturbation {
    /// What is added to a matrix's products.
    type Perturb<'a>: Perturb
    where
        Self: 'a;

    /// That of a matrix, for products of rows from `first` on, each of which has so many places.
    fn matrix<'a>(&'a self, tensor: &Tensor, first: usize, places: usize) -> Self::Perturb<'a>;

    /// Adds what a row adds to the products of a depthwise matrix at a place, whose window is `x`.
    fn depthwise(&self, row: usize, tensor: &Tensor, x: &[i8], sums: &mut [i32]) {
        let _ = (row, tensor, x, sums);
    }

    /// A vector as a row has it.
    fn vector<'a>(&'a self, row: usize, tensor: &Tensor, base: &'a [i8]) -> &'a [i8] {
        let _ = (row, tensor);
        base
    }

    /// Embeds a row's token, whose row of the embedding is `base`; `sums` is scratch of the same length.
    fn embed(&self, row: usize, tensor: &Tensor, token: u8, base: &[i8], sums: &mut [i32], out: &mut [i8]) {
        let _ = (row, tensor, token, sums);
        out.copy_from_slice(base);
    }

    /// Sees, and may change, nodes that a step has made, row after row; `group` counts the groups of nodes of
    /// the pass.
    fn nodes(&mut self, level: Level, step: &Step, group: usize, values: &mut [i8]) {
        let _ = (level, step, group, values);
    }

    /// Sees sums of two branches before their activation, row after row.
    fn sum(&mut self, step: &Step, values: &[i8]) {
        let _ = (step, values);
    }

    /// Sees what the matrix of a step reads, row after row, but for the model's own input.
    fn input(&mut self, step: &Step, x: &[i8]) {
        let _ = (step, x);
    }

    /// Sees what a norm reads in all rows: the values of the residual stream there.
    fn stream(&mut self, step: &Step, x: &[i8]) {
        let _ = (step, x);
    }
}

/// Rows that all are the base model.
pub struct Base;

impl RowPerturbation for Base {
    type Perturb<'a> = Unperturbed;

    fn matrix(&self, _: &Tensor, _: usize, _: usize) -> Unperturbed {
        Unperturbed
    }
}

/// The base model, whose nodes somebody sees.
pub(super) struct Seen<'a> {
    pub(super) see: &'a mut dyn FnMut(&Step, &mut [i8]),
}

impl RowPerturbation for Seen<'_> {
    type Perturb<'a>
        = Unperturbed
    where
        Self: 'a;

    fn matrix(&self, _: &Tensor, _: usize, _: usize) -> Unperturbed {
        Unperturbed
    }

    fn nodes(&mut self, _: Level, step: &Step, _: usize, values: &mut [i8]) {
        (self.see)(step, values);
    }
}

/// Members of estimator `weight`.
pub(crate) struct Pairs<'a> {
    /// Their factors.
    pub(crate) factors: &'a Factors,
    /// Who they are.
    pub(crate) rows: &'a [Row],
}

impl RowPerturbation for Pairs<'_> {
    type Perturb<'a>
        = OfMatrix<'a>
    where
        Self: 'a;

    fn matrix(&self, tensor: &Tensor, first: usize, places: usize) -> OfMatrix<'_> {
        self.factors.of(tensor, &self.rows[first..], places)
    }

    fn depthwise(&self, row: usize, tensor: &Tensor, x: &[i8], sums: &mut [i32]) {
        self.factors.depthwise(self.rows[row], tensor, x, sums);
    }

    #[inline(always)]
    fn vector<'a>(&'a self, row: usize, tensor: &Tensor, _: &'a [i8]) -> &'a [i8] {
        self.factors.vector(self.rows[row], tensor)
    }

    fn embed(&self, row: usize, tensor: &Tensor, token: u8, base: &[i8], sums: &mut [i32], out: &mut [i8]) {
        self.factors.embed(self.rows[row], tensor, token, base, sums, out);
    }
}

/// Members of estimator `node`.
pub(crate) struct NodeNoise<'a> {
    /// How a member's words are laid out.
    pub(crate) blocks: &'a Blocks,
    /// The members' noise.
    pub(crate) words: &'a [u64],
    /// Size of the noise in 1/16.
    pub(crate) amplitude: i8,
    /// Rows that share their noise: 1, or both twins, the second with the opposite sign.
    pub(crate) twins: usize,
}

impl RowPerturbation for NodeNoise<'_> {
    type Perturb<'a>
        = Unperturbed
    where
        Self: 'a;

    fn matrix(&self, _: &Tensor, _: usize, _: usize) -> Unperturbed {
        Unperturbed
    }

    fn nodes(&mut self, level: Level, _: &Step, group: usize, values: &mut [i8]) {
        level.run(AddNoise { members: self, group, values });
    }
}

struct AddNoise<'a> {
    members: &'a NodeNoise<'a>,
    group: usize,
    values: &'a mut [i8],
}

impl Job for AddNoise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let NodeNoise { blocks, words, amplitude, twins } = *self.members;
        let (_, len) = blocks.group(self.group, &words[..blocks.words()]);
        if len == 0 {
            return;
        }
        for (row, values) in self.values.chunks_exact_mut(len.max(1)).enumerate() {
            let at = row / twins * blocks.words();
            let (bits, _) = blocks.group(self.group, &words[at..at + blocks.words()]);
            isa.add_node_noise(values, bits, if row % twins == 0 { amplitude } else { -amplitude });
        }
    }
}

/// The base model, recorded as [`eggroll_firmware::estimator::node::Recorder`] does it: each row's record
/// behind `skip` values of its own.
pub(crate) struct Recorder<'a> {
    /// Room for all rows.
    pub(crate) records: &'a mut [i8],
    /// Values of a row.
    pub(crate) per_row: usize,
    /// Where a row's record begins.
    pub(crate) skip: usize,
    /// Room for all nodes of all rows, where the rule against saturation needs them.
    pub(crate) nodes: &'a mut [i8],
    /// Nodes of a row.
    pub(crate) nodes_per_row: usize,
}

impl RowPerturbation for Recorder<'_> {
    type Perturb<'a>
        = Unperturbed
    where
        Self: 'a;

    fn matrix(&self, _: &Tensor, _: usize, _: usize) -> Unperturbed {
        Unperturbed
    }

    fn nodes(&mut self, _: Level, step: &Step, _: usize, values: &mut [i8]) {
        self.keep(step.to.record, values, step.to.len());
        if let Some(place) = step.nodes {
            let rows = self.nodes.chunks_exact_mut(self.nodes_per_row.max(1));
            for (to, from) in rows.zip(values.chunks_exact(place.len.max(1))) {
                to[place.at..place.at + place.len].copy_from_slice(from);
            }
        }
    }

    fn sum(&mut self, step: &Step, values: &[i8]) {
        self.keep(step.to.record, values, step.to.len());
    }

    fn input(&mut self, step: &Step, x: &[i8]) {
        if !step.from.seen {
            self.keep(step.from.record, x, step.from.len());
        }
    }
}

impl Recorder<'_> {
    /// Keeps the values of all rows, `columns` a row, where the record has a place for them.
    fn keep(&mut self, place: Option<u32>, values: &[i8], columns: usize) {
        let Some(place) = place else { return };
        let rows = self.records.chunks_exact_mut(self.per_row.max(1));
        for (to, from) in rows.zip(values.chunks_exact(columns.max(1))) {
            to[self.skip + place as usize..][..columns].copy_from_slice(from);
        }
    }
}
