//! An agent's part in a run, from its invitation to the last answer.

use super::desk::Desk;
use super::follower::{Astray, Follower};
use super::inbox::Delivered;
use super::work::Bench;
use crate::messages::{Blob, MOST_TEXT, Needed, Stage, Work, decode};
use crate::random::random;
use crate::subjects::Kind;
use eggroll_host::fleet::{self, Arrivals, Traffic};
use eggroll_host::update::{Generation, Setup};
use eggroll_host::words;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::block_in_place;

/// Boards that cannot be used are tried again after this time.
const TRY_BOARDS: Duration = Duration::from_secs(5);
/// An agent that is behind for so long asks for what it lacks.
const BEHIND: Duration = Duration::from_secs(4);

/// Takes part in a run until the task is dropped, or the agent drains.
///
/// # Errors
/// In words, what makes it impossible.
pub(super) async fn serve(
    desk: Desk,
    setup: Blob,
    mut inbox: mpsc::Receiver<Delivered>,
) -> Result<(), String> {
    let setup = desk.setup(&mut inbox, setup).await?;
    let follower = desk.follower(&setup, &mut inbox).await?;
    let arrivals = desk.boards(&setup).await?;
    desk.shown.generation(follower.generation());
    desk.shown.stage(Stage::Serving);
    desk.need(Needed::Journal { after: follower.sequence() }).await;
    desk.need(Needed::Work).await;
    let mut follower = follower;
    let (current, _) = watch::channel(Arc::new(block_in_place(|| follower.next_generation())));
    let desk = Arc::new(desk);
    let bench = Bench::new(Arc::clone(&desk));
    let (behind, epoch) = ((Instant::now(), Instant::now()), desk.news.borrow().epoch);
    Session { desk, setup, follower, current, bench, arrivals, behind, epoch }.run(inbox).await
}

impl Desk {
    /// The weights of the run, as far as they are known now.
    async fn follower(
        &self,
        setup: &Arc<Setup>,
        inbox: &mut mpsc::Receiver<Delivered>,
    ) -> Result<Follower, String> {
        let checkpoint = self.checkpoint(inbox).await?;
        block_in_place(|| Follower::new(setup, checkpoint)).map_err(|error| error.to_string())
    }

    /// The boards of this computer, configured for the run. They are tried until one can be used.
    async fn boards(&self, setup: &Arc<Setup>) -> Result<Arrivals, String> {
        loop {
            let traffic = Arc::new(Traffic::default());
            match fleet::gather(&self.agent.boards, None, setup, &traffic).await {
                Ok(gathered) => {
                    let trouble = gathered.left_out.first().map(ToString::to_string);
                    gathered.left_out.iter().for_each(|error| tracing::warn!("{error}; going on without it"));
                    self.shown.trouble(trouble.map(|trouble| words::shown(&trouble, MOST_TEXT)));
                    return Ok(gathered.into_arrivals());
                }
                Err(error) => {
                    let trouble = Some(words::shown(&error.to_string(), MOST_TEXT));
                    if self.shown.hello().trouble != trouble {
                        tracing::warn!("{error}; it is tried again");
                        self.shown.trouble(trouble);
                    }
                }
            }
            tokio::select! {
                () = self.draining.cancelled() => return Err("the agent leaves".to_owned()),
                () = tokio::time::sleep(TRY_BOARDS) => {}
            }
        }
    }
}

/// An agent that evaluates.
struct Session {
    desk: Arc<Desk>,
    setup: Arc<Setup>,
    follower: Follower,
    /// The generation that is evaluated, for the requests that wait for it.
    current: watch::Sender<Arc<Generation>>,
    bench: Bench,
    arrivals: Arrivals,
    /// Since when the journal is behind, and since when work is missing.
    behind: (Instant, Instant),
    /// The lead of the coordinator whose work is delivered.
    epoch: u64,
}

impl Session {
    async fn run(mut self, mut inbox: mpsc::Receiver<Delivered>) -> Result<(), String> {
        let first = (random() as u32) & 0x7FFF_0000;
        let mut number = first;
        let mut look = tokio::time::interval(Duration::from_secs(1));
        loop {
            let draining = self.desk.draining.is_cancelled();
            if draining && self.bench.is_idle() {
                return Ok(());
            }
            tokio::select! {
                () = self.desk.draining.cancelled(), if !draining => {}
                Some(arrival) = self.arrivals.next() => {
                    number = number.wrapping_add(1);
                    self.bench.add(number, arrival);
                }
                () = self.bench.answered() => {}
                delivered = inbox.recv() => match delivered {
                    None => return Ok(()),
                    Some(delivered) => match delivered.kind {
                        Kind::Journal => self.journal(delivered, &mut inbox).await?,
                        Kind::Work if !draining => self.work(delivered).await,
                        _ => {}
                    },
                },
                _ = look.tick() => self.ask_for_what_is_missing().await,
            }
        }
    }

    /// Takes in a part of the journal.
    async fn journal(
        &mut self,
        delivered: Delivered,
        inbox: &mut mpsc::Receiver<Delivered>,
    ) -> Result<(), String> {
        let message = delivered.of_stream(&self.desk.jetstream);
        let Ok(sequence) = message.info().map(|info| info.stream_sequence) else { return Ok(()) };
        let Some((offset, part)) = message.payload.split_first_chunk::<8>() else { return Ok(()) };
        let (offset, follower) = (u64::from_le_bytes(*offset), &mut self.follower);
        let taken = block_in_place(|| follower.take(sequence, offset, part));
        match taken {
            // It comes again, because it is not acknowledged.
            Ok(None) => return Ok(()),
            Ok(Some(outcomes)) if outcomes.is_empty() => {}
            Ok(Some(outcomes)) => {
                outcomes.iter().for_each(|outcome| self.bench.finished(outcome));
                self.moved();
            }
            Err(Astray::WentBack(to)) => {
                tracing::info!("the run went back to generation {to}: beginning again from its checkpoint");
                // The record that says so has been taken in; the checkpoint includes it.
                let _ = message.ack().await;
                return self.begin_again(inbox).await;
            }
            Err(error) => return Err(error.to_string()),
        }
        // Without a connection it comes again, and changes nothing then.
        let _ = message.ack().await;
        Ok(())
    }

    async fn begin_again(&mut self, inbox: &mut mpsc::Receiver<Delivered>) -> Result<(), String> {
        let passed = self.follower.sequence();
        loop {
            let follower = self.desk.follower(&self.setup, inbox).await?;
            // An older checkpoint would lead here again.
            if follower.sequence() >= passed {
                self.follower = follower;
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.moved();
        self.desk.need(Needed::Journal { after: self.follower.sequence() }).await;
        self.desk.need(Needed::Work).await;
        Ok(())
    }

    /// The weights have moved.
    fn moved(&mut self) {
        let follower = &mut self.follower;
        self.current.send_replace(Arc::new(block_in_place(|| follower.next_generation())));
        self.desk.shown.generation(self.follower.generation());
    }

    async fn work(&mut self, delivered: Delivered) {
        let message = delivered.of_stream(&self.desk.jetstream);
        match decode::<Work>(&message.payload) {
            Ok(work) => self.bench.take(work, message, self.current.subscribe()),
            Err(error) => {
                tracing::debug!("a request cannot be read: {error}");
                let _ = message.ack().await;
            }
        }
    }

    /// Asks for the journal, or for work, if the coordinator says that there is more than what came.
    async fn ask_for_what_is_missing(&mut self) {
        let news = *self.desk.news.borrow();
        let now = Instant::now();
        // Another coordinator has made its streams anew, and the deliveries from the former ones are gone.
        if core::mem::replace(&mut self.epoch, news.epoch) != news.epoch {
            self.desk.need(Needed::Journal { after: self.follower.sequence() }).await;
            self.desk.need(Needed::Work).await;
        }
        let (journal, work) = &mut self.behind;
        if news.sequence <= self.follower.sequence() {
            *journal = now;
        } else if journal.elapsed() > BEHIND {
            *journal = now;
            self.desk.need(Needed::Journal { after: self.follower.sequence() }).await;
        }
        if news.pending == 0 || !self.bench.is_idle() {
            *work = now;
        } else if work.elapsed() > BEHIND {
            *work = now;
            self.desk.need(Needed::Work).await;
        }
    }
}
