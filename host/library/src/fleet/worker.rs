//! An evaluator of the fleet, and what is known of its speed.

use super::connection::ConnectionRecord;
use super::speed::{Costs, SpeedModel};
use crate::evaluate::Evaluator;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// In the speed that users see, each answer counts so much relative to the one after it.
const MEMORY: f64 = 0.95;
/// Over so many generations it is counted how often a board had to be loaded again.
const WATCHED: u32 = 20;
/// A board that had to be loaded in more of them is reported.
const TOO_OFTEN: u32 = WATCHED / 2;
/// An evaluator that was of no use is tried again after this time at the latest.
const ASKED_AGAIN: Duration = Duration::from_secs(20);

/// An evaluator of the fleet, and what is known of it.
pub(super) struct Worker {
    pub(super) id: u64,
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) name: Arc<str>,
    pub(super) requests: usize,
    pub(super) speed: SpeedModel,
    /// The speed at which it trains alone.
    pub(super) alone: SpeedModel,
    /// Units of the latest answers and the seconds that they took, with decreasing weight.
    lately: (f64, f64),
    /// The time of its last answer. If two requests are in flight, the work on the second begins then.
    answered: Instant,
    pub(super) units: u64,
    /// The generation of the last request, including those that only measure its speed.
    pub(super) asked: u32,
    trial: Trial,
    loaded: Loaded,
    /// The record that its connector reads.
    pub(super) record: Option<Arc<ConnectionRecord>>,
}

/// When an evaluator that was of no use is tried again. The intervals grow until an answer comes sooner than
/// before.
struct Trial {
    /// The generation from which it may be tried again.
    due: u32,
    /// The number of generations between that trial and the next.
    wait: u32,
    at: Instant,
}

/// Counts how often an evaluator had to be loaded again.
#[derive(Default)]
struct Loaded {
    times: u64,
    /// A bit for each of the latest generations, which says whether it was loaded again in that generation.
    lately: u32,
    seen: u32,
    said: bool,
}

impl Worker {
    /// Makes a worker whose speed is not known.
    pub(super) fn new(id: u64, evaluator: Arc<dyn Evaluator>, record: Option<Arc<ConnectionRecord>>) -> Self {
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

    /// Its speed in units a second, once that is measured.
    pub(super) fn rate(&self) -> Option<f64> {
        let (units, seconds) = self.lately;
        (units > 0.0).then(|| units / seconds.max(1e-6))
    }

    /// The expected time of its next request, if that is known.
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
        // This adds up units and seconds instead of averaging speeds, because two answers that are read at
        // once would look instantaneous one by one.
        let (before, seconds) = self.lately;
        self.lately = (MEMORY * before + f64::from(units), MEMORY * seconds + took.as_secs_f64());
        if let Some(record) = &self.record {
            record.answered();
        }
    }

    /// Whether it is time to measure its speed again. If so, the time of the next trial is set.
    pub(super) fn try_again(&mut self, generation: u32) -> bool {
        let Trial { due, wait, at } = self.trial;
        let now = Instant::now();
        if self.requests > 0 || self.asked == generation || (generation < due && now < at + ASKED_AGAIN) {
            return false;
        }
        self.trial = Trial { due: generation.saturating_add(wait), wait: wait.saturating_mul(2), at: now };
        true
    }

    /// Counts whether it had to be loaded again in a generation that it had work of. If that happens often, a
    /// line that tells users is returned, once.
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
