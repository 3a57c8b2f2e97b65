use super::Guided;
use crate::credit::Accumulator;
use crate::kernel::teach;
use crate::model::Program;
use crate::slice_ext::{part, part_mut};
use crate::task::TargetKind;

/// What the kept slots of a generation teach the guide.
pub struct Lessons<'a> {
    /// Credit that the members gave hidden nodes beyond what the guide expected, a row a kept slot.
    pub residuals: &'a [i16],
    /// Errors at the outputs, a row a kept slot.
    pub errors: &'a [i8],
    /// What kind of targets the errors are of.
    pub kind: TargetKind,
}

impl Lessons<'_> {
    /// Moves the guide by a generation: `G_jc` by the rounded sum of `e_j * error_c` over the kept slots.
    /// `sums` has room for a row of the guide.
    pub fn teach<T: Accumulator>(
        &self,
        settings: &Guided,
        program: &Program,
        guide: &mut [i16],
        sums: &mut [T],
    ) {
        let (nodes, outputs) = (settings.hidden_nodes(program), program.outputs());
        let shift = settings.guide_shift(nodes, self.kind);
        let sums = part_mut(sums, 0, outputs);
        for (node, row) in guide.chunks_exact_mut(outputs.max(1)).enumerate() {
            sums.fill(T::from(0));
            let mut learned = false;
            for (slot, error) in self.errors.chunks_exact(outputs.max(1)).enumerate() {
                let [residual] = *part(self.residuals, slot * nodes + node, 1) else { continue };
                if residual != 0 {
                    learned = true;
                    T::add_multiple(sums, error, residual.into());
                }
            }
            if learned {
                teach(row, sums, shift);
            }
        }
    }
}
