use crate::update::Setup;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::TaskKind;
use eggroll_firmware::train::{Learner, Plan, Section};
use eggroll_firmware::{Error, Setting};
use std::ops::Range;

/// Words of memory beyond what a run needs at least. Larger tiles are faster.
const SCRATCH: usize = 1 << 16;

/// Evaluates ranges with the firmware's own learner. The scores of every other evaluator must equal its
/// scores.
pub struct ReferenceEvaluator {
    learner: Learner<Vec<u64>>,
    room: usize,
    units: u32,
}

impl ReferenceEvaluator {
    /// Prepares for a run.
    ///
    /// # Errors
    /// The firmware refuses the run; [`Error::Setting`] for a task of the board's own, which only the board
    /// can score.
    pub fn new(setup: &Setup) -> Result<Self, Error> {
        if setup.run.task == TaskKind::Own {
            return Err(Error::Setting(Setting::Task));
        }
        let needs = Plan::new(setup.run.clone(), false)?.needs();
        let mut learner = Learner::new(vec![0; needs as usize / 8 + 1 + SCRATCH]);
        learner.configure(setup.run.clone(), false)?;
        learner.load(Section::Samples, 0, &setup.samples)?;
        let estimator = setup.run.estimator;
        let units = estimator.units();
        let room = estimator.shape().room(units as usize);
        Ok(Self { learner, room, units })
    }

    /// Computes the packed scores of a range of a generation (from 1), which starts from these weights and
    /// reads this feed. The feed is empty unless the task is a text.
    ///
    /// # Errors
    /// [`Error::NoSuchUnits`]; [`Error::OutOfRange`] or [`Error::BadWeight`] for weights that do not fit the
    /// run.
    pub fn scores(
        &mut self,
        generation: u32,
        weights: &[i8],
        feed: &[u8],
        units: Range<u32>,
    ) -> Result<Vec<u8>, Error> {
        if units.end > self.units || generation == 0 {
            return Err(Error::NoSuchUnits { end: u64::from(units.end), has: self.units });
        }
        let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
        self.learner.load(Section::Weights, 0, &bytes)?;
        self.learner.start(generation - 1)?;
        if !feed.is_empty() {
            self.learner.feed(generation, 0, feed)?;
        }
        let mut scores = vec![0; self.room];
        let count = units.len() as u32;
        let len = self.learner.evaluate(generation, units.start, count, &mut NoTask, &mut scores)?;
        scores.truncate(len);
        Ok(scores)
    }
}
