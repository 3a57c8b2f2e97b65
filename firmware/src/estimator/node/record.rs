//! What the base model's pass over a row leaves for the credit.

use crate::kernel::{keep_within, relu};
use crate::model::{Perturbation, Program, Step};
use crate::slice_ext::{copy, part, part_mut};

/// What a kept slot leaves for the update.
pub struct SlotCredit<'a> {
    /// What the matrices of the base model read, [`Program::record_len`].
    pub record: &'a mut [i8],
    /// The credit of all nodes, [`Program::node_count`].
    pub deltas: &'a mut [i16],
}

/// The base model, recorded: nodes before their activation, other inputs of matrices as they are read.
/// What has no room is not recorded.
pub struct Recorder<'a> {
    /// Room for the record, [`Program::record_len`].
    pub record: &'a mut [i8],
    /// Room for all nodes, [`Program::node_count`]: the rule against saturation needs those, too, that no
    /// matrix reads.
    pub nodes: &'a mut [i8],
}

impl Perturbation for Recorder<'_> {
    fn input(&mut self, step: &Step, input: &[i8]) {
        if let Some(at) = step.from.record
            && !step.from.seen
            && !self.record.is_empty()
        {
            copy(part_mut(self.record, at as usize, input.len()), input);
        }
    }

    #[cfg(feature = "convolution")]
    fn sum(&mut self, step: &Step, values: &[i8]) {
        if let Some(at) = step.to.record
            && !self.record.is_empty()
        {
            copy(part_mut(self.record, at as usize, values.len()), values);
        }
    }

    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        if let Some(at) = step.to.record
            && !self.record.is_empty()
        {
            copy(part_mut(self.record, at as usize, values.len()), values);
        }
        if let Some(nodes) = step.nodes
            && !self.nodes.is_empty()
        {
            copy(part_mut(self.nodes, nodes.at, nodes.len), values);
        }
    }
}

/// Turns recorded nodes into what their activations make of them, and takes back the credit of ReLU outputs
/// that no noise of size `amplitude` could have turned on. By the rule against saturation it also takes back
/// what would push `nodes` further out than they can go; there are none in a run without that rule.
pub fn finish(program: &Program, amplitude: i16, nodes: &[i8], out: &mut SlotCredit<'_>) {
    keep_within(out.deltas, nodes);
    for step in program.steps() {
        let (Some(gate), Some(nodes)) = (step.gate(), step.nodes) else { continue };
        let gates = part(out.record, gate as usize, nodes.len);
        for (delta, &u) in part_mut(out.deltas, nodes.at, nodes.len).iter_mut().zip(gates) {
            if i16::from(u) <= -amplitude {
                *delta = 0;
            }
        }
    }
    activate(program, out.record);
}

/// Turns what is recorded before a ReLU into what matrices have read.
pub(in crate::estimator) fn activate(program: &Program, record: &mut [i8]) {
    for step in program.steps() {
        if let (true, Some(at)) = (step.to.relu, step.to.record) {
            relu(part_mut(record, at as usize, step.to.len()));
        }
    }
}

/// What the matrix of a step has read in a row: the row's own features, or what is recorded.
pub(in crate::estimator) fn input_of<'a>(step: &Step, features: &'a [i8], record: &'a [i8]) -> &'a [i8] {
    step.from.record.map_or(features, |at| part(record, at as usize, step.from.len()))
}
