use super::board::BoardError;
use super::link::Link;
use super::link::faults::{Injection, Severed};
use super::{Joining, Traffic, connect};
use crate::evaluate::Evaluator;
use crate::update::Setup;
use std::sync::Arc;

/// How often in a row a link is opened that is cut before its board is ready.
const LIVES: u32 = 100;

/// A board behind the fault injector: where the injector cuts its link, it is opened again, as if somebody plugged
/// the cable back in. A link that ends for another reason stays ended.
pub struct Faulty {
    open: Box<dyn Fn() -> Link + Send + Sync>,
    injection: Injection,
    number: u32,
    life: u32,
    setup: Arc<Setup>,
    traffic: Arc<Traffic>,
}

impl Faulty {
    /// A board that `open` opens a link to; `number` (below 2048) tells the run's boards apart.
    pub fn new(
        open: impl Fn() -> Link + Send + Sync + 'static,
        injection: Injection,
        number: u32,
        setup: &Arc<Setup>,
        traffic: &Arc<Traffic>,
    ) -> Self {
        let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
        Self { open: Box::new(open), injection, number, life: 0, setup, traffic }
    }

    /// Opens the link and prepares the board, again where the injector cuts the link meanwhile.
    ///
    /// # Errors
    /// Those of [`connect`]; [`BoardError::Gone`] too where the link is cut a hundred times in a row.
    pub async fn connect(&mut self) -> Result<(Arc<dyn Evaluator>, Severed), BoardError> {
        let mut left = LIVES;
        loop {
            let (link, severed) =
                self.injection.into_link((self.open)(), self.number, self.life, &self.traffic);
            self.life += 1;
            left -= 1;
            match connect(link, &self.setup, &self.traffic).await {
                Ok(board) => return Ok((board, severed)),
                // The board's end of a link that the injector left alone closes once nobody asks any more.
                Err(BoardError::Gone { .. }) if left > 0 && severed.by_injector().await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets the board join a fleet again after every cut, until the fleet or the board is gone.
    pub async fn rejoin(mut self, mut severed: Severed, joining: Joining) {
        while severed.by_injector().await {
            match self.connect().await {
                Ok((board, next)) => {
                    severed = next;
                    if joining.send(board).is_err() {
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
}
