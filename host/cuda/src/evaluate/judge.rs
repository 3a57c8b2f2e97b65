//! What members of a run with a guide are judged by.

use super::pass::{Keep, Launched, Perturbation, Reads};
use super::worker::Worker;
use crate::args::Judged;
use crate::device::DeviceError;
use eggroll_batch::engine::{Engine, Row, Size, Who};
use eggroll_firmware::task::Samples;
use eggroll_firmware::train::Estimator;
use zerocopy::IntoBytes;

/// The errors of the base model's outputs on samples, and what a report subtracts: the sum of the errors
/// times these outputs. The host keeps them, and a launch takes along those that its rows need. So they stay
/// good for as long as they are there, and a device has room for one launch only.
#[doc(hidden)]
#[derive(Default)]
pub struct Judge {
    /// [`Worker::outputs_len`] bytes a sample, with zeros behind the outputs.
    errors: Vec<i8>,
    bases: Vec<i32>,
}

impl Worker {
    /// Runs the base model over samples; returns what its outputs there are judged by, and its scores.
    pub(super) fn judge(&mut self, indices: &[u32]) -> Result<(Judge, Vec<i32>), DeviceError> {
        let parts = self.in_parts(indices.len(), Size { members: 0, rows: 1 }, |worker, part| {
            let indices = &indices[part];
            let rows: Vec<Launched> = indices.iter().map(|&index| [0, index]).collect();
            let reads = Reads::Samples { keep: Keep::Outputs };
            let scores = worker.pass(Perturbation::None, reads, &rows)?;
            let mut outputs = vec![0; rows.len() * worker.outputs_len()];
            worker.logits.read(&mut outputs)?;
            Ok((scores, worker.judge_outputs(indices, bytemuck::cast_slice(&outputs))))
        })?;
        let (mut judge, mut all) = (Judge::default(), Vec::with_capacity(indices.len()));
        for (scores, part) in parts {
            all.extend(scores);
            judge.errors.extend(part.errors);
            judge.bases.extend(part.bases);
        }
        Ok((judge, all))
    }

    fn judge_outputs(&self, indices: &[u32], outputs: &[i8]) -> Judge {
        let (width, step) = (self.plan.program().outputs(), self.outputs_len());
        // Records without their features.
        let targets = Samples::with(&self.targets, 0, self.plan.run().target_kind());
        let mut errors = vec![0; outputs.len()];
        let of_samples = errors.chunks_exact_mut(step).zip(outputs.chunks_exact(step)).zip(indices);
        let bases = of_samples.map(|((error, outputs), &index)| {
            let (error, outputs) = (&mut error[..width], &outputs[..width]);
            targets.get(index).1.error(outputs, error);
            error.iter().zip(outputs).map(|(&error, &output)| i32::from(error) * i32::from(output)).sum()
        });
        let bases = bases.collect();
        Judge { errors, bases }
    }

    /// Reports of members on samples, a row each.
    pub(super) fn reports(
        &mut self,
        judge: &Judge,
        indices: &[u32],
        rows: &[Row],
    ) -> Result<Vec<i32>, DeviceError> {
        let step = self.outputs_len();
        let (mut judged, mut errors, mut before) = (Vec::new(), Vec::new(), None);
        let mut launched: Vec<Launched> = Vec::with_capacity(rows.len());
        for row in rows {
            // Members on the same sample follow each other.
            if before.replace(row.input) != Some(row.input) {
                let place = row.input as usize;
                judged.push(Judged { sample: indices[place], base: judge.bases[place] });
                errors.extend_from_slice(&judge.errors[place * step..][..step]);
            }
            launched.push([row.noise, judged.len() as u32 - 1]);
        }
        self.judged.fit(judged.as_bytes().len())?.write(judged.as_bytes())?;
        self.errors.fit(errors.len())?.write(bytemuck::cast_slice(&errors))?;
        self.pass(self.members(Who::Members), Reads::Judged, &launched)
    }

    /// Bytes that a slot of a run with a guide takes: outputs or errors, and what goes with these.
    pub(super) fn judge_bytes(&self) -> u64 {
        match &self.plan.run().estimator {
            Estimator::Guided(_) => (self.outputs_len() + size_of::<Judged>()) as u64,
            Estimator::Weight(_) | Estimator::Node(_) => 0,
        }
    }
}
