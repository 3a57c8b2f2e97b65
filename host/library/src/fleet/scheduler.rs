use super::Traffic;
use super::absence::Absence;
use super::registry::{Registration, Registry};
use super::verify::Verifier;
use super::worker::{Completion, InFlight, Worker};
use crate::evaluate::{Evaluator, Lost};
use crate::update::{Outcome, UpdateOffload};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The most work in one request, so that a lost one costs little and a slow board answers in time: a quarter of the
/// time after which most links' requests are repeated.
pub(super) const MOST_WORK: Duration = Duration::from_millis(500);
/// The most units in one request to an evaluator of which nothing is known.
const FIRST_UNITS: u32 = 4;
/// Multiply-accumulates that even a slow microcontroller does in a second or so: a first request asks for no more.
const FIRST_PRODUCTS: u64 = 1 << 20;

/// How long a fleet without evaluators waits for one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Why a generation could not be finished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// Every evaluator is gone and none that answers joined in time.
    #[error("no board is left (last: {last}); waited {} s for another", waited.as_secs_f64())]
    NoEvaluators {
        /// How the last one went.
        last: String,
        /// How long the fleet waited.
        waited: Duration,
    },
    /// No evaluator can train alone.
    #[error(
        "no board can train alone: each lacks the memory for an update of its own, or the text that only the host has, or \
         is no board at all (cpu)"
    )]
    NoneAlone,
}

/// What became of the evaluators so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Evaluators that were lost; one that joins again and is lost again counts twice.
    pub lost: u64,
    /// Evaluators that were caught with wrong scores.
    pub expelled: u64,
    /// Replies that were recomputed.
    pub checked: u64,
}

/// Evaluators and the work they are given: what each does in time, several ranges each, again where one is late or
/// gone; the first valid answer counts.
pub struct Fleet {
    /// In the order of their ids.
    pub(super) workers: Vec<Worker>,
    pub(super) in_flight: Vec<InFlight>,
    pub(super) tasks: JoinSet<Completion>,
    pub(super) registry: Registry,
    pub(super) registrations: mpsc::UnboundedReceiver<Registration>,
    pub(super) patience: Patience,
    pub(super) absence: Absence,
    /// Where boards that are being loaded are heard of.
    traffic: Option<Arc<Traffic>>,
    pub(super) first_units: u32,
    next_id: u64,
    last_lost: String,
    pub(super) verifier: Option<Arc<Verifier>>,
    /// Those expelled since the last generation was given out.
    pub(super) caught: Vec<Arc<str>>,
    pub(super) counts: Counts,
    /// Units of evaluators that are gone, by name.
    former: HashMap<Arc<str>, u64>,
}

/// An evaluator's share of the work so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// How users know it.
    pub name: String,
    /// Units a second, lately.
    pub rate: f64,
    /// Units evaluated, those before it was last lost included.
    pub units: u64,
    /// How often it had to be loaded with all weights anew since it joined.
    pub reloads: u64,
}

impl Fleet {
    /// A fleet of these evaluators.
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
            counts: Counts::default(),
            former: HashMap::new(),
        };
        evaluators.into_iter().for_each(|evaluator| fleet.join((evaluator, None)));
        fleet
    }

    /// Who of it helps with updates, if anybody does.
    pub fn update_offload(&self) -> Option<Arc<dyn UpdateOffload>> {
        self.workers.iter().find_map(|worker| worker.evaluator.update_offload())
    }

    /// Recomputes a sample of the replies from now on; an evaluator caught with wrong scores is expelled, and none
    /// of its name joins again.
    pub fn verify(&mut self, verifier: Verifier) {
        self.verifier = Some(Arc::new(verifier));
    }

    /// Says what a unit costs, in multiply-accumulates: an evaluator of which nothing is known is asked for few that
    /// cost much.
    pub fn unit_costs(&mut self, products: u64) {
        let units = FIRST_PRODUCTS / products.max(1);
        self.first_units = u32::try_from(units).unwrap_or(FIRST_UNITS).clamp(1, FIRST_UNITS);
    }

    /// Where boards that are being loaded are heard of.
    pub(super) fn listen(&mut self, traffic: Arc<Traffic>) {
        self.traffic = Some(traffic);
    }

    /// What became of the evaluators so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// A handle by which evaluators join during the run.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Who works, and how fast.
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
            tracing::warn!("{}: not let in again after wrong scores", evaluator.name());
            return;
        }
        let id = self.id();
        self.absence.pauses(Instant::now());
        self.workers.push(Worker::new(id, evaluator, record));
    }

    pub(super) fn worker(&mut self, id: u64) -> Option<&mut Worker> {
        let place = self.workers.binary_search_by_key(&id, |worker| worker.id).ok()?;
        self.workers.get_mut(place)
    }

    /// Tells every evaluator that had work of a generation, and is done with it, that its scores are complete. For
    /// others it would be work that nobody waits for, before the work that somebody may wait for later.
    pub fn finished(&mut self, outcome: &Arc<Outcome>) {
        for worker in &mut self.workers {
            if let Some(line) = worker.look_at_loads(outcome.number) {
                tracing::warn!("{line}");
            }
            if worker.asked == outcome.number && worker.requests == 0 {
                worker.evaluator.finished(outcome);
            }
        }
    }

    /// Takes an evaluator out, with all that it was asked for; what others have to do in its place.
    pub(super) fn remove(&mut self, id: u64) -> Vec<InFlight> {
        let Ok(place) = self.workers.binary_search_by_key(&id, |worker| worker.id) else { return Vec::new() };
        let worker = self.workers.remove(place);
        *self.former.entry(worker.name).or_default() += worker.units;
        // Requests that nobody waits for any more would hold its link.
        let (gone, left) =
            core::mem::take(&mut self.in_flight).into_iter().partition(|request| request.worker == id);
        self.in_flight = left;
        let gone: Vec<InFlight> = gone;
        gone.iter().for_each(|request| request.task.abort());
        gone
    }

    /// Ends whatever was asked for.
    pub(super) fn drop_requests(&mut self) {
        self.in_flight.clear();
        self.tasks = JoinSet::new();
        self.workers.iter_mut().for_each(|worker| worker.requests = 0);
    }

    /// Counts an evaluator that is gone; it must still be there. What is said of it is said once, as long as it comes
    /// and goes without an answer.
    pub(super) fn on_lost(&mut self, id: u64, lost: &Lost) {
        let record = self.worker(id).and_then(|worker| worker.record.clone());
        if record.is_none_or(|record| record.lost(&lost.reason)) {
            tracing::warn!("lost {lost}");
        } else {
            tracing::debug!("lost {lost}");
        }
        self.counts.lost += 1;
        self.last_lost = lost.to_string();
    }

    /// Lets an evaluator that gave wrong scores do nothing any more.
    pub fn expel(&mut self, name: &Arc<str>) {
        let _ = self.expelled(name);
    }

    /// The same; what others have to do in its place.
    pub(super) fn expelled(&mut self, name: &Arc<str>) -> Vec<InFlight> {
        tracing::warn!("{name}: gives wrong scores; expelled");
        self.counts.expelled += 1;
        self.last_lost = format!("{name}: expelled for wrong scores");
        self.registry.bar(Arc::clone(name));
        // Another link to the same board is no better.
        let all: Vec<u64> =
            self.workers.iter().filter(|worker| worker.name == *name).map(|worker| worker.id).collect();
        all.into_iter().flat_map(|id| self.remove(id)).collect()
    }

    /// When the fleet gives up, if nobody is there.
    pub(super) fn deadline(&mut self) -> Option<Instant> {
        if !self.workers.is_empty() {
            return None;
        }
        self.absence.begins(Instant::now());
        let alive = self.traffic.as_ref().and_then(|traffic| traffic.uploads.latest());
        self.absence.deadline(self.patience.0, alive)
    }

    /// Nobody came in time.
    pub(super) fn none_left(&self) -> FleetError {
        FleetError::NoEvaluators { last: self.last_lost.clone(), waited: self.patience.0 }
    }

    /// Somebody has answered.
    pub(super) fn answered(&mut self) {
        self.absence.ends();
    }
}
