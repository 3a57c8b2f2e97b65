//! A board's runtime, and a twin beside it.

mod request;
mod work;

use crate::generate::{self, Body};
use crate::memory;
use arbitrary::{Result, Unstructured};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::model::Program;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::{Run, State};
use eggroll_firmware::wire::{self, Answer, Command, Features, Reply, Request, RunCommand};
use work::work;

/// Words of the largest arena.
const ARENA: usize = 1000;
/// Bytes of a request, a reply, and all replies to a chunk.
const FRAME: usize = 2048;
/// Requests of one input.
const REQUESTS: usize = 16;
/// Multiplications that one request may take, so that an input ends soon.
const WORK: u64 = 100_000;
/// A frame that holds every reply but scores.
const ENOUGH: usize = 128;

const BOARD: Board<'static> = Board { name: "fuzzed", core: "host", features: NO_FEATURES };
const NO_FEATURES: Features = Features { dsp: false, fpga: false };

/// A board under any requests in any chunks, with noise between them, each repeated now and then.
///
/// Beside it runs a twin that gets only the requests that the board accepted, once and in one piece. Their
/// replies and their arenas at the end are equal: so a refusal changes nothing, nor does a repetition, noise
/// or chunking. A repeated request has the same reply; every reply's state is that of the reply before unless
/// the request could change it; in the end the board answers [`Command::Hello`]. The board uses no heap.
///
/// One refusal changes something: what is fed of a text and turns out to hold no token is forgotten.
pub fn runtime(data: &[u8]) {
    let _ = course(&mut Unstructured::new(data));
}

type Machine<'a> = Server<'a, &'a mut [u64]>;

fn course(u: &mut Unstructured<'_>) -> Result<()> {
    let words = u.int_in_range(0..=ARENA)?;
    let frame = *u.choose(&[1024, 256, 512, 16])?;
    let mut arenas = [[0xA5A5_A5A5_A5A5_A5A5; ARENA]; 2];
    let mut buffers = [[0; FRAME]; 4];
    {
        let [first, second] = &mut arenas;
        let [a, b, c, d] = &mut buffers;
        let server = Server::new(BOARD, &mut first[..words], &mut a[..frame], &mut b[..frame]);
        let twin = Server::new(BOARD, &mut second[..words], &mut c[..frame], &mut d[..frame]);
        let mut bench = Bench { server, twin, frame, seen: Seen::default() };
        for _ in 0..u.int_in_range(4..=REQUESTS)? {
            match u.arbitrary::<u8>()? {
                0..=8 => bench.noise(u)?,
                9..=16 => bench.sealed(u)?,
                _ => {
                    let mut packed = [0; FRAME];
                    let request = bench.request(u, &mut packed)?;
                    bench.ask(u, &request)?;
                }
            }
        }
        bench.hello(words, frame);
    }
    assert!(arenas[0] == arenas[1], "a refusal or a repetition changed the arena");
    Ok(())
}

/// What the replies have told.
#[derive(Default)]
struct Seen {
    run: Option<Run>,
    /// Its identity.
    identity: u32,
    /// What every byte of the run's samples should be.
    sample: u8,
    state: Option<State>,
    credited: u32,
    /// Bytes of the coming generation's part of a text that are there.
    fed: u32,
    /// Replies since the last one that did not fit its frame.
    requests: u32,
    refused: u32,
    lost: bool,
    /// Generation, first unit and count of the latest scores.
    scores: Option<(u32, u32, u32, usize)>,
    packed: [u8; 32],
}

impl Seen {
    /// Bytes that a generation reads of a text.
    fn feed(&self) -> u32 {
        let Some(run) = &self.run else { return 0 };
        let Some((streams, program)) = run.streams().zip(Program::new(&run.model).ok()) else { return 0 };
        streams.feed_len(program.state_len()) as u32
    }

    /// Whether some of them are missing.
    fn hungry(&self) -> bool {
        self.fed < self.feed()
    }
}

struct Bench<'a> {
    server: Machine<'a>,
    twin: Machine<'a>,
    frame: usize,
    seen: Seen,
}

/// Gives bytes to a board; returns how many it answered with.
fn give(server: &mut Machine<'_>, bytes: &[u8], out: &mut [u8]) -> usize {
    let room = out.len();
    let mut rest = out;
    memory::within(0, || server.receive(bytes, &mut rest)).expect("room for every reply");
    room - rest.len()
}

/// The only reply in these bytes.
fn only(bytes: &mut [u8]) -> Option<Reply<'_>> {
    let (end, frame) = bytes.split_last_mut()?;
    assert_eq!((*end, frame.contains(&0)), (0, false), "not one frame");
    Some(wire::decode(frame).expect("a board's reply is intact"))
}

impl Bench<'_> {
    /// Bytes that are no request, and the zero that ends them.
    fn noise(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (mut bytes, mut outs) = ([0; 64], [[0; FRAME]; 2]);
        let noise = generate::bytes(u, 63)?;
        bytes[..noise.len()].copy_from_slice(noise);
        let bytes = &bytes[..noise.len() + 1];
        let len = give(&mut self.server, bytes, &mut outs[0]);
        if len > 0 {
            // By chance it was a request after all.
            assert_eq!(give(&mut self.twin, bytes, &mut outs[1]), len);
            (self.seen.lost, self.seen.run) = (true, None);
        }
        Ok(())
    }

    /// A frame with the right CRC of any bytes.
    fn sealed(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let body = generate::bytes(u, 60)?;
        let (mut buffer, mut out) = ([0; FRAME], [0; FRAME]);
        let frame = wire::encode(&Body(body), &mut buffer).expect("room for the body");
        if let Ok((request, [])) = postcard::take_from_bytes::<Request<'_>>(body) {
            return self.ask(u, &request);
        }
        let fits = frame.len() - 1 <= self.frame;
        let len = give(&mut self.server, frame, &mut out);
        match only(&mut out[..len]) {
            Some(reply) => {
                assert_eq!(reply.answer, Answer::Refused(Error::UnknownRequest));
                self.seen.requests += 1;
                self.seen.refused += 1;
            }
            None => {
                assert!(!fits || self.frame < ENOUGH, "no reply");
                self.seen.lost = true;
            }
        }
        Ok(())
    }

    /// Asks, in chunks and perhaps again; then the twin what the board accepted.
    fn ask(&mut self, u: &mut Unstructured<'_>, request: &Request<'_>) -> Result<()> {
        if work(self.seen.run.as_ref(), &request.command) > WORK {
            return Ok(());
        }
        let (mut buffer, mut outs) = ([0; FRAME], [[0; FRAME]; 2]);
        let bytes = &*wire::encode(request, &mut buffer).expect("room for the request");
        let fits = bytes.len() - 1 <= self.frame;
        let [out, other] = &mut outs;
        let step = u.int_in_range(1..=bytes.len())?;
        let mut len = 0;
        for chunk in bytes.chunks(step) {
            len += give(&mut self.server, chunk, &mut out[len..]);
        }
        if !fits {
            assert_eq!(len, 0, "a frame that is too long was answered");
            return Ok(());
        }
        let mut copies = 1;
        let mut trained = false;
        if u.ratio(1, 4)? {
            let again = give(&mut self.server, bytes, other);
            let same = out[..len] == other[..again];
            // What a board has trained alone it reports once.
            trained =
                !same && matches!(request.command, Command::InRun { command: RunCommand::Train { .. }, .. });
            // What was before a bad part of a text is missing then.
            let mut first = *out;
            let forgotten = only(&mut first[..len]).is_some_and(|reply| forgets(&reply.answer));
            copies = if trained { 1 } else { 2 };
            assert!(
                same || trained || forgotten || matches!(request.command, Command::Stats),
                "repeated, another reply to {request:?}"
            );
        }
        let mut copy = *out;
        let Some(reply) = only(&mut copy[..len]) else {
            assert!(self.frame < ENOUGH, "no reply to {request:?}");
            self.seen.lost = true;
            assert_eq!(give(&mut self.twin, bytes, other), 0);
            return Ok(());
        };
        assert_eq!(reply.id, request.id);
        self.learn(request, &reply, copies);
        self.seen.requests += u32::from(trained);
        self.seen.refused += u32::from(trained);
        if forgets(&reply.answer) || !matches!(reply.answer, Answer::Refused(_) | Answer::Stats(_)) {
            let len_of_twin = give(&mut self.twin, bytes, other);
            assert!(out[..len] == other[..len_of_twin], "the twin differs after {request:?}");
        }
        Ok(())
    }

    fn learn(&mut self, request: &Request<'_>, reply: &Reply<'_>, copies: u32) {
        let seen = &mut self.seen;
        if let Answer::Stats(stats) = &reply.answer {
            assert!(seen.lost || (stats.requests, stats.refused) == (seen.requests, seen.refused));
        }
        seen.requests += copies;
        let refused = matches!(reply.answer, Answer::Refused(_));
        let kind_fits = match (&request.command, &reply.answer) {
            (_, Answer::Refused(_)) => true,
            (Command::Hello, Answer::Hello(_)) => true,
            (Command::Configure { .. }, Answer::Configured { .. }) => true,
            (Command::Stats, Answer::Stats(_)) | (Command::Checksum, Answer::Done) => true,
            (Command::InRun { command, .. }, answer) => answers(command, answer),
            _ => false,
        };
        assert!(kind_fits, "{:?} to {request:?}", reply.answer);
        let changes = matches!(
            request.command,
            Command::Configure { .. }
                | Command::InRun {
                    command: RunCommand::Load { .. }
                        | RunCommand::Start { .. }
                        | RunCommand::Apply { .. }
                        | RunCommand::Follow { .. }
                        | RunCommand::Train { .. },
                    ..
                }
        );
        if refused || !changes {
            assert!(seen.lost || reply.state == seen.state, "{request:?} changed the state");
        }
        if refused {
            seen.refused += copies;
            if forgets(&reply.answer) {
                seen.fed = 0;
            }
            return;
        }
        if reply.state != seen.state {
            (seen.credited, seen.fed) = (0, 0);
        }
        seen.state = reply.state;
        let command = match &request.command {
            Command::Configure { identity, run, .. } => {
                (seen.run, seen.identity) = (Some(run.clone()), *identity);
                return;
            }
            Command::InRun { command, .. } => command,
            Command::Hello | Command::Checksum | Command::Stats | Command::OwnTask | Command::Model(_) => {
                return;
            }
        };
        match (command, &reply.answer) {
            (RunCommand::Start { generation }, _) => {
                assert_eq!(reply.state.map(|state| state.generation), Some(*generation));
            }
            (RunCommand::Load { .. }, _) => assert_eq!(reply.state, None),
            (RunCommand::Feed { offset, bytes, .. }, _) => {
                seen.fed = seen.fed.max(offset + bytes.len() as u32);
                assert!(seen.fed <= seen.feed(), "more is there than a generation reads");
            }
            // Of a text that it holds a board has read on.
            (RunCommand::Train { .. }, Answer::Trained { count: 1.., .. })
                if seen.run.as_ref().is_some_and(|run| run.held_tokens().is_some()) =>
            {
                seen.fed = seen.feed();
            }
            (RunCommand::Apply { generation, first, count, .. }, _)
                if reply.state.is_some_and(|state| state.generation != *generation) =>
            {
                seen.credited = first + count;
            }
            (RunCommand::Evaluate { generation, first, count }, Answer::Scores { scores, .. }) => {
                let Some(run) = &seen.run else { return };
                let shape = run.estimator.shape().from(*first);
                let checked = Scores::new(shape, *count as usize, scores);
                assert!(checked.is_ok(), "scores of {count} units: {scores:?}");
                if let Some(kept) = seen.packed.get_mut(..scores.len()) {
                    kept.copy_from_slice(scores);
                    seen.scores = Some((*generation, *first, *count, scores.len()));
                }
            }
            _ => {}
        }
    }

    /// Whatever has happened, a zero and a question are answered.
    fn hello(&mut self, words: usize, frame: usize) {
        let (mut buffer, mut out) = ([0; FRAME], [0; FRAME]);
        assert_eq!(give(&mut self.server, &[0], &mut out), 0);
        let request = Request { id: 77, command: Command::Hello };
        let bytes = &*wire::encode(&request, &mut buffer).expect("room for the request");
        let len = give(&mut self.server, bytes, &mut out);
        match only(&mut out[..len]).map(|reply| (reply.id, reply.answer)) {
            Some((77, Answer::Hello(hello))) => {
                assert_eq!((hello.arena, hello.largest_frame), (8 * words as u64, frame as u32));
                assert_eq!((hello.board, hello.features), (BOARD.name, NO_FEATURES));
            }
            None if frame < ENOUGH => {}
            other => panic!("{other:?} to Hello"),
        }
    }
}

/// Whether an answer is of the kind that a request of a run has.
fn answers(command: &RunCommand<'_>, answer: &Answer<'_>) -> bool {
    match (command, answer) {
        (RunCommand::Evaluate { first, count, .. }, Answer::Scores { first: f, count: c, .. }) => {
            (first, count) == (f, c)
        }
        (RunCommand::Train { generation, count, .. }, Answer::Trained { generation: g, count: c, .. }) => {
            generation == g && c <= count
        }
        (RunCommand::Evaluate { .. } | RunCommand::Train { .. }, _) => false,
        (_, answer) => *answer == Answer::Done,
    }
}

/// Whether the part of a text that was there is forgotten.
const fn forgets(answer: &Answer<'_>) -> bool {
    matches!(answer, Answer::Refused(Error::BadFeed { .. }))
}
