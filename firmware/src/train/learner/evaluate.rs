use super::Learner;
use super::parts::{node_slot, node_work, pair_of, weight_work};
use crate::Error;
use crate::estimator::scores::Packer;
use crate::estimator::{node, weight};
use crate::task::{SampleStore, Samples, Task};
use crate::train::{Estimator, Pace, TaskKind};

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
        self.admit(generation, first, count)?;
        let (plan, parts) = self.parts()?;
        let run = plan.run();
        let mut packer = Packer::new(run.estimator.shape(), count as usize, out)?;
        let samples = Samples::new(parts.samples, plan.layout().inputs());
        match &run.estimator {
            Estimator::Node(settings) => {
                let mut work = node_work(plan, parts.scratch)?;
                for slot in first..first + count {
                    let slot = node_slot(run, settings, samples, generation, slot);
                    node::evaluate(settings, plan.layout(), parts.weights, &slot, &mut work, &mut packer);
                }
            }
            Estimator::Weight(settings) => {
                let pair = pair_of(plan, settings, generation);
                let environment = match run.task {
                    TaskKind::Environment(kind) => Some(kind),
                    TaskKind::Samples { .. } | TaskKind::Own => None,
                };
                let evaluation = weight::Evaluation { pair, weights: parts.weights, environment, samples };
                let mut work = weight_work(plan, settings, parts.scratch)?;
                evaluation.evaluate(first..first + count, task, &mut work, &mut packer)?;
            }
        }
        Ok(packer.finish())
    }

    /// Trains alone from `generation` on: evaluates, credits and steps, with no host in between, for as many
    /// generations up to `count` as have room for their scores in `out`. Those are packed one generation after
    /// another ([`Shape::first_of`](crate::estimator::scores::Shape::first_of) takes them apart). Returns the
    /// generations done, at least one unless there is an error, and the bytes written.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`] and [`Self::credit`] for the first generation; nothing has changed then.
    pub fn train<T: Task>(
        &mut self,
        generation: u32,
        count: u32,
        pace: Pace,
        task: &mut T,
        out: &mut [u8],
    ) -> Result<(u32, usize), Error> {
        self.admit(generation, 0, 0)?;
        if !self.plan.as_ref().is_some_and(crate::train::Plan::updates) {
            return Err(Error::NoLocalUpdate);
        }
        let units = self.units();
        let (mut done, mut len) = (0, 0);
        while done < count {
            let Some(here) = generation.checked_add(done) else { break };
            let room = out.get_mut(len..).unwrap_or_default();
            let packed = match self.evaluate(here, 0, units, task, room) {
                Ok(packed) => packed,
                Err(Error::FrameTooSmall { .. }) if done > 0 => break,
                Err(error) => return Err(error),
            };
            self.credit(here, 0, units, room.get(..packed).unwrap_or_default())?;
            self.step(pace.at(here))?;
            (done, len) = (done + 1, len + packed);
        }
        Ok((done, len))
    }
}
