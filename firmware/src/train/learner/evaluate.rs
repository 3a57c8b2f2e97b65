use super::Learner;
use super::parts::{guided_run, guided_work, node_run, node_work, pair_of, weight_work};
use crate::estimator::scores::Packer;
use crate::estimator::weight::{self, Pair, Scoring};
use crate::estimator::{guided, node};
use crate::progress::{Progress, Quiet};
use crate::task::environment::FRESH;
use crate::task::{Feed, SampleStore, Task, Trial};
use crate::train::{Estimator, TaskKind};
use crate::{Error, Setting};

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Evaluates units `first..first + count` of a generation and packs their scores into `out`; returns the
    /// bytes written.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless the weights are those of the generation before,
    /// [`Error::FrameTooSmall`], [`Error::NoSuchUnits`], [`Error::Setting`] where the run wants a task that
    /// the board lacks.
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
        let mut packer = Packer::new(run.estimator.shape().from(first), count as usize, out)?;
        let units = first..first + count;
        match &run.estimator {
            Estimator::Node(settings) => {
                let on = node_run(plan, settings, parts.weights, parts.samples, generation);
                let mut work = node_work(plan, parts.scratch, progress)?;
                for slot in on.source.first_slot(units.start)..units.end {
                    let scores = (slot >= units.start).then_some(&mut packer);
                    node::evaluate(&on, slot, on.row(slot), &mut work, scores, None);
                }
            }
            // Whoever credits slots without members sees what there is to report.
            Estimator::Guided(settings) if settings.node.members == 0 => {}
            Estimator::Guided(settings) => {
                let on = guided_run(plan, settings, parts.weights, parts.guide, parts.samples, generation);
                let mut work = guided_work(plan, settings, parts.scratch, progress)?;
                for slot in units {
                    guided::evaluate(&on, slot, on.node.row(slot), &mut work, &mut packer, None);
                }
            }
            Estimator::Weight(settings) => {
                let scoring = match (run.task.domain(), run.task, run.streams()) {
                    (Some(domain), ..) => Scoring::Environment(domain),
                    (_, TaskKind::Reward(reward), _) => Scoring::Reward(reward),
                    (.., Some(streams)) => {
                        Scoring::Streams(Feed::new(parts.samples, streams, plan.program().state_len()))
                    }
                    (_, TaskKind::Samples { .. } | TaskKind::Regression { .. }, _) => {
                        Scoring::Samples(plan.samples(parts.samples))
                    }
                    _ => Scoring::Own,
                };
                let pair = pair_of(plan, settings, generation);
                let evaluation = weight::Evaluation { pair, weights: parts.weights, scoring };
                let mut work = weight_work(plan, settings, parts.scratch, progress)?;
                evaluation.evaluate(units, task, &mut work, &mut packer)?;
            }
        }
        Ok(packer.finish())
    }

    /// Scores the weights as they are, without noise, by a task of the board's own, on a trial that no
    /// training meets.
    ///
    /// # Errors
    /// [`Error::NotStarted`]; [`Error::Setting`] where the run is not on such a task, or the board has none.
    pub fn measure<T: Task>(
        &mut self,
        trial: u32,
        task: &mut T,
        progress: &mut dyn Progress,
    ) -> Result<i32, Error> {
        let (plan, parts) = self.started()?;
        let run = plan.run();
        if !T::PRESENT {
            return Err(Error::Setting(Setting::Task));
        }
        let (TaskKind::Own, Estimator::Weight(settings)) = (run.task, &run.estimator) else {
            return Err(Error::Setting(Setting::Task));
        };
        let pair = Pair { pair: trial, ..pair_of(plan, settings, FRESH) };
        let trial = Trial { seed: pair.seed, generation: pair.generation, pair: trial };
        let evaluation = weight::Evaluation { pair, weights: parts.weights, scoring: Scoring::Own };
        let mut work = weight_work(plan, settings, parts.scratch, progress)?;
        Ok(evaluation.measure(trial, task, &mut work))
    }

    /// Products of one pass, where the run is on a task of the board's own.
    pub(crate) fn products_of_own(&self) -> Option<u32> {
        let plan = self.plan.as_ref().filter(|plan| plan.run().task == TaskKind::Own)?;
        Some(plan.program().parameters() as u32)
    }
}
