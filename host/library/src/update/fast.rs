//! The update on all cores: what the firmware's learner would do with the same scores.

use super::Outcome;
use super::creditor::{Assisted, Help};
use super::signal::{Measured, Signal};
use eggroll_batch::credit::{PairsCredit, SlotsCredit, carry};
use eggroll_batch::evaluate::Material;
use eggroll_batch::isa::Level;
use eggroll_batch::model::Model;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{Pair, Weight};
use eggroll_firmware::model::Program;
use eggroll_firmware::train::{Estimator, Learner, Plan, State};
use std::sync::Arc;

/// Units below which the learner's own way is as fast.
const WORTH_IT: u32 = 64;

/// A run whose updates are worth all cores.
#[derive(Clone)]
pub(super) struct Fast {
    plan: Arc<Plan>,
    program: Arc<Program>,
    samples: Arc<[u8]>,
    level: Level,
    of: Of,
}

#[derive(Clone, Copy)]
enum Of {
    Pairs(Weight),
    Slots(Node),
}

/// What an update leaves behind.
pub(super) struct Done {
    pub(super) state: State,
    /// Weights that moved.
    pub(super) moved: u32,
    /// On a text: the base model's states behind its streams.
    pub(super) carried: Vec<i8>,
    /// How large the credit was.
    pub(super) signal: Signal,
}

impl Fast {
    /// `None` where the learner does as well alone.
    pub(super) fn new(plan: &Plan, samples: &[u8], level: Level) -> Option<Self> {
        let run = plan.run();
        let of = match (&run.estimator, run.estimator.crediting_pairs()) {
            (_, Some(weight)) if weight.pairs >= WORTH_IT => Of::Pairs(*weight),
            (Estimator::Node(node), _) if node.slots >= WORTH_IT => Of::Slots(*node),
            _ => return None,
        };
        let (plan, program) = (Arc::new(plan.clone()), Arc::new(plan.program().clone()));
        Some(Self { plan, program, samples: samples.into(), level, of })
    }

    /// Moves a learner's weights by an outcome, whose number is checked; perhaps with help.
    ///
    /// # Errors
    /// [`Error::BadScores`]; those of [`Learner::step_with`].
    pub(super) fn apply(
        &self,
        learner: &mut Learner<Vec<u64>>,
        feed: &[u8],
        outcome: &Outcome,
        help: Option<&Help>,
    ) -> Result<Done, Error> {
        let (run, generation) = (self.plan.run(), outcome.number);
        let material = Material { plan: &self.plan, samples: &self.samples, feed, generation };
        let scores = Scores::new(run.estimator.shape(), run.estimator.units() as usize, &outcome.scores)?;
        let (carried, (state, moved), signal) = match &self.of {
            Of::Pairs(settings) => {
                let carried = material.text().map(|(streams, text)| {
                    let weights: Arc<[i8]> = learner.weights().into();
                    let of_host = || {
                        let model = Model::new(self.level, Arc::clone(&self.program), Arc::clone(&weights));
                        carry(&model, streams, text)
                    };
                    match help {
                        Some(help) => help.carried(generation, (&weights, feed), of_host),
                        None => of_host(),
                    }
                });
                let (shape, program, seed) = (self.plan.low_rank(settings), &*self.program, run.seed);
                let pair = Pair { settings, shape, program, seed, generation, pair: 0 };
                let fitness: Vec<i16> = scores.values().collect();
                let credit = PairsCredit::new(self.level, pair, &fitness);
                let credit = Assisted { credit, help, generation, fitness: &fitness };
                let mut measured = Measured { credit, signal: Signal::default() };
                let stepped = learner.step_with(outcome.rate, &mut measured)?;
                if let Some(help) = help {
                    help.has_shown();
                }
                (carried.unwrap_or_default(), stepped, measured.signal)
            }
            Of::Slots(settings) => {
                let model = Model::new(self.level, Arc::clone(&self.program), learner.weights().into());
                let (credit, carried) = SlotsCredit::new(&model, &material, settings, &scores);
                let mut measured = Measured { credit, signal: Signal::default() };
                let stepped = learner.step_with(outcome.rate, &mut measured)?;
                (carried, stepped, measured.signal)
            }
        };
        Ok(Done { state, moved, carried, signal })
    }
}

#[cfg(test)]
#[path = "fast_tests.rs"]
mod tests;
