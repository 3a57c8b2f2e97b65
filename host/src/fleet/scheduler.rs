use super::flight::{Failure, Flight, Landed, Worker, check};
use super::joining::Joining;
use super::verify::{Answer, Evaluated, Verifier};
use crate::evaluate::{Evaluator, Lost};
use crate::update::{Creditor, Generation, Outcome, Tally};
use eggroll_firmware::estimator::scores::Shape;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Ranges that an evaluator holds at once, so that it never waits for the host.
const IN_FLIGHT: usize = 2;
/// A request that is worth less work than this is not cut further: the round trip would cost more.
const WORTH_A_REQUEST: Duration = Duration::from_micros(500);
/// The most work in one request, so that a lost one costs little and a slow board answers in time: a quarter of the
/// time after which most links' requests are repeated.
pub(super) const MOST_WORK: Duration = Duration::from_millis(500);
/// The most units in one request to an evaluator whose rate is not known: whatever its share, it must answer before it
/// is taken for gone.
const FIRST_UNITS: f64 = 4.0;
/// A range is late after this time, or four times what its evaluator's rate lets expect, whichever is longer.
const LATE: Duration = Duration::from_millis(250);

/// How long a fleet without evaluators waits for one to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Why a generation could not be finished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// Every evaluator is gone and none joined in time.
    #[error("no board is left (last: {last}); waited {} s for another", waited.as_secs_f64())]
    Deserted {
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

/// A generation under way.
struct Current {
    /// Flights with later ids are its own.
    since: u64,
    tally: Tally,
    work: VecDeque<Range<u32>>,
    answers: Vec<Answer>,
}

/// Evaluators and the work they are given: by measured rate, several ranges each, again where one is late or
/// gone; the first valid answer counts.
pub struct Fleet {
    pub(super) workers: Vec<(u64, Worker)>,
    flights: Vec<Flight>,
    tasks: JoinSet<Landed>,
    pub(super) joining: Joining,
    pub(super) joined: mpsc::UnboundedReceiver<Arc<dyn Evaluator>>,
    pub(super) patience: Patience,
    next_id: u64,
    pub(super) last_lost: String,
    pub(super) verifier: Option<Arc<Verifier>>,
    /// Those expelled since the last generation was given out.
    caught: Vec<Arc<str>>,
    pub(super) counts: Counts,
}

/// An evaluator's share of the work so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// How users know it.
    pub name: String,
    /// Units a second, lately.
    pub rate: f64,
    /// Units evaluated.
    pub units: u64,
}

impl Fleet {
    /// A fleet of these evaluators.
    pub fn new(evaluators: Vec<Arc<dyn Evaluator>>, patience: Patience) -> Self {
        let (joining, joined) = Joining::new();
        let mut fleet = Self {
            workers: Vec::new(),
            flights: Vec::new(),
            tasks: JoinSet::new(),
            joining,
            joined,
            patience,
            next_id: 0,
            last_lost: String::from("none ever joined"),
            verifier: None,
            caught: Vec::new(),
            counts: Counts::default(),
        };
        evaluators.into_iter().for_each(|evaluator| fleet.join(evaluator));
        fleet
    }

    /// Who of it helps with updates, if anybody does.
    pub fn creditor(&self) -> Option<Arc<dyn Creditor>> {
        self.workers.iter().find_map(|(_, worker)| worker.evaluator.creditor())
    }

    /// Recomputes a sample of the replies from now on; an evaluator caught with wrong scores is expelled, and none
    /// of its name joins again.
    pub fn verify(&mut self, verifier: Verifier) {
        self.verifier = Some(Arc::new(verifier));
    }

    /// What became of the evaluators so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// A handle by which evaluators join during the run.
    pub fn joining(&self) -> Joining {
        self.joining.clone()
    }

    /// Who works, and how fast.
    pub fn shares(&self) -> Vec<Share> {
        let share = |(_, worker): &(u64, Worker)| Share {
            name: worker.evaluator.name().to_owned(),
            rate: worker.rate().unwrap_or(0.0),
            units: worker.units,
        };
        self.workers.iter().map(share).collect()
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn join(&mut self, evaluator: Arc<dyn Evaluator>) {
        let name: Arc<str> = evaluator.name().into();
        if self.joining.is_barred(&name) {
            tracing::warn!("{name}: not let in again after wrong scores");
            return;
        }
        let id = self.id();
        self.workers.push((id, Worker::new(evaluator, name)));
    }

    fn worker(&mut self, id: u64) -> Option<&mut Worker> {
        self.workers.iter_mut().find(|(other, _)| *other == id).map(|(_, worker)| worker)
    }

    /// Tells every evaluator that a generation's scores are complete.
    pub fn finished(&self, outcome: &Arc<Outcome>) {
        self.workers.iter().for_each(|(_, worker)| worker.evaluator.finished(outcome));
    }

    /// Evaluates all units of a generation, or finds that an evaluator cannot be believed.
    ///
    /// # Errors
    /// [`FleetError::Deserted`].
    pub async fn evaluate(
        &mut self,
        generation: Arc<Generation>,
        shape: Shape,
        units: u32,
    ) -> Result<Evaluated, FleetError> {
        // Ranges of former generations may still be under way; their answers only free their evaluators.
        let (since, tally, answers) = (self.next_id, Tally::new(shape, units), Vec::new());
        let mut work = VecDeque::new();
        work.push_back(0..units);
        let mut current = Current { since, tally, work, answers };
        while !current.tally.is_complete() {
            self.hand_out(&generation, &mut current.work, units);
            let late = self.next_late(&current);
            let deserted = self.workers.is_empty();
            tokio::select! {
                Some(landed) = self.tasks.join_next() => {
                    if let Ok(landed) = landed {
                        self.land(landed, &mut current);
                    }
                }
                Some(evaluator) = self.joined.recv() => self.join(evaluator),
                () = tokio::time::sleep(late.unwrap_or(Duration::MAX)), if late.is_some() => {
                    self.repeat_late(&current, &generation);
                }
                () = tokio::time::sleep(self.patience.0), if deserted => {
                    let last = self.last_lost.clone();
                    return Err(FleetError::Deserted { last, waited: self.patience.0 });
                }
            }
            if !self.caught.is_empty() {
                return Ok(Evaluated::Caught(core::mem::take(&mut self.caught)));
            }
        }
        let Current { tally, mut answers, .. } = current;
        answers.sort_by_key(|answer| answer.units.start);
        answers.dedup_by(|next, answer| {
            let joins = next.board == answer.board && next.units.start == answer.units.end;
            if joins {
                answer.units.end = next.units.end;
            }
            joins
        });
        Ok(Evaluated::Whole { tally, answers })
    }

    /// Gives work to every evaluator that has room for more.
    fn hand_out(&mut self, generation: &Arc<Generation>, work: &mut VecDeque<Range<u32>>, units: u32) {
        let known: Vec<f64> = self.workers.iter().filter_map(|(_, worker)| worker.rate()).collect();
        // An evaluator that has shown nothing yet is taken for an average one.
        let average = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
        let total: f64 = self.workers.iter().map(|(_, worker)| worker.rate().unwrap_or(average)).sum();
        // One range each, then a second: a fast evaluator must not empty the table before the others sit down.
        for round in 0..IN_FLIGHT {
            for place in 0..self.workers.len() {
                let worker = &self.workers[place].1;
                if worker.in_flight > round {
                    continue;
                }
                let Some(range) = work.pop_front() else { return };
                let share = f64::from(units) * worker.rate().unwrap_or(average) / total;
                let at_least = worker.rate().map_or(0.0, |rate| rate * WORTH_A_REQUEST.as_secs_f64());
                let at_most = worker.rate().map_or(FIRST_UNITS, |rate| rate * MOST_WORK.as_secs_f64());
                let wanted = (share / IN_FLIGHT as f64).max(share.min(at_least)).min(at_most);
                let count = (wanted.round() as u32).clamp(1, worker.evaluator.most_units().max(1));
                let end = range.end.min(range.start.saturating_add(count));
                if end < range.end {
                    work.push_front(end..range.end);
                }
                self.send(place, generation, range.start..end);
            }
        }
    }

    fn send(&mut self, place: usize, generation: &Arc<Generation>, range: Range<u32>) {
        let flight = self.id();
        let (id, worker) = &mut self.workers[place];
        let expected = worker.rate().map_or(Duration::ZERO, |rate| {
            Duration::try_from_secs_f64(4.0 * IN_FLIGHT as f64 * range.len() as f64 / rate).unwrap_or(LATE)
        });
        worker.in_flight += 1;
        self.flights.push(Flight {
            id: flight,
            worker: *id,
            range: range.clone(),
            sent: Instant::now(),
            late_after: expected.max(LATE),
            twice: false,
        });
        let (evaluator, generation) = (Arc::clone(&worker.evaluator), Arc::clone(generation));
        let verifier = self.verifier.clone().filter(|_| !evaluator.is_host());
        self.tasks.spawn(async move {
            let result = evaluator.evaluate(&generation, range.clone()).await.map_err(Failure::Lost);
            match (result, verifier) {
                // Picked only now: before, a board could be told by how the host treats it.
                (Ok(scores), Some(verifier)) if verifier.picks() => {
                    let result = check(verifier, generation, range, scores).await;
                    Landed { flight, result, checked: true }
                }
                (result, _) => Landed { flight, result, checked: false },
            }
        });
    }

    /// Counts an evaluator that is gone.
    pub(super) fn mourn(&mut self, lost: &Lost) {
        tracing::warn!("lost {lost}");
        self.counts.lost += 1;
        self.last_lost = lost.to_string();
    }

    /// Lets an evaluator that gave wrong scores do nothing any more.
    pub fn expel(&mut self, name: &Arc<str>) {
        tracing::warn!("{name}: gives wrong scores; expelled");
        self.counts.expelled += 1;
        self.last_lost = format!("{name}: expelled for wrong scores");
        self.joining.bar(Arc::clone(name));
        // Another link to the same board is no better.
        self.workers.retain(|(_, worker)| worker.name != *name);
    }

    fn land(&mut self, landed: Landed, current: &mut Current) {
        let Some(place) = self.flights.iter().position(|flight| flight.id == landed.flight) else { return };
        let flight = self.flights.swap_remove(place);
        self.counts.checked += u64::from(landed.checked);
        let mut name = None;
        if let Some(worker) = self.worker(flight.worker) {
            worker.in_flight -= 1;
            if landed.result.is_ok() {
                worker.answer(flight.range.len(), flight.sent);
            }
            name = Some(Arc::clone(&worker.name));
        }
        let ours = flight.id > current.since;
        let again = match (landed.result, name) {
            (Ok(scores), Some(board)) if ours => {
                let units = flight.range.clone();
                let fresh = !current.tally.has(units.clone());
                let taken = current.tally.insert(units.clone(), &scores).is_ok();
                if fresh && taken {
                    current.answers.push(Answer { board, units });
                }
                !taken
            }
            (Ok(_), Some(_)) => false,
            // It came from an evaluator that is gone since: who is not believed is not asked.
            (_, None) => ours,
            (Err(failure), Some(name)) => {
                self.workers.retain(|(id, _)| *id != flight.worker);
                match failure {
                    Failure::Lost(lost) => self.mourn(&lost),
                    Failure::Wrong => {
                        self.expel(&name);
                        self.caught.push(name);
                    }
                };
                ours
            }
        };
        let elsewhere =
            self.flights.iter().any(|other| other.id > current.since && other.range == flight.range);
        if again && !elsewhere && !current.tally.has(flight.range.clone()) {
            current.work.push_back(flight.range);
        }
    }

    /// The flights of this generation that could be late, and are still wanted.
    fn wanted<'f>(&'f self, current: &'f Current) -> impl Iterator<Item = &'f Flight> {
        let wanted = |flight: &&Flight| {
            flight.id > current.since && !flight.twice && !current.tally.has(flight.range.clone())
        };
        self.flights.iter().filter(wanted)
    }

    /// How long until the next range is late, if somebody else has room for it.
    fn next_late(&self, current: &Current) -> Option<Duration> {
        let now = Instant::now();
        let soonest = self.wanted(current).map(|flight| flight.sent + flight.late_after).min()?;
        let room =
            self.workers.len() > 1 && self.workers.iter().any(|(_, worker)| worker.in_flight < IN_FLIGHT);
        room.then(|| soonest.saturating_duration_since(now))
    }

    /// Gives every late range to an evaluator that has room.
    fn repeat_late(&mut self, current: &Current, generation: &Arc<Generation>) {
        let now = Instant::now();
        let late: Vec<(u64, u64, Range<u32>)> = self
            .wanted(current)
            .filter(|flight| now >= flight.sent + flight.late_after)
            .map(|flight| (flight.id, flight.worker, flight.range.clone()))
            .collect();
        for (id, holder, range) in late {
            let room = |(id, worker): &(u64, Worker)| *id != holder && worker.in_flight < IN_FLIGHT;
            let Some(place) = self.workers.iter().position(room) else { return };
            if range.len() as u32 > self.workers[place].1.evaluator.most_units() {
                continue;
            }
            tracing::debug!(?range, "late: handed out again");
            if let Some(flight) = self.flights.iter_mut().find(|flight| flight.id == id) {
                flight.twice = true;
            }
            self.send(place, generation, range);
        }
    }
}
