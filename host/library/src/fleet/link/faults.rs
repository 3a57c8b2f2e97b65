//! The fault injector. It wraps any other link, loses, damages, doubles and delays frames in both directions,
//! and sometimes ends the link.
//!
//! Each probability is that of one frame, and a frame ends at a 0 byte. The fault of frame n in a direction
//! of a link is a pure function of the seed, the number of the link, how often it was opened before, the
//! direction and n. Which message becomes frame n depends on the clock, so two runs have the same faults on
//! different messages.
//!
//! A frame with flipped bits fails its CRC-32, so that a fault loses a frame and does not change a score. Of
//! 2^32 damaged frames one passes the check.

use super::{Link, Timing};
use crate::fleet::Traffic;
use crate::fleet::probability::{InvalidProbability, Probability};
use crate::words;
use eggroll_firmware::noise::{Address, Stream};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The kinds of faults, as an error lists them.
const UNDERSTOOD: &str = "drop, flip, dup and cut (the probability for each frame, 0 to 1) and delay (the longest delay, such as 5ms)";
/// The longest delay that can be set.
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// So many bytes are taken as a frame even without an end.
const LONGEST_FRAME: usize = 1 << 20;
/// The size of the buffer between the injector and the host.
const BUFFER: usize = 64 << 10;
/// The most bits that are inverted in a damaged frame.
const MOST_FLIPS: u32 = 4;
/// How long a reply over a faulty link may take in addition to the injected delays. It is short because
/// frames are lost all the time, and a run must not wait seconds for each.
const REPLY: Duration = Duration::from_millis(100);
/// The fewest times that a request is sent over a faulty link.
const ATTEMPTS: u32 = 30;
/// A board that is silent for less than this is not gone, however soon its requests are repeated.
const SHORTEST_SILENCE: Duration = Duration::from_secs(3);
/// A board that is silent for longer than this is gone, however slow its link is without faults.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// The faults of the frames of a link, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A frame is lost.
    pub drop: Probability,
    /// One to four random bits of a frame are inverted, its end included.
    pub flip: Probability,
    /// A frame arrives twice.
    pub dup: Probability,
    /// A frame is held back for a uniformly random time up to this; those behind it wait.
    pub delay: Duration,
    /// The link ends in the middle of a frame.
    pub cut: Probability,
}

/// Says why a text does not describe faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultsError {
    /// A name that is not a fault's.
    #[error("unknown fault `{}`; understood are: {UNDERSTOOD}", words::shown(.0, words::MOST))]
    Unknown(String),
    /// A fault that is named twice.
    #[error("`{}` is given twice", words::shown(.0, words::MOST))]
    Twice(String),
    /// A value that is not a probability.
    #[error("{0}: {1}")]
    Probability(String, InvalidProbability),
    /// A value that is not a time.
    #[error(
        "delay: `{}` is not a time up to 10 s: give a whole number with its unit, such as 500us, 5ms or 1s",
        words::shown(.0, words::MOST)
    )]
    Delay(String),
}

impl FromStr for Faults {
    type Err = FaultsError;

    /// Reads some of `drop=0.01,flip=0.001,dup=0.01,delay=5ms,cut=0.0005`, in any order.
    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let (mut faults, mut seen) = (Self::default(), Vec::new());
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let chance = match name {
                "drop" => Some(&mut faults.drop),
                "flip" => Some(&mut faults.flip),
                "dup" => Some(&mut faults.dup),
                "cut" => Some(&mut faults.cut),
                "delay" => None,
                _ => return Err(FaultsError::Unknown(part.to_owned())),
            };
            if seen.contains(&name) {
                return Err(FaultsError::Twice(name.to_owned()));
            }
            seen.push(name);
            match chance {
                Some(chance) => {
                    *chance =
                        value.parse().map_err(|error| FaultsError::Probability(name.to_owned(), error))?;
                }
                None => faults.delay = time(value).ok_or_else(|| FaultsError::Delay(value.to_owned()))?,
            }
        }
        Ok(faults)
    }
}

fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let number: u32 = number.parse().ok()?;
    let unit = match unit {
        "us" => Duration::from_micros(1),
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        _ => return None,
    };
    unit.checked_mul(number).filter(|&time| time <= LONGEST_DELAY)
}

/// The number of frames that each fault has met.
#[derive(Debug, Default)]
pub struct Injected {
    /// Frames lost.
    pub dropped: AtomicU64,
    /// Frames damaged.
    pub flipped: AtomicU64,
    /// Frames doubled.
    pub doubled: AtomicU64,
    /// Frames held back.
    pub delayed: AtomicU64,
    /// Links ended.
    pub cut: AtomicU64,
}

/// Faults and the seed of their noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injection {
    /// The faults.
    pub faults: Faults,
    /// The seed of the noise that decides which frames they meet.
    pub seed: u32,
    /// How long a reply may take in addition to twice the longest delay. After that its request is repeated.
    pub reply: Duration,
}

/// Waits for the end of a link, and says whether the injector has ended it.
pub struct Disconnect(oneshot::Receiver<()>);

/// The bytes of a link to the host. When it is dropped, its sender is dropped as well, which reports the end
/// of the link.
struct WatchedReader {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    _end: oneshot::Sender<()>,
}

impl AsyncRead for WatchedReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(cx, out)
    }
}

impl Disconnect {
    /// Watches a link without an injector.
    pub(in crate::fleet) fn watch(link: Link) -> (Link, Self) {
        let (_end, disconnect) = oneshot::channel();
        let reader = Box::new(WatchedReader { reader: link.reader, _end });
        (Link { reader, ..link }, Self(disconnect))
    }

    /// Waits for the end of the link. Returns `true` if the injector cut it, and `false` if it ended by
    /// itself.
    pub(crate) async fn by_injector(self) -> bool {
        self.0.await.is_ok()
    }
}

impl Injection {
    /// Injects faults with this seed. A request is repeated after 100 ms and twice the longest delay.
    pub const fn new(faults: Faults, seed: u32) -> Self {
        Self { faults, seed, reply: REPLY }
    }

    /// The timing of a faulty link that has the timing `whole` without faults. A request is repeated soon, at
    /// least 30 times. A board has as long to say anything at all as without faults, within 3 s and a minute,
    /// because the injector makes neither it nor the machine that emulates it faster.
    pub fn timing(&self, whole: Timing) -> Timing {
        let reply = self.reply + 2 * self.faults.delay;
        let silence = (whole.reply * whole.attempts).clamp(SHORTEST_SILENCE, LONGEST_SILENCE);
        let enough = silence.as_millis().div_ceil(reply.as_millis().max(1));
        Timing { reply, attempts: ATTEMPTS.max(enough as u32) }
    }

    /// Puts a link behind the injector. `number`, which is below 2048, is different for each link of a run,
    /// and `life` says how often this one was opened before. This must be called within a tokio runtime.
    pub(crate) fn link_with(
        &self,
        link: Link,
        number: u32,
        life: u32,
        traffic: &Arc<Traffic>,
    ) -> (Link, Disconnect) {
        let (host, inner) = tokio::io::duplex(BUFFER);
        let (from_host, to_host) = tokio::io::split(inner);
        let (cut, disconnect) = oneshot::channel();
        let ending =
            Ending { token: CancellationToken::new(), cut: Arc::new(std::sync::Mutex::new(Some(cut))) };
        let direction = |place: u32| Direction {
            faults: self.faults,
            at: Address { seed: self.seed, generation: life, index: 0, tensor: 2 * number + place },
            traffic: Arc::clone(traffic),
            ending: ending.clone(),
        };
        let (from_host, to_host) = (Box::new(from_host), Box::new(to_host));
        let (to_board, over) = (direction(0).carry(from_host, link.writer), ending.token.clone());
        tokio::spawn(async move {
            to_board.await;
            // The host has left, so the link ends even if the board stays silent.
            over.cancel();
        });
        tokio::spawn(direction(1).carry(link.reader, to_host));
        let (reader, writer) = tokio::io::split(host);
        let (reader, writer) = (Box::new(reader), Box::new(writer));
        (Link { name: link.name, reader, writer, timing: self.timing(link.timing) }, Disconnect(disconnect))
    }
}

/// Ends both directions of a link.
#[derive(Clone)]
struct Ending {
    token: CancellationToken,
    cut: Arc<std::sync::Mutex<Option<oneshot::Sender<()>>>>,
}

impl Ending {
    fn cut(&self) {
        let sender = self.cut.lock().ok().and_then(|mut cut| cut.take());
        if let Some(sender) = sender {
            let _ = sender.send(());
        }
        self.token.cancel();
    }
}

/// One direction of a link.
struct Direction {
    faults: Faults,
    /// The address of the noise of the next frame.
    at: Address,
    traffic: Arc<Traffic>,
    ending: Ending,
}

impl Direction {
    /// Carries frames until one of the ends is gone or the link is cut.
    async fn carry(
        mut self,
        from: Box<dyn AsyncRead + Send + Unpin>,
        mut to: Box<dyn AsyncWrite + Send + Unpin>,
    ) {
        let token = self.ending.token.clone();
        let frames = async {
            let mut from = BufReader::new(from);
            let mut frame = Vec::new();
            while next_frame(&mut from, &mut frame).await {
                if self.pass(&mut frame, &mut to).await.is_err() {
                    return;
                }
                frame.clear();
            }
            let _ = to.shutdown().await;
        };
        tokio::select! {
            () = token.cancelled() => {}
            () = frames => {}
        }
    }

    async fn pass(
        &mut self,
        frame: &mut [u8],
        to: &mut (dyn AsyncWrite + Send + Unpin),
    ) -> std::io::Result<()> {
        let injected = &self.traffic.injected;
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        let mut noise = Stream::new(self.at);
        self.at.index = self.at.index.wrapping_add(1);
        // Every fault is drawn for every frame, so that one kind does not shift the noise of another.
        let Faults { drop, flip, dup, delay, cut } = self.faults;
        let [cut, drop, flip, dup] = [cut, drop, flip, dup].map(|chance| chance.hits(noise.next_word()));
        if !delay.is_zero() {
            let part = f64::from(noise.next_word()) / 2f64.powi(32);
            count(&injected.delayed);
            tokio::time::sleep(delay.mul_f64(part)).await;
        }
        if cut {
            count(&injected.cut);
            let sent = to.write_all(&frame[..frame.len() / 2]).await;
            let _ = sent.and(to.flush().await);
            self.ending.cut();
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        if drop {
            count(&injected.dropped);
            return Ok(());
        }
        if flip {
            count(&injected.flipped);
            for _ in 0..=noise.next_word() % MOST_FLIPS {
                let bit = noise.next_word() as usize % (8 * frame.len());
                frame[bit / 8] ^= 1 << (bit % 8);
            }
        }
        to.write_all(frame).await?;
        if dup {
            count(&injected.doubled);
            to.write_all(frame).await?;
        }
        to.flush().await
    }
}

/// Reads up to the end of a frame. An empty frame includes all zeros that come with it. Returns `false` if
/// the stream ends before.
async fn next_frame(from: &mut BufReader<Box<dyn AsyncRead + Send + Unpin>>, frame: &mut Vec<u8>) -> bool {
    while frame.len() < LONGEST_FRAME {
        let Ok(bytes @ [_, ..]) = from.fill_buf().await else { return false };
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let end = match zeros {
            0 => bytes.iter().position(|&byte| byte == 0),
            _ if frame.is_empty() => Some(zeros - 1),
            _ => Some(0),
        };
        let taken = end.map_or(bytes.len(), |end| end + 1);
        frame.extend_from_slice(&bytes[..taken]);
        from.consume(taken);
        if end.is_some() {
            break;
        }
    }
    true
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
