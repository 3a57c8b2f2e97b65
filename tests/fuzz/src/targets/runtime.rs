use crate::generate::{self, Body, mostly};
use crate::memory;
use arbitrary::{Result, Unstructured};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Scores};
use eggroll_firmware::model::Layout;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::{Estimator, Run, Section, State};
use eggroll_firmware::update::Moves;
use eggroll_firmware::wire::{self, Answer, Command, Features, Reply, Request};

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
const NO_FEATURES: Features = Features { dsp: false, fpga: false, task: false };

/// A board under any requests in any chunks, with noise between them, each repeated now and then.
///
/// Beside it runs a twin that gets only the requests that the board accepted, once and in one piece. Their replies
/// and their arenas at the end are equal: so a refusal changes nothing, nor does a repetition, noise or chunking.
/// A repeated request has the same reply; every reply's state is that of the reply before unless the request could
/// change it; in the end the board answers [`Command::Hello`]. The board uses no heap.
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
        let Some((streams, layout)) = run.streams().zip(Layout::new(&run.model).ok()) else { return 0 };
        streams.feed_len(layout.state_len()) as u32
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

    /// A request that mostly makes sense.
    fn request<'p>(&mut self, u: &mut Unstructured<'_>, packed: &'p mut [u8; FRAME]) -> Result<Request<'p>> {
        let generation = self.seen.state.map_or(1, |state| state.generation.wrapping_add(1));
        let generation = if u.ratio(1, 12)? { mostly(u, 0..=9)? } else { generation };
        let units = self.seen.run.as_ref().map_or(8, |run| run.estimator.units());
        let stage =
            if u.ratio(1, 4)? { None } else { Some((self.seen.run.is_some(), self.seen.state.is_some())) };
        let kind = match stage {
            Some((false, _)) => 1,
            Some((true, false)) => u.int_in_range(2..=3)?,
            Some((true, true)) if self.seen.hungry() && u.ratio(3, 4)? => 12,
            Some((true, true)) => *u.choose(&[4, 5, 6, 7, 8, 9, 4, 6, 7, 12, 13, 14])?,
            None => u.int_in_range(0..=14)?,
        };
        let command = match kind {
            1 => {
                let run = generate::run(u)?;
                let sample = u.int_in_range(0..=1)?;
                let samples =
                    if u.ratio(15, 16)? { checksum_of_samples(&run, sample) } else { u.arbitrary()? };
                self.seen.sample = sample;
                Command::Configure { run, updates: u.ratio(3, 4)?, samples }
            }
            2 => {
                let (section, offset) = (generate::section(u)?, mostly(u, 0..=40)?);
                let len = u.int_in_range(0..=64)?;
                let valid = u.ratio(7, 8)?;
                for byte in &mut packed[..len] {
                    let any: u8 = u.arbitrary()?;
                    // Small values are valid labels, features and weights.
                    *byte = if valid { any % 2 } else { any };
                }
                if section == Section::Samples && valid {
                    packed[..len].fill(self.seen.sample);
                }
                Command::Load { section, offset, bytes: &packed[..len] }
            }
            3 => Command::Start { generation: mostly(u, 0..=3)? },
            4 | 5 => {
                let first = mostly(u, 0..=units.min(9))?;
                Command::Evaluate {
                    generation,
                    first,
                    count: mostly(u, 0..=units.saturating_sub(first).min(9))?,
                }
            }
            6..=9 => {
                let rate = mostly(u, 0..=100_000)?;
                if let (Some((of, first, count, len)), 6) = (self.seen.scores, kind) {
                    packed[..len].copy_from_slice(&self.seen.packed[..len]);
                    Command::Apply { generation: of, rate, first, count, scores: &packed[..len] }
                } else {
                    let first = if u.ratio(7, 8)? { self.seen.credited } else { mostly(u, 0..=9)? };
                    let left = units.saturating_sub(first).min(16);
                    let count = if u.ratio(3, 4)? { left } else { mostly(u, 0..=left)? };
                    let len = self.scores(u, count, packed)?;
                    Command::Apply { generation, rate, first, count, scores: &packed[..len] }
                }
            }
            10 => Command::Stats,
            11 => Command::Checksum,
            12 => {
                let left = self.seen.feed().saturating_sub(self.seen.fed);
                let offset = if u.ratio(7, 8)? { self.seen.fed } else { mostly(u, 0..=40)? };
                let len = if u.ratio(3, 4)? { left } else { mostly(u, 0..=left)? };
                let len = (len as usize).min(256);
                let tokens = self.seen.run.as_ref().map_or(1, |run| run.model.inputs.clamp(1, 127) as u8);
                let valid = u.ratio(15, 16)?;
                for byte in &mut packed[..len] {
                    let any: u8 = u.arbitrary()?;
                    *byte = if valid { any % tokens } else { any };
                }
                Command::Feed { generation, offset, bytes: &packed[..len] }
            }
            13 => {
                let from = generation.wrapping_sub(1);
                let has = self.seen.run.as_ref().and_then(|run| Layout::new(&run.model).ok());
                let has = has.map_or(0, |layout| layout.parameters() as u32);
                let first = if u.ratio(3, 4)? { 0 } else { mostly(u, 0..=has)? };
                let end = if u.ratio(3, 4)? { has } else { mostly(u, 0..=has)? };
                let moves = generate::moves(u)?;
                let bits = &mut packed[..moves.bits.len()];
                bits.copy_from_slice(moves.bits);
                Command::Follow { from, generation, first, end, moves: Moves { bits, ..moves } }
            }
            14 => Command::Train { generation, count: mostly(u, 0..=5)?, pace: generate::pace(u)? },
            _ => Command::Hello,
        };
        Ok(Request { id: u.arbitrary()?, command })
    }

    /// Packed scores of so many units, or any bytes.
    fn scores(&self, u: &mut Unstructured<'_>, count: u32, packed: &mut [u8; FRAME]) -> Result<usize> {
        if let Some(run) = self.seen.run.as_ref()
            && u.ratio(15, 16)?
            && count <= 16
            && let room = wire::payload_within(FRAME)
            && let Ok(mut packer) = Packer::new(run.estimator.shape(), count as usize, &mut packed[..room])
        {
            let shape = run.estimator.shape();
            for _ in 0..count {
                if shape.skippable && u.arbitrary()? {
                    packer.skip();
                } else {
                    packer.keep();
                    for _ in 0..shape.values {
                        packer.push(u.arbitrary()?);
                    }
                }
            }
            return Ok(packer.finish());
        }
        let any = generate::bytes(u, 60)?;
        packed[..any.len()].copy_from_slice(any);
        Ok(any.len())
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
            trained = !same && matches!(request.command, Command::Train { .. });
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
            (Command::Evaluate { first, count, .. }, Answer::Scores { first: f, count: c, .. }) => {
                (first, count) == (f, c)
            }
            (Command::Stats, Answer::Stats(_)) => true,
            (Command::Load { .. } | Command::Start { .. }, Answer::Done) => true,
            (Command::Apply { .. } | Command::Follow { .. } | Command::Checksum, Answer::Done) => true,
            (Command::Feed { .. }, Answer::Done) => true,
            (Command::Train { generation, count, .. }, Answer::Trained { generation: g, count: c, .. }) => {
                generation == g && c <= count
            }
            _ => false,
        };
        assert!(kind_fits, "{:?} to {request:?}", reply.answer);
        let changes = matches!(
            request.command,
            Command::Configure { .. }
                | Command::Load { .. }
                | Command::Start { .. }
                | Command::Apply { .. }
                | Command::Follow { .. }
                | Command::Train { .. }
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
        match (&request.command, &reply.answer) {
            (Command::Configure { run, .. }, _) => seen.run = Some(run.clone()),
            (Command::Start { generation }, _) => {
                assert_eq!(reply.state.map(|state| state.generation), Some(*generation));
            }
            (Command::Load { .. }, _) => assert_eq!(reply.state, None),
            (Command::Feed { offset, bytes, .. }, _) => {
                seen.fed = seen.fed.max(offset + bytes.len() as u32);
                assert!(seen.fed <= seen.feed(), "more is there than a generation reads");
            }
            (Command::Apply { generation, first, count, .. }, _)
                if reply.state.is_some_and(|state| state.generation != *generation) =>
            {
                seen.credited = first + count;
            }
            (Command::Evaluate { generation, first, count }, Answer::Scores { scores, .. }) => {
                let Some(run) = &seen.run else { return };
                let checked = Scores::new(run.estimator.shape(), *count as usize, scores);
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

/// Whether the part of a text that was there is forgotten.
const fn forgets(answer: &Answer<'_>) -> bool {
    matches!(answer, Answer::Refused(Error::BadFeed { .. }))
}

/// The checksum of a run's samples if each of their bytes is `sample`; of none where they are too many to load.
fn checksum_of_samples(run: &Run, sample: u8) -> u32 {
    let len = run.samples() as usize * (run.model.inputs as usize + 1);
    let bytes = [sample; 4096];
    wire::checksum_of(bytes.get(..len).unwrap_or_default())
}

/// An upper estimate of the multiplications that a request takes, each noise entry as one.
fn work(run: Option<&Run>, command: &Command<'_>) -> u64 {
    let Some(run) = run else { return 0 };
    let Ok(layout) = Layout::new(&run.model) else { return 0 };
    let parameters = layout.parameters() as u64;
    let units = u64::from(run.estimator.units());
    let (count, steps) = match *command {
        Command::Evaluate { count, .. } => (u64::from(count).min(units), 0),
        Command::Apply { count, .. } => (u64::from(count).min(units), 1),
        // Evaluates and credits: about twice each.
        Command::Train { count, .. } => (2 * units * u64::from(count), u64::from(count)),
        _ => return 0,
    };
    // A sample of a text is a stream, and a token of it comes after those before.
    let context = run.streams().map_or(1, |streams| u64::from(streams.context));
    match &run.estimator {
        Estimator::Node(node) => {
            let members = u64::from(node.members) + context;
            let step = steps.saturating_mul(2 * units * parameters);
            count.saturating_mul((1 + 2 * members) * parameters).saturating_add(step)
        }
        Estimator::Weight(weight) => {
            let (rank, rows) = (u64::from(weight.rank), layout.width() as u64);
            let step = steps.saturating_mul(2 * units * rows * rank * (parameters + rows));
            let evaluation =
                count.saturating_mul(u64::from(weight.samples) * 2 * context * (parameters + rank * rows));
            step.saturating_add(evaluation)
        }
    }
}
