//! A model, packed for products with many rows, and what makes a row a member.

mod members;
mod pass;

pub use members::{Base, Members, Noisy, Pairs, Recorder};
pub use pass::{Inputs, Scratch, Shared, state_of, states_of};

use crate::isa::Level;
use crate::matrix::Packed;
use eggroll_firmware::kernel::Divisor;
use eggroll_firmware::model::{Action, Program, Role, Step, Tensor, TensorKind};
use std::sync::Arc;

/// A model at some weights.
pub struct Model {
    level: Level,
    program: Arc<Program>,
    weights: Arc<[i8]>,
    parameters: Vec<(Tensor, Option<Packed>)>,
}

impl Model {
    /// Packs all matrices.
    pub fn new(level: Level, program: Arc<Program>, weights: Arc<[i8]>) -> Self {
        let pack = |tensor: Tensor| {
            let TensorKind::Matrix { rows, columns } = tensor.kind else { return (tensor, None) };
            let multiplies = tensor.role == Role::Weight;
            let w = &weights[tensor.offset..tensor.offset + tensor.len()];
            let divisor = Divisor::for_inputs(columns as u32);
            (tensor, multiplies.then(|| Packed::new(level, w, rows, columns, divisor)))
        };
        let parameters = program.tensors().map(pack).collect();
        Self { level, program, weights, parameters }
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

    fn tensor(&self, id: u32) -> &Tensor {
        &self.parameters[id as usize].0
    }

    /// The vector of a step as each row has it.
    fn vectors<'a, M: Members>(&'a self, step: &Step, members: &'a M) -> Vectors<'a, M> {
        // The bias of a product comes behind its matrix.
        let id = step.tensor + u32::from(matches!(step.action, Action::Linear { .. }));
        let base = step.vector(&self.weights).unwrap_or_default();
        Vectors { members, tensor: self.tensor(id), base }
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
