use super::{Evaluator, Lost, ReferenceEvaluator};
use crate::update::{Generation, Setup, Tally};
use async_trait::async_trait;
use eggroll_batch::answers;
use eggroll_batch::cores::Cores;
use eggroll_batch::evaluate::{is_batched, scores};
use eggroll_batch::isa::Level;
use eggroll_batch::material::Material;
use eggroll_batch::model::Model;
use eggroll_firmware::Error;
use eggroll_firmware::model::Program;
use eggroll_firmware::train::Plan;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The name that users see, and the address.
const NAME: &str = "cpu";
/// A range whose units are evaluated one by one is cut into so many pieces for each core.
const PIECES: usize = 4;

/// The host's own cores. They evaluate many members at once if the run allows it ([`is_batched`]); otherwise
/// the firmware's learner evaluates one unit after another.
pub struct Cpu {
    inner: Arc<Inner>,
}

struct Inner {
    setup: Arc<Setup>,
    plan: Plan,
    program: Arc<Program>,
    level: Level,
    /// The packed model of the latest generation, and its number.
    model: Mutex<Option<(u32, Arc<Model>)>>,
    /// Evaluators that no thread is using.
    references: Mutex<Vec<ReferenceEvaluator>>,
}

impl Cpu {
    /// Prepares for a run, and chooses the best instructions of this processor.
    ///
    /// # Errors
    /// The firmware refuses the run; [`eggroll_firmware::Setting::Task`] for a task that only a board has.
    pub fn new(setup: &Arc<Setup>) -> Result<Self, Error> {
        Self::with_level(setup, Level::best())
    }

    /// Does the same with the instructions of `level`.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(crate) fn with_level(setup: &Arc<Setup>, level: Level) -> Result<Self, Error> {
        let plan = Plan::new(setup.run.clone(), false)?;
        // This checks the samples as well.
        let references = Mutex::new(vec![ReferenceEvaluator::new(setup)?]);
        let (setup, program) = (Arc::clone(setup), Arc::new(plan.program().clone()));
        let inner = Inner { setup, plan, program, level, model: Mutex::default(), references };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    fn scores(
        &self,
        generation: u32,
        weights: &Arc<[i8]>,
        feed: &[u8],
        units: Range<u32>,
    ) -> Result<Vec<u8>, Error> {
        if answers::are_batched(&self.plan) {
            let model = self.model(generation, weights);
            let material = Material { plan: &self.plan, samples: &[], feed: &[], generation };
            return answers::scores(&model, &material, units);
        }
        if !is_batched(&self.plan) {
            return self.one_by_one(generation, weights, feed, units);
        }
        let model = self.model(generation, weights);
        let material = Material { plan: &self.plan, samples: &self.setup.samples, feed, generation };
        let Ok(scores) = scores(&mut Cores::new(&model, &material), &material, units);
        scores
    }

    /// The model with the weights of a generation. It is packed once.
    fn model(&self, generation: u32, weights: &Arc<[i8]>) -> Arc<Model> {
        let mut latest = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some((packed, model)) if *packed == generation && Arc::ptr_eq(model.weights(), weights) => {
                Arc::clone(model)
            }
            _ => {
                let model = Arc::new(Model::new(self.level, Arc::clone(&self.program), Arc::clone(weights)));
                *latest = Some((generation, Arc::clone(&model)));
                model
            }
        }
    }

    fn one_by_one(
        &self,
        generation: u32,
        weights: &[i8],
        feed: &[u8],
        units: Range<u32>,
    ) -> Result<Vec<u8>, Error> {
        let estimator = &self.setup.run.estimator;
        let pieces = (PIECES * rayon::current_num_threads()).min(units.len().max(1)) as u32;
        let cut =
            |piece: u32| units.start + (u64::from(piece) * units.len() as u64 / u64::from(pieces)) as u32;
        let of = |piece: u32| {
            let units = cut(piece)..cut(piece + 1);
            let resting = self.references.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut reference = resting.map_or_else(|| ReferenceEvaluator::new(&self.setup), Ok)?;
            let scores = reference.scores(generation, weights, feed, units.clone())?;
            self.references.lock().unwrap_or_else(PoisonError::into_inner).push(reference);
            Ok((units, scores))
        };
        let parts: Vec<_> = (0..pieces).into_par_iter().map(of).collect::<Result<_, Error>>()?;
        let mut tally = Tally::new(estimator.shape(), estimator.units());
        for (units, scores) in parts {
            tally.insert(units, &scores)?;
        }
        tally.pack(units)
    }
}

#[async_trait]
impl Evaluator for Cpu {
    fn name(&self) -> &str {
        NAME
    }

    fn most_units(&self) -> u32 {
        self.inner.setup.run.estimator.units()
    }

    fn is_host(&self) -> bool {
        true
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let lost = |reason: String| Lost { name: NAME.to_owned(), reason };
        let (inner, number) = (Arc::clone(&self.inner), generation.number);
        let (weights, feed) = (Arc::clone(&generation.weights), Arc::clone(&generation.feed));
        let evaluated =
            tokio::task::spawn_blocking(move || inner.scores(number, &weights, &feed, units)).await;
        let scores = evaluated.map_err(|error| lost(error.to_string()))?;
        scores.map_err(|error| lost(error.to_string()))
    }
}

#[cfg(test)]
#[path = "cpu_tests.rs"]
mod tests;
