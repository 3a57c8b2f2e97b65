use super::board::{BoardError, BoardHistory};
use super::link::faults::{Disconnect, Injection};
use super::link::{Link, LinkError, OpenLink};
use super::registry::NotRegistered;
use super::session::SessionError;
use super::{Registry, Traffic, reconnect};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often in a row a link is opened that the injector cuts before its board is ready, or has answered.
const LIVES: u32 = 100;
/// The pause before a link is opened again that ended while its board was loaded.
const REOPENED_AFTER: Duration = Duration::from_millis(100);
/// How often it is looked whether a board has come, or come back.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// The longest pause before a board is tried again that has failed several times in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often in a row a board may fail without a single answer before it is given up.
const FAILURES: u32 = 6;

/// What became of a seat's board, as the fleet sees it.
#[derive(Debug, Default)]
pub(super) struct Record {
    answers: AtomicU64,
    /// Why it was lost last, and how many answers there were then.
    lost: Mutex<Option<(String, u64)>>,
}

impl Record {
    /// It has given an answer.
    pub(super) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// It was lost. Says whether that is news: not for the same reason again without an answer in between.
    pub(super) fn lost(&self, reason: &str) -> bool {
        let now = (reason.to_owned(), self.answers());
        // Whole after every operation.
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.replace(now.clone()) != Some(now)
    }

    fn last(&self) -> Option<String> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.as_ref().map(|(reason, _)| reason.clone())
    }
}

/// How long to wait before a board is tried again that has failed so often in a row.
fn pause(failures: u32) -> Duration {
    LOOK.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE)
}

/// A board's place in a fleet: what is needed to open its link, and to open it again.
///
/// A link that the fault injector cuts is opened again at once, as if somebody plugged the cable back in. A link
/// that ends for another reason stays ended, but for a [`Self::reconnecting`] board's. A board that fails again and again
/// without a single answer is tried ever more rarely, and then given up.
pub struct Connector {
    open: Box<dyn OpenLink>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
    /// The injector, and the number that tells the run's boards apart for it.
    faults: Option<(Injection, u32)>,
    life: u32,
    returns: bool,
    record: Arc<Record>,
    memory: Arc<BoardHistory>,
    /// Failures in a row, since the last answer.
    failures: u32,
}

impl Connector {
    /// The seat of a board that `open` opens a link to.
    pub fn new(open: impl OpenLink + 'static, setup: &Arc<Setup>, traffic: &Arc<Traffic>) -> Self {
        let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
        Self {
            open: Box::new(open),
            setup,
            traffic,
            faults: None,
            life: 0,
            returns: false,
            record: Arc::default(),
            memory: Arc::default(),
            failures: 0,
        }
    }

    /// Puts the board behind the fault injector; `number` (below 2048) tells the run's boards apart.
    pub fn with_faults(mut self, injection: Injection, number: u32) -> Self {
        self.faults = Some((injection, number));
        self
    }

    /// A board that may be unplugged and plugged in again: it is looked for as long as the fleet is there.
    pub const fn reconnecting(mut self) -> Self {
        self.returns = true;
        self
    }

    /// Opens the link and prepares the board, again where the injector cuts the link meanwhile, and where it ends before
    /// the board is loaded but brought that forward.
    ///
    /// # Errors
    /// Those of the link and of [`reconnect`]; [`BoardError::Session`] too where the link is cut a hundred times in a row.
    pub async fn connect(&mut self) -> Result<(Arc<dyn Evaluator>, Disconnect), BoardError> {
        let mut left = LIVES;
        let mut loaded = self.memory.loaded();
        loop {
            let link = self.open.open().await?;
            let (link, disconnect) = self.watched(link);
            left -= 1;
            let error = match reconnect(link, &self.setup, &self.traffic, &self.memory).await {
                Ok(board) => return Ok((board, disconnect)),
                Err(error) => error,
            };
            let BoardError::Session { error: gone, .. } = &error else { return Err(error) };
            // The board's end of a link that the injector left alone closes once nobody asks any more.
            let forward = self.memory.loaded() > loaded;
            let injected = left > 0 && disconnect.by_injector().await;
            if !(injected || forward && *gone == SessionError::Closed) {
                return Err(error);
            }
            if forward {
                tracing::warn!("{error} while the board was loaded; opened again, to go on where it was cut");
            } else {
                tracing::warn!("{error} before the board was ready; opened again");
            }
            loaded = self.memory.loaded();
            if !injected {
                tokio::time::sleep(REOPENED_AFTER).await;
            }
        }
    }

    fn watched(&mut self, link: Link) -> (Link, Disconnect) {
        let Some((injection, number)) = self.faults else { return Disconnect::watch(link) };
        let watched = injection.into_link(link, number, self.life, &self.traffic);
        self.life += 1;
        watched
    }

    /// What the fleet tells of the board.
    pub(super) fn record(&self) -> Arc<Record> {
        Arc::clone(&self.record)
    }

    /// Lets the board join a fleet again whenever it is back, until the fleet or the board is gone, or it is given up.
    pub async fn rejoin(mut self, mut disconnect: Disconnect, registry: Registry) {
        let mut before = 0;
        loop {
            let injected = disconnect.by_injector().await;
            if registry.is_over() || !(injected || self.returns) {
                return;
            }
            let answers = self.record.answers();
            self.failures = if answers > before { 0 } else { self.failures + 1 };
            before = answers;
            if self.failures >= if injected { LIVES } else { FAILURES } {
                let why = self.record.last().unwrap_or_else(|| "its link has ended".to_owned());
                self.give_up(&why);
                return;
            }
            let board = if injected {
                self.connect().await
            } else {
                let Some(board) = self.look_out(&registry).await else { return };
                Ok(board)
            };
            match board {
                Ok((board, next)) => {
                    disconnect = next;
                    if !self.registrations(board, &registry, !injected) {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!("not opened again: {error}");
                    return;
                }
            }
        }
    }

    /// Whether a board that could not be connected for this reason may be there later.
    pub(super) const fn may_arrive(&self, error: &BoardError) -> bool {
        let for_good = matches!(
            error,
            BoardError::Refused { .. }
                | BoardError::Unable { .. }
                | BoardError::CannotUpdate { .. }
                | BoardError::Frames { .. }
        );
        self.returns && !for_good
    }

    /// Lets a board join that is not there yet.
    pub async fn arrive(mut self, registry: Registry) {
        if let Some((board, disconnect)) = self.look_out(&registry).await
            && self.registrations(board, &registry, true)
        {
            self.rejoin(disconnect, registry).await;
        }
    }

    /// Waits until the board is there; `None` where the fleet is gone first, the board cannot take the run, or it is
    /// given up.
    async fn look_out(&mut self, registry: &Registry) -> Option<(Arc<dyn Evaluator>, Disconnect)> {
        let mut said = None;
        loop {
            // Where nothing is there, looking costs nothing.
            let wait = match said {
                Some(BoardError::Link(_)) => LOOK,
                // To look whether another host still has it is in its way.
                Some(BoardError::InUse { .. }) => LONGEST_PAUSE,
                _ => pause(self.failures),
            };
            tokio::time::sleep(wait).await;
            if registry.is_over() {
                return None;
            }
            let error = match self.connect().await {
                Ok(connected) => return Some(connected),
                Err(error) => error,
            };
            if registry.is_over() {
                return None;
            }
            if !matches!(error, BoardError::Link(LinkError::NoDevice(_))) && said.as_ref() != Some(&error) {
                tracing::warn!("{error}");
            }
            if !self.may_arrive(&error) {
                return None;
            }
            // Something is there, and fails.
            let fails = !matches!(error, BoardError::Link(_) | BoardError::InUse { .. });
            self.failures += u32::from(fails);
            if self.failures >= FAILURES {
                self.give_up(&error.to_string());
                return None;
            }
            said = Some(error);
        }
    }

    fn give_up(&self, why: &str) {
        tracing::warn!(
            "given up after {} failures in a row without an answer (last: {why}): start the program again with --resume \
             once it works",
            self.failures
        );
    }

    /// Whether a board has been let in; that it joins is said where it came by itself and may be of use.
    fn registrations(&self, board: Arc<dyn Evaluator>, registry: &Registry, aloud: bool) -> bool {
        let name = board.name().to_owned();
        match registry.join((board, Some(self.record()))) {
            Ok(()) if aloud && self.failures == 0 => {
                tracing::warn!("{name}: joins");
                true
            }
            Ok(()) => true,
            Err(NotRegistered::Over) => false,
            Err(error @ NotRegistered::Barred) => {
                tracing::warn!("{name}: {error}");
                false
            }
        }
    }
}

#[cfg(test)]
#[path = "connector_tests.rs"]
mod tests;
