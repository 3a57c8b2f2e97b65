//! Boards as evaluators. A board is configured once and kept at the run's weights, and each of its replies
//! must prove by a checksum that it had them.

mod alone;
mod configure;
mod error;
mod history;
mod model;
mod needs;
mod own_task;
mod sync;
mod upload;

pub use error::BoardError;
pub use history::BoardHistory;
pub use model::Store;

use super::Traffic;
use super::link::Link;
use super::session::{BoardInfo, OwnedAnswer, OwnedReply, Pending, Session, SessionError};
use crate::evaluate::{Alone, Evaluator, Lost, Room};
use crate::update::{Generation, Outcome, Setup};
use async_trait::async_trait;
use eggroll_firmware::estimator::scores::{Scores, Shape};
use eggroll_firmware::train::{Pace, State};
use eggroll_firmware::wire::{Command, PROTOCOL, RunCommand, SMALLEST_FRAME};
use std::fmt::Display;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use tokio::sync::Mutex;
use upload::LineQuality;

/// A board that still does not hold the run's weights after so many resyncs for one request is lost.
const RESYNCS: u32 = 8;

/// A board behind a link.
pub struct BoardEvaluator {
    session: Session,
    traffic: Arc<Traffic>,
    info: BoardInfo,
    history: Arc<BoardHistory>,
    line: LineQuality,
    prepared: OnceLock<Prepared>,
    /// Whether the board has said that its samples differ from the run's. From then on they are uploaded
    /// whenever it is configured, even if it claims to hold them.
    samples_differed: AtomicBool,
    /// The state that the board was last brought to. Requests are sent while this lock is held, so that they
    /// arrive in order.
    synced: Mutex<Synced>,
    /// How often the board was loaded with all weights, and the reason of the last time.
    reloads: std::sync::Mutex<(u64, Option<String>)>,
}

/// The state that the board has been brought to by what was sent.
#[derive(Clone, Copy, Default)]
struct Synced {
    /// The generation of its weights; `None` if it must get all weights.
    weights: Option<u32>,
    /// The generation whose feed it has got in addition to these weights.
    feed: Option<u32>,
    /// How often everything that was sent had to be taken as lost.
    fresh_starts: u32,
}

impl Synced {
    /// Takes everything that was sent as lost.
    fn forget(&mut self) {
        *self = Self { fresh_starts: self.fresh_starts.wrapping_add(1), ..Self::default() };
    }
}

/// The reply to a request, and the outcome of everything that was sent before it.
struct Tried {
    reply: OwnedReply,
    /// The first refusal of something sent before the request, if the board must be configured again because
    /// of it.
    unset: Option<eggroll_firmware::Error>,
    /// The state of the board after everything that was sent before the request, including repeats.
    settled: Option<State>,
    /// The value of [`Synced::fresh_starts`] when the request was sent.
    fresh_starts: u32,
}

struct Prepared {
    setup: Arc<Setup>,
    /// Whether the board updates its own weights.
    updates: bool,
    /// The bytes that the run needs on the board, by its own account.
    needs: u64,
}

impl Prepared {
    /// The state of the board before a generation.
    const fn expected(&self, generation: &Generation) -> State {
        if self.updates { generation.state } else { generation.loaded_state }
    }

    /// Whether the board needs the feed of a generation for its own update as well.
    fn feeds_updates(&self) -> bool {
        let run = &self.setup.run;
        self.updates && run.streams().is_some() && run.estimator.crediting_pairs().is_none()
    }
}

impl BoardEvaluator {
    /// Shakes hands with a board. `history` holds what is known of it from earlier connections.
    ///
    /// # Errors
    /// [`BoardError::Session`], [`BoardError::Foreign`], [`BoardError::Mute`], [`BoardError::Protocol`],
    /// [`BoardError::MalformedHello`], [`BoardError::Frames`], [`BoardError::Nonsense`].
    pub async fn connect(
        link: Link,
        traffic: Arc<Traffic>,
        history: Arc<BoardHistory>,
    ) -> Result<Self, BoardError> {
        let session = Session::new(link, Arc::clone(&traffic));
        let name = session.name.clone();
        let info = match shake_hands(&session).await {
            Ok(OwnedAnswer::Hello(info)) if info.protocol == PROTOCOL => info,
            Ok(OwnedAnswer::OtherHello { protocol: PROTOCOL }) => {
                return Err(BoardError::MalformedHello { name });
            }
            Ok(
                OwnedAnswer::Hello(BoardInfo { protocol: theirs, .. })
                | OwnedAnswer::OtherHello { protocol: theirs },
            ) => {
                return Err(BoardError::Protocol { name, theirs });
            }
            Ok(_) => return Err(BoardError::Nonsense { name }),
            Err(SessionError::Closed) => {
                return Err(BoardError::Session { name, error: SessionError::Closed });
            }
            Err(_) => {
                let timing = session.timing().handshake();
                let (heard, waited) = (session.heard(), timing.reply * timing.attempts);
                return Err(if history.met() {
                    BoardError::Mute { name, heard, waited }
                } else {
                    BoardError::Foreign { name, heard, waited }
                });
            }
        };
        if info.largest_frame < SMALLEST_FRAME {
            return Err(BoardError::Frames { name, theirs: info.largest_frame });
        }
        history.meet();
        session.known(info.largest_frame as usize);
        let line = LineQuality::new(info.largest_frame);
        let (prepared, synced, reloads) = (OnceLock::new(), Mutex::default(), std::sync::Mutex::default());
        let samples_differed = AtomicBool::new(false);
        Ok(Self { session, traffic, info, history, line, prepared, samples_differed, synced, reloads })
    }

    /// What the board says of itself in its handshake.
    pub const fn info(&self) -> &BoardInfo {
        &self.info
    }

    fn send(&self, command: Command<'_>) -> Result<Pending<'_>, SessionError> {
        self.session.send(command, Some(self.info.largest_frame))
    }

    fn send_of(&self, setup: &Setup, command: RunCommand<'_>) -> Result<Pending<'_>, SessionError> {
        self.send(command.of(setup.identity.short()))
    }

    async fn ask(&self, command: Command<'_>) -> Result<OwnedAnswer, BoardError> {
        let gone = |gone| BoardError::Session { name: self.session.name.clone(), error: gone };
        Ok(self.send(command).map_err(gone)?.reply().await.map_err(gone)?.answer)
    }

    /// Reports the loss of this board. The reason may begin with its name.
    fn lost(&self, reason: &dyn Display) -> Lost {
        let (name, reason) = (self.session.name.clone(), reason.to_string());
        let reason = reason.strip_prefix(&format!("{name}: ")).map_or(reason.clone(), str::to_owned);
        Lost { name, reason }
    }

    /// The number of units whose scores fit a frame of the present size in any case.
    fn most_units_of(&self, setup: &Setup) -> u32 {
        let (shape, units) = (setup.run.estimator.shape(), setup.run.estimator.units());
        shape.units_within(self.line.payload(), units as usize).max(1) as u32
    }

    /// After a reply that proved nothing: the board is loaded anew, unless frames only arrived in another
    /// order, as after a lost frame, so that it holds the right weights by now.
    async fn begin_again(
        &self,
        prepared: &Prepared,
        tried: &Tried,
        expected: State,
        why: &str,
    ) -> Result<(), Lost> {
        self.line.learn(self.session.line());
        if tried.unset.is_some() || tried.settled != Some(expected) {
            self.start_afresh(prepared, tried, why).await.map_err(|error| self.lost(&error))?;
        }
        Ok(())
    }

    /// Takes everything that was sent as lost after a request that failed: the board was reset, missed a
    /// frame or computed something else. If the board has lost the run, it is configured again. One failed
    /// request does this for all that were sent with it, because every setup that follows would only delay
    /// the board.
    async fn start_afresh(&self, prepared: &Prepared, failed: &Tried, why: &str) -> Result<(), BoardError> {
        let mut synced = self.synced.lock().await;
        if synced.fresh_starts != failed.fresh_starts {
            return Ok(());
        }
        tracing::debug!(board = self.session.name, said = ?failed.reply.answer, "out of sync, so it is loaded again");
        synced.forget();
        self.history.forget_weights();
        self.traffic.resyncs.fetch_add(1, Ordering::Relaxed);
        {
            let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
            *reloads = (reloads.0 + 1, Some(why.to_owned()));
        }
        if let Some(error) = failed.refusal().filter(|&error| wants_setup(error)) {
            // Nothing else may be sent meanwhile, because the board would refuse it and so cause another
            // setup.
            self.configure_again(prepared, error).await?;
        }
        Ok(())
    }
}

async fn shake_hands(session: &Session) -> Result<OwnedAnswer, SessionError> {
    Ok(session.send(Command::Hello, None)?.reply().await?.answer)
}

/// Whether a board that refuses with this error must be configured again, as after a reset.
const fn wants_setup(error: eggroll_firmware::Error) -> bool {
    use eggroll_firmware::Error::{NotConfigured, OtherRun, SamplesDiffer};
    matches!(error, NotConfigured | SamplesDiffer | OtherRun { .. })
}

impl Tried {
    /// The error with which the board refused, if it did.
    const fn refusal(&self) -> Option<eggroll_firmware::Error> {
        match (self.unset, &self.reply.answer) {
            (None, OwnedAnswer::Refused(error)) => Some(*error),
            (unset, _) => unset,
        }
    }

    /// Takes the scores out of the reply if the reply proves that they are the right ones. Otherwise the
    /// error says what is wrong with it.
    fn proven(&mut self, expected: State, shape: Shape, units: &Range<u32>) -> Result<Vec<u8>, String> {
        if let Some(error) = self.refusal() {
            return Err(error.to_string());
        }
        let OwnedAnswer::Scores { first, count, scores } = &mut self.reply.answer else {
            return Err("its answer is of another kind than was asked for".to_owned());
        };
        let scores = core::mem::take(scores);
        let (first, count) = (*first, *count);
        self.proves(expected)?;
        if (first, count as usize) != (units.start, units.len()) {
            return Err("its scores are of other members than were asked for".to_owned());
        }
        if Scores::new(shape.from(units.start), units.len(), &scores).is_err() {
            return Err(format!(
                "its scores are malformed: {} bytes for {} slots or pairs",
                scores.len(),
                units.len()
            ));
        }
        Ok(scores)
    }

    /// Says what is wrong with the state in the reply, if it is not that of the right weights.
    fn proves(&self, expected: State) -> Result<(), String> {
        match self.reply.state {
            Some(state) if state == expected => Ok(()),
            Some(state) if state.generation != expected.generation => Err(format!(
                "its weights are those of generation {}, not {}",
                state.generation, expected.generation
            )),
            Some(_) => Err("its weights differ: their checksum is another".to_owned()),
            None => Err("it says that it holds no weights".to_owned()),
        }
    }
}

#[async_trait]
impl Evaluator for BoardEvaluator {
    fn name(&self) -> &str {
        &self.session.name
    }

    fn most_units(&self) -> u32 {
        self.prepared.get().map_or(1, |prepared| self.most_units_of(&prepared.setup))
    }

    fn room(&self) -> Option<Room> {
        let of = |&Prepared { needs, updates, .. }: &Prepared| Room { needs, has: self.info.arena, updates };
        self.prepared.get().map(of)
    }

    fn reloads(&self) -> (u64, Option<String>) {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let lost = |reason: &dyn Display| self.lost(reason);
        let prepared = self.prepared.get().ok_or_else(|| lost(&"it is not configured"))?;
        let expected = prepared.expected(generation);
        let shape = prepared.setup.run.estimator.shape();
        let mut last = String::new();
        for attempt in 0..RESYNCS {
            let (number, first, count) = (generation.number, units.start, units.len() as u32);
            let evaluate = RunCommand::Evaluate { generation: number, first, count };
            let tried = self.attempt(prepared, generation, evaluate, attempt > 0).await;
            let mut tried = tried.map_err(|gone| lost(&gone))?;
            match tried.proven(expected, shape, &units) {
                Ok(scores) => return Ok(scores),
                Err(why) => last = why,
            }
            self.begin_again(prepared, &tried, expected, &last).await?;
        }
        Err(lost(&format!("after {RESYNCS} fresh starts {last}")))
    }

    async fn measure(&self, generation: &Generation, trial: u32) -> Result<Option<i32>, Lost> {
        self.score_weights(generation, trial).await
    }

    fn trains_alone(&self) -> bool {
        let able = |prepared: &Prepared| prepared.updates && prepared.setup.lets_train_alone();
        self.prepared.get().is_some_and(able)
    }

    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        self.train_alone(generation, count, pace).await
    }

    fn finished(&self, outcome: &Arc<Outcome>) {
        let Some(prepared) = self.prepared.get().filter(|prepared| prepared.updates) else { return };
        // This is optional, because the next request syncs the board in any case. A board that is behind gets
        // nothing, or the outcomes would pile up before its next request.
        if !self.session.is_idle() {
            return;
        }
        let Ok(mut synced) = self.synced.try_lock() else { return };
        let mut sent = Vec::new();
        let fed = !prepared.feeds_updates() || synced.feed == Some(outcome.number);
        let there = synced.weights == Some(outcome.number - 1) && fed;
        if there && self.apply(prepared, outcome, &mut sent).is_ok() {
            synced.weights = Some(outcome.number);
            sent.into_iter().for_each(Pending::detach);
        }
    }
}

#[cfg(test)]
mod tests;
