//! A board as an evaluator: configured once, kept at the run's weights, never trusted without its checksum.

mod alone;
mod sync;

use super::Traffic;
use super::link::{Link, LinkError, Timing};
use super::session::{Gone, Identity, Pending, Response, Said, Session};
use crate::evaluate::{Alone, Evaluator, Lost};
use crate::update::{Generation, Outcome, Setup, Sync};
use async_trait::async_trait;
use eggroll_firmware::estimator::scores::{Scores, Shape};
use eggroll_firmware::train::{Pace, Section, State};
use eggroll_firmware::wire::{Command, PROTOCOL, checksum_of, payload_within};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often a board is brought to the run's weights for one request before it counts as lost.
const RESYNCS: u32 = 8;
/// How often a board is configured that loses the run before its samples are there.
const SETUPS: u32 = 8;

/// Why a board cannot join a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// There is no way to it.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Something is there, but nothing that knows this program.
    #[error("{name}: not an eggroll board: {}; flash it, or check the baud rate", what_came(*heard, *waited))]
    Foreign {
        /// The board.
        name: String,
        /// Bytes that came instead.
        heard: u64,
        /// How long it was asked.
        waited: Duration,
    },
    /// It stopped answering.
    #[error("{name}: {gone}")]
    Gone {
        /// The board.
        name: String,
        /// What happened.
        gone: Gone,
    },
    /// It speaks another protocol.
    #[error(
        "{name}: speaks protocol {theirs}, this host {PROTOCOL}: flash it with the firmware of this version"
    )]
    Protocol {
        /// The board.
        name: String,
        /// Its protocol.
        theirs: u32,
    },
    /// It refuses the run.
    #[error("{name}: {error}")]
    Refused {
        /// The board.
        name: String,
        /// Why.
        error: eggroll_firmware::Error,
    },
    /// It says something that answers nothing it was asked.
    #[error("{name}: gives an answer that fits no request of ours")]
    Nonsense {
        /// The board.
        name: String,
    },
}

fn what_came(bytes: u64, waited: Duration) -> String {
    let seconds = waited.as_secs_f64();
    match bytes {
        0 => format!("it said nothing for {seconds} s"),
        bytes => format!("its {bytes} bytes in {seconds} s held no frame of ours"),
    }
}

/// A board behind a link.
pub struct BoardEvaluator {
    session: Session,
    traffic: Arc<Traffic>,
    identity: Identity,
    prepared: OnceLock<Prepared>,
    /// What the board was last brought to; requests are sent while this is held, so they arrive in order.
    synced: Mutex<Synced>,
    /// How often it was loaded anew, and what it said the last time.
    reloads: std::sync::Mutex<(u64, Option<String>)>,
}

/// What a board has been sent.
#[derive(Clone, Copy, Default)]
struct Synced {
    /// The generation of its weights; `None` where it must get all.
    weights: Option<u32>,
    /// The generation whose part of a text it has got on top of them.
    feed: Option<u32>,
    /// How often it had to be brought to the weights anew.
    fresh_starts: u32,
}

impl Synced {
    /// Takes nothing that the board was sent for granted any more.
    fn forget(&mut self) {
        *self = Self { fresh_starts: self.fresh_starts.wrapping_add(1), ..Self::default() };
    }
}

/// A request's answer, and what the board was brought to before it.
struct Tried {
    response: Response,
    /// The refusal of a run that is not there, to something sent before the request.
    unset: Option<eggroll_firmware::Error>,
    /// [`Synced::fresh_starts`] when the request was sent.
    fresh_starts: u32,
}

struct Prepared {
    setup: Arc<Setup>,
    /// Whether the board moves its own weights.
    updates: bool,
    /// Units whose scores surely fit a frame.
    most_units: u32,
}

impl Prepared {
    /// Whether the board needs what a generation reads of a text for its own update, too.
    fn feeds_updates(&self) -> bool {
        let run = &self.setup.run;
        self.updates && run.streams().is_some() && run.estimator.crediting_pairs().is_none()
    }
}

impl BoardEvaluator {
    /// Shakes hands.
    ///
    /// # Errors
    /// [`BoardError::Gone`], [`BoardError::Foreign`], [`BoardError::Protocol`].
    pub async fn connect(link: Link, traffic: Arc<Traffic>) -> Result<Self, BoardError> {
        let timing = link.timing.handshake();
        let session = Session::new(link, Arc::clone(&traffic));
        let name = session.name.clone();
        let gone = |gone| match gone {
            Gone::Silent(Timing { reply, attempts }) => {
                BoardError::Foreign { name: name.clone(), heard: session.heard(), waited: reply * attempts }
            }
            gone => BoardError::Gone { name: name.clone(), gone },
        };
        let hello = session.send(Command::Hello, None).map_err(gone)?.within(timing);
        let identity = match hello.reply().await.map_err(gone)?.answer {
            Said::Hello(identity) if identity.protocol == PROTOCOL => identity,
            Said::Hello(Identity { protocol: theirs, .. }) | Said::Foreign { protocol: theirs } => {
                return Err(BoardError::Protocol { name, theirs });
            }
            _ => return Err(BoardError::Nonsense { name }),
        };
        session.limit(identity.largest_frame as usize);
        Ok(Self {
            session,
            traffic,
            identity,
            prepared: OnceLock::new(),
            synced: Mutex::default(),
            reloads: std::sync::Mutex::default(),
        })
    }

    /// Who the board is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Prepares the board for a run: with an update of its own where the run wants it and it has the memory. Samples
    /// that the board holds already, as in flash, are not sent again. A board that is reset meanwhile is prepared again.
    ///
    /// # Errors
    /// [`BoardError::Refused`] with what the run needs and what the board has, or where it is reset eight times in a row.
    pub async fn configure(&self, setup: Arc<Setup>) -> Result<(), BoardError> {
        for _ in 1..SETUPS {
            match self.configure_once(Arc::clone(&setup)).await {
                Err(BoardError::Refused { error, .. }) if wants_setup(error) => {
                    tracing::debug!(board = self.session.name, %error, "reset while it was configured");
                }
                configured => return configured,
            }
        }
        self.configure_once(setup).await
    }

    async fn configure_once(&self, setup: Arc<Setup>) -> Result<(), BoardError> {
        let mut refused = None;
        let samples = checksum_of(&setup.samples);
        let ways: &[bool] = match setup.sync {
            Sync::Cheapest => &[true, false],
            Sync::Scores => &[true],
            Sync::Moves | Sync::Weights => &[false],
        };
        for &updates in ways {
            match self.ask(Command::Configure { run: setup.run.clone(), updates, samples }).await? {
                Said::Configured { samples: there } => {
                    if !there {
                        self.load_all(Section::Samples, &setup.samples).await?;
                    }
                    let shape = setup.run.estimator.shape();
                    let room = payload_within(self.identity.largest_frame as usize);
                    let most = shape.units_within(room, setup.run.estimator.units() as usize).max(1) as u32;
                    let _ = self.prepared.set(Prepared { setup, updates, most_units: most });
                    return Ok(());
                }
                Said::Refused(error) => {
                    // Too little memory, or too narrow sums, for an update of its own.
                    let smaller = matches!(
                        error,
                        eggroll_firmware::Error::ArenaTooSmall { .. }
                            | eggroll_firmware::Error::Overflow { .. }
                    );
                    refused = Some(error);
                    if !smaller {
                        break;
                    }
                }
                _ => return Err(BoardError::Nonsense { name: self.session.name.clone() }),
            }
        }
        let name = self.session.name.clone();
        Err(refused
            .map_or(BoardError::Nonsense { name: name.clone() }, |error| BoardError::Refused { name, error }))
    }

    /// Lets the board be loaded anew, and configures it where it has no run: it was reset, missed a frame or computed
    /// something else. One request does this for all that were sent before: a second set of samples on their heels
    /// would only keep the board from work.
    async fn start_afresh(&self, prepared: &Prepared, failed: &Tried) -> Result<(), BoardError> {
        let mut synced = self.synced.lock().await;
        if synced.fresh_starts != failed.fresh_starts {
            return Ok(());
        }
        tracing::debug!(board = self.session.name, said = ?failed.response.answer, "out of sync: loaded anew");
        synced.forget();
        self.traffic.resyncs.fetch_add(1, Ordering::Relaxed);
        {
            let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
            *reloads = (reloads.0 + 1, failed.refusal().map(|error| error.to_string()));
        }
        if failed.refusal().is_some_and(wants_setup) {
            // Nothing else may be sent meanwhile: it would be refused, and start another setup.
            self.configure(Arc::clone(&prepared.setup)).await?;
        }
        Ok(())
    }

    fn send(&self, command: Command<'_>) -> Result<Pending<'_>, Gone> {
        self.session.send(command, Some(self.identity.largest_frame))
    }

    async fn ask(&self, command: Command<'_>) -> Result<Said, BoardError> {
        let gone = |gone| BoardError::Gone { name: self.session.name.clone(), gone };
        Ok(self.send(command).map_err(gone)?.reply().await.map_err(gone)?.answer)
    }

    async fn load_all(&self, section: Section, bytes: &[u8]) -> Result<(), BoardError> {
        let name = || self.session.name.clone();
        let gone = |gone| BoardError::Gone { name: name(), gone };
        let mut sent = Vec::new();
        self.load(section, bytes, &mut sent).map_err(gone)?;
        for pending in sent {
            match pending.reply().await.map_err(gone)?.answer {
                Said::Done => {}
                Said::Refused(error) => return Err(BoardError::Refused { name: name(), error }),
                _ => return Err(BoardError::Nonsense { name: name() }),
            }
        }
        Ok(())
    }
}

/// Whether a board has to be prepared anew, as after a reset.
const fn wants_setup(error: eggroll_firmware::Error) -> bool {
    matches!(error, eggroll_firmware::Error::NotConfigured | eggroll_firmware::Error::SamplesDiffer)
}

impl Tried {
    /// Why the board refused, if it did.
    const fn refusal(&self) -> Option<eggroll_firmware::Error> {
        match (self.unset, &self.response.answer) {
            (None, Said::Refused(error)) => Some(*error),
            (unset, _) => unset,
        }
    }

    /// Takes the scores out of the response, if it proves that they are those asked for.
    fn proven(&mut self, expected: State, shape: Shape, units: &Range<u32>) -> Option<Vec<u8>> {
        match &mut self.response.answer {
            Said::Scores { first, count, scores }
                if self.response.state == Some(expected)
                    && (*first, *count as usize) == (units.start, units.len())
                    && Scores::new(shape, units.len(), scores).is_ok() =>
            {
                Some(core::mem::take(scores))
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Evaluator for BoardEvaluator {
    fn name(&self) -> &str {
        &self.session.name
    }

    fn most_units(&self) -> u32 {
        self.prepared.get().map_or(1, |prepared| prepared.most_units)
    }

    fn reloads(&self) -> (u64, Option<String>) {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let lost = |reason: &dyn std::fmt::Display| Lost {
            name: self.session.name.clone(),
            reason: reason.to_string(),
        };
        let prepared = self.prepared.get().ok_or_else(|| lost(&"it is not configured"))?;
        let expected = if prepared.updates { generation.state } else { generation.loaded_state };
        let shape = prepared.setup.run.estimator.shape();
        let mut last = String::from("its weights differ");
        for attempt in 0..RESYNCS {
            let tried = self.attempt(prepared, generation, units.clone(), attempt > 0).await;
            let mut tried = tried.map_err(|gone| lost(&gone))?;
            if let Some(scores) = tried.proven(expected, shape, &units) {
                return Ok(scores);
            }
            if let Some(error) = tried.refusal() {
                last = error.to_string();
            }
            self.start_afresh(prepared, &tried).await.map_err(|error| lost(&error))?;
        }
        Err(lost(&format!("out of sync after {RESYNCS} fresh starts: {last}")))
    }

    fn trains_alone(&self) -> bool {
        // What a text reads next only the host knows.
        let able = |prepared: &Prepared| prepared.updates && prepared.setup.run.streams().is_none();
        self.prepared.get().is_some_and(able)
    }

    async fn train(&self, generation: &Generation, count: u32, pace: Pace) -> Result<Vec<Alone>, Lost> {
        self.train_alone(generation, count, pace).await
    }

    fn finished(&self, outcome: &Arc<Outcome>) {
        let Some(prepared) = self.prepared.get().filter(|prepared| prepared.updates) else { return };
        // Only a hint: where it cannot be given at once, the next request syncs.
        let Ok(mut synced) = self.synced.try_lock() else { return };
        let mut sent = Vec::new();
        let fed = !prepared.feeds_updates() || synced.feed == Some(outcome.number);
        let there = synced.weights == Some(outcome.number - 1) && fed;
        if there && self.apply(prepared.most_units, outcome, &mut sent).is_ok() {
            synced.weights = Some(outcome.number);
        }
    }
}
