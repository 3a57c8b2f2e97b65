//! Training alone: one board trains while the others wait, because each generation needs the one before it.

use super::scheduler::{Fleet, FleetError};
use crate::evaluate::{Alone, Lost};
use crate::update::Generation;
use eggroll_firmware::train::Pace;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A board that does not hold the right state after so many new starts is lost.
const TRIES: u32 = 8;
/// The longest work between two reports that the host keeps. A host that is killed loses so much.
const MOST_AT_ONCE: Duration = Duration::from_millis(500);
/// The most generations between two reports, because the host holds their scores in memory.
const MOST_GENERATIONS: u32 = 4096;
/// A request asks for at most so many times as many generations as the one before.
const GROWTH: u32 = 4;

/// The outcome of training alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trained {
    /// The name of the evaluator that has trained, and its reports on at least one generation.
    Generations(Arc<str>, Vec<Alone>),
    /// The user has interrupted the run.
    Interrupted,
}

impl Fleet {
    /// Lets one evaluator train up to `count` generations alone, of `units` units each. If it is lost,
    /// another takes its place. However large `count` is, a request is for about half a second of work. The
    /// reports are not checked here. Returns at once when `stop` is set.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn train(
        &mut self,
        generation: &Generation,
        count: u32,
        pace: Pace,
        units: u32,
        stop: &CancellationToken,
    ) -> Result<Trained, FleetError> {
        let mut tries = 0;
        loop {
            self.admit_registered();
            let able = self.workers.iter().find(|worker| worker.evaluator.trains_alone());
            let Some(worker) = able else {
                if !self.workers.is_empty() {
                    return Err(FleetError::NoneAlone);
                }
                if self.is_interrupted_before_one_joins(stop).await? {
                    return Ok(Trained::Interrupted);
                }
                continue;
            };
            let (id, evaluator, sent) = (worker.id, Arc::clone(&worker.evaluator), Instant::now());
            let most = worker.alone.at_most(MOST_AT_ONCE, GROWTH).min(MOST_GENERATIONS);
            tries += 1;
            let training = evaluator.train(generation, count.min(most), pace);
            let Some(trained) = stop.run_until_cancelled(training).await else {
                return Ok(Trained::Interrupted);
            };
            let lost = match trained {
                Ok(reports) if !reports.is_empty() => {
                    self.answered();
                    let Some(worker) = self.worker(id) else { continue };
                    let done = reports.iter().fold(0u32, |done, report| done.saturating_add(report.count));
                    let now = Instant::now();
                    worker.alone.learn(done, now - sent, false);
                    worker.answer(done.saturating_mul(units), sent, now);
                    return Ok(Trained::Generations(Arc::clone(&worker.name), reports));
                }
                Ok(_) if tries < TRIES => continue,
                Ok(_) => {
                    let reason = format!("out of step after {TRIES} fresh starts");
                    Lost { name: evaluator.name().to_owned(), reason }
                }
                Err(lost) => lost,
            };
            self.on_lost(id, &lost);
            self.remove(id);
            tries = 0;
        }
    }

    /// Lets evaluators join that have come meanwhile.
    pub(super) fn admit_registered(&mut self) {
        while let Ok(registration) = self.registrations.try_recv() {
            self.join(registration);
        }
    }

    /// Waits for a while that an evaluator joins a fleet that has none. Returns whether the user has
    /// interrupted the run meanwhile.
    pub(super) async fn is_interrupted_before_one_joins(
        &mut self,
        stop: &CancellationToken,
    ) -> Result<bool, FleetError> {
        let Some(deadline) = self.deadline() else { return Ok(false) };
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(true),
            Some(registration) = self.registrations.recv() => self.join(registration),
            () = tokio::time::sleep_until(deadline) => {
                if self.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                    return Err(self.none_left());
                }
            }
        }
        Ok(false)
    }

    /// Picks some of the replies and computes them again, which is counted. Returns whether a board's scores
    /// of the range were computed again and are wrong.
    pub(crate) fn disproves(&mut self, generation: &Generation, units: Range<u32>, scores: &[u8]) -> bool {
        let Some(verifier) = self.verifier.as_ref().filter(|verifier| verifier.picks()) else { return false };
        self.roll.one_checked();
        match verifier.agrees(generation, units, scores) {
            Ok(agrees) => !agrees,
            Err(error) => {
                tracing::warn!(%error, "a reply could not be computed again");
                false
            }
        }
    }
}
