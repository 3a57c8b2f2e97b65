//! A model, packed for products with many rows, and what makes a row a member.

mod dense;
mod recurrent;

pub use dense::Shared;
pub use recurrent::{state_of, states_of};

use super::factors::{Factors, OfMatrix, Row};
use super::isa::{Isa, Job, Level};
use super::matrix::{Packed, Perturb, Rows, Unperturbed};
use super::nodes::Blocks;
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::{Layout, Role, Tensor, TensorKind};
use std::sync::Arc;

/// A model at some weights.
pub struct Model {
    level: Level,
    layout: Arc<Layout>,
    weights: Arc<[i8]>,
    parameters: Vec<(Tensor, Option<Packed>)>,
}

/// Memory of passes over rows; it grows as it must.
#[derive(Default)]
pub struct Work {
    /// The residual stream, or the front activation.
    stream: Vec<i8>,
    branch: Vec<i8>,
    wide: Vec<i8>,
    summand: Vec<i8>,
    gated: Vec<i8>,
    logits: Vec<i8>,
    sums: Vec<i32>,
    padded: Vec<i8>,
}

/// A vector's scratch, as long as it must be.
fn room<T: Clone + Default>(values: &mut Vec<T>, len: usize) -> &mut [T] {
    if values.len() < len {
        values.resize(len, T::default());
    }
    &mut values[..len]
}

impl Model {
    /// Packs all matrices.
    pub fn new(level: Level, layout: Arc<Layout>, weights: Arc<[i8]>) -> Self {
        let pack = |tensor: Tensor| {
            let TensorKind::Matrix { rows, columns } = tensor.kind else { return (tensor, None) };
            let multiplies = tensor.role == Role::Weight;
            let w = &weights[tensor.offset..tensor.offset + tensor.len()];
            let divisor = Divisor::for_inputs(columns as u32);
            (tensor, multiplies.then(|| Packed::new(level, w, rows, columns, divisor)))
        };
        let parameters = layout.tensors().map(pack).collect();
        Self { level, layout, weights, parameters }
    }

    /// Its layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Its weights.
    pub const fn weights(&self) -> &Arc<[i8]> {
        &self.weights
    }

    /// Its instruction set.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Width and number of a recurrent model's blocks.
    pub fn blocks(&self) -> (usize, usize) {
        let width = self.layout.layers().first().map_or(0, |embedding| embedding.outputs);
        (width, self.layout.state_len() / width.max(1))
    }

    fn tensor(&self, id: u32) -> &Tensor {
        &self.parameters[id as usize].0
    }

    fn base(&self, id: u32) -> &[i8] {
        let tensor = self.tensor(id);
        &self.weights[tensor.offset..tensor.offset + tensor.len()]
    }

    /// `y = clip((W x + P) // divisor)` for all rows, of matrix `id`.
    fn linear<M: Members>(&self, id: u32, x: Rows<'_>, members: &M, y: &mut [i8]) {
        if let (tensor, Some(packed)) = &self.parameters[id as usize] {
            packed.linear(x, &members.matrix(tensor), y);
        }
    }

    /// The vector `id` as each row has it.
    fn vectors<'a, M: Members>(&'a self, id: u32, members: &'a M) -> Vectors<'a, M> {
        Vectors { members, tensor: self.tensor(id), base: self.base(id) }
    }
}

/// A vector as each row has it.
pub(super) struct Vectors<'a, M> {
    members: &'a M,
    tensor: &'a Tensor,
    base: &'a [i8],
}

impl<M: Members> Vectors<'_, M> {
    #[inline(always)]
    fn of(&self, row: usize) -> &[i8] {
        self.members.vector(row, self.tensor, self.base)
    }
}

/// What makes rows members: what [`eggroll_firmware::model::recurrent::Alteration`] and
/// [`eggroll_firmware::model::Perturbation`] are for one.
pub trait Members {
    /// What is added to a matrix's products.
    type Perturb<'a>: Perturb
    where
        Self: 'a;

    /// That of a matrix.
    fn matrix<'a>(&'a self, tensor: &Tensor) -> Self::Perturb<'a>;

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

    /// Sees, and may change, the saturated values of a group of nodes, row after row.
    fn preactivation(&mut self, level: Level, group: usize, values: &mut [i8]) {
        let _ = (level, group, values);
    }

    /// Sees the input of a matrix, `columns` values a row.
    fn input(&mut self, x: &[i8], columns: usize) {
        let _ = (x, columns);
    }
}

/// Rows that all are the base model.
pub struct Base;

impl Members for Base {
    type Perturb<'a> = Unperturbed;

    fn matrix(&self, _: &Tensor) -> Unperturbed {
        Unperturbed
    }
}

/// Members of estimator `weight`.
pub struct Pairs<'a> {
    /// Their factors.
    pub factors: &'a Factors,
    /// Who they are.
    pub rows: &'a [Row],
}

impl Members for Pairs<'_> {
    type Perturb<'a>
        = OfMatrix<'a>
    where
        Self: 'a;

    fn matrix(&self, tensor: &Tensor) -> OfMatrix<'_> {
        self.factors.of(tensor, self.rows)
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
pub struct Noisy<'a> {
    /// How a member's words are laid out.
    pub blocks: &'a Blocks,
    /// The members' noise.
    pub words: &'a [u64],
    /// Size of the noise in 1/16.
    pub amplitude: i8,
    /// Rows that share their noise: 1, or both twins, the second with the opposite sign.
    pub twins: usize,
}

impl Members for Noisy<'_> {
    type Perturb<'a>
        = Unperturbed
    where
        Self: 'a;

    fn matrix(&self, _: &Tensor) -> Unperturbed {
        Unperturbed
    }

    fn preactivation(&mut self, level: Level, group: usize, values: &mut [i8]) {
        level.run(AddNoise { members: self, group, values });
    }
}

struct AddNoise<'a> {
    members: &'a Noisy<'a>,
    group: usize,
    values: &'a mut [i8],
}

impl Job for AddNoise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Noisy { blocks, words, amplitude, twins } = *self.members;
        let (_, len) = blocks.group(self.group, &words[..blocks.words()]);
        for (row, values) in self.values.chunks_exact_mut(len.max(1)).enumerate() {
            let at = row / twins * blocks.words();
            let (bits, _) = blocks.group(self.group, &words[at..at + blocks.words()]);
            isa.add_node_noise(values, bits, if row % twins == 0 { amplitude } else { -amplitude });
        }
    }
}

/// The base model, whose inputs of matrices are kept: those of a row one after another.
pub struct Recorder<'a> {
    /// Room for all rows.
    pub inputs: &'a mut [i8],
    /// Inputs of a row.
    pub per_row: usize,
    /// Those that are there.
    pub at: usize,
}

impl Members for Recorder<'_> {
    type Perturb<'a>
        = Unperturbed
    where
        Self: 'a;

    fn matrix(&self, _: &Tensor) -> Unperturbed {
        Unperturbed
    }

    fn input(&mut self, x: &[i8], columns: usize) {
        self.keep(x, columns);
    }
}

impl Recorder<'_> {
    /// Rows that there is room for.
    pub(super) fn rows(&self) -> usize {
        self.inputs.len() / self.per_row.max(1)
    }

    /// Keeps the values of all rows behind those that are there, `columns` a row.
    pub(super) fn keep(&mut self, values: &[i8], columns: usize) {
        let rows = self.inputs.chunks_exact_mut(self.per_row.max(1));
        for (to, from) in rows.zip(values.chunks_exact(columns.max(1))) {
            to[self.at..self.at + columns].copy_from_slice(from);
        }
        self.at += columns;
    }
}
