//! A board behind TCP: the firmware's own server, and between it and the host somebody who spoils some of its
//! replies.

use super::random::Random;
use eggroll_firmware::Error;
use eggroll_firmware::runtime::{self, Server};
use eggroll_firmware::train::State;
use eggroll_firmware::wire::{self, Abilities, Answer, Features, Hello, Reply};
use embedded_io_adapters::std::FromStd;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

/// Bytes of the board's largest frame.
const FRAME: usize = 4096;
/// Room for a spoilt frame.
const ROOM: usize = 1 << 18;

/// How a reply is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vice {
    /// Bits are inverted.
    Flip,
    /// Its end is missing.
    Cut,
    /// It ends in the middle, and the next one goes on.
    Run,
    /// Noise comes before it.
    Noise,
    /// It comes twice.
    Double,
    /// It does not come.
    Swallow,
    /// It comes late, by so many milliseconds.
    Late(u64),
    /// The link ends instead.
    Close,
    /// The link ends in the middle of it.
    Break,
    /// Zeros, which are empty frames, come before it.
    Zeros,
    /// A megabyte and more without an end comes before it.
    Endless,
    /// It is another request's.
    Id,
    /// It is another answer.
    Other,
    /// The handshake's names are huge, and would act on a terminal.
    Names,
    /// The handshake's names are empty, or hold what a table or a page would be broken by.
    Markup,
    /// The handshake names another largest frame.
    Frame(u32),
    /// The handshake names another protocol.
    Protocol(u32),
    /// The handshake names another size of memory.
    Arena(u64),
    /// What the board holds is another.
    State,
    /// It holds nothing.
    NoState,
    /// Scores are a byte longer or shorter.
    Length,
    /// A bit of the scores is wrong.
    Lie,
    /// The scores are said to be of other units.
    Units,
    /// It is refused.
    Refuse,
    /// The board only says that it still computes.
    Working,
    /// The board says so a thousand times before it answers.
    Words,
    /// The handshake says that the board holds another run.
    OtherRun,
    /// The handshake says that the board can do nothing.
    Unable,
}

/// All of them.
pub(crate) const VICES: &[Vice] = &[
    Vice::Flip,
    Vice::Cut,
    Vice::Run,
    Vice::Noise,
    Vice::Double,
    Vice::Swallow,
    Vice::Late(1),
    Vice::Late(40),
    Vice::Close,
    Vice::Break,
    Vice::Zeros,
    Vice::Endless,
    Vice::Id,
    Vice::Other,
    Vice::Names,
    Vice::Markup,
    Vice::Frame(0),
    Vice::Frame(49),
    Vice::Frame(256),
    Vice::Frame(u32::MAX),
    Vice::Frame((1 << 20) + 4096),
    Vice::Protocol(0),
    Vice::Protocol(1),
    Vice::Protocol(u32::MAX),
    Vice::Arena(0),
    Vice::Arena(u64::MAX),
    Vice::State,
    Vice::NoState,
    Vice::Length,
    Vice::Lie,
    Vice::Units,
    Vice::Refuse,
    Vice::Working,
    Vice::Words,
    Vice::OtherRun,
    Vice::Unable,
];

/// How a board behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    /// What it does, if anything.
    pub(crate) vice: Option<Vice>,
    /// To how many of a hundred replies.
    pub(crate) chance: usize,
    /// After how many replies.
    pub(crate) after: u64,
    /// Noise of its own.
    pub(crate) seed: u64,
}

/// A board that listens. It goes with this.
pub(crate) struct Board {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// A whole frame, and where its reply goes.
type Request = (Vec<u8>, TcpStream);

impl Board {
    /// Starts a board; `hostile` counts the replies that it spoils.
    pub(crate) fn start(manners: Manners, hostile: &Arc<AtomicU64>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let over = Arc::new(AtomicBool::new(false));
        let (sender, requests) = channel();
        let (ended, hostile) = (Arc::clone(&over), Arc::clone(hostile));
        let accepting = spawn(move || accept(&listener, &sender, &ended));
        let serving = spawn(move || serve(&requests, manners, &hostile));
        Ok(Self { address, over, threads: vec![accepting, serving] })
    }

    /// What the host calls it.
    pub(crate) fn address(&self) -> String {
        format!("tcp:{}", self.address)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes who accepts.
        drop(TcpStream::connect(self.address));
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

fn accept(listener: &TcpListener, sender: &Sender<Request>, over: &Arc<AtomicBool>) {
    for stream in listener.incoming().flatten() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let (sender, over) = (sender.clone(), Arc::clone(over));
        spawn(move || listen(stream, &sender, &over));
    }
}

/// Hands whole frames of a connection on, so that those of several do not mix.
fn listen(mut stream: TcpStream, sender: &Sender<Request>, over: &AtomicBool) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(10)));
    let (mut chunk, mut frame) = ([0; 4096], Vec::new());
    while !over.load(Ordering::Relaxed) {
        let read = match stream.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(_) => return,
        };
        for byte in &chunk[..read] {
            frame.push(*byte);
            if *byte == 0 {
                let Ok(answer) = stream.try_clone() else { return };
                if sender.send((core::mem::take(&mut frame), answer)).is_err() {
                    return;
                }
            }
        }
    }
}

fn serve(requests: &Receiver<Request>, manners: Manners, hostile: &AtomicU64) {
    let mut memory = vec![0u64; 1 << 16];
    let (mut request, mut reply) = (vec![0; FRAME], vec![0; FRAME]);
    let board = runtime::Board { name: "tcp", core: "torture", features: Features::default() };
    let mut server = Server::new(board, memory.as_mut_slice(), &mut request, &mut reply);
    let mut random = Random::new(manners.seed as u32, "board", manners.seed >> 32);
    let (mut replies, mut former) = (0, None);
    while let Ok((frame, mut stream)) = requests.recv() {
        let mut out = Vec::new();
        if server.receive(&frame, &mut FromStd::new(&mut out)).is_err() {
            return;
        }
        for honest in out.split_inclusive(|byte| *byte == 0) {
            replies += 1;
            let spoils = replies > manners.after && random.percent(manners.chance);
            let spoilt = manners
                .vice
                .filter(|_| spoils)
                .and_then(|vice| spoil(vice, honest, &mut former, &mut random));
            // A host that is gone, or reads no more, is no matter of the board's.
            let _ = match spoilt {
                None => stream.write_all(honest),
                Some(Spoilt { bytes, end }) => {
                    hostile.fetch_add(1, Ordering::Relaxed);
                    let written = stream.write_all(&bytes);
                    if end {
                        let _ = stream.shutdown(std::net::Shutdown::Both);
                    }
                    written
                }
            };
        }
    }
}

/// What comes instead of a reply.
struct Spoilt {
    bytes: Vec<u8>,
    /// Whether the link ends then.
    end: bool,
}

/// Spoils a reply; `None` where the vice is of other replies.
fn spoil(vice: Vice, honest: &[u8], former: &mut Option<State>, random: &mut Random) -> Option<Spoilt> {
    let noise =
        |random: &mut Random, count: usize| (0..count).map(|_| random.next() as u8 | 1).collect::<Vec<u8>>();
    let (mut bytes, mut end) = (honest.to_vec(), false);
    let len = bytes.len();
    match vice {
        Vice::Flip => {
            for _ in 0..=random.below(4) {
                bytes[random.below(len)] ^= 1 << random.below(8);
            }
        }
        Vice::Cut => drop(bytes.drain(random.below(len)..len - 1)),
        Vice::Run => bytes.truncate(random.below(len)),
        Vice::Noise => {
            let count = 1 + random.below(300);
            bytes.splice(0..0, noise(random, count));
        }
        Vice::Double => bytes.extend_from_slice(honest),
        Vice::Swallow => bytes.clear(),
        Vice::Late(milliseconds) => sleep(Duration::from_millis(milliseconds)),
        Vice::Close => (bytes, end) = (Vec::new(), true),
        Vice::Break => {
            bytes.truncate(random.below(len));
            end = true;
        }
        Vice::Zeros => drop(bytes.splice(0..0, std::iter::repeat_n(0, 1000))),
        Vice::Endless => {
            let count = (1 << 20) + random.below(1 << 18);
            bytes.splice(0..0, std::iter::repeat_n(0x55, count));
        }
        _ => return otherwise(vice, honest, former, random).map(|bytes| Spoilt { bytes, end: false }),
    }
    Some(Spoilt { bytes, end })
}

/// A reply of the right form that says something else.
fn otherwise(vice: Vice, honest: &[u8], former: &mut Option<State>, random: &mut Random) -> Option<Vec<u8>> {
    let mut frame = honest[..honest.len() - 1].to_vec();
    let mut reply: Reply<'_> = wire::decode(&mut frame).ok()?;
    let (long, mut other) = ("\u{1b}[2J\u{7}\u{202e}\n\r".repeat(2000), Vec::new());
    let hello = |reply: &mut Reply<'_>, change: &dyn Fn(&mut Hello<'_>)| match &mut reply.answer {
        Answer::Hello(hello) => {
            change(hello);
            Some(())
        }
        _ => None,
    };
    match vice {
        Vice::Id => reply.id = reply.id.wrapping_add(1 + random.below(3) as u32),
        Vice::Other => {
            reply.answer = match random.below(4) {
                0 => Answer::Done,
                1 => Answer::Configured { needs: random.next(), samples: true },
                2 => Answer::Scores { first: 0, count: 1, scores: &[0; 40] },
                _ => Answer::Trained { generation: 1, count: 1, scores: &[0; 40] },
            }
        }
        Vice::Names => {
            let Answer::Hello(hello) = &mut reply.answer else { return None };
            (hello.board, hello.core, hello.firmware) = (&long, &long[..200], &long[..100]);
        }
        Vice::Markup => {
            let Answer::Hello(hello) = &mut reply.answer else { return None };
            (hello.board, hello.core) = ("</td><script>1</script>,\"a\nb", "");
        }
        Vice::Frame(bytes) => hello(&mut reply, &|hello| hello.largest_frame = bytes)?,
        Vice::Protocol(number) => hello(&mut reply, &|hello| hello.protocol = number)?,
        Vice::Arena(bytes) => hello(&mut reply, &|hello| hello.arena = bytes)?,
        Vice::State => core::mem::swap(&mut reply.state, former),
        Vice::NoState => reply.state = reply.state.take().and(None),
        Vice::Length | Vice::Lie | Vice::Units => match &mut reply.answer {
            Answer::Scores { scores, .. } | Answer::Trained { scores, .. } if vice != Vice::Units => {
                other.extend_from_slice(scores);
                match vice {
                    Vice::Length if random.percent(50) => other.push(0),
                    Vice::Length => drop(other.pop()),
                    _ if other.is_empty() => return None,
                    _ => other[random.below(scores.len())] ^= 1 << random.below(8),
                }
                *scores = &other;
            }
            Answer::Scores { first, .. } if vice == Vice::Units => *first = first.wrapping_add(1),
            Answer::Trained { generation, .. } if vice == Vice::Units => *generation += 1,
            _ => return None,
        },
        Vice::Refuse => reply.answer = Answer::Refused(error(random)),
        Vice::Working => reply.answer = Answer::Working,
        Vice::Words => {
            let (mut room, answer) = (vec![0; ROOM], core::mem::replace(&mut reply.answer, Answer::Working));
            let words = wire::encode(&reply, &mut room).ok()?.repeat(1000);
            reply.answer = answer;
            let answer = wire::encode(&reply, &mut room).ok()?;
            return Some([&words[..], answer].concat());
        }
        Vice::OtherRun => hello(&mut reply, &|hello| hello.run = Some(7))?,
        Vice::Unable => hello(&mut reply, &|hello| hello.abilities = Abilities::default())?,
        _ => return None,
    }
    let mut room = vec![0; ROOM];
    Some(wire::encode(&reply, &mut room).ok()?.to_vec())
}

fn error(random: &mut Random) -> Error {
    let all = [
        Error::ArenaTooSmall { needs: u64::MAX, has: 0 },
        Error::Shape { layer: u32::MAX },
        Error::Overflow { layer: 0, bound: 1, limit: 0 },
        Error::NotConfigured,
        Error::NotStarted,
        Error::WrongGeneration { have: 7 },
        Error::OutOfRange { end: 1, has: 0 },
        Error::NoSuchUnits { end: 1, has: 0 },
        Error::BadWeight { at: 0 },
        Error::BadSample { at: 0 },
        Error::SamplesDiffer,
        Error::StoreTooSmall { needs: 1, has: 0 },
        Error::Store,
        Error::BadDelta,
        Error::HasResiduals,
        Error::BadScores,
        Error::FrameTooSmall { needs: 1, has: 0 },
        Error::NoLocalUpdate,
        Error::UnknownRequest,
        Error::ModelOfEnvironment { inputs: 0, outputs: 0 },
        Error::NoRecurrence,
        Error::NoConvolution,
        Error::NotFed { have: 0 },
        Error::BadFeed { at: 0 },
        Error::NoStreams,
        Error::NoModel,
        Error::Gap { have: 0 },
        Error::Flash,
    ];
    *random.pick(&all)
}
