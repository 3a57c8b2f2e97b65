//! The requests to an agent's evaluators.

use super::desk::Desk;
use crate::messages::{Answer, Job, MOST_TEXT, Said, Work, encode};
use crate::subjects;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{AckKind, Message};
use eggroll_host::evaluate::Lost;
use eggroll_host::fleet::Arrival;
use eggroll_host::update::{Generation, Outcome};
use eggroll_host::words;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// While an evaluator computes, the server is told so at this interval.
const STILL_AT_IT: Duration = Duration::from_secs(5);
/// The pause before an answer is published again that the server has not taken.
const PUBLISHED_AGAIN: Duration = Duration::from_millis(500);
/// So many answered requests are remembered.
const MOST_ANSWERED: usize = 4096;

/// A request, by the lead of its coordinator and its number.
type Key = (u64, u64);

/// The evaluators of an agent, and what they are asked for.
pub(super) struct Bench {
    desk: Arc<Desk>,
    evaluators: BTreeMap<u32, Seat>,
    answering: JoinSet<Answered>,
    /// Requests that are not answered yet.
    begun: HashMap<Key, u32>,
    /// The latest requests that were answered.
    done: VecDeque<Key>,
}

struct Seat {
    place: Arc<Place>,
    waiting: u32,
    /// The generation of the last request.
    asked: u32,
}

/// An evaluator, for the requests to it.
struct Place {
    arrival: Arrival,
    /// With a delay for measurements, requests wait one after another.
    turn: tokio::sync::Mutex<()>,
}

/// A request that was answered.
struct Answered {
    key: Key,
    evaluator: u32,
    lost: Option<Lost>,
}

impl Bench {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        let (answering, done) = (JoinSet::new(), VecDeque::new());
        Self { desk, evaluators: BTreeMap::new(), answering, begun: HashMap::new(), done }
    }

    /// Whether every request is answered.
    pub(super) fn is_idle(&self) -> bool {
        self.begun.is_empty()
    }

    /// Offers an evaluator under a number.
    pub(super) fn add(&mut self, number: u32, arrival: Arrival) {
        let evaluator = &arrival.evaluator;
        if self.desk.shown.offer(number, evaluator.name(), evaluator.most_units()) {
            let place = Arc::new(Place { arrival, turn: tokio::sync::Mutex::new(()) });
            self.evaluators.insert(number, Seat { place, waiting: 0, asked: 0 });
        } else {
            tracing::warn!(
                "{}: left out, as an agent offers at most {}",
                evaluator.name(),
                crate::messages::MOST_OFFERS
            );
        }
    }

    /// Takes a request, once.
    pub(super) fn take(&mut self, work: Work, message: Message, current: watch::Receiver<Arc<Generation>>) {
        let key = (work.epoch, work.request);
        if self.begun.contains_key(&key) {
            return;
        }
        // The answer was taken, but not the acknowledgement; or nobody waits for it any more.
        let is_over = self.done.contains(&key) || work.epoch < self.desk.epoch.load(Ordering::Relaxed);
        if is_over {
            tokio::spawn(async move { message.ack().await });
            return;
        }
        let seat = self.evaluators.get_mut(&work.evaluator);
        let place = seat.map(|seat| {
            (seat.waiting, seat.asked) = (seat.waiting + 1, work.generation);
            self.desk.shown.waiting(work.evaluator, seat.waiting);
            Arc::clone(&seat.place)
        });
        self.begun.insert(key, work.evaluator);
        let desk = Arc::clone(&self.desk);
        self.answering.spawn(async move {
            let lost = answer(&desk, work, place.as_deref(), &message, current).await;
            Answered { key, evaluator: work.evaluator, lost }
        });
    }

    /// Waits until a request is answered. Never ends while there is none.
    pub(super) async fn answered(&mut self) {
        match self.answering.join_next().await {
            None => std::future::pending().await,
            Some(Ok(answered)) => self.done(answered),
            // A fault of this program, of which its log has the place.
            Some(Err(error)) => {
                tracing::error!("a request was not answered: {error}");
                self.begun.clear();
            }
        }
    }

    fn done(&mut self, Answered { key, evaluator, lost }: Answered) {
        self.begun.remove(&key);
        self.done.push_back(key);
        if self.done.len() > MOST_ANSWERED {
            self.done.pop_front();
        }
        if let Some(seat) = self.evaluators.get_mut(&evaluator) {
            seat.waiting = seat.waiting.saturating_sub(1);
            self.desk.shown.waiting(evaluator, seat.waiting);
        }
        if let Some(lost) = lost
            && let Some(seat) = self.evaluators.remove(&evaluator)
        {
            self.desk.shown.withdraw(evaluator);
            if seat.place.arrival.lost(&lost.reason) {
                tracing::warn!("lost {lost}");
            }
        }
    }

    /// Tells evaluators that had a part in a generation and have finished it that it is complete, so that
    /// their weights move before the next request.
    pub(super) fn finished(&self, outcome: &Arc<Outcome>) {
        for seat in self.evaluators.values() {
            if seat.asked == outcome.number && seat.waiting == 0 {
                seat.place.arrival.evaluator.finished(outcome);
            }
        }
    }
}

/// Answers a request. Returns how its evaluator was lost, if it was.
async fn answer(
    desk: &Desk,
    work: Work,
    place: Option<&Place>,
    message: &Message,
    mut current: watch::Receiver<Arc<Generation>>,
) -> Option<Lost> {
    let computing = async {
        let gone = || Lost { name: desk.agent.name.clone(), reason: "it has no such evaluator".to_owned() };
        let Place { arrival, turn } = place.ok_or_else(gone)?;
        // The journal may still have to bring the weights.
        let waited = current.wait_for(|generation| generation.number >= work.generation).await;
        let Ok(generation) = waited.map(|generation| Arc::clone(&generation)) else { return Ok(None) };
        if generation.number > work.generation {
            return Ok(None);
        }
        drop(current);
        let evaluator = &arrival.evaluator;
        let said = match work.job {
            Job::Evaluate { first, count } => {
                let turn = turn.lock().await;
                tokio::time::sleep(desk.agent.delay.saturating_mul(count)).await;
                drop(turn);
                let end = first.saturating_add(count);
                Said::Scores(evaluator.evaluate(&generation, first..end).await?)
            }
            Job::Measure { trial } => Said::Measured(evaluator.measure(&generation, trial).await?),
        };
        arrival.answered();
        Ok(Some(said))
    };
    tokio::pin!(computing);
    let mut still = tokio::time::interval_at(tokio::time::Instant::now() + STILL_AT_IT, STILL_AT_IT);
    let said: Result<Option<Said>, Lost> = loop {
        tokio::select! {
            said = &mut computing => break said,
            _ = still.tick() => {
                let _ = message.ack_with(AckKind::Progress).await;
            }
        }
    };
    let (said, lost) = match said {
        // The generation is complete without it.
        Ok(None) => (None, None),
        Ok(said) => (said, None),
        Err(lost) => (Some(Said::Lost(words::shown(&lost.reason, MOST_TEXT))), Some(lost)),
    };
    if let Some(said) = said {
        publish(desk, Answer { epoch: work.epoch, request: work.request, said }).await;
    }
    let _ = message.ack().await;
    lost
}

/// Publishes an answer until the server has taken it, or another coordinator has taken over.
async fn publish(desk: &Desk, answer: Answer) {
    let subject = subjects::score(desk.run, &desk.agent.name);
    let id = format!("{}-{}-{}", desk.agent.name, answer.epoch, answer.request);
    let bytes = bytes::Bytes::from(encode(&answer));
    while answer.epoch >= desk.epoch.load(Ordering::Relaxed) {
        let message = PublishMessage::build().payload(bytes.clone()).message_id(&id);
        let sent = desk.jetstream.send_publish(subject.clone(), message).await;
        let taken = match sent {
            Ok(taken) => taken.await.map(drop).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match taken {
            Ok(()) => return,
            Err(error) => tracing::debug!("an answer was not taken: {error}"),
        }
        tokio::time::sleep(PUBLISHED_AGAIN).await;
    }
}
