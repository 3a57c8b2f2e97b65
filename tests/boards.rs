use crate::PATIENT;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::wire::{self, Features, Received, Receiver, Request};
use eggroll_host::fleet::link::{Link, SIM_ARENA, Timing, sim};
use embedded_io_adapters::std::FromStd;
use std::collections::HashSet;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::SyncIoBridge;

/// What a faulty link does to the bytes of a board.
enum Fault {
    /// Ends after so many bytes.
    CutAfter(u64),
    /// Loses every n-th chunk that holds a whole frame's end.
    DropEvery(u32, u32),
    /// Goes silent after so many bytes, and stays connected.
    SilentAfter(u64),
}

/// The bytes from a board, with a fault.
struct Faulty {
    inner: Box<dyn AsyncRead + Send + Unpin>,
    fault: Fault,
    passed: u64,
}

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match this.fault {
                Fault::CutAfter(limit) if this.passed >= limit => return Poll::Ready(Ok(())),
                Fault::SilentAfter(limit) if this.passed >= limit => return Poll::Pending,
                _ => {}
            }
            let before = out.filled().len();
            match Pin::new(&mut this.inner).poll_read(cx, out) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            let fresh = out.filled().len() - before;
            this.passed += fresh as u64;
            if let Fault::DropEvery(every, count) = &mut this.fault
                && fresh > 0
            {
                *count += 1;
                if count.is_multiple_of(*every) {
                    out.set_filled(before);
                    continue;
                }
            }
            return Poll::Ready(Ok(()));
        }
    }
}

fn with_fault(mut link: Link, fault: Fault) -> Link {
    link.reader = Box::new(Faulty { inner: link.reader, fault, passed: 0 });
    link.timing = PATIENT;
    link
}

/// How patient to be with a board that loses what it is asked: its requests are soon repeated, and it is
/// never taken for gone, however busy the machine.
const LOSSY: Timing = Timing { reply: Duration::from_millis(100), attempts: 6000 };

/// A simulated board whose link ends after it has sent so many bytes: killed in the middle of a reply.
pub fn cut_after(name: &str, bytes: u64) -> Link {
    with_fault(sim(name, SIM_ARENA), Fault::CutAfter(bytes))
}

/// A simulated board of which every n-th chunk of bytes is lost.
pub fn drops_frames(name: &str, every: u32) -> Link {
    let mut link = with_fault(sim(name, SIM_ARENA), Fault::DropEvery(every, 0));
    link.timing = LOSSY;
    link
}

/// A simulated board that stays connected and says nothing any more after so many bytes.
pub fn never_answers(name: &str, after: u64) -> Link {
    with_fault(sim(name, SIM_ARENA), Fault::SilentAfter(after))
}

/// A board that loses its memory now and then, as by a reset button.
pub struct ForgetfulBoard {
    /// How often it was reset.
    pub resets: Arc<AtomicU32>,
    /// The way to it.
    pub link: Link,
}

/// A simulated board that is reset as it gets the n-th request, then the n-th after that by the next number,
/// and on and on by the last. Repeats are not counted: how many there are depends on the machine.
pub fn forgetful(name: &str, lives: &'static [usize]) -> ForgetfulBoard {
    const FRAME: usize = 1024;
    let (host, board) = tokio::io::duplex(1 << 16);
    let mut stream = SyncIoBridge::new(board);
    let resets = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&resets);
    std::thread::spawn(move || {
        let mut memory = vec![0u64; 1 << 16];
        let (mut request, mut reply) = (vec![0; FRAME], vec![0; FRAME]);
        let board = Board { name: "sim", core: "forgetful", features: Features::default() };
        let (mut watched, mut coming) = (Receiver::new(vec![0; FRAME]), Vec::new());
        let (first, last) = (lives.iter().copied(), lives.last().copied().unwrap_or(usize::MAX));
        for life in first.chain(std::iter::repeat(last)) {
            memory.fill(0xA5A5_A5A5_A5A5_A5A5);
            let mut server = Server::new(board, memory.as_mut_slice(), &mut request, &mut reply);
            let mut requests = HashSet::new();
            while requests.len() < life {
                if coming.is_empty() {
                    let mut chunk = [0; 512];
                    let read = stream.read(&mut chunk).unwrap_or(0);
                    if read == 0 {
                        return;
                    }
                    coming.extend_from_slice(&chunk[..read]);
                }
                let mut rest = &coming[..];
                if let Received::Frame(frame) = watched.push(&mut rest)
                    && let Ok(Request { id, .. }) = wire::decode(frame)
                {
                    requests.insert(id);
                }
                let part: Vec<u8> = coming.drain(..coming.len() - rest.len()).collect();
                // The request in the middle of which it is reset is lost.
                if requests.len() < life && server.receive(&part, &mut FromStd::new(&mut stream)).is_err() {
                    return;
                }
            }
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (reader, writer) = tokio::io::split(host);
    let (reader, writer) = (Box::new(reader), Box::new(writer));
    ForgetfulBoard { resets, link: Link { name: name.to_owned(), reader, writer, timing: LOSSY } }
}
