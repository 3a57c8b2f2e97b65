//! A board as an evaluator: configured once, kept at the run's weights, never trusted without its checksum.

use super::Traffic;
use super::link::{Link, LinkError, Timing};
use super::session::{Gone, Identity, Pending, Response, Said, Session};
use crate::evaluate::{Evaluator, Lost};
use crate::update::{Generation, Outcome, Setup};
use async_trait::async_trait;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::train::{Section, State};
use eggroll_firmware::wire::{Command, PROTOCOL, payload_within};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often a board is brought to the run's weights for one request before it counts as lost.
const RESYNCS: u32 = 8;

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
    /// The generation that the board was last brought to; requests are sent while this is held, so they arrive
    /// in order.
    synced: Mutex<Option<u32>>,
}

struct Prepared {
    setup: Arc<Setup>,
    /// Whether the board moves its own weights.
    updates: bool,
    /// Units whose scores surely fit a frame.
    most_units: u32,
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
        Ok(Self { session, traffic, identity, prepared: OnceLock::new(), synced: Mutex::new(None) })
    }

    /// Who the board is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Prepares the board for a run: with an update of its own where it has the memory, without where not.
    ///
    /// # Errors
    /// [`BoardError::Refused`] with what the run needs and what the board has.
    pub async fn configure(&self, setup: Arc<Setup>) -> Result<(), BoardError> {
        let mut refused = None;
        for updates in [true, false] {
            match self.ask(Command::Configure { run: setup.run.clone(), updates }).await? {
                Said::Configured => {
                    self.load_all(Section::Samples, &setup.samples).await?;
                    let shape = setup.run.estimator.shape();
                    let room = payload_within(self.identity.largest_frame as usize);
                    let most = shape.units_within(room, setup.run.estimator.units() as usize).max(1) as u32;
                    let _ = self.prepared.set(Prepared { setup, updates, most_units: most });
                    return Ok(());
                }
                Said::Refused(error) => {
                    let memory = matches!(error, eggroll_firmware::Error::ArenaTooSmall { .. });
                    refused = Some(error);
                    if !memory {
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

    fn send(&self, command: Command<'_>) -> Result<Pending<'_>, Gone> {
        self.session.send(command, Some(self.identity.largest_frame))
    }

    async fn ask(&self, command: Command<'_>) -> Result<Said, BoardError> {
        let gone = |gone| BoardError::Gone { name: self.session.name.clone(), gone };
        Ok(self.send(command).map_err(gone)?.reply().await.map_err(gone)?.answer)
    }

    /// Sends a section in as many frames as it takes.
    fn load<'s>(&'s self, section: Section, bytes: &[u8], sent: &mut Vec<Pending<'s>>) -> Result<(), Gone> {
        let room = payload_within(self.identity.largest_frame as usize).max(1);
        for (place, bytes) in bytes.chunks(room).enumerate() {
            let offset = (place * room) as u32;
            sent.push(self.send(Command::Load { section, offset, bytes })?);
        }
        Ok(())
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

    /// Sends a generation's scores, for the board to step.
    fn apply<'s>(&'s self, most: u32, outcome: &Outcome, sent: &mut Vec<Pending<'s>>) -> Result<(), Gone> {
        let units = outcome.tally.units();
        for first in (0..units).step_by(most as usize) {
            let range = first..units.min(first + most);
            let count = range.len() as u32;
            let scores = outcome.tally.pack(range).map_err(|_| Gone::Cramped)?;
            let (generation, rate) = (outcome.number, outcome.rate);
            sent.push(self.send(Command::Apply { generation, rate, first, count, scores: &scores })?);
        }
        Ok(())
    }

    /// Sends what brings the board from `from` to the weights before `generation`: scores where it can follow
    /// them, else weights. Returns whether the board must be started with what was sent.
    fn sync<'s>(
        &'s self,
        prepared: &Prepared,
        from: Option<u32>,
        generation: &Generation,
        sent: &mut Vec<Pending<'s>>,
    ) -> Result<bool, Gone> {
        let oldest = generation.history.front().map_or(generation.number, |outcome| outcome.number);
        match from {
            Some(from) if from == generation.number - 1 => Ok(false),
            Some(from) if prepared.updates && from < generation.number && from + 1 >= oldest => {
                let missing = generation.history.iter().filter(|outcome| outcome.number > from);
                let mut missing = missing.into_iter();
                missing.try_for_each(|outcome| self.apply(prepared.most_units, outcome, sent))?;
                Ok(false)
            }
            _ => {
                let weights: Vec<u8> = generation.weights.iter().map(|&w| w as u8).collect();
                self.load(Section::Weights, &weights, sent)?;
                if prepared.updates {
                    let residuals: Vec<u8> =
                        generation.residuals.iter().flat_map(|r| r.to_le_bytes()).collect();
                    self.load(Section::Residuals, &residuals, sent)?;
                }
                Ok(true)
            }
        }
    }

    /// Awaits the replies to what was sent to sync.
    async fn settle(&self, sent: &mut Vec<Pending<'_>>) -> Result<(), Gone> {
        for pending in sent.drain(..) {
            if let Said::Refused(error) = pending.reply().await?.answer {
                tracing::debug!(board = self.session.name, %error, "refused while syncing");
            }
        }
        Ok(())
    }

    /// One try: sync and request go out together, then all replies are awaited. With `careful` the board is started
    /// when it has all of its weights, and asked when it is started: over a link that loses frames, where the repeat
    /// of a lost one comes after those sent behind it.
    async fn attempt(
        &self,
        prepared: &Prepared,
        generation: &Generation,
        units: Range<u32>,
        careful: bool,
    ) -> Result<Response, Gone> {
        let mut sent = Vec::new();
        let request = {
            let mut synced = self.synced.lock().await;
            if self.sync(prepared, *synced, generation, &mut sent)? {
                if careful {
                    self.settle(&mut sent).await?;
                }
                sent.push(self.send(Command::Start { generation: generation.number - 1 })?);
                if careful {
                    self.settle(&mut sent).await?;
                }
            }
            *synced = Some(generation.number - 1);
            let (first, count) = (units.start, units.len() as u32);
            self.send(Command::Evaluate { generation: generation.number, first, count })?
        };
        self.settle(&mut sent).await?;
        request.reply().await
    }
}

/// The scores in a response, if it proves that they are those asked for.
fn proven(
    response: Response,
    expected: State,
    shape: eggroll_firmware::estimator::scores::Shape,
    units: &Range<u32>,
) -> Result<Vec<u8>, Said> {
    match response.answer {
        Said::Scores { first, count, scores }
            if response.state == Some(expected)
                && (first, count as usize) == (units.start, units.len())
                && Scores::new(shape, units.len(), &scores).is_ok() =>
        {
            Ok(scores)
        }
        other => Err(other),
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
            let response = self.attempt(prepared, generation, units.clone(), attempt > 0).await;
            let response = response.map_err(|gone| lost(&gone))?;
            match proven(response, expected, shape, &units) {
                Ok(scores) => return Ok(scores),
                Err(said) => {
                    // The board was reset, missed a frame or computed something else: it gets all weights anew.
                    tracing::debug!(board = self.session.name, ?said, "out of sync: loaded anew");
                    *self.synced.lock().await = None;
                    self.traffic.resyncs.fetch_add(1, Ordering::Relaxed);
                    if let Said::Refused(error) = said {
                        last = error.to_string();
                        if error == eggroll_firmware::Error::NotConfigured {
                            let setup = Arc::clone(&prepared.setup);
                            self.configure(setup).await.map_err(|error| lost(&error))?;
                        }
                    }
                }
            }
        }
        Err(lost(&format!("out of sync after {RESYNCS} fresh starts: {last}")))
    }

    fn finished(&self, outcome: &Arc<Outcome>) {
        let Some(prepared) = self.prepared.get().filter(|prepared| prepared.updates) else { return };
        // Only a hint: where it cannot be given at once, the next request syncs.
        let Ok(mut synced) = self.synced.try_lock() else { return };
        let mut sent = Vec::new();
        if *synced == Some(outcome.number - 1) && self.apply(prepared.most_units, outcome, &mut sent).is_ok()
        {
            *synced = Some(outcome.number);
        }
    }
}
