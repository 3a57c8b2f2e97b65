//! Connectors: each keeps one board connected to the fleet, and opens its link again when that has ended.

use super::board::{BoardError, BoardHistory};
use super::connection::ConnectionRecord;
use super::link::faults::{Disconnect, Injection};
use super::link::{Link, LinkError, OpenLink};
use super::registry::NotRegistered;
use super::session::SessionError;
use super::{Registry, Traffic, reconnect};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::Arc;
use std::time::Duration;

/// A link that the injector cuts before its board is ready, or has answered, is opened at most so many times
/// in a row.
const MOST_REOPENINGS: u32 = 100;
/// The pause before a link is opened again that ended while its board was loaded.
const REOPENED_AFTER: Duration = Duration::from_millis(100);
/// The interval at which a connector looks whether a board is there.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The longest pause before a board is tried again that has failed several times in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A board that fails so many times in a row without an answer is given up.
const MOST_FAILURES: u32 = 6;

/// The pause before a board is tried again that has failed so many times in a row.
fn pause(failures: u32) -> Duration {
    POLL_INTERVAL.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE)
}

/// Opens the link of one board, prepares the board, and does both again when the link has ended.
///
/// A link that the fault injector cuts is opened again at once, as if somebody had plugged the cable in
/// again. A link that ends for another reason stays ended, unless the board is `reconnecting`. The
/// pauses grow before a board is tried again that fails again and again without an answer; finally the board
/// is given up.
pub struct Connector {
    open: Box<dyn OpenLink>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
    /// The injector, and a number that is different for every board of the run.
    faults: Option<(Injection, u32)>,
    /// How often the link was opened with the injector.
    life: u32,
    reconnects: bool,
    record: Arc<ConnectionRecord>,
    history: Arc<BoardHistory>,
    /// Failures in a row since the last answer.
    failures: u32,
}

impl Connector {
    /// Makes a connector of a board to which `open` opens a link.
    pub fn new(open: impl OpenLink + 'static, setup: &Arc<Setup>, traffic: &Arc<Traffic>) -> Self {
        let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
        Self {
            open: Box::new(open),
            setup,
            traffic,
            faults: None,
            life: 0,
            reconnects: false,
            record: Arc::default(),
            history: Arc::default(),
            failures: 0,
        }
    }

    /// Puts the board behind the fault injector. `number`, which is below 2048, is different for every board
    /// of the run.
    pub fn with_faults(mut self, injection: Injection, number: u32) -> Self {
        self.faults = Some((injection, number));
        self
    }

    /// Expects that the board may be unplugged and plugged in again, and connects it whenever it is there.
    pub(crate) const fn reconnecting(mut self) -> Self {
        self.reconnects = true;
        self
    }

    /// Opens the link and prepares the board. The link is opened again if the injector cuts it meanwhile, and
    /// if it ends by itself after more of the board's memory was loaded than before.
    ///
    /// # Errors
    /// Those of the link and of `reconnect`; [`BoardError::Session`] as well if the link is cut a hundred
    /// times in a row.
    pub async fn connect(&mut self) -> Result<(Arc<dyn Evaluator>, Disconnect), BoardError> {
        let mut left = MOST_REOPENINGS;
        let mut loaded = self.history.loaded();
        loop {
            let link = self.open.open().await?;
            let (link, disconnect) = self.watch(link);
            left -= 1;
            let error = match reconnect(link, &self.setup, &self.traffic, &self.history).await {
                Ok(board) => return Ok((board, disconnect)),
                Err(error) => error,
            };
            let BoardError::Session { error: ended, .. } = &error else { return Err(error) };
            // A link that the injector did not cut ends once the session is dropped, so this does not wait
            // for long.
            let has_progressed = self.history.loaded() > loaded;
            let injected = left > 0 && disconnect.by_injector().await;
            if !(injected || has_progressed && *ended == SessionError::Closed) {
                return Err(error);
            }
            if has_progressed {
                tracing::warn!("{error} while the board was being loaded; loading goes on over a new link");
            } else {
                tracing::warn!("{error} before the board was ready; the link is opened again");
            }
            loaded = self.history.loaded();
            if !injected {
                tokio::time::sleep(REOPENED_AFTER).await;
            }
        }
    }

    fn watch(&mut self, link: Link) -> (Link, Disconnect) {
        let Some((injection, number)) = self.faults else { return Disconnect::watch(link) };
        let watched = injection.link_with(link, number, self.life, &self.traffic);
        self.life += 1;
        watched
    }

    /// The record that the fleet keeps of the board.
    pub(super) fn record(&self) -> Arc<ConnectionRecord> {
        Arc::clone(&self.record)
    }

    /// Lets the board join the fleet again whenever its link has ended, until the fleet is dropped, or the
    /// board is gone or given up.
    pub async fn rejoin(mut self, mut disconnect: Disconnect, registry: Registry) {
        let mut before = 0;
        loop {
            let injected = disconnect.by_injector().await;
            if registry.is_over() || !(injected || self.reconnects) {
                return;
            }
            let answers = self.record.answers();
            self.failures = if answers > before { 0 } else { self.failures + 1 };
            before = answers;
            if self.failures >= if injected { MOST_REOPENINGS } else { MOST_FAILURES } {
                let why = self.record.last_reason().unwrap_or_else(|| "its link has ended".to_owned());
                self.give_up(&why);
                return;
            }
            let board = if injected {
                self.connect().await
            } else {
                let Some(board) = self.wait_for_board(&registry).await else { return };
                Ok(board)
            };
            match board {
                Ok((board, next)) => {
                    disconnect = next;
                    if !self.has_joined(board, &registry, !injected) {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!("the link could not be opened again: {error}");
                    return;
                }
            }
        }
    }

    /// Whether a board that could not be connected for this reason may be connected later.
    pub(super) const fn may_arrive(&self, error: &BoardError) -> bool {
        let for_good = matches!(
            error,
            BoardError::Refused { .. }
                | BoardError::NoRoom { .. }
                | BoardError::Unable { .. }
                | BoardError::CannotUpdate { .. }
                | BoardError::OtherTask { .. }
                | BoardError::Frames { .. }
        );
        self.reconnects && !for_good
    }

    /// Lets a board join that is not there yet.
    pub async fn arrive(mut self, registry: Registry) {
        if let Some((board, disconnect)) = self.wait_for_board(&registry).await
            && self.has_joined(board, &registry, true)
        {
            self.rejoin(disconnect, registry).await;
        }
    }

    /// Waits until the board can be connected. Returns `None` if the fleet is dropped before, if the board
    /// cannot take the run, or if the board is given up.
    async fn wait_for_board(&mut self, registry: &Registry) -> Option<(Arc<dyn Evaluator>, Disconnect)> {
        let mut last_error = None;
        loop {
            let wait = match last_error {
                // Nothing is there, and looking for it costs nothing.
                Some(BoardError::Link(_)) => POLL_INTERVAL,
                // Every look disturbs the other host.
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
            let is_absent = matches!(error, BoardError::Link(LinkError::NoDevice(_)));
            if !is_absent && last_error.as_ref() != Some(&error) {
                tracing::warn!("{error}");
            }
            if !self.may_arrive(&error) {
                return None;
            }
            // Only a board that is there can fail.
            let fails = !matches!(error, BoardError::Link(_) | BoardError::InUse { .. });
            self.failures += u32::from(fails);
            if self.failures >= MOST_FAILURES {
                self.give_up(&error.to_string());
                return None;
            }
            last_error = Some(error);
        }
    }

    fn give_up(&self, why: &str) {
        tracing::warn!(
            "given up after {} failures in a row without an answer (last: {why}): start the program again with --resume \
             once it works",
            self.failures
        );
    }

    /// Lets a board join, and returns whether it could. `aloud` says that users are told of a board that
    /// joins.
    fn has_joined(&self, board: Arc<dyn Evaluator>, registry: &Registry, aloud: bool) -> bool {
        let name = board.name().to_owned();
        match registry.register((board, Some(self.record()))) {
            // A board that has failed before may be of no use this time either.
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
