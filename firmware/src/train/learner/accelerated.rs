use super::Learner;
use crate::Error;
use crate::accelerator::{self, Accelerator, Job};
use crate::estimator::scores::Packer;
use crate::progress::Progress;
use crate::task::{SampleStore, Task};
use crate::train::Estimator;
use core::ops::Range;

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// As [`Self::evaluate`], on an accelerator where it can; `progress` hears of what the core computes.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`].
    pub fn evaluate_on<U: Accelerator, T: Task>(
        &mut self,
        unit: &mut U,
        progress: &mut dyn Progress,
        generation: u32,
        units: Range<u32>,
        task: &mut T,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (first, count) = (units.start, units.end.wrapping_sub(units.start));
        let silent = self.plan.as_ref().is_some_and(|plan| plan.run().estimator.shape().is_silent());
        if U::PRESENT && !silent {
            self.admit(generation, first, count)?;
            let state = self.state.ok_or(Error::NotStarted)?;
            let (plan, parts) = self.parts()?;
            let run = plan.run();
            let job = Job {
                estimator: match &run.estimator {
                    Estimator::Node(node) => accelerator::Estimator::Node(node),
                    Estimator::Weight(weight) => accelerator::Estimator::Weight(weight),
                    Estimator::Guided(guided) => accelerator::Estimator::Guided(guided),
                },
                program: plan.program(),
                weights: parts.weights,
                checksum: state.checksum,
                samples: plan.samples(if run.samples() > 0 { parts.samples } else { &[] }),
                seed: run.seed,
                generation,
                units,
            };
            let mut packer = Packer::new(run.estimator.shape().from(first), count as usize, out)?;
            if unit.evaluate(&job, &mut packer) {
                return Ok(packer.finish());
            }
        }
        self.evaluate_telling(progress, generation, first, count, task, out)
    }
}
