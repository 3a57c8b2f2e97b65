use crate::evaluate::{Evaluator, Lost};
use crate::update::{Generation, Outcome, Tally};
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
/// The most work in one request, so that a lost one costs little and a slow board answers in time.
const MOST_WORK: Duration = Duration::from_millis(500);
/// A range is late after this time, or four times what its evaluator's rate lets expect, whichever is longer.
const LATE: Duration = Duration::from_millis(250);

/// What an answer before the last one still counts for in an evaluator's rate.
const MEMORY: f64 = 0.95;

/// How long a fleet without evaluators waits for one to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Lets evaluators join a fleet at any time.
pub type Joining = mpsc::UnboundedSender<Arc<dyn Evaluator>>;

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
}

struct Worker {
    evaluator: Arc<dyn Evaluator>,
    in_flight: usize,
    /// Units answered lately and the seconds they took, older ones counting less and less.
    lately: (f64, f64),
    /// When its last answer came: with two requests under way, the second starts there.
    answered: Instant,
    units: u64,
}

impl Worker {
    /// Units a second, once measured.
    fn rate(&self) -> Option<f64> {
        let (units, seconds) = self.lately;
        (units > 0.0).then(|| units / seconds.max(1e-6))
    }

    /// Takes in an answer. Sums, not a mean of rates: two answers read at once look instantaneous one by one.
    fn answer(&mut self, units: usize, sent: Instant) {
        let now = Instant::now();
        let took = now - sent.max(self.answered);
        self.answered = now;
        self.units += units as u64;
        let (before, seconds) = self.lately;
        self.lately = (MEMORY * before + units as f64, MEMORY * seconds + took.as_secs_f64());
    }
}

/// A range under way.
struct Flight {
    id: u64,
    worker: u64,
    range: Range<u32>,
    sent: Instant,
    late_after: Duration,
    /// Whether it was given to somebody else, too.
    twice: bool,
}

struct Landed {
    flight: u64,
    result: Result<Vec<u8>, Lost>,
}

/// Evaluators and the work they are given: by measured rate, several ranges each, again where one is late or
/// gone; the first valid answer counts.
pub struct Fleet {
    workers: Vec<(u64, Worker)>,
    flights: Vec<Flight>,
    tasks: JoinSet<Landed>,
    joining: (Joining, mpsc::UnboundedReceiver<Arc<dyn Evaluator>>),
    patience: Patience,
    next_id: u64,
    last_lost: String,
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
        let mut fleet = Self {
            workers: Vec::new(),
            flights: Vec::new(),
            tasks: JoinSet::new(),
            joining: mpsc::unbounded_channel(),
            patience,
            next_id: 0,
            last_lost: String::from("none ever joined"),
        };
        evaluators.into_iter().for_each(|evaluator| fleet.join(evaluator));
        fleet
    }

    /// A handle by which evaluators join during the run.
    pub fn joining(&self) -> Joining {
        self.joining.0.clone()
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

    fn join(&mut self, evaluator: Arc<dyn Evaluator>) {
        let id = self.id();
        let worker =
            Worker { evaluator, in_flight: 0, lately: (0.0, 0.0), answered: Instant::now(), units: 0 };
        self.workers.push((id, worker));
    }

    fn worker(&mut self, id: u64) -> Option<&mut Worker> {
        self.workers.iter_mut().find(|(other, _)| *other == id).map(|(_, worker)| worker)
    }

    /// Tells every evaluator that a generation's scores are complete.
    pub fn finished(&self, outcome: &Arc<Outcome>) {
        self.workers.iter().for_each(|(_, worker)| worker.evaluator.finished(outcome));
    }

    /// Evaluates all units of a generation.
    ///
    /// # Errors
    /// [`FleetError::Deserted`].
    pub async fn evaluate(
        &mut self,
        generation: Arc<Generation>,
        shape: Shape,
        units: u32,
    ) -> Result<Tally, FleetError> {
        let mut tally = Tally::new(shape, units);
        let mut work = VecDeque::new();
        work.push_back(0..units);
        // Ranges of former generations may still be under way; their answers only free their evaluators.
        let current = self.next_id;
        while !tally.is_complete() {
            self.hand_out(&generation, &mut work, units);
            let late = self.next_late(current, &tally);
            let deserted = self.workers.is_empty();
            tokio::select! {
                Some(landed) = self.tasks.join_next() => {
                    if let Ok(landed) = landed {
                        self.land(landed, current, &mut tally, &mut work);
                    }
                }
                Some(evaluator) = self.joining.1.recv() => self.join(evaluator),
                () = tokio::time::sleep(late.unwrap_or(Duration::MAX)), if late.is_some() => {
                    self.repeat_late(current, &generation, &tally);
                }
                () = tokio::time::sleep(self.patience.0), if deserted => {
                    let last = self.last_lost.clone();
                    return Err(FleetError::Deserted { last, waited: self.patience.0 });
                }
            }
        }
        Ok(tally)
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
                let at_most = worker.rate().map_or(f64::MAX, |rate| rate * MOST_WORK.as_secs_f64());
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
        self.tasks.spawn(async move {
            let result = evaluator.evaluate(&generation, range).await;
            Landed { flight, result }
        });
    }

    fn land(&mut self, landed: Landed, current: u64, tally: &mut Tally, work: &mut VecDeque<Range<u32>>) {
        let Some(place) = self.flights.iter().position(|flight| flight.id == landed.flight) else { return };
        let flight = self.flights.swap_remove(place);
        if let Some(worker) = self.worker(flight.worker) {
            worker.in_flight -= 1;
            if landed.result.is_ok() {
                worker.answer(flight.range.len(), flight.sent);
            }
        }
        let again = match landed.result {
            Ok(scores) if flight.id > current => tally.insert(flight.range.clone(), &scores).is_err(),
            Ok(_) => false,
            Err(lost) => {
                if self.worker(flight.worker).is_some() {
                    tracing::warn!("lost {lost}");
                    self.last_lost = lost.to_string();
                    self.workers.retain(|(id, _)| *id != flight.worker);
                }
                flight.id > current
            }
        };
        let elsewhere = self.flights.iter().any(|other| other.id > current && other.range == flight.range);
        if again && !elsewhere && !tally.has(flight.range.clone()) {
            work.push_back(flight.range);
        }
    }

    /// The flights of this generation that could be late, and are still wanted.
    fn wanted<'f>(&'f self, current: u64, tally: &'f Tally) -> impl Iterator<Item = &'f Flight> {
        let wanted =
            move |flight: &&Flight| flight.id > current && !flight.twice && !tally.has(flight.range.clone());
        self.flights.iter().filter(wanted)
    }

    /// How long until the next range is late, if somebody else has room for it.
    fn next_late(&self, current: u64, tally: &Tally) -> Option<Duration> {
        let now = Instant::now();
        let soonest = self.wanted(current, tally).map(|flight| flight.sent + flight.late_after).min()?;
        let room =
            self.workers.len() > 1 && self.workers.iter().any(|(_, worker)| worker.in_flight < IN_FLIGHT);
        room.then(|| soonest.saturating_duration_since(now))
    }

    /// Gives every late range to an evaluator that has room.
    fn repeat_late(&mut self, current: u64, generation: &Arc<Generation>, tally: &Tally) {
        let now = Instant::now();
        let late: Vec<(u64, u64, Range<u32>)> = self
            .wanted(current, tally)
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
