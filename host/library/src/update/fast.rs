//! The update on all cores. It moves the weights exactly as the firmware's learner would by the same scores.

use super::Outcome;
use super::offload::{CheckedOffload, OffloadedCredit};
use super::signal::{Measured, Signal};
use eggroll_batch::credit::{PairsCredit, SlotsCredit, TextStep, carry, step_text};
use eggroll_batch::isa::Level;
use eggroll_batch::material::Material;
use eggroll_batch::model::Model;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::{Explained, Guided};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{Pair, Weight};
use eggroll_firmware::model::Program;
use eggroll_firmware::train::{Estimator, Learner, Plan, State};
use std::sync::Arc;

/// With fewer units, the learner alone is as fast.
const WORTH_IT: u32 = 64;

/// Updates of a run whose generations are large enough to be spread over all cores.
#[derive(Clone)]
pub(super) struct Fast {
    plan: Arc<Plan>,
    program: Arc<Program>,
    samples: Arc<[u8]>,
    level: Level,
    units: CreditedUnits,
}

/// The kind of the units that are credited.
#[derive(Clone, Copy)]
enum CreditedUnits {
    Pairs(Weight),
    Slots(Node),
    /// Tokens of a text, by a guide alone.
    Tokens(Guided),
}

/// The result of an update.
pub(super) struct Applied {
    pub(super) state: State,
    /// How many weights moved.
    pub(super) moved: u32,
    /// The base model's states after the streams of a text; empty for another task.
    pub(super) carried: Vec<i8>,
    /// The size of the credit.
    pub(super) signal: Signal,
    /// What the guide makes of the reports.
    pub(super) explained: Explained,
}

impl Fast {
    /// Returns `None` for a run whose generations are so small that the learner alone is as fast.
    pub(super) fn new(plan: &Plan, samples: &[u8], level: Level) -> Option<Self> {
        let run = plan.run();
        let units = match (&run.estimator, run.estimator.crediting_pairs()) {
            (_, Some(weight)) if weight.pairs >= WORTH_IT => CreditedUnits::Pairs(*weight),
            (Estimator::Guided(guided), _) if plan.credits_text() => CreditedUnits::Tokens(*guided),
            (Estimator::Node(node), _) if node.slots >= WORTH_IT => CreditedUnits::Slots(*node),
            _ => return None,
        };
        let (plan, program) = (Arc::new(plan.clone()), Arc::new(plan.program().clone()));
        Some(Self { plan, program, samples: samples.into(), level, units })
    }

    /// Moves a learner's weights by an outcome, and leaves parts of the work to `offload`. The caller has
    /// checked that the outcome is of the next generation.
    ///
    /// # Errors
    /// [`Error::BadScores`]; those of [`Learner::step_with`].
    pub(super) fn apply(
        &self,
        learner: &mut Learner<Vec<u64>>,
        feed: &[u8],
        outcome: &Outcome,
        offload: Option<&CheckedOffload>,
    ) -> Result<Applied, Error> {
        let (run, generation) = (self.plan.run(), outcome.number);
        let material = Material { plan: &self.plan, samples: &self.samples, feed, generation };
        let scores = Scores::new(run.estimator.shape(), run.estimator.units() as usize, &outcome.scores)?;
        let (carried, (state, moved), signal) = match &self.units {
            CreditedUnits::Pairs(settings) => {
                let carried = material.text().map(|(streams, text)| {
                    let weights: Arc<[i8]> = learner.weights().into();
                    let on_host = || {
                        let model = Model::new(self.level, Arc::clone(&self.program), Arc::clone(&weights));
                        carry(&model, streams, text)
                    };
                    match offload {
                        Some(offload) => offload.carried(generation, (&weights, feed), on_host),
                        None => on_host(),
                    }
                });
                let (shape, program, seed) = (self.plan.low_rank(settings), &*self.program, run.seed);
                let pair = Pair { settings, shape, program, seed, generation, pair: 0 };
                let fitness: Vec<i16> = scores.values().collect();
                let credit = PairsCredit::new(self.level, pair, &fitness);
                let credit = OffloadedCredit { credit, offload, generation, fitness: &fitness };
                let mut measured = Measured { credit, signal: Signal::default() };
                let stepped = learner.step_with(outcome.rate, &mut measured)?;
                if let Some(offload) = offload {
                    offload.has_been_compared();
                }
                (carried.unwrap_or_default(), stepped, measured.signal)
            }
            CreditedUnits::Tokens(settings) => {
                let TextStep { stepped, carried } =
                    step_text(self.level, learner, &material, settings, outcome.rate)?;
                (carried, stepped, Signal::default())
            }
            CreditedUnits::Slots(settings) => {
                let model = Model::new(self.level, Arc::clone(&self.program), learner.weights().into());
                let (credit, carried) = SlotsCredit::new(&model, &material, settings, &scores);
                let mut measured = Measured { credit, signal: Signal::default() };
                let stepped = learner.step_with(outcome.rate, &mut measured)?;
                (carried, stepped, measured.signal)
            }
        };
        // Where members teach a guide, updates are not made here.
        Ok(Applied { state, moved, carried, signal, explained: Explained::default() })
    }
}

#[cfg(test)]
#[path = "fast_tests.rs"]
mod tests;
