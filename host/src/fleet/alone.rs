//! One board trains alone while the others wait: the generations follow each other, so there is nothing to spread.

use super::scheduler::{Fleet, FleetError};
use crate::evaluate::{Alone, Lost};
use crate::update::Generation;
use eggroll_firmware::train::Pace;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// How often a board is started anew for one stretch before it counts as lost.
const TRIES: u32 = 8;

impl Fleet {
    /// Lets one evaluator train up to `count` generations alone, of `units` units each; another where it is lost.
    /// Brings its name and what it reports, at least one generation. What is reported is not checked here.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn train(
        &mut self,
        generation: &Generation,
        count: u32,
        pace: Pace,
        units: u32,
    ) -> Result<(Arc<str>, Vec<Alone>), FleetError> {
        let mut tries = 0;
        loop {
            while let Ok(evaluator) = self.joined.try_recv() {
                self.join(evaluator);
            }
            let able = self.workers.iter().position(|(_, worker)| worker.evaluator.trains_alone());
            let Some(place) = able else {
                if !self.workers.is_empty() {
                    return Err(FleetError::NoneAlone);
                }
                let waited = self.patience.0;
                match tokio::time::timeout(waited, self.joined.recv()).await {
                    Ok(Some(evaluator)) => self.join(evaluator),
                    _ => return Err(FleetError::Deserted { last: self.last_lost.clone(), waited }),
                }
                continue;
            };
            let (evaluator, sent) = (Arc::clone(&self.workers[place].1.evaluator), Instant::now());
            tries += 1;
            let lost = match evaluator.train(generation, count, pace).await {
                Ok(reports) if !reports.is_empty() => {
                    let worker = &mut self.workers[place].1;
                    let done: u32 = reports.iter().map(|report| report.count).sum();
                    worker.answer(done as usize * units as usize, sent);
                    return Ok((Arc::clone(&worker.name), reports));
                }
                Ok(_) if tries < TRIES => continue,
                Ok(_) => {
                    let reason = format!("out of step after {TRIES} fresh starts");
                    Lost { name: evaluator.name().to_owned(), reason }
                }
                Err(lost) => lost,
            };
            self.workers.remove(place);
            self.mourn(&lost);
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
