use super::verify::Verifier;
use crate::evaluate::{Evaluator, Lost};
use crate::update::Generation;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an answer before the last one still counts for in an evaluator's rate.
const MEMORY: f64 = 0.95;

/// An evaluator at work.
pub(super) struct Worker {
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) name: Arc<str>,
    pub(super) in_flight: usize,
    /// Units answered lately and the seconds they took, older ones counting less and less.
    pub(super) lately: (f64, f64),
    /// When its last answer came: with two requests under way, the second starts there.
    pub(super) answered: Instant,
    pub(super) units: u64,
}

impl Worker {
    /// Nothing is known of it yet.
    pub(super) fn new(evaluator: Arc<dyn Evaluator>, name: Arc<str>) -> Self {
        let (lately, answered) = ((0.0, 0.0), Instant::now());
        Self { evaluator, name, in_flight: 0, lately, answered, units: 0 }
    }

    /// Units a second, once measured.
    pub(super) fn rate(&self) -> Option<f64> {
        let (units, seconds) = self.lately;
        (units > 0.0).then(|| units / seconds.max(1e-6))
    }

    /// Takes in an answer. Sums, not a mean of rates: two answers read at once look instantaneous one by one.
    pub(super) fn answer(&mut self, units: usize, sent: Instant) {
        let now = Instant::now();
        let took = now - sent.max(self.answered);
        self.answered = now;
        self.units += units as u64;
        let (before, seconds) = self.lately;
        self.lately = (MEMORY * before + units as f64, MEMORY * seconds + took.as_secs_f64());
    }
}

/// A range under way.
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) worker: u64,
    pub(super) range: Range<u32>,
    pub(super) sent: Instant,
    pub(super) late_after: Duration,
    /// Whether it was given to somebody else, too.
    pub(super) twice: bool,
}

/// What came of a flight.
pub(super) struct Landed {
    pub(super) flight: u64,
    pub(super) result: Result<Vec<u8>, Failure>,
    /// Whether the verifier has recomputed it.
    pub(super) checked: bool,
}

pub(super) enum Failure {
    /// The evaluator is gone.
    Lost(Lost),
    /// The verifier computes other scores.
    Wrong,
}

/// Recomputes a reply's scores, on a thread that may take its time.
pub(super) async fn check(
    verifier: Arc<Verifier>,
    generation: Arc<Generation>,
    range: Range<u32>,
    scores: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let recompute = move || match verifier.agrees(&generation, range, &scores) {
        Ok(false) => Err(Failure::Wrong),
        Ok(true) => Ok(scores),
        Err(error) => {
            tracing::warn!(%error, "a reply could not be recomputed");
            Ok(scores)
        }
    };
    let failed = |error: tokio::task::JoinError| {
        Failure::Lost(Lost { name: "the host".to_owned(), reason: error.to_string() })
    };
    tokio::task::spawn_blocking(recompute).await.map_err(failed)?
}
