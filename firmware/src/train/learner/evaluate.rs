use super::parts::{node_slot, node_work, pair_of, weight_work};
use super::{Learner, feed};
use crate::Error;
use crate::estimator::scores::Packer;
use crate::estimator::{node, weight};
use crate::progress::{Progress, Quiet};
use crate::task::{SampleStore, Samples, Task};
use crate::train::{Estimator, TaskKind};

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Evaluates units `first..first + count` of a generation and packs their scores into `out`; returns the
    /// bytes written.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless the weights are those of the generation before,
    /// [`Error::FrameTooSmall`], [`Error::NoSuchUnits`], [`Error::Setting`] where the run wants a task that the
    /// board lacks.
    pub fn evaluate<T: Task>(
        &mut self,
        generation: u32,
        first: u32,
        count: u32,
        task: &mut T,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.evaluate_telling(&mut Quiet, generation, first, count, task, out)
    }

    /// [`Self::evaluate`] that tells how far it is.
    pub(super) fn evaluate_telling<T: Task>(
        &mut self,
        progress: &mut dyn Progress,
        generation: u32,
        first: u32,
        count: u32,
        task: &mut T,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.admit(generation, first, count)?;
        self.check_fed()?;
        let (plan, parts) = self.parts()?;
        let run = plan.run();
        let mut packer = Packer::new(run.estimator.shape(), count as usize, out)?;
        if let Some(streams) = run.streams() {
            feed::evaluate(plan, parts, streams, generation, first..first + count, &mut packer, progress)?;
            return Ok(packer.finish());
        }
        let samples = Samples::new(parts.samples, plan.layout().inputs());
        match &run.estimator {
            Estimator::Node(settings) => {
                let mut work = node_work(plan, parts.scratch, progress)?;
                for slot in first..first + count {
                    let slot = node_slot(run, settings, samples, generation, slot);
                    node::evaluate(
                        settings,
                        plan.layout(),
                        parts.weights,
                        &slot,
                        &mut work,
                        &mut packer,
                        None,
                    );
                }
            }
            Estimator::Weight(settings) => {
                let pair = pair_of(plan, settings, generation);
                let environment = match run.task {
                    TaskKind::Environment(kind) => Some(kind),
                    TaskKind::Samples { .. } | TaskKind::Own | TaskKind::Text { .. } => None,
                };
                let evaluation = weight::Evaluation { pair, weights: parts.weights, environment, samples };
                let mut work = weight_work(plan, settings, parts.scratch, progress)?;
                evaluation.evaluate(first..first + count, task, &mut work, &mut packer)?;
            }
        }
        Ok(packer.finish())
    }
}
