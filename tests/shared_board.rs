use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::{Run, State};
use eggroll_firmware::wire::{
    self, Answer, Command, Features, Hello, Limits, PROTOCOL, Received, Receiver, Reply, Request, RunCommand,
};
use eggroll_host::fleet::link::{Link, Timing};
use embedded_io_adapters::std::FromStd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const FRAME: usize = 4096;
/// A board in this process that is silent is only kept waiting by a busy machine.
const TIMING: Timing = Timing { reply: Duration::from_secs(10), attempts: 30 };

/// The tag of an answer to a handshake.
const HELLO: u32 = 0;

/// How much of its handshake a board gives.
pub enum Greeting {
    /// All.
    Whole,
    /// What is the same in every version: up to the protocol.
    Beginning,
}

type Machine = Server<'static, Vec<u64>>;

/// A board that several hosts may be connected to, as one behind a serial server: it handles whole requests
/// in the order in which they come, whoever sent them.
#[derive(Clone)]
pub struct SharedBoard(Arc<Mutex<Machine>>);

impl Default for SharedBoard {
    fn default() -> Self {
        Self::with_frames(FRAME)
    }
}

impl SharedBoard {
    /// A board whose largest frame has so many bytes.
    pub fn with_frames(bytes: usize) -> Self {
        let buffer = || Box::leak(vec![0; bytes].into_boxed_slice());
        let board = Board { name: "shared", core: "host", features: Features::default() };
        Self(Arc::new(Mutex::new(Server::new(board, vec![0; 1 << 16], buffer(), buffer()))))
    }

    /// What the board answers to these bytes, which hold whole frames.
    fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.receive(bytes, &mut FromStd::new(&mut out)).expect("room for every reply");
        out
    }

    /// Configures the board for another run and lets it start from weights of zeros, as a host would that
    /// does not ask whether another one is at work.
    pub fn seize(&self, identity: u32, run: &Run, samples: u32) {
        let (run, limits) = (run.clone(), Limits::NONE);
        let configure = Command::Configure { identity, limits, run, updates: true, samples };
        for command in [configure, RunCommand::Start { generation: 0 }.of(identity)] {
            let mut frame = [0; FRAME];
            let frame = wire::encode(&Request { id: 1, command }, &mut frame).expect("room for the request");
            self.answer(frame);
        }
    }

    /// A link to it, which ends after this many bytes have come from the host; `greet` may change its
    /// handshake, or take all but the beginning away.
    pub fn link_with(
        &self,
        name: &str,
        lives: usize,
        greet: impl Fn(&mut Hello<'_>) -> Greeting + Send + Sync + 'static,
    ) -> Link {
        let (host, board) = tokio::io::duplex(1 << 16);
        let shared = self.clone();
        tokio::spawn(async move { shared.serve(board, lives, greet).await });
        let (reader, writer) = tokio::io::split(host);
        Link { name: name.to_owned(), reader: Box::new(reader), writer: Box::new(writer), timing: TIMING }
    }

    /// A link to it.
    pub fn link(&self, name: &str) -> Link {
        self.link_with(name, usize::MAX, |_| Greeting::Whole)
    }

    async fn serve(
        &self,
        mut stream: DuplexStream,
        mut lives: usize,
        greet: impl Fn(&mut Hello<'_>) -> Greeting,
    ) {
        let (mut receiver, mut chunk) = (Receiver::new(vec![0; 2 << 20]), [0; 4096]);
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            if read > lives {
                return;
            }
            lives -= read;
            let mut bytes = &chunk[..read];
            while !bytes.is_empty() {
                let Received::Frame(frame) = receiver.push(&mut bytes) else { continue };
                let mut whole = frame.to_vec();
                whole.push(0);
                let mut reply = self.answer(&whole);
                let end = reply.len().saturating_sub(1);
                let mut copy = reply.clone();
                if let Some(frame) = copy.get_mut(..end)
                    && let Ok(Reply { id, state, answer: Answer::Hello(mut hello) }) = wire::decode(frame)
                {
                    let mut room = vec![0; 1 << 18];
                    let changed = match greet(&mut hello) {
                        Greeting::Whole => {
                            wire::encode(&Reply { id, state, answer: Answer::Hello(hello) }, &mut room)
                        }
                        Greeting::Beginning => wire::encode(&(id, None::<State>, HELLO, PROTOCOL), &mut room),
                    };
                    reply = changed.expect("room for a handshake").to_vec();
                }
                if stream.write_all(&reply).await.is_err() {
                    return;
                }
            }
        }
    }
}
