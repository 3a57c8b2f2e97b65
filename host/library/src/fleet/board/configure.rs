//! Configures a board for a run.

use super::needs::{explained, way_out};
use super::{BoardError, BoardEvaluator, Prepared, wants_setup};
use crate::fleet::session::OwnedAnswer;
use crate::update::{Setup, Sync};
use eggroll_firmware::Error;
use eggroll_firmware::train::Section;
use eggroll_firmware::wire::{Command, checksum_of, payload_within};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A board that is reset before it has its samples is configured at most so many times.
const SETUPS: u32 = 8;
/// How long the host looks for requests of another host to the board. Most requests take less time.
const WATCH: Duration = Duration::from_millis(400);

impl BoardEvaluator {
    /// Configures the board for a run. The board updates its own weights if the run wants that and it has the
    /// memory. Samples that it holds already, for instance in flash, are not sent again. A board that is
    /// reset meanwhile is configured again.
    ///
    /// # Errors
    /// [`BoardError::Unable`] and [`BoardError::CannotUpdate`], by what its handshake says;
    /// [`BoardError::OtherTask`]; [`BoardError::InUse`]; [`BoardError::NoRoom`] or [`BoardError::SmallStore`]
    /// with what the run needs and what the board has; [`BoardError::Refused`] for another reason, or if the
    /// board is reset eight times in a row.
    pub async fn configure(&self, setup: Arc<Setup>) -> Result<(), BoardError> {
        let name = || self.session.name.clone();
        if let Some(lack) = self.info.abilities.lack(&setup.run_of_boards()) {
            return Err(BoardError::Unable { name: name(), lack });
        }
        self.has_task_of(&setup).await?;
        if setup.sync == Sync::Scores && !self.info.abilities.updates {
            return Err(BoardError::CannotUpdate { name: name() });
        }
        // The smallest reply holds the scores of one unit. If a frame cannot hold them, the board cannot take
        // part.
        let needs = setup.run.estimator.shape().room(1) as u32;
        let has = payload_within(self.info.largest_frame as usize) as u32;
        if needs > has {
            return Err(BoardError::Refused { name: name(), error: Error::FrameTooSmall { needs, has } });
        }
        for _ in 1..SETUPS {
            self.leave_to_another_host(&setup).await?;
            match self.configure_once(Arc::clone(&setup)).await {
                Err(BoardError::Refused { error, .. }) if wants_setup(error) => {
                    tracing::debug!(board = self.session.name, %error, "reset while it was configured");
                    self.history.forget();
                }
                configured => return configured,
            }
        }
        self.configure_once(setup).await
    }

    /// Configures a board again that has lost the run, or what was loaded for it.
    /// `error` is the refusal that showed it.
    pub(super) async fn configure_again(&self, prepared: &Prepared, error: Error) -> Result<(), BoardError> {
        if error == Error::SamplesDiffer {
            self.samples_differed.store(true, Ordering::Relaxed);
        }
        self.history.forget();
        self.configure(Arc::clone(&prepared.setup)).await
    }

    /// Looks whether another host uses a board that is configured for another run. Two hosts would only take
    /// the board from each other.
    async fn leave_to_another_host(&self, setup: &Setup) -> Result<(), BoardError> {
        let OwnedAnswer::Hello(info) = self.ask(Command::Hello).await? else {
            return Err(BoardError::Nonsense { name: self.session.name.clone() });
        };
        let Some(run) = info.run.filter(|&run| run != setup.identity.short()) else { return Ok(()) };
        let before = self.requests_so_far().await?;
        tokio::time::sleep(WATCH).await;
        // The second of these two questions is counted as well, and a bad line may make the board count a
        // question twice.
        let of_others = self.requests_so_far().await?.wrapping_sub(before).saturating_sub(2);
        if of_others > 0 && of_others < u32::MAX / 2 {
            return Err(BoardError::InUse { name: self.session.name.clone(), run });
        }
        self.history.forget();
        Ok(())
    }

    async fn requests_so_far(&self) -> Result<u32, BoardError> {
        match self.ask(Command::Stats).await? {
            OwnedAnswer::Stats(stats) => Ok(stats.requests),
            OwnedAnswer::Refused(error) => {
                Err(BoardError::Refused { name: self.session.name.clone(), error })
            }
            _ => Err(BoardError::Nonsense { name: self.session.name.clone() }),
        }
    }

    async fn configure_once(&self, setup: Arc<Setup>) -> Result<(), BoardError> {
        let name = || self.session.name.clone();
        let mut refused = None;
        let (samples, run_of_boards) = (checksum_of(setup.loaded()), setup.run_of_boards());
        let ways: &[bool] = match setup.sync {
            Sync::Cheapest if self.info.abilities.updates => &[true, false],
            Sync::Scores => &[true],
            Sync::Cheapest | Sync::Delta | Sync::Weights => &[false],
        };
        for &updates in ways {
            let (identity, limits, run) =
                (setup.identity.short(), self.session.limits(), run_of_boards.clone());
            let configure = Command::Configure { identity, limits, run, updates, samples };
            match self.ask(configure).await? {
                OwnedAnswer::Configured { needs, samples: there } => {
                    if !there || self.samples_differed.load(Ordering::Relaxed) {
                        self.load_samples(&setup, samples).await?;
                    }
                    let _ = self.prepared.set(Prepared { setup, updates, needs });
                    return Ok(());
                }
                OwnedAnswer::Refused(error) => {
                    // An update of the board's own needs too much memory, or sums that are too wide.
                    let smaller = matches!(
                        error,
                        Error::ArenaTooSmall { .. } | Error::Overflow { .. } | Error::CannotUpdate
                    );
                    refused = Some((updates, error));
                    if !smaller {
                        break;
                    }
                }
                _ => return Err(BoardError::Nonsense { name: name() }),
            }
        }
        Err(refused.map_or_else(
            || BoardError::Nonsense { name: name() },
            |(updates, error)| match error {
                Error::ArenaTooSmall { needs, has } => BoardError::NoRoom {
                    name: name(),
                    needs,
                    has,
                    parts: explained(&run_of_boards, updates, needs),
                    way_out: way_out(&run_of_boards),
                },
                Error::StoreTooSmall { needs, has } => {
                    let (what, way_out) = match run_of_boards.held_tokens() {
                        Some(_) => ("the text has", "use a shorter text, or another board"),
                        None => ("the samples need", "use fewer samples, or another board"),
                    };
                    BoardError::SmallStore { name: name(), what, needs, has, way_out }
                }
                error => BoardError::Refused { name: name(), error },
            },
        ))
    }

    async fn load_samples(&self, setup: &Setup, checksum: u32) -> Result<(), BoardError> {
        let name = || self.session.name.clone();
        let loaded = self.upload(setup, Section::Samples, checksum, setup.loaded()).await;
        match loaded.map_err(|gone| BoardError::Session { name: name(), error: gone })? {
            None => Ok(()),
            Some(error) => Err(BoardError::Refused { name: name(), error }),
        }
    }
}
