//! A model, packed for products with many rows, and what makes a row a member.

mod pass;
mod perturbation;
mod windows;

pub use pass::{Inputs, Scratch, Shared, state_of, states_of};
pub use perturbation::{Base, RowPerturbation};
pub(crate) use perturbation::{NodeNoise, Pairs, Recorder};
pub(crate) use windows::gather;

use crate::isa::{Isa, Job, Level};
use crate::matrix::Packed;
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::{Program, Role, Step, Tensor, TensorKind};
use eggroll_firmware::task::Target;
use std::sync::Arc;

/// Rows of a batch: enough that a matrix is read for many of them, few enough that their activations stay
/// near. Even, so that twins stay together.
pub const ROWS: usize = 96;

/// A model at some weights.
pub struct Model {
    level: Level,
    program: Arc<Program>,
    weights: Arc<[i8]>,
    /// The id of the first of them.
    first: usize,
    parameters: Vec<(Tensor, Option<Packed>)>,
}

impl Model {
    /// Packs all matrices.
    pub fn new(level: Level, program: Arc<Program>, weights: Arc<[i8]>) -> Self {
        let pack = |tensor: Tensor| {
            let TensorKind::Matrix { rows, columns } = tensor.kind else { return (tensor, None) };
            let multiplies = tensor.role == Role::Weight;
            let w = &weights[tensor.offset..tensor.offset + tensor.len()];
            let step = program.step_of(&tensor);
            let divisor = step.map_or(Divisor::Shift(0), |step| step.divisor());
            let packs = multiplies && !step.is_some_and(|step| step.is_depthwise());
            (tensor, packs.then(|| Packed::new(level, w, rows, columns, divisor)))
        };
        let parameters = program.tensors().map(pack).collect();
        Self { level, first: program.first_tensor() as usize, program, weights, parameters }
    }

    /// The model, lowered.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its weights.
    pub const fn weights(&self) -> &Arc<[i8]> {
        &self.weights
    }

    /// Its instruction set.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The scores of rows' outputs by their targets.
    pub(super) fn scores(&self, outputs: &[i8], targets: &[Target<'_>], out: &mut Vec<i32>) {
        self.level.run(Scored { outputs, targets, out });
    }

    fn tensor(&self, id: u32) -> &Tensor {
        &self.parameters[id as usize - self.first].0
    }

    /// The vector of a step as each row has it.
    fn vectors<'a, M: RowPerturbation>(&'a self, step: &Step, members: &'a M) -> Vectors<'a, M> {
        // The bias of a product comes behind its matrix.
        let id = step.tensor + u32::from(step.is_product());
        let base = step.vector(&self.weights).unwrap_or_default();
        Vectors { members, tensor: self.tensor(id), base }
    }
}

struct Scored<'a> {
    outputs: &'a [i8],
    targets: &'a [Target<'a>],
    out: &'a mut Vec<i32>,
}

impl Job for Scored<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let each = self.outputs.len() / self.targets.len().max(1);
        self.out.clear();
        for (outputs, target) in self.outputs.chunks_exact(each.max(1)).zip(self.targets) {
            self.out.push(target.score(outputs));
        }
    }
}

/// A vector as each row has it.
pub(super) struct Vectors<'a, M> {
    members: &'a M,
    tensor: &'a Tensor,
    base: &'a [i8],
}

impl<M: RowPerturbation> Vectors<'_, M> {
    #[inline(always)]
    fn of(&self, row: usize) -> &[i8] {
        self.members.vector(row, self.tensor, self.base)
    }
}
