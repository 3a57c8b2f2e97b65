use super::board::BoardError;
use super::joining::NotJoined;
use super::link::faults::{Injection, Severed};
use super::link::{Link, LinkError, Open};
use super::{Joining, Traffic, connect};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::Arc;
use std::time::Duration;

/// How often in a row a link is opened that the injector cuts before its board is ready.
const LIVES: u32 = 100;
/// How often it is looked whether a board has come, or come back.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// A board's place in a fleet: what is needed to open its link, and to open it again.
///
/// A link that the fault injector cuts is opened again at once, as if somebody plugged the cable back in. A link
/// that ends for another reason stays ended, but for a [`Self::returning`] board's.
pub struct Seat {
    open: Box<dyn Open>,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
    /// The injector, and the number that tells the run's boards apart for it.
    faults: Option<(Injection, u32)>,
    life: u32,
    returns: bool,
}

impl Seat {
    /// The seat of a board that `open` opens a link to.
    pub fn new(open: impl Open + 'static, setup: &Arc<Setup>, traffic: &Arc<Traffic>) -> Self {
        let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
        Self { open: Box::new(open), setup, traffic, faults: None, life: 0, returns: false }
    }

    /// Puts the board behind the fault injector; `number` (below 2048) tells the run's boards apart.
    pub fn faulty(mut self, injection: Injection, number: u32) -> Self {
        self.faults = Some((injection, number));
        self
    }

    /// A board that may be unplugged and plugged in again: it is looked for as long as the fleet is there.
    pub const fn returning(mut self) -> Self {
        self.returns = true;
        self
    }

    /// Opens the link and prepares the board, again where the injector cuts the link meanwhile.
    ///
    /// # Errors
    /// Those of the link and of [`connect`]; [`BoardError::Gone`] too where the link is cut a hundred times in a row.
    pub async fn connect(&mut self) -> Result<(Arc<dyn Evaluator>, Severed), BoardError> {
        let mut left = LIVES;
        loop {
            let link = self.open.open().await?;
            let (link, severed) = self.watched(link);
            left -= 1;
            match connect(link, &self.setup, &self.traffic).await {
                Ok(board) => return Ok((board, severed)),
                // The board's end of a link that the injector left alone closes once nobody asks any more.
                Err(BoardError::Gone { .. }) if left > 0 && severed.by_injector().await => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn watched(&mut self, link: Link) -> (Link, Severed) {
        let Some((injection, number)) = self.faults else { return Severed::watch(link) };
        let watched = injection.into_link(link, number, self.life, &self.traffic);
        self.life += 1;
        watched
    }

    /// Lets the board join a fleet again whenever it is back, until the fleet or the board is gone.
    pub async fn rejoin(mut self, mut severed: Severed, joining: Joining) {
        loop {
            let board = if severed.by_injector().await {
                self.connect().await
            } else if self.returns {
                let Some(board) = self.look_out(&joining).await else { return };
                Ok(board)
            } else {
                return;
            };
            match board {
                Ok((board, next)) => {
                    severed = next;
                    if !joined(board, &joining) {
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
        self.returns && !matches!(error, BoardError::Refused { .. })
    }

    /// Lets a board join that is not there yet.
    pub async fn arrive(mut self, joining: Joining) {
        if let Some((board, severed)) = self.look_out(&joining).await
            && joined(board, &joining)
        {
            self.rejoin(severed, joining).await;
        }
    }

    /// Waits until the board is there; `None` where the fleet is gone first, or the board cannot take the run.
    async fn look_out(&mut self, joining: &Joining) -> Option<(Arc<dyn Evaluator>, Severed)> {
        let mut said = None;
        loop {
            tokio::time::sleep(LOOK).await;
            if joining.is_over() {
                return None;
            }
            let error = match self.connect().await {
                Ok((board, severed)) => {
                    tracing::warn!("{}: joins", board.name());
                    return Some((board, severed));
                }
                Err(error) => error,
            };
            let absent = matches!(error, BoardError::Link(LinkError::NoDevice(_)));
            if !absent && said.as_ref() != Some(&error) {
                tracing::warn!("{error}");
            }
            if !self.may_arrive(&error) {
                return None;
            }
            said = Some(error);
        }
    }
}

/// Whether a board has been let in.
fn joined(board: Arc<dyn Evaluator>, joining: &Joining) -> bool {
    let name = board.name().to_owned();
    match joining.send(board) {
        Ok(()) => true,
        Err(NotJoined::Over) => false,
        Err(error @ NotJoined::Barred) => {
            tracing::warn!("{name}: {error}");
            false
        }
    }
}
