//! One board trains alone while the others wait: the generations follow each other, so there is nothing to spread.

use super::scheduler::{Fleet, FleetError};
use crate::evaluate::{Alone, Lost};
use crate::update::Generation;
use eggroll_firmware::train::Pace;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often a board is started anew for one stretch before it counts as lost.
const TRIES: u32 = 8;
/// The most work between two reports that the host keeps: what a host that is killed loses.
const MOST_AT_ONCE: Duration = Duration::from_millis(500);
/// The most generations of them, whose scores the host holds in memory.
const MOST_GENERATIONS: u32 = 4096;
/// How many times as many generations as before may be asked for.
const GROWTH: u32 = 4;

/// What came of training alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trained {
    /// Who has trained, and what it reports: at least one generation.
    Generations(Arc<str>, Vec<Alone>),
    /// The user wants an end.
    Interrupted,
}

impl Fleet {
    /// Lets one evaluator train up to `count` generations alone, of `units` units each; another where it is lost. It is
    /// asked for no more than it does in half a second, however large `count` is. What is reported is not checked
    /// here. Ends at once where `stop` is set.
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
            while let Ok(registration) = self.registrations.try_recv() {
                self.join(registration);
            }
            let able = self.workers.iter().find(|worker| worker.evaluator.trains_alone());
            let Some(worker) = able else {
                if !self.workers.is_empty() {
                    return Err(FleetError::NoneAlone);
                }
                let Some(deadline) = self.deadline() else { continue };
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(Trained::Interrupted),
                    Some(registration) = self.registrations.recv() => self.join(registration),
                    () = tokio::time::sleep_until(deadline) => {
                        if self.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                            return Err(self.none_left());
                        }
                    }
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

    /// Whether a sampled range of a generation has other scores than a board gave; counts what is recomputed.
    pub fn doubts(&mut self, generation: &Generation, units: Range<u32>, scores: &[u8]) -> bool {
        let Some(verifier) = self.verifier.as_ref().filter(|verifier| verifier.picks()) else { return false };
        self.counts.checked += 1;
        match verifier.agrees(generation, units, scores) {
            Ok(agrees) => !agrees,
            Err(error) => {
                tracing::warn!(%error, "a reply could not be recomputed");
                false
            }
        }
    }
}
