//! One board's conversation: requests with ids, replies in any number under way, repeats of what was lost.

use super::Traffic;
use super::link::{Link, Timing};
use super::window::Window;
use eggroll_firmware::train::State;
use eggroll_firmware::wire::{
    self, Answer, Command, Features, FrameError, Received, Receiver, Reply, Request, Stats,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Frames for boards whose largest frame is not known yet, and the least that a board must take.
const FIRST_FRAME: usize = 256;
/// Longest frame that the host takes from a board.
const LONGEST_FRAME: usize = 1 << 20;

/// A reply that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What the board held after the request.
    pub state: Option<State>,
    /// What it answered.
    pub answer: Said,
}

/// An answer that owns its bytes; see [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Who the board is.
    Hello(Identity),
    /// Who the board is, in a protocol of which only the version is understood.
    Foreign {
        /// The version.
        protocol: u32,
    },
    /// The run fits.
    Configured {
        /// Whether the run's samples are there already.
        samples: bool,
    },
    /// Done.
    Done,
    /// Packed scores of a range.
    Scores {
        /// First unit.
        first: u32,
        /// How many.
        count: u32,
        /// Packed.
        scores: Vec<u8>,
    },
    /// Scores of generations trained alone.
    Trained {
        /// The first generation.
        generation: u32,
        /// How many.
        count: u32,
        /// Packed, one generation after another.
        scores: Vec<u8>,
    },
    /// Counters.
    Stats(Stats),
    /// The request is refused.
    Refused(eggroll_firmware::Error),
}

/// Who a board is, as its handshake says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Protocol version.
    pub protocol: u32,
    /// Firmware version.
    pub firmware: String,
    /// Name of the board.
    pub board: String,
    /// Its core.
    pub core: String,
    /// Bytes for a run.
    pub arena: u64,
    /// Longest frame, in bytes.
    pub largest_frame: u32,
    /// What it can do beyond the portable kernels.
    pub features: Features,
}

impl From<Reply<'_>> for Response {
    fn from(reply: Reply<'_>) -> Self {
        let answer = match reply.answer {
            Answer::Hello(hello) => Said::Hello(Identity {
                protocol: hello.protocol,
                firmware: hello.firmware.to_owned(),
                board: hello.board.to_owned(),
                core: hello.core.to_owned(),
                arena: hello.arena,
                largest_frame: hello.largest_frame,
                features: hello.features,
            }),
            Answer::Configured { samples, .. } => Said::Configured { samples },
            Answer::Trained { generation, count, scores } => {
                Said::Trained { generation, count, scores: scores.to_owned() }
            }
            Answer::Done => Said::Done,
            Answer::Scores { first, count, scores } => {
                Said::Scores { first, count, scores: scores.to_owned() }
            }
            Answer::Stats(stats) => Said::Stats(stats),
            Answer::Refused(error) => Said::Refused(error),
        };
        Self { state: reply.state, answer }
    }
}

/// Why a board gives no answer any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gone {
    /// Its link has ended.
    #[error("its link has ended")]
    Closed,
    /// It does not answer.
    #[error("no reply to {} requests within {} s each", .0.attempts, .0.reply.as_secs_f64())]
    Silent(Timing),
    /// A request is larger than the board's frames.
    #[error("its frames are too small for a request")]
    Cramped,
}

type Waiting = HashMap<u32, oneshot::Sender<Response>>;

/// A conversation with a board. Dropping it ends the link.
pub struct Session {
    /// Address and number of the board.
    pub name: String,
    outgoing: mpsc::UnboundedSender<(u32, Arc<[u8]>)>,
    window: Arc<Window>,
    waiting: Arc<Mutex<Option<Waiting>>>,
    next_id: AtomicU32,
    timing: Timing,
    traffic: Arc<Traffic>,
    heard: Arc<AtomicU64>,
    /// Stops the reading, which would hold a device or an emulator for as long as that is silent.
    _reading: DropGuard,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The maps are whole after every single operation, so a panic elsewhere leaves them usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request under way.
pub struct Pending<'s> {
    session: &'s Session,
    id: u32,
    frame: Arc<[u8]>,
    reply: oneshot::Receiver<Response>,
    timing: Timing,
}

impl Session {
    /// Starts talking over a link; counts bytes and requests into `traffic`.
    pub fn new(link: Link, traffic: Arc<Traffic>) -> Self {
        let timing = link.timing;
        let (outgoing, frames) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(Some(Waiting::new())));
        let window = Arc::new(Window::new(timing.reply));
        tokio::spawn(write(link.writer, frames, Arc::clone(&window), Arc::clone(&traffic)));
        let (heard, reading) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let ends =
            Ends { waiting: Arc::clone(&waiting), window: Arc::clone(&window), heard: Arc::clone(&heard) };
        let bytes = read(link.reader, ends, Arc::clone(&traffic));
        tokio::spawn(reading.clone().run_until_cancelled_owned(bytes));
        // An empty frame ends whatever a former host left half sent.
        let _ = outgoing.send((0, Arc::from([0].as_slice())));
        let (name, next_id, _reading) = (link.name, AtomicU32::new(1), reading.drop_guard());
        Self { name, outgoing, window, waiting, next_id, timing, traffic, heard, _reading }
    }

    /// Keeps no more bytes of requests under way from now on than the board has room for, beside the one it handles.
    pub fn limit(&self, bytes: usize) {
        self.window.limit(bytes);
    }

    /// Bytes that have come so far, whatever they mean.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Sends a request; requests arrive in the order of these calls. `largest_frame` is the board's, if known.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn send(&self, command: Command<'_>, largest_frame: Option<u32>) -> Result<Pending<'_>, Gone> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let room = largest_frame.map_or(FIRST_FRAME, |len| (len as usize).min(LONGEST_FRAME));
        let mut buffer = vec![0; room];
        let frame = wire::encode(&Request { id, command }, &mut buffer).map_err(|_| Gone::Cramped)?;
        let frame: Arc<[u8]> = Arc::from(&*frame);
        let (sender, reply) = oneshot::channel();
        lock(&self.waiting).as_mut().ok_or(Gone::Closed)?.insert(id, sender);
        self.outgoing.send((id, Arc::clone(&frame))).map_err(|_| Gone::Closed)?;
        self.traffic.requests.fetch_add(1, Ordering::Relaxed);
        Ok(Pending { session: self, id, frame, reply, timing: self.timing })
    }
}

impl Pending<'_> {
    /// With another patience than its session's.
    pub const fn within(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Waits for the reply, repeating the request where none comes.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn reply(mut self) -> Result<Response, Gone> {
        let timing = self.timing;
        for attempt in 0..timing.attempts {
            if attempt > 0 {
                tracing::debug!(board = self.session.name, id = self.id, "no reply: request repeated");
                let again = (self.id, Arc::clone(&self.frame));
                self.session.outgoing.send(again).map_err(|_| Gone::Closed)?;
                self.session.traffic.repeated.fetch_add(1, Ordering::Relaxed);
            }
            match tokio::time::timeout(timing.reply, &mut self.reply).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(_)) => return Err(Gone::Closed),
                Err(_) => {}
            }
        }
        Err(Gone::Silent(timing))
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = lock(&self.session.waiting).as_mut() {
            waiting.remove(&self.id);
        }
    }
}

async fn write(
    mut link: Box<dyn AsyncWrite + Send + Unpin>,
    mut frames: mpsc::UnboundedReceiver<(u32, Arc<[u8]>)>,
    window: Arc<Window>,
    traffic: Arc<Traffic>,
) {
    while let Some((id, frame)) = frames.recv().await {
        if id > 0 {
            window.admit(id, frame.len()).await;
        }
        if link.write_all(&frame).await.is_err() || link.flush().await.is_err() {
            return;
        }
        traffic.sent.fetch_add(frame.len() as u64, Ordering::Relaxed);
    }
    // Nobody has anything more to ask: the other end learns of it although the reader still holds the stream.
    let _ = link.shutdown().await;
}

/// What the reader of a session shares with it.
struct Ends {
    waiting: Arc<Mutex<Option<Waiting>>>,
    window: Arc<Window>,
    heard: Arc<AtomicU64>,
}

/// The reply in a frame, and whose it is; `None` for a frame that is damaged or means nothing.
fn understand(frame: &mut [u8]) -> Option<(u32, Response)> {
    match wire::decode::<Reply<'_>>(frame) {
        Ok(reply) => return Some((reply.id, reply.into())),
        Err(FrameError::NotAMessage) => {}
        Err(_) => return None,
    }
    let (id, protocol) = wire::hello_protocol(frame)?;
    Some((id, Response { state: None, answer: Said::Foreign { protocol } }))
}

async fn read(mut link: Box<dyn AsyncRead + Send + Unpin>, ends: Ends, traffic: Arc<Traffic>) {
    let mut receiver = Receiver::new(vec![0; LONGEST_FRAME]);
    let mut chunk = vec![0; 16 << 10];
    while let Ok(read @ 1..) = link.read(&mut chunk).await {
        traffic.received.fetch_add(read as u64, Ordering::Relaxed);
        ends.heard.fetch_add(read as u64, Ordering::Relaxed);
        let mut bytes = &chunk[..read];
        while !bytes.is_empty() {
            let Received::Frame(frame) = receiver.push(&mut bytes) else { continue };
            // A broken frame is a lost reply: the request is repeated.
            let Some((id, response)) = understand(frame) else { continue };
            ends.window.answered(id);
            let sender = lock(&ends.waiting).as_mut().and_then(|waiting| waiting.remove(&id));
            if let Some(sender) = sender {
                let _ = sender.send(response);
            }
        }
    }
    // Nobody waits for a link that has ended.
    *lock(&ends.waiting) = None;
}
