//! A session with one board: requests with ids, replies to several requests in flight, repeats of what was
//! lost.

mod conversation;
mod reply;

pub use reply::BoardInfo;
pub(crate) use reply::{OwnedAnswer, OwnedReply};

use super::Traffic;
use super::link::{Link, Timing};
use conversation::{Conversation, Next};
use eggroll_firmware::wire::{
    self, Command, FrameError, Limits, Received, Receiver, Reply, Request, RunCommand, SMALLEST_FRAME,
};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The longest frame that the host sends or receives, in bytes.
pub(super) const LARGEST_FRAME: usize = 1 << 20;
/// A session begins with so many zeros. They end a frame that an earlier host has sent in part, and some
/// ports swallow the first bytes after they are opened.
const BEGINNING: [u8; 128] = [0; 128];

/// Says why a board does not answer any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The link has ended.
    #[error("its link has ended")]
    Closed,
    /// The board does not answer.
    #[error("no reply within {} s{}", waited.as_secs_f64(), what_came(*damaged))]
    Silent {
        /// How long nothing intact has come.
        waited: Duration,
        /// The number of damaged frames that came in this time.
        damaged: u32,
    },
    /// The board answers, but one request has been lost too often.
    #[error("its line loses too many frames: a request was repeated {repeats} times")]
    Lossy {
        /// How often the request was repeated.
        repeats: u32,
    },
    /// The board has said for too long that it is at work on one request.
    #[error("it has been at work on one request for {} s", worked.as_secs())]
    Endless {
        /// How long.
        worked: Duration,
    },
    /// A request is larger than the board's frames.
    #[error("its frames are too small for a request")]
    Cramped,
}

/// Whether a board has nothing to compute for a request.
const fn is_quick(command: &Command<'_>) -> bool {
    matches!(
        command,
        Command::Stats | Command::InRun { command: RunCommand::Load { .. } | RunCommand::Feed { .. }, .. }
    )
}

fn what_came(damaged: u32) -> String {
    match damaged {
        0 => String::new(),
        1 => "; what came was one damaged frame".to_owned(),
        damaged => format!("; what came were {damaged} damaged frames"),
    }
}

/// A session with a board. Dropping it closes the link.
pub(crate) struct Session {
    /// The address and number of the board.
    pub name: String,
    shared: Arc<Shared>,
    next_id: AtomicU32,
    /// How long to wait for replies over this link.
    timing: Timing,
    traffic: Arc<Traffic>,
    /// Stops the reading task, which would otherwise hold a silent device or emulator.
    _reading: DropGuard,
    _writing: Closing,
}

struct Shared {
    conversation: Mutex<Conversation>,
    changed: Notify,
    heard: AtomicU64,
}

impl Shared {
    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        // Every operation leaves the value whole, so it is usable after a panic elsewhere.
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, why: SessionError) {
        self.conversation().finish(why);
        self.changed.notify_one();
    }
}

/// Makes the writing task close the link.
struct Closing(Arc<Shared>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.finish(SessionError::Closed);
    }
}

/// A request in flight. When it is dropped, nobody waits for its reply any more.
pub(crate) struct Pending<'s> {
    session: &'s Session,
    id: u32,
    reply: oneshot::Receiver<Result<OwnedReply, SessionError>>,
    detached: bool,
}

impl Session {
    /// Begins to talk over a link. Replies are awaited for a shorter time until [`Self::known`] is called.
    /// Bytes and requests are counted in `traffic`.
    pub(crate) fn new(link: Link, traffic: Arc<Traffic>) -> Self {
        let timing = link.timing;
        let conversation = Mutex::new(Conversation::new(timing.handshake(), Instant::now()));
        let shared = Arc::new(Shared { conversation, changed: Notify::new(), heard: AtomicU64::new(0) });
        tokio::spawn(write(link.writer, Arc::clone(&shared), Arc::clone(&traffic)));
        let reading = CancellationToken::new();
        let bytes = read(link.reader, Arc::clone(&shared), Arc::clone(&traffic));
        tokio::spawn(reading.clone().run_until_cancelled_owned(bytes));
        Self {
            name: link.name,
            _writing: Closing(Arc::clone(&shared)),
            shared,
            next_id: AtomicU32::new(1),
            timing,
            traffic,
            _reading: reading.drop_guard(),
        }
    }

    /// Notes that the board has shaken hands. From now on it has the full time for its replies. While it
    /// handles one request it has room for `largest_frame` bytes of others.
    pub(crate) fn known(&self, largest_frame: usize) {
        let mut conversation = self.shared.conversation();
        conversation.set_timing(self.timing);
        conversation.limit(largest_frame);
    }

    /// The limits that the host tells this board.
    pub(crate) fn limits(&self) -> Limits {
        let silence_ms = u32::try_from(self.timing.reply.as_millis()).unwrap_or(u32::MAX);
        Limits { largest_frame: LARGEST_FRAME as u32, silence_ms }
    }

    /// How long to wait for replies over this link.
    pub(crate) const fn timing(&self) -> Timing {
        self.timing
    }

    /// The number of bytes that have come so far, of any kind.
    pub(crate) fn heard(&self) -> u64 {
        self.shared.heard.load(Ordering::Relaxed)
    }

    /// Whether the board has no request to handle.
    pub(crate) fn is_idle(&self) -> bool {
        self.shared.conversation().is_idle()
    }

    /// How many requests have been answered, and how often one was repeated.
    pub(crate) fn line(&self) -> (u64, u64) {
        self.shared.conversation().line()
    }

    /// The number of bytes of requests that may be in flight at once.
    pub(crate) fn room(&self) -> usize {
        self.shared.conversation().room()
    }

    /// Sends a request. Except for repeats, requests arrive in the order of these calls. `largest_frame` is
    /// that of the board, if it is known.
    ///
    /// # Errors
    /// [`SessionError`].
    pub(crate) fn send(
        &self,
        command: Command<'_>,
        largest_frame: Option<u32>,
    ) -> Result<Pending<'_>, SessionError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let room = (largest_frame.unwrap_or(SMALLEST_FRAME) as usize).min(LARGEST_FRAME);
        let mut buffer = vec![0; room];
        let quick = is_quick(&command);
        let frame = wire::encode(&Request { id, command }, &mut buffer).map_err(|_| SessionError::Cramped)?;
        let (frame, (sender, reply)) = (Arc::from(&*frame), oneshot::channel());
        self.shared.conversation().ask(id, frame, quick, sender)?;
        self.shared.changed.notify_one();
        self.traffic.requests.fetch_add(1, Ordering::Relaxed);
        Ok(Pending { session: self, id, reply, detached: false })
    }
}

impl Pending<'_> {
    /// Waits for the reply. The request is repeated if it is lost.
    ///
    /// # Errors
    /// [`SessionError`].
    pub(crate) async fn reply(mut self) -> Result<OwnedReply, SessionError> {
        (&mut self.reply).await.unwrap_or(Err(SessionError::Closed))
    }

    /// Leaves the request in flight without waiting for its reply.
    pub(crate) fn detach(mut self) {
        self.detached = true;
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        self.session.shared.conversation().abandon(self.id);
        self.session.shared.changed.notify_one();
    }
}

async fn write(mut link: Box<dyn AsyncWrite + Send + Unpin>, shared: Arc<Shared>, traffic: Arc<Traffic>) {
    let mut frame: Arc<[u8]> = Arc::from(BEGINNING.as_slice());
    loop {
        if link.write_all(&frame).await.is_err() || link.flush().await.is_err() {
            shared.finish(SessionError::Closed);
            break;
        }
        traffic.sent.fetch_add(frame.len() as u64, Ordering::Relaxed);
        let Some(next) = next_frame(&shared, &traffic).await else { break };
        frame = next;
    }
    // The session is over. The other end has to hear of it, although the reading task still holds the stream.
    let _ = link.shutdown().await;
}

/// Waits for the next frame to write. Returns `None` when the session is over.
async fn next_frame(shared: &Shared, traffic: &Traffic) -> Option<Arc<[u8]>> {
    loop {
        let changed = shared.changed.notified();
        let (next, repeated) = {
            let mut conversation = shared.conversation();
            let before = conversation.line().1;
            let next = conversation.next(Instant::now());
            (next, conversation.line().1 - before)
        };
        traffic.repeated.fetch_add(repeated, Ordering::Relaxed);
        match next {
            Next::Write(frame) => return Some(frame),
            Next::End => return None,
            Next::Wait(None) => changed.await,
            Next::Wait(Some(until)) => {
                let _ = tokio::time::timeout_at(until, changed).await;
            }
        }
    }
}

/// Decodes the reply in a frame, and the id of its request.
fn understand(frame: &mut [u8]) -> Result<(u32, OwnedReply), FrameError> {
    match wire::decode::<Reply<'_>>(frame) {
        Ok(reply) => return Ok((reply.id, reply.into())),
        Err(FrameError::NotAMessage) => {}
        Err(error) => return Err(error),
    }
    let (id, protocol) = wire::hello_protocol(frame).ok_or(FrameError::NotAMessage)?;
    Ok((id, OwnedReply { state: None, answer: OwnedAnswer::OtherHello { protocol } }))
}

async fn read(mut link: Box<dyn AsyncRead + Send + Unpin>, shared: Arc<Shared>, traffic: Arc<Traffic>) {
    let mut receiver = Receiver::new(vec![0; LARGEST_FRAME]);
    let mut chunk = vec![0; 16 << 10];
    while let Ok(read @ 1..) = link.read(&mut chunk).await {
        traffic.received.fetch_add(read as u64, Ordering::Relaxed);
        shared.heard.fetch_add(read as u64, Ordering::Relaxed);
        let mut bytes = &chunk[..read];
        while !bytes.is_empty() {
            let understood = match receiver.push(&mut bytes) {
                Received::Nothing => continue,
                Received::Frame(frame) => understand(frame),
                Received::TooLong => Err(FrameError::TooLong),
            };
            let mut conversation = shared.conversation();
            match understood {
                Ok((id, reply)) => conversation.heard(reply, id, Instant::now()),
                Err(_) => conversation.heard_damage(Instant::now()),
            }
        }
        shared.changed.notify_one();
    }
    // Once the link has ended, no request waits for a reply any more.
    shared.finish(SessionError::Closed);
}

#[cfg(test)]
mod tests;
