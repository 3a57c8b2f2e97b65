//! One generation's units among the evaluators: who gets what, and what comes of it.
//!
//! An evaluator gets units only where it is expected to be done with them before the others would be with all that is
//! left. One that never is gets a few now and then that others do as well, so that its speed is known; what it holds
//! nobody waits for. Where the table is empty and somebody idle would be done with a range sooner than who holds it,
//! the range goes back on the table; an answer that comes after another is dropped.

use super::open_generation::OpenGeneration;
use super::scheduler::{Fleet, FleetError, MOST_WORK};
use super::shares::{Availability, finish_time};
use super::verify::Evaluated;
use super::worker::{Completion, Failure, InFlight, Worker, availability, busy, check};
use crate::evaluate::Lost;
use crate::update::Generation;
use eggroll_firmware::estimator::scores::Shape;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Ranges that an evaluator holds at once, so that it never waits for the host.
const MOST_IN_FLIGHT: usize = 2;
/// A request that is worth less work than this is not cut further: the round trip would cost more.
const WORTH_A_REQUEST: Duration = Duration::from_micros(500);
/// How many times as many units as before a request may ask for.
const GROWTH: u32 = 4;
/// Others must be done with a range sooner than who holds it by this factor, and by this time, to get it too.
const SOONER: f64 = 1.25;
const SOONER_BY: f64 = 200e-6;
/// How many of those that hold ranges longest are looked at when others are idle.
const LOOKED_AT: usize = 4;
/// What is late is looked at again after this time, at the soonest.
const SHORTEST_NAP: f64 = 1e-3;

impl Fleet {
    /// Evaluates all units of a generation, or finds that an evaluator cannot be believed; ends at once where `stop` is
    /// set.
    ///
    /// # Errors
    /// [`FleetError::NoEvaluators`].
    pub async fn evaluate(
        &mut self,
        generation: Arc<Generation>,
        shape: Shape,
        units: u32,
        stop: &CancellationToken,
    ) -> Result<Evaluated, FleetError> {
        // Ranges of former generations may still be under way; their answers only free their evaluators.
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
                    Ok((_, completion)) => self.land(completion, &mut current),
                    Err(error) => self.crash(&error, &mut current),
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
        Ok(current.whole())
    }

    /// Seconds for which each evaluator is busy.
    fn all_busy(&self, now: Instant) -> Vec<f64> {
        let of = |worker: &Worker| {
            if worker.requests == 0 {
                return 0.0;
            }
            busy(self.in_flight.iter().filter(|request| request.worker == worker.id), now)
        };
        self.workers.iter().map(of).collect()
    }

    /// What each evaluator needs, where its speed is known.
    fn loads(&self, now: Instant) -> Vec<Option<Availability>> {
        let of = |(worker, busy): (&Worker, f64)| {
            Some(availability(worker.costs()?, busy)).filter(|load| load.before.is_finite())
        };
        self.workers.iter().zip(self.all_busy(now)).map(of).collect()
    }

    /// Gives work to every evaluator that has room for more and is of use. Says when to look again, if nothing lands
    /// before.
    fn hand_out(&mut self, current: &mut OpenGeneration) -> Option<Instant> {
        let mut wake = None;
        loop {
            let left = current.left();
            if left > 0 {
                wake = self.give(current, left);
            }
            if !current.is_handed_out() {
                break;
            }
            match self.take_back(current) {
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

    /// Gives out what is on the table. Says when to look again at those for whom it waits.
    fn give(&mut self, current: &mut OpenGeneration, left: u32) -> Option<Instant> {
        let now = Instant::now();
        let loads = self.loads(now);
        let known: Vec<Availability> = loads.iter().filter_map(|load| *load).collect();
        let together = finish_time(&known, left);
        let strangers = !self.workers.iter().any(|worker| worker.costs().is_some());
        let mut shares: Vec<u32> = if strangers {
            // Nothing is known of anybody: little for everybody.
            vec![left.div_ceil(self.workers.len().max(1) as u32); self.workers.len()]
        } else {
            loads.iter().map(|load| load.map_or(0, |load| load.within(together, left))).collect()
        };
        let many = shares.iter().filter(|&&share| share > 0).count() > 1;
        // One range each, then a second: a fast evaluator must not empty the table before the others sit down. Among
        // equals everybody is the first now and then.
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
        // The table is for those that are busy now: they may turn out to be later than they should be.
        let room = self.workers.iter().any(|worker| worker.requests < MOST_IN_FLIGHT);
        room.then(|| self.next_late(now)).flatten()
    }

    /// When the next flight is late, or later by half.
    fn next_late(&self, now: Instant) -> Option<Instant> {
        let due = self.in_flight.iter().filter_map(|request| request.due);
        due.map(|due| due.max(now) + nap(now.saturating_duration_since(due).as_secs_f64() / 2.0)).min()
    }

    /// Puts a range back on the table that others would be done with sooner than who holds it. Where there is none,
    /// says when there may be one.
    fn take_back(&mut self, current: &mut OpenGeneration) -> Result<(), Option<Instant>> {
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
        for (left, place, missing) in held.into_iter().take(LOOKED_AT) {
            let holder = self.in_flight[place].worker;
            let others = || self.workers.iter().zip(&loads).filter(move |(other, _)| other.id != holder);
            if !others().any(|(other, load)| other.requests < MOST_IN_FLIGHT && load.is_some()) {
                continue;
            }
            let loads: Vec<Availability> = others().filter_map(|(_, load)| *load).collect();
            let sooner = SOONER * finish_time(&loads, missing.len() as u32) + SOONER_BY;
            if left > sooner {
                tracing::debug!(?missing, "late: handed out again");
                self.in_flight[place].holds = 0..0;
                current.put_back(missing);
                return Ok(());
            }
            let at = self.in_flight[place].due.unwrap_or(now) + nap(sooner);
            let at = at.max(now + nap(0.0));
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        Err(next)
    }

    /// By how much the first of an evaluator's flights is late.
    fn late(&self, id: u64, now: Instant) -> f64 {
        let own = self.in_flight.iter();
        let own =
            own.filter(|request| request.worker == id && !request.being_checked.load(Ordering::Relaxed));
        let late = own.filter_map(|request| request.due).map(|due| now.saturating_duration_since(due));
        late.max().unwrap_or_default().as_secs_f64()
    }

    /// Asks those that have nothing to do, and whose time it is, for units that others do as well.
    fn try_again(&mut self, current: &OpenGeneration) {
        for place in 0..self.workers.len() {
            // What is missing longest: from the end of the table, or of what others hold.
            let held = self.in_flight.iter().rev().filter(|request| request.id > current.since);
            let held = held.map(|request| current.missing(request.holds.clone()));
            let Some(range) = current.last().into_iter().chain(held).find(|r| !r.is_empty()) else {
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

    /// Asks an evaluator for a range, of which it alone holds a part.
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
                // Picked only now: before, a board could be told by how the host treats it.
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

    /// Takes in what came of a flight.
    fn land(&mut self, completion: Completion, current: &mut OpenGeneration) {
        let Some(place) = self.in_flight.iter().position(|request| request.id == completion.request) else {
            return;
        };
        let request = self.in_flight.swap_remove(place);
        self.counts.checked += u64::from(completion.checked);
        // Who is not believed any more, or gone, has no flights.
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
                current.put_back(request.holds);
            }
        }
    }

    /// An answer has come: what it says of its evaluator's speed.
    fn learn(&mut self, request: &InFlight, at: Instant) {
        self.answered();
        let Some(worker) = self.worker(request.worker) else { return };
        worker.answer(request.range.len() as u32, request.sent, at);
        // Whatever it holds besides begins now.
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

    /// A flight's task has panicked.
    fn crash(&mut self, error: &tokio::task::JoinError, current: &mut OpenGeneration) {
        let Some(request) = self.in_flight.iter().find(|request| request.task.id() == error.id()) else {
            return;
        };
        let (id, worker) = (request.id, request.worker);
        let name = self.worker(worker).map_or_else(String::new, |worker| worker.name.to_string());
        let lost = Lost { name, reason: format!("a fault of this program: {error}") };
        let result = Err(Failure::Lost(lost));
        self.land(Completion { request: id, result, at: Instant::now(), checked: false }, current);
    }
}

/// A time to wait, not so short that it is not worth it.
fn nap(seconds: f64) -> Duration {
    // Not for ever, either: all is looked at again now and then.
    Duration::from_secs_f64(if seconds.is_finite() { seconds.clamp(SHORTEST_NAP, 3600.0) } else { 3600.0 })
}

#[cfg(test)]
#[path = "generation_tests.rs"]
mod tests;
