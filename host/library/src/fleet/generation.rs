//! Spreads the units of one generation over the evaluators, and takes in their answers.
//!
//! An evaluator gets units if it is expected to finish them before the others would finish everything that is
//! left. An evaluator that is too slow for that sometimes gets units that others evaluate as well, so that
//! its speed stays known; nobody waits for its answers. If the queue is empty and an idle evaluator would
//! finish a range sooner than the one that has it, the range goes back to the queue. Of two answers for the
//! same units, the second is dropped.

use super::in_flight::{Completion, Failure, InFlight, availability, busy, check};
use super::open_generation::OpenGeneration;
use super::scheduler::{Fleet, FleetError, MOST_WORK};
use super::shares::{Availability, finish_time};
use super::verify::Evaluated;
use super::worker::Worker;
use crate::evaluate::Lost;
use crate::update::Generation;
use eggroll_firmware::estimator::scores::Shape;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The number of requests that an evaluator holds at once, so that it never waits for the host.
const MOST_IN_FLIGHT: usize = 2;
/// A request for less work than this is not split, because another round trip would cost more.
const WORTH_A_REQUEST: Duration = Duration::from_micros(500);
/// A request asks for at most so many times as many units as the one before.
const GROWTH: u32 = 4;
/// A range is given to others if they would finish it sooner by this factor and in addition by this time.
const SOONER: f64 = 1.25;
const SOONER_BY: f64 = 200e-6;
/// When evaluators are idle, so many of the ranges that take longest are considered.
const MOST_CONSIDERED: usize = 4;
/// The shortest time after which late requests are considered again.
const SHORTEST_NAP: f64 = 1e-3;

impl Fleet {
    /// Evaluates all units of a generation. Returns early if an evaluator is caught with wrong scores, and at
    /// once when `stop` is set.
    ///
    /// # Errors
    /// [`FleetError::NoEvaluators`].
    pub(crate) async fn evaluate(
        &mut self,
        generation: Arc<Generation>,
        shape: Shape,
        units: u32,
        stop: &CancellationToken,
    ) -> Result<Evaluated, FleetError> {
        // Requests of earlier generations may still be in flight. Their answers only make their evaluators
        // free.
        let since = self.id();
        let mut current = OpenGeneration::new(generation, since, shape, units);
        while !current.is_complete() {
            let wake = self.hand_out(&mut current);
            let deadline = self.deadline();
            let at = |time: Option<Instant>| tokio::time::sleep_until(time.unwrap_or_else(Instant::now));
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    self.drop_requests();
                    return Ok(Evaluated::Interrupted);
                }
                Some(registration) = self.registrations.recv() => self.join(registration),
                Some(completion) = self.tasks.join_next_with_id() => match completion {
                    Ok((_, completion)) => self.complete(completion, &mut current),
                    Err(error) => self.on_panic(&error, &mut current),
                },
                () = at(wake), if wake.is_some() => {}
                () = at(deadline), if deadline.is_some() => {
                    if self.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                        return Err(self.none_left());
                    }
                }
            }
            if !self.caught.is_empty() {
                return Ok(Evaluated::Caught(core::mem::take(&mut self.caught)));
            }
        }
        Ok(current.into_evaluated())
    }

    /// The expected seconds for which each evaluator is busy.
    fn all_busy(&self, now: Instant) -> Vec<f64> {
        let of = |worker: &Worker| {
            if worker.requests == 0 {
                return 0.0;
            }
            busy(self.in_flight.iter().filter(|request| request.worker == worker.id), now)
        };
        self.workers.iter().map(of).collect()
    }

    /// When each evaluator can do more work, if its speed is known.
    fn loads(&self, now: Instant) -> Vec<Option<Availability>> {
        let of = |(worker, busy): (&Worker, f64)| {
            Some(availability(worker.costs()?, busy)).filter(|load| load.before.is_finite())
        };
        self.workers.iter().zip(self.all_busy(now)).map(of).collect()
    }

    /// Gives work to every evaluator that is of use and may get another request. Returns the time at which to
    /// call this again, if no request completes before.
    fn hand_out(&mut self, current: &mut OpenGeneration) -> Option<Instant> {
        let mut wake = None;
        loop {
            let left = current.count_queued();
            if left > 0 {
                wake = self.give(current, left);
            }
            if !current.is_queue_empty() {
                break;
            }
            match self.requeue_late(current) {
                Ok(()) => {}
                Err(next) => {
                    wake = next;
                    break;
                }
            }
        }
        self.try_again(current);
        wake
    }

    /// Gives out the queued ranges. Returns the time at which to look again at evaluators for which ranges
    /// were left.
    fn give(&mut self, current: &mut OpenGeneration, left: u32) -> Option<Instant> {
        let now = Instant::now();
        let loads = self.loads(now);
        let known: Vec<Availability> = loads.iter().filter_map(|load| *load).collect();
        let together = finish_time(&known, left);
        let no_speeds = !self.workers.iter().any(|worker| worker.costs().is_some());
        let mut shares: Vec<u32> = if no_speeds {
            // No speed is known, so every evaluator gets a small share.
            vec![left.div_ceil(self.workers.len().max(1) as u32); self.workers.len()]
        } else {
            loads.iter().map(|load| load.map_or(0, |load| load.within(together, left))).collect()
        };
        let many = shares.iter().filter(|&&share| share > 0).count() > 1;
        // Every evaluator gets one range before any gets a second, so that a fast one does not empty the
        // queue. Each of equally fast ones is the first in some generations.
        let begin = current.generation.number as usize;
        for round in 0..MOST_IN_FLIGHT {
            for place in 0..self.workers.len() {
                let place = (place + begin) % self.workers.len();
                let (worker, share) = (&self.workers[place], shares[place]);
                if worker.requests > round || share == 0 {
                    continue;
                }
                let half = if round == 0 || many { share.div_ceil(2) } else { share };
                let wanted = match worker.costs() {
                    Some(costs) => {
                        let worth = WORTH_A_REQUEST.as_secs_f64().max(costs.fixed) / costs.each.max(1e-9);
                        half.max(share.min(worth as u32)).min(worker.speed.at_most(MOST_WORK, GROWTH))
                    }
                    None => half.min(self.first_units),
                };
                let range = current.take(wanted.min(worker.evaluator.most_units()))?;
                shares[place] -= share.min(range.len() as u32);
                self.send(place, current, range.clone(), range);
            }
        }
        // The rest of the queue is for evaluators that are busy now. They may turn out to be later than
        // expected.
        let room = self.workers.iter().any(|worker| worker.requests < MOST_IN_FLIGHT);
        room.then(|| self.next_late(now)).flatten()
    }

    /// The time at which the next request becomes late, or half as late again as it is.
    fn next_late(&self, now: Instant) -> Option<Instant> {
        let due = self.in_flight.iter().filter_map(|request| request.due);
        due.map(|due| due.max(now) + nap(now.saturating_duration_since(due).as_secs_f64() / 2.0)).min()
    }

    /// Queues a range again that others would finish sooner than the evaluator that has it. If there is none,
    /// the error is the time at which there may be one.
    fn requeue_late(&mut self, current: &mut OpenGeneration) -> Result<(), Option<Instant>> {
        let now = Instant::now();
        let loads = self.loads(now);
        let late: Vec<f64> = self.workers.iter().map(|worker| self.late(worker.id, now)).collect();
        let mut held: Vec<(f64, usize, Range<u32>)> = Vec::new();
        for (place, request) in self.in_flight.iter().enumerate() {
            let missing = current.missing(request.holds.clone());
            if request.id <= current.since
                || missing.is_empty()
                || request.being_checked.load(Ordering::Relaxed)
            {
                continue;
            }
            let Ok(worker) = self.workers.binary_search_by_key(&request.worker, |worker| worker.id) else {
                continue;
            };
            let left = request.due.map_or(f64::INFINITY, |due| {
                let left = due.saturating_duration_since(now).as_secs_f64();
                left - now.saturating_duration_since(due).as_secs_f64() + 2.0 * late[worker]
            });
            held.push((left, place, missing));
        }
        held.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        let mut next: Option<Instant> = None;
        for (left, place, missing) in held.into_iter().take(MOST_CONSIDERED) {
            let holder = self.in_flight[place].worker;
            let others = || self.workers.iter().zip(&loads).filter(move |(other, _)| other.id != holder);
            if !others().any(|(other, load)| other.requests < MOST_IN_FLIGHT && load.is_some()) {
                continue;
            }
            let loads: Vec<Availability> = others().filter_map(|(_, load)| *load).collect();
            let sooner = SOONER * finish_time(&loads, missing.len() as u32) + SOONER_BY;
            if left > sooner {
                tracing::debug!(?missing, "late, so it is queued again");
                self.in_flight[place].holds = 0..0;
                current.requeue(missing);
                return Ok(());
            }
            let at = self.in_flight[place].due.unwrap_or(now) + nap(sooner);
            let at = at.max(now + nap(0.0));
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        Err(next)
    }

    /// How late the first of an evaluator's requests is, in seconds.
    fn late(&self, id: u64, now: Instant) -> f64 {
        let own = self.in_flight.iter();
        let own =
            own.filter(|request| request.worker == id && !request.being_checked.load(Ordering::Relaxed));
        let late = own.filter_map(|request| request.due).map(|due| now.saturating_duration_since(due));
        late.max().unwrap_or_default().as_secs_f64()
    }

    /// Asks evaluators that are idle and due for a trial for units that others evaluate as well.
    fn try_again(&mut self, current: &OpenGeneration) {
        for place in 0..self.workers.len() {
            // These are the units that will be missing longest: from the end of the queue, or the end of a
            // range in flight.
            let held = self.in_flight.iter().rev().filter(|request| request.id > current.since);
            let held = held.map(|request| current.missing(request.holds.clone()));
            let Some(range) = current.last_queued().into_iter().chain(held).find(|r| !r.is_empty()) else {
                return;
            };
            let worker = &mut self.workers[place];
            if !worker.try_again(current.generation.number) {
                continue;
            }
            let units = match worker.costs() {
                Some(_) => worker.speed.at_most(MOST_WORK, GROWTH),
                None => self.first_units,
            };
            let units = units.min(worker.evaluator.most_units()).max(1);
            let range = range.start.max(range.end.saturating_sub(units))..range.end;
            self.send(place, current, range, 0..0);
        }
    }

    /// Asks an evaluator for a range. It alone was asked for the part `holds`.
    fn send(&mut self, place: usize, current: &OpenGeneration, range: Range<u32>, holds: Range<u32>) {
        let now = Instant::now();
        let request = self.id();
        let worker = &self.workers[place];
        let before = busy(self.in_flight.iter().filter(|request| request.worker == worker.id), now);
        let takes = worker.costs().map(|costs| before + costs.of(range.len() as u32));
        let due = takes
            .and_then(|takes| Duration::try_from_secs_f64(takes).ok())
            .and_then(|takes| now.checked_add(takes));
        let evaluator = Arc::clone(&worker.evaluator);
        let generation = Arc::clone(&current.generation);
        let verifier = self.verifier.clone().filter(|_| !evaluator.is_host());
        let (being_checked, units) = (Arc::new(AtomicBool::new(false)), range.clone());
        let checking = Arc::clone(&being_checked);
        let task = self.tasks.spawn(async move {
            let result = evaluator.evaluate(&generation, units.clone()).await.map_err(Failure::Lost);
            let at = Instant::now();
            match (result, verifier) {
                // A reply is picked only after it has come. Otherwise a board could tell from the host's
                // behaviour that it will be checked.
                (Ok(scores), Some(verifier)) if verifier.picks() => {
                    checking.store(true, Ordering::Relaxed);
                    let result = check(verifier, generation, units, scores).await;
                    Completion { request, result, at, checked: true }
                }
                (result, _) => Completion { request, result, at, checked: false },
            }
        });
        let worker = &mut self.workers[place];
        worker.requests += 1;
        worker.asked = current.generation.number;
        let worker = worker.id;
        self.in_flight.push(InFlight {
            id: request,
            worker,
            range,
            holds,
            sent: now,
            due,
            being_checked,
            task,
        });
    }

    /// Takes in the outcome of a request.
    fn complete(&mut self, completion: Completion, current: &mut OpenGeneration) {
        let Some(place) = self.in_flight.iter().position(|request| request.id == completion.request) else {
            return;
        };
        let request = self.in_flight.swap_remove(place);
        if completion.checked {
            self.roll.one_checked();
        }
        // An evaluator that is gone or expelled has no requests in flight.
        let Some(worker) = self.worker(request.worker) else { return };
        worker.requests -= 1;
        let name = Arc::clone(&worker.name);
        let failure = match completion.result {
            Ok(scores) => {
                let ours = request.id > current.since;
                if !ours || current.accept(&name, request.range.clone(), &scores) {
                    self.learn(&request, completion.at);
                    return;
                }
                let reason = format!("{} bytes are no scores of {} units", scores.len(), request.range.len());
                Failure::Lost(Lost { name: name.to_string(), reason })
            }
            Err(failure) => failure,
        };
        let gone = match failure {
            Failure::Lost(lost) => {
                self.on_lost(request.worker, &lost);
                self.remove(request.worker)
            }
            Failure::Wrong => {
                let gone = self.expelled(&name);
                self.caught.push(name);
                gone
            }
        };
        for request in gone.into_iter().chain([request]) {
            if request.id > current.since {
                current.requeue(request.holds);
            }
        }
    }

    /// Learns the speed of an evaluator from an answer.
    fn learn(&mut self, request: &InFlight, at: Instant) {
        self.answered();
        let Some(worker) = self.worker(request.worker) else { return };
        worker.answer(request.range.len() as u32, request.sent, at);
        // The work on its other requests begins now.
        let (id, costs) = (worker.id, worker.costs());
        let Some(costs) = costs else { return };
        let mut due = at;
        let mut own: Vec<&mut InFlight> =
            self.in_flight.iter_mut().filter(|request| request.worker == id).collect();
        own.sort_by_key(|request| request.id);
        for request in own {
            let takes =
                Duration::try_from_secs_f64(costs.of(request.range.len() as u32)).unwrap_or(Duration::MAX);
            let Some(next) = due.checked_add(takes) else { return };
            due = next;
            request.due = Some(due);
        }
    }

    /// Handles a request whose task has panicked.
    fn on_panic(&mut self, error: &tokio::task::JoinError, current: &mut OpenGeneration) {
        let Some(request) = self.in_flight.iter().find(|request| request.task.id() == error.id()) else {
            return;
        };
        let (id, worker) = (request.id, request.worker);
        let name = self.worker(worker).map_or_else(String::new, |worker| worker.name.to_string());
        let lost = Lost { name, reason: format!("a fault of this program: {error}") };
        let result = Err(Failure::Lost(lost));
        self.complete(Completion { request: id, result, at: Instant::now(), checked: false }, current);
    }
}

/// A time to wait that is neither too short nor infinite.
fn nap(seconds: f64) -> Duration {
    // The wait is finite so that everything is considered again from time to time.
    Duration::from_secs_f64(if seconds.is_finite() { seconds.clamp(SHORTEST_NAP, 3600.0) } else { 3600.0 })
}

#[cfg(test)]
#[path = "generation_tests.rs"]
mod tests;
