//! Boards that train alone: the host requests generations ahead and gets reports of their scores.

use super::sync::Settled;
use super::{BoardEvaluator, wants_setup};
use crate::evaluate::{Alone, Lost};
use crate::fleet::scheduler::MOST_WORK;
use crate::fleet::session::{OwnedAnswer, SessionError};
use crate::update::Generation;
use eggroll_firmware::train::Pace;
use eggroll_firmware::wire::RunCommand;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The number of requests that a board holds at once, so that it never waits for the host.
const AHEAD: usize = 2;

impl BoardEvaluator {
    /// Lets the board train from a generation on. Returns the reports that came before something went wrong.
    pub(super) async fn train_alone(
        &self,
        generation: &Generation,
        count: u32,
        pace: Pace,
    ) -> Result<Vec<Alone>, Lost> {
        let lost = |reason: &dyn std::fmt::Display| self.lost(reason);
        let prepared = self.prepared.get().ok_or_else(|| lost(&"it is not configured"))?;
        let gone = |gone: SessionError| lost(&gone);
        let setup = &*prepared.setup;
        let estimator = &setup.run.estimator;
        let (shape, units) = (estimator.shape(), estimator.units() as usize);
        // A request asks for no more generations than fit a frame in any case. So the host knows where the
        // next request begins.
        let room = self.line.payload();
        let most = (room / shape.room(units).max(1)) as u32;
        if most == 0 {
            return Err(gone(SessionError::Cramped));
        }
        let mut synced = self.synced.lock().await;
        let (mut sent, mut settled) = (Vec::new(), Settled::default());
        let starts = self.sync(prepared, *synced, generation, &mut sent, &mut settled).await.map_err(gone)?;
        self.settle(&mut sent, &mut settled).await.map_err(gone)?;
        if starts {
            let start = RunCommand::Start { generation: generation.number - 1 };
            let start = self.send_of(setup, start).map_err(gone)?;
            if let OwnedAnswer::Refused(error) = start.reply().await.map_err(gone)?.answer {
                tracing::debug!(board = self.session.name, %error, "refused to start");
                synced.forget();
                self.history.forget_weights();
                if wants_setup(error) {
                    self.configure_again(prepared, error).await.map_err(|error| lost(&error))?;
                }
                return Ok(Vec::new());
            }
        }
        self.history.forget_weights();
        // States of a text's streams, with which the board goes on; it makes what is read behind that itself.
        if !generation.feed.is_empty() && (starts || synced.feed != Some(generation.number)) {
            for part in self.feed_parts(generation.number, &generation.feed) {
                sent.push(self.send_of(setup, part).map_err(gone)?);
                // The next part is refused if this one is lost.
                self.settle(&mut sent, &mut settled).await.map_err(gone)?;
            }
        }
        // The host does not know what the board holds until the last report is in.
        synced.forget();
        let (mut next, end) = (generation.number, generation.number.saturating_add(count));
        let mut asked = VecDeque::new();
        let mut reports = Vec::new();
        // The first request asks for one generation, because a board is silent while it trains, and the host
        // takes long silence for a loss.
        let (mut at_once, mut since) = (1, Instant::now());
        loop {
            while next < end && asked.len() < AHEAD {
                let count = at_once.min(end - next);
                let request =
                    self.send_of(setup, RunCommand::Train { generation: next, count, pace }).map_err(gone)?;
                asked.push_back((next, count, request));
                next += count;
            }
            let Some((first, wanted, request)) = asked.pop_front() else {
                synced.weights = Some(end - 1);
                synced.feed = Some(end);
                return Ok(reports);
            };
            let response = match request.reply().await {
                Ok(response) => response,
                Err(_) if !reports.is_empty() => return Ok(reports),
                Err(error) => return Err(gone(error)),
            };
            match response.answer {
                OwnedAnswer::Trained { generation, count, scores }
                    if (generation, count) == (first, wanted) =>
                {
                    at_once = fitting(since.elapsed(), count, most);
                    since = Instant::now();
                    reports.push(Alone { first, count, scores, state: response.state });
                }
                // The content of a lost reply is not known any more, so the board starts again from there.
                said => {
                    tracing::debug!(board = self.session.name, ?said, "out of step while training alone");
                    if let OwnedAnswer::Refused(error) = said
                        && wants_setup(error)
                    {
                        drop(asked);
                        self.configure_again(prepared, error).await.map_err(|error| lost(&error))?;
                    }
                    return Ok(reports);
                }
            }
        }
    }
}

/// The number of generations in a request, from 1 to `most`, by the time that the last ones took.
fn fitting(took: Duration, count: u32, most: u32) -> u32 {
    let each = took.as_nanos() / u128::from(count.max(1));
    u32::try_from(MOST_WORK.as_nanos() / each.max(1)).unwrap_or(u32::MAX).clamp(1, most.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_as_long_as_work_may_take() {
        assert_eq!(
            fitting(Duration::from_secs(3), 1, 30),
            1,
            "a generation that takes long is asked for alone"
        );
        assert_eq!(fitting(Duration::from_millis(50), 1, 30), 10);
        assert_eq!(fitting(Duration::from_secs(1), 20, 30), 10);
        assert_eq!(fitting(Duration::ZERO, 1, 30), 30, "never more than fit a frame");
    }
}
