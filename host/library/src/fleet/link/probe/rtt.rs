use super::super::{Link, LinkError, Timing};
use super::Probe;
use probe_rs::probe::list::Lister;
use probe_rs::rtt::Rtt;
use probe_rs::{Permissions, Session};
use std::io;
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;

/// What the board calls its channel, each way.
const CHANNEL: &str = "eggroll";

/// How long the rings rest when nothing moves: short beside a board's computation, long beside a probe's
/// turn.
const REST: Duration = Duration::from_millis(1);

/// Bytes on their way within this program.
const BUFFER: usize = 64 << 10;

/// The two rings.
trait Channels: Send {
    /// Moves bytes from the board to `out` without waiting; returns how many.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize>;

    /// Moves bytes to the board without waiting; returns how many.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
}

/// Those of a chip behind a probe.
struct Attached {
    session: Session,
    rtt: Rtt,
    up: usize,
    down: usize,
}

/// The chip's first core: what a board's firmware runs on.
const CORE: usize = 0;

impl Attached {
    fn attach(chip: &str) -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let probes = Lister::new().list_all();
        let probe = match &probes[..] {
            [] => return Err("no debug probe is plugged in".to_owned()),
            [probe] => probe.open().map_err(|error| text(&error))?,
            _ => return Err(format!("{} debug probes are plugged in: leave one", probes.len())),
        };
        let mut session = probe.attach(chip, Permissions::default()).map_err(|error| text(&error))?;
        let mut core = session.core(CORE).map_err(|error| text(&error))?;
        let mut rtt = Rtt::attach(&mut core).map_err(|error| text(&error))?;
        drop(core);
        let up = rtt.up_channels().iter().find(|channel| channel.name() == Some(CHANNEL)).map(|c| c.number());
        let down =
            rtt.down_channels().iter().find(|channel| channel.name() == Some(CHANNEL)).map(|c| c.number());
        let missing =
            || format!("its firmware has no RTT channel `{CHANNEL}`: flash it, or use its serial port");
        let (up, down) = up.zip(down).ok_or_else(missing)?;
        Ok(Self { session, rtt, up, down })
    }
}

impl Channels for Attached {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut core = self.session.core(CORE).map_err(io::Error::other)?;
        let channel = self.rtt.up_channel(self.up).ok_or(io::ErrorKind::NotFound)?;
        channel.read(&mut core, out).map_err(io::Error::other)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut core = self.session.core(CORE).map_err(io::Error::other)?;
        let channel = self.rtt.down_channel(self.down).ok_or(io::ErrorKind::NotFound)?;
        channel.write(&mut core, bytes).map_err(io::Error::other)
    }
}

/// Attaches to the chip, and pumps on a thread of its own: a probe blocks.
pub(super) async fn open(which: &Probe) -> Result<Link, LinkError> {
    let chip = which.chip.clone();
    let attached = tokio::task::spawn_blocking(move || Attached::attach(&chip)).await;
    let attached = attached.map_err(|error| which.refused(&error.to_string()))?;
    link(which.name(), attached.map_err(|why| which.refused(&why))?)
        .map_err(|error| which.refused(&error.to_string()))
}

/// A link over two rings.
fn link(name: String, channels: impl Channels + 'static) -> io::Result<Link> {
    let (host, pump) = tokio::io::duplex(BUFFER);
    let (runtime, thread) = (Handle::current(), name.clone());
    thread::Builder::new().name(thread.clone()).spawn(move || {
        if let Err(error) = run(&runtime, channels, pump) {
            tracing::debug!("{thread}: {error}");
        }
    })?;
    let (reader, writer) = tokio::io::split(host);
    Ok(Link { name, reader: Box::new(reader), writer: Box::new(writer), timing: Timing::default() })
}

/// Moves bytes both ways until the host's end is dropped or the probe fails.
fn run(runtime: &Handle, mut channels: impl Channels, pump: DuplexStream) -> io::Result<()> {
    let (mut from_host, mut to_host) = tokio::io::split(pump);
    let (mut room, mut waiting) = ([0; 1024], Vec::new());
    loop {
        let up = channels.read(&mut room)?;
        let heard = room.get(..up).unwrap_or_default();
        // A host that no longer reads is gone.
        runtime.block_on(to_host.write_all(heard))?;
        let mut moved = up > 0;
        if waiting.is_empty() {
            let mut next = [0; 1024];
            // The clock of a timeout is the runtime's, so it is made within.
            let came =
                runtime.block_on(async { tokio::time::timeout(REST, from_host.read(&mut next)).await });
            match came {
                Ok(Ok(0)) => return Ok(()),
                Ok(read) => waiting.extend_from_slice(next.get(..read?).unwrap_or_default()),
                // Nothing within the rest, which is over now.
                Err(_) => continue,
            }
        }
        let down = channels.write(&waiting)?;
        waiting.drain(..down.min(waiting.len()));
        moved |= down > 0;
        if !moved {
            thread::sleep(REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::runtime::{Board, Server};
    use eggroll_firmware::wire::Features;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The rings of a board, each short, and the board itself, which answers when its ring is looked at.
    struct Mock {
        server: Server<'static, Box<[u64]>>,
        up: Vec<u8>,
        gone: Arc<AtomicBool>,
    }

    const RING: usize = 15;

    impl Channels for Mock {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.gone.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::NotConnected.into());
            }
            let moved = self.up.len().min(out.len()).min(RING);
            out[..moved].copy_from_slice(&self.up[..moved]);
            self.up.drain(..moved);
            Ok(moved)
        }

        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = &bytes[..bytes.len().min(RING)];
            self.server.receive(taken, &mut self.up).map_err(io::Error::other)?;
            Ok(taken.len())
        }
    }

    fn mock() -> (Mock, Arc<AtomicBool>) {
        let board = Board { name: "mock", core: "none", features: Features::default() };
        let [request, reply] = [(); 2].map(|()| &mut *Box::leak(vec![0; 512].into_boxed_slice()));
        let server = Server::new(board, vec![0; 4096].into_boxed_slice(), request, reply);
        let gone = Arc::new(AtomicBool::new(false));
        (Mock { server, up: Vec::new(), gone: Arc::clone(&gone) }, gone)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_board_answers_through_two_rings_until_the_probe_is_pulled() {
        use eggroll_firmware::wire::{Answer, Command, Reply, Request, decode, encode};
        let (mock, gone) = mock();
        let mut link = link("probe:mock".to_owned(), mock).unwrap();
        for id in 1..=3 {
            let mut frame = [0; 64];
            let frame = encode(&Request { id, command: Command::Hello }, &mut frame).unwrap();
            link.writer.write_all(frame).await.unwrap();
            let mut heard = Vec::new();
            while heard.last() != Some(&0) {
                heard.push(link.reader.read_u8().await.unwrap());
            }
            heard.pop();
            let reply: Reply<'_> = decode(&mut heard).unwrap();
            assert_eq!(reply.id, id);
            assert!(matches!(reply.answer, Answer::Hello(hello) if hello.board == "mock"));
        }
        gone.store(true, Ordering::Relaxed);
        assert_eq!(link.reader.read(&mut [0]).await.unwrap(), 0, "the link has ended");
    }

    #[tokio::test]
    async fn what_is_missing_is_said() {
        // Whether a probe is plugged in here or not.
        let refused = open(&Probe { chip: "no-such-chip".to_owned() }).await.err().unwrap().to_string();
        assert!(refused.starts_with("probe:no-such-chip: "), "{refused}");
    }
}
