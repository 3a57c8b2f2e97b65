//! What the weights score by a task of the boards' own, which nobody else can measure.

use super::scheduler::{Fleet, FleetError};
use crate::update::Generation;
use std::ops::Range;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The outcome of measuring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measured {
    /// The mean of the trials' scores.
    Score(f64),
    /// The firmware of a board is older than this question.
    Unknown,
    /// The user has interrupted the run.
    Interrupted,
}

impl Fleet {
    /// Scores the weights before a generation, without noise, on these trials, one board after another. If a
    /// board is lost, another takes its place.
    ///
    /// # Errors
    /// [`FleetError`].
    pub(crate) async fn measure(
        &mut self,
        generation: &Generation,
        trials: Range<u32>,
        stop: &CancellationToken,
    ) -> Result<Measured, FleetError> {
        let count = trials.len();
        let mut total = 0;
        for trial in trials {
            let score = loop {
                self.admit_registered();
                let Some(place) = (trial as usize).checked_rem(self.workers.len()) else {
                    if self.is_interrupted_before_one_joins(stop).await? {
                        return Ok(Measured::Interrupted);
                    }
                    continue;
                };
                let (id, evaluator) = (self.workers[place].id, Arc::clone(&self.workers[place].evaluator));
                let measuring = evaluator.measure(generation, trial);
                match stop.run_until_cancelled(measuring).await {
                    None => return Ok(Measured::Interrupted),
                    Some(Ok(None)) => return Ok(Measured::Unknown),
                    Some(Ok(Some(score))) => break score,
                    Some(Err(lost)) => {
                        self.on_lost(id, &lost);
                        self.remove(id);
                    }
                }
            };
            self.answered();
            total += i64::from(score);
        }
        Ok(Measured::Score(total as f64 / count.max(1) as f64))
    }
}
