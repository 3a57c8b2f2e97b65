use super::Traffic;
use super::absence::Absence;
use super::in_flight::{Completion, InFlight};
use super::registry::{Registration, Registry};
use super::roll::{Counts, Roll};
use super::verify::Verifier;
use super::worker::Worker;
use crate::evaluate::{Evaluator, Lost};
use crate::update::{Outcome, UpdateOffload};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The longest work in one request, so that a lost request costs little and a slow board answers in time.
/// Most links repeat a request after four times as long.
pub(super) const MOST_WORK: Duration = Duration::from_millis(500);
/// The most units in one request to an evaluator whose speed is not known.
const FIRST_UNITS: u32 = 4;
/// A first request asks for at most so many multiply-accumulates. Even a slow microcontroller does them in
/// about a second.
const FIRST_PRODUCTS: u64 = 1 << 20;

/// How long a fleet without evaluators waits for one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Says why a generation could not be finished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// All evaluators are gone, and none that answers joined in time.
    #[error("no board is left (last: {last}); waited {} s for another", waited.as_secs_f64())]
    NoEvaluators {
        /// How the last evaluator was lost.
        last: String,
        /// How long the fleet waited.
        waited: Duration,
    },
    /// No evaluator can train alone.
    #[error(
        "no board can train alone: each lacks the memory to update its own weights, or has not got the text of the run, \
         or the address is not a board's (cpu, cuda)"
    )]
    NoneAlone,
}

/// A set of evaluators, and the work that is spread over them. Each evaluator gets as much as it does in
/// time, in several ranges. A range is given to another evaluator if the first one is late or gone, and the
/// first valid answer counts.
pub struct Fleet {
    /// All evaluators, ordered by their ids.
    pub(super) workers: Vec<Worker>,
    pub(super) in_flight: Vec<InFlight>,
    pub(super) tasks: JoinSet<Completion>,
    pub(super) registry: Registry,
    pub(super) registrations: mpsc::UnboundedReceiver<Registration>,
    pub(super) patience: Patience,
    pub(super) absence: Absence,
    /// Counters that also say which boards are being loaded.
    traffic: Option<Arc<Traffic>>,
    pub(super) first_units: u32,
    next_id: u64,
    last_lost: String,
    pub(super) verifier: Option<Arc<Verifier>>,
    /// Evaluators that were expelled since the last generation was started.
    pub(super) caught: Vec<Arc<str>>,
    pub(super) roll: Arc<Roll>,
    /// Units of evaluators that are gone, by name.
    former: HashMap<Arc<str>, u64>,
}

/// An evaluator's share of the work so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The name that users see.
    pub name: String,
    /// Its present speed, in units a second.
    pub rate: f64,
    /// The units that it has evaluated, including those before it was last lost.
    pub units: u64,
    /// How often it had to be loaded with all weights since it joined.
    pub reloads: u64,
}

impl Fleet {
    /// Makes a fleet of these evaluators.
    pub fn new(evaluators: Vec<Arc<dyn Evaluator>>, patience: Patience) -> Self {
        let (registry, registrations) = Registry::new();
        let mut fleet = Self {
            workers: Vec::new(),
            in_flight: Vec::new(),
            tasks: JoinSet::new(),
            registry,
            registrations,
            patience,
            absence: Absence::default(),
            traffic: None,
            first_units: FIRST_UNITS,
            next_id: 0,
            last_lost: String::from("none ever joined"),
            verifier: None,
            caught: Vec::new(),
            roll: Arc::default(),
            former: HashMap::new(),
        };
        evaluators.into_iter().for_each(|evaluator| fleet.join((evaluator, None)));
        fleet
    }

    /// An evaluator that can compute updates in place of the host, if there is one.
    pub(crate) fn update_offload(&self) -> Option<Arc<dyn UpdateOffload>> {
        self.workers.iter().find_map(|worker| worker.evaluator.update_offload())
    }

    /// From now on, computes some of the replies again. An evaluator with wrong scores is expelled, and no
    /// evaluator of its name may join again.
    pub fn verify(&mut self, verifier: Verifier) {
        self.verifier = Some(Arc::new(verifier));
    }

    /// Sets how many multiply-accumulates a unit costs. An evaluator whose speed is not known gets few units
    /// if they cost much.
    pub(crate) fn unit_costs(&mut self, products: u64) {
        let units = FIRST_PRODUCTS / products.max(1);
        self.first_units = u32::try_from(units).unwrap_or(FIRST_UNITS).clamp(1, FIRST_UNITS);
    }

    /// Counts a board that is being loaded, as `traffic` knows it, as a sign of life.
    pub(super) fn listen(&mut self, traffic: Arc<Traffic>) {
        self.traffic = Some(traffic);
    }

    /// Losses, expulsions and verified replies so far.
    pub fn counts(&self) -> Counts {
        self.roll.counts()
    }

    /// The same and the number of evaluators, for whoever looks at the fleet while it works.
    pub fn roll(&self) -> Arc<Roll> {
        Arc::clone(&self.roll)
    }

    /// A handle through which evaluators join during the run.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// The speed and the work of every evaluator.
    pub fn shares(&self) -> Vec<Share> {
        let share = |worker: &Worker| Share {
            name: worker.evaluator.name().to_owned(),
            rate: worker.rate().unwrap_or(0.0),
            units: worker.units + self.former.get(&worker.name).copied().unwrap_or(0),
            reloads: worker.evaluator.reloads().0,
        };
        self.workers.iter().map(share).collect()
    }

    pub(super) const fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn join(&mut self, (evaluator, record): Registration) {
        if self.registry.is_barred(evaluator.name()) {
            tracing::warn!("{}: it gave wrong scores before, and may not join again", evaluator.name());
            return;
        }
        let id = self.id();
        self.absence.pauses(Instant::now());
        self.workers.push(Worker::new(id, evaluator, record));
        self.roll.are_present(self.workers.len());
    }

    pub(super) fn worker(&mut self, id: u64) -> Option<&mut Worker> {
        let place = self.workers.binary_search_by_key(&id, |worker| worker.id).ok()?;
        self.workers.get_mut(place)
    }

    /// Tells evaluators that the scores of a generation are complete. Only those hear it that had work of
    /// this generation and have finished it: for others the update could delay a request that somebody waits
    /// for.
    pub(crate) fn finished(&mut self, outcome: &Arc<Outcome>) {
        for worker in &mut self.workers {
            if let Some(line) = worker.look_at_loads(outcome.number) {
                tracing::warn!("{line}");
            }
            if worker.asked == outcome.number && worker.requests == 0 {
                worker.evaluator.finished(outcome);
            }
        }
    }

    /// Removes an evaluator and cancels its requests, which are returned so that others can do them.
    pub(super) fn remove(&mut self, id: u64) -> Vec<InFlight> {
        let Ok(place) = self.workers.binary_search_by_key(&id, |worker| worker.id) else { return Vec::new() };
        let worker = self.workers.remove(place);
        self.roll.are_present(self.workers.len());
        *self.former.entry(worker.name).or_default() += worker.units;
        // A request that nobody waits for any more would keep the link open.
        let (gone, left) =
            core::mem::take(&mut self.in_flight).into_iter().partition(|request| request.worker == id);
        self.in_flight = left;
        let gone: Vec<InFlight> = gone;
        gone.iter().for_each(|request| request.task.abort());
        gone
    }

    /// Cancels all requests.
    pub(super) fn drop_requests(&mut self) {
        self.in_flight.clear();
        self.tasks = JoinSet::new();
        self.workers.iter_mut().for_each(|worker| worker.requests = 0);
    }

    /// Counts the loss of an evaluator, which must still be in the fleet. Users hear of it once, even if the
    /// evaluator comes and goes without an answer.
    pub(super) fn on_lost(&mut self, id: u64, lost: &Lost) {
        let record = self.worker(id).and_then(|worker| worker.record.clone());
        if record.is_none_or(|record| record.lost(&lost.reason)) {
            tracing::warn!("lost {lost}");
        } else {
            tracing::debug!("lost {lost}");
        }
        self.roll.one_lost();
        self.last_lost = lost.to_string();
    }

    /// Expels an evaluator that gave wrong scores.
    pub(crate) fn expel(&mut self, name: &Arc<str>) {
        let _ = self.expelled(name);
    }

    /// Does the same, and returns the requests that others have to do.
    pub(super) fn expelled(&mut self, name: &Arc<str>) -> Vec<InFlight> {
        tracing::warn!("{name}: expelled, because it gave wrong scores");
        self.roll.one_expelled();
        self.last_lost = format!("{name}: expelled for wrong scores");
        self.registry.bar(Arc::clone(name));
        // Another link to the same board would not be better.
        let all: Vec<u64> =
            self.workers.iter().filter(|worker| worker.name == *name).map(|worker| worker.id).collect();
        all.into_iter().flat_map(|id| self.remove(id)).collect()
    }

    /// The time at which the fleet gives up, if it has no evaluators.
    pub(super) fn deadline(&mut self) -> Option<Instant> {
        if !self.workers.is_empty() {
            return None;
        }
        self.absence.begins(Instant::now());
        let alive = self.traffic.as_ref().and_then(|traffic| traffic.uploads.latest());
        self.absence.deadline(self.patience.0, alive)
    }

    /// The error if no evaluator came in time.
    pub(super) fn none_left(&self) -> FleetError {
        FleetError::NoEvaluators { last: self.last_lost.clone(), waited: self.patience.0 }
    }

    /// Notes that an evaluator has answered.
    pub(super) fn answered(&mut self) {
        self.absence.ends();
    }
}
