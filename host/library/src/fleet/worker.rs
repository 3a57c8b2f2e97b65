use super::connector::Record;
use super::shares::Availability;
use super::speed::{Costs, SpeedModel};
use super::verify::Verifier;
use crate::evaluate::{Evaluator, Lost};
use crate::update::Generation;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// What an answer before the last one still counts for in the rate that users see.
const MEMORY: f64 = 0.95;
/// Generations over which it is counted how often a board had to be loaded anew.
const WATCHED: u32 = 20;
/// In how many of them that is worth a word.
const TOO_OFTEN: u32 = WATCHED / 2;
/// However long nobody had a use for an evaluator, it is asked again after this time.
const ASKED_AGAIN: Duration = Duration::from_secs(20);

/// An evaluator at work.
pub(super) struct Worker {
    pub(super) id: u64,
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) name: Arc<str>,
    pub(super) requests: usize,
    pub(super) speed: SpeedModel,
    /// The same of generations that it trains alone.
    pub(super) alone: SpeedModel,
    /// Units answered lately and the seconds they took, older ones counting less and less.
    lately: (f64, f64),
    /// When its last answer came: with two requests under way, the second starts there.
    answered: Instant,
    pub(super) units: u64,
    /// The generation that it was last given work of, or asked for something only to see how fast it is.
    pub(super) asked: u32,
    trial: Trial,
    loaded: Loaded,
    /// What its seat wants to know.
    pub(super) record: Option<Arc<Record>>,
}

/// When an evaluator that is of no use is tried again: ever more rarely, until an answer comes sooner than before.
struct Trial {
    /// From this generation on.
    due: u32,
    /// How many generations later the one after.
    wait: u32,
    at: Instant,
}

/// How often an evaluator had to be loaded anew.
#[derive(Default)]
struct Loaded {
    times: u64,
    /// The latest generations, a bit each: whether it was loaded anew in them.
    lately: u32,
    seen: u32,
    said: bool,
}

impl Worker {
    /// Nothing is known of it yet.
    pub(super) fn new(id: u64, evaluator: Arc<dyn Evaluator>, record: Option<Arc<Record>>) -> Self {
        let (name, now) = (evaluator.name().into(), Instant::now());
        Self {
            id,
            evaluator,
            name,
            requests: 0,
            speed: SpeedModel::default(),
            alone: SpeedModel::default(),
            lately: (0.0, 0.0),
            answered: now,
            units: 0,
            asked: 0,
            trial: Trial { due: 0, wait: 1, at: now },
            loaded: Loaded::default(),
            record,
        }
    }

    /// Units a second, once measured.
    pub(super) fn rate(&self) -> Option<f64> {
        let (units, seconds) = self.lately;
        (units > 0.0).then(|| units / seconds.max(1e-6))
    }

    /// What its next request costs, if that is known.
    pub(super) fn costs(&self) -> Option<Costs> {
        self.speed.costs(self.requests > 0)
    }

    /// Takes in an answer that came at `at`.
    pub(super) fn answer(&mut self, units: u32, sent: Instant, at: Instant) {
        let queued = self.answered > sent;
        let took = at.saturating_duration_since(sent.max(self.answered));
        self.answered = at;
        self.units += u64::from(units);
        if self.speed.learn(units, took, queued) {
            self.trial.wait = 1;
            self.trial.due = 0;
        }
        // Sums, not a mean of rates: two answers read at once look instantaneous one by one.
        let (before, seconds) = self.lately;
        self.lately = (MEMORY * before + f64::from(units), MEMORY * seconds + took.as_secs_f64());
        if let Some(record) = &self.record {
            record.answered();
        }
    }

    /// Whether it is time to see again how fast it is; if so, the time after that is set.
    pub(super) fn try_again(&mut self, generation: u32) -> bool {
        let Trial { due, wait, at } = self.trial;
        let now = Instant::now();
        if self.requests > 0 || self.asked == generation || (generation < due && now < at + ASKED_AGAIN) {
            return false;
        }
        self.trial = Trial { due: generation.saturating_add(wait), wait: wait.saturating_mul(2), at: now };
        true
    }

    /// Looks whether it had to be loaded anew for a generation that it had work of; where that is the rule, brings what
    /// is to be said of it, once.
    pub(super) fn look_at_loads(&mut self, generation: u32) -> Option<String> {
        if self.asked != generation {
            return None;
        }
        let (times, why) = self.evaluator.reloads();
        let Loaded { times: before, lately, seen, said } = &mut self.loaded;
        let anew = core::mem::replace(before, times) != times;
        *lately = (*lately << 1 | u32::from(anew)) & ((1 << WATCHED) - 1);
        *seen = (*seen + 1).min(WATCHED);
        let often = lately.count_ones();
        if *seen < WATCHED || often <= TOO_OFTEN || *said {
            return None;
        }
        *said = true;
        let why = why.map_or(String::new(), |why| format!(" ({why})"));
        let name = &self.name;
        Some(format!(
            "{name}: had to be loaded with all weights anew in {often} of its last {WATCHED} generations{why}"
        ))
    }
}

/// A range under way.
pub(super) struct InFlight {
    pub(super) id: u64,
    pub(super) worker: u64,
    /// What was asked for.
    pub(super) range: Range<u32>,
    /// What of it nobody else was asked for since; empty where others were asked first.
    pub(super) holds: Range<u32>,
    pub(super) sent: Instant,
    /// When it should be done, where the evaluator's speed is known.
    pub(super) due: Option<Instant>,
    /// Whether the answer is there and the host recomputes it.
    pub(super) being_checked: Arc<AtomicBool>,
    /// Ends it.
    pub(super) task: tokio::task::AbortHandle,
}

/// Seconds until the last of an evaluator's flights is done, by what is known now: one that is late is taken to need as
/// long again as it is late, since nobody knows. Infinite where its speed is not known.
pub(super) fn busy<'f>(in_flight: impl Iterator<Item = &'f InFlight>, now: Instant) -> f64 {
    let (mut last, mut late) = (f64::NEG_INFINITY, 0.0f64);
    for request in in_flight {
        // What the host recomputes, the evaluator is done with.
        if request.being_checked.load(Ordering::Relaxed) {
            continue;
        }
        let Some(due) = request.due else { return f64::INFINITY };
        let left = due.saturating_duration_since(now).as_secs_f64();
        let over = now.saturating_duration_since(due).as_secs_f64();
        last = last.max(left - over);
        late = late.max(over);
    }
    // All flights of one evaluator are late by as much as the first.
    (last + 2.0 * late).max(0.0)
}

/// What an evaluator needs for more work.
pub(super) fn availability(costs: Costs, busy: f64) -> Availability {
    Availability { before: busy + costs.fixed + costs.off, each: costs.each }
}

/// What came of a flight.
pub(super) struct Completion {
    pub(super) request: u64,
    pub(super) result: Result<Vec<u8>, Failure>,
    /// When the answer came.
    pub(super) at: Instant,
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
