//! Generations that a board has trained alone. They are replayed and checked before any of them counts.

use super::TrainError;
use super::Trainer;
use super::ahead::Ahead;
use crate::evaluate::Alone;
use crate::fleet::{Answer, Evaluated, Fleet, Trained};
use crate::update::{Outcome, Replica, Tally};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

impl Trainer {
    /// The outcome of the next generation of a run whose boards train `count` generations alone at a time.
    pub(super) async fn alone(
        &mut self,
        fleet: &mut Fleet,
        count: u32,
        stop: &CancellationToken,
    ) -> Result<Evaluated, TrainError> {
        let units = self.experiment().config.estimator.units();
        let number = self.generation() + 1;
        loop {
            if let (Some((first, tally)), Some(board)) = (self.ahead.tallies.pop_front(), &self.ahead.board)
                && first == number
            {
                let answers = vec![Answer { board: Arc::clone(board), units: 0..units }];
                return Ok(Evaluated::Complete { tally, answers });
            }
            let generation = self.replica.next_generation();
            let (pace, last) = self.experiment().lengths.pace(number);
            let planned = self.experiment().lengths.planned();
            let count = count.min(last.min(planned).saturating_sub(number).saturating_add(1));
            let run = self.directory.path().to_owned();
            let trained = fleet.train(&generation, count, pace, units, stop).await;
            let trained = trained.map_err(|error| TrainError::Fleet { error, run })?;
            let Trained::Generations(board, reports) = trained else { return Ok(Evaluated::Interrupted) };
            let Some(tallies) = self.replay(fleet, &reports) else {
                fleet.expel(&board);
                return Ok(Evaluated::Caught(vec![board]));
            };
            self.ahead = Ahead { board: Some(board), tallies };
        }
    }

    /// Moves a copy of the host's weights by the reports. Returns `None` if the reports do not lead to the
    /// states that the board says it reached, or if a generation that is computed again has other scores.
    fn replay(&self, fleet: &mut Fleet, reports: &[Alone]) -> Option<VecDeque<(u32, Tally)>> {
        let mut trial: Replica = self.replica.clone();
        let estimator = self.experiment().config.estimator;
        let (shape, units) = (estimator.shape(), estimator.units());
        let mut tallies = VecDeque::new();
        for report in reports {
            let mut bytes = &*report.scores;
            for number in report.first..report.first + report.count {
                let (scores, rest) = shape.first_of(units as usize, bytes).ok()?;
                bytes = rest;
                let generation = trial.next_generation();
                if generation.number != number || fleet.disproves(&generation, 0..units, scores) {
                    return None;
                }
                let mut tally = Tally::new(shape, units);
                tally.insert(0..units, scores).ok()?;
                let outcome =
                    Outcome::new(number, self.experiment().lengths.rate(number), tally.clone()).ok()?;
                trial.apply(Arc::new(outcome)).ok()?;
                tallies.push_back((number, tally));
            }
            if !bytes.is_empty() || report.state != Some(trial.state()) {
                return None;
            }
        }
        Some(tallies)
    }
}
