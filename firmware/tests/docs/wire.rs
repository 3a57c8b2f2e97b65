//! Frames and messages, and a whole conversation.

use crate::training;
use crate::{Example, hex};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Pace, Run, Section, State, TaskKind};
use eggroll_firmware::update::{Moves, Optimizer};
use eggroll_firmware::wire::{
    Abilities, Answer, Command, Features, Hello, Limits, PROTOCOL, Received, Receiver, Reply, Request,
    RunCommand, SMALLEST_FRAME, Stats, checksum_of, decode, encode, payload_within,
};
use eggroll_firmware::{Error, Setting};
use serde::{Deserialize, Serialize};
use std::fmt::{Debug, Write as _};

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("requests", requests()),
        ("answers", answers()),
        ("errors", errors()),
        ("frames", frames()),
        ("conversation", conversation()),
    ]
}

/// Identity of the run in the examples.
const RUN: u32 = 0x1122_3344;

fn message(of: &impl Serialize) -> Vec<u8> {
    let mut room = [0; 1024];
    postcard::to_slice(of, &mut room).unwrap().to_vec()
}

fn frame(of: &impl Serialize) -> Vec<u8> {
    let mut room = [0; 1024];
    encode(of, &mut room).unwrap().to_vec()
}

/// Bytes in lines behind a heading.
fn said(text: &mut String, heading: &str, bytes: &[u8]) {
    for (place, line) in bytes.chunks(32).enumerate() {
        let _ = writeln!(text, "  {:8} {}", if place == 0 { heading } else { "" }, hex(line));
    }
}

/// A message with its frame, which leads back to it.
fn both<'m, T: Serialize + Deserialize<'m> + PartialEq + Debug>(text: &mut String, name: &str, value: &T) {
    let _ = writeln!(text, "{name}");
    said(text, "message", &message(value));
    let frame = frame(value);
    said(text, "frame", &frame);
    let (_, stuffed) = frame.split_last().unwrap();
    let stuffed: &'m mut [u8] = Vec::leak(stuffed.to_vec());
    assert_eq!(&decode::<T>(stuffed).unwrap(), value);
}

fn node() -> Node {
    Node { slots: 4, members: 2, amplitude: 4, clip: 7, skip: Some(8), antithetic: false }
}

fn configure(run: Run, updates: bool, samples: u32) -> Command<'static> {
    let limits = Limits { largest_frame: 1 << 20, silence_ms: 2000 };
    Command::Configure { identity: RUN, limits, run, updates, samples }
}

fn runs() -> [(&'static str, Run); 3] {
    let weight = Weight {
        pairs: 300,
        samples: 2,
        own_samples: true,
        rank: 2,
        sigma_shift: 3,
        noise: Noise::NearNormal,
        clip: 500,
        credit: CreditTo::Pair,
    };
    let vote = Optimizer::Vote { reference_rank_scale: false };
    [
        ("of arithmetic.md's example", training::run(Estimator::Node(node()), Optimizer::Residual)),
        (
            "cartpole, by weight and vote",
            Run {
                seed: u32::MAX,
                model: Description::mlp(&[4, 16, 2], false).unwrap(),
                task: TaskKind::Environment(EnvironmentKind::CartPole),
                estimator: Estimator::Weight(weight),
                optimizer: vote,
            },
        ),
        (
            "a text, no skip",
            Run {
                seed: 1,
                model: Description::egg(4, 1, 5).unwrap(),
                task: TaskKind::Text { context: 2 },
                estimator: Estimator::Node(Node { skip: None, antithetic: true, ..node() }),
                optimizer: Optimizer::Residual,
            },
        ),
    ]
}

fn requests() -> String {
    let mut text = String::new();
    let mut id = 0;
    let mut say = |name: &str, command: Command<'_>| {
        id += 1;
        both(&mut text, &format!("{name}; id {id}"), &Request { id, command });
    };
    say("Hello", Command::Hello);
    for (name, run) in runs() {
        say(&format!("Configure {name}"), configure(run, true, 0xCAFE_F00D));
    }
    let moves = Moves { count: 2, shift: 1, bits: &[0x61, 0x06] };
    let commands = [
        (
            "Load samples at 4: 16 -3 40, label 0",
            RunCommand::Load { section: Section::Samples, offset: 4, bytes: &[16, 253, 40, 0] },
        ),
        (
            "Load weights at 300: none",
            RunCommand::Load { section: Section::Weights, offset: 300, bytes: &[] },
        ),
        (
            "Load residuals at 0: -1",
            RunCommand::Load { section: Section::Residuals, offset: 0, bytes: &[255, 255] },
        ),
        ("Start 0", RunCommand::Start { generation: 0 }),
        ("Evaluate generation 1, units 2 to 3", RunCommand::Evaluate { generation: 1, first: 2, count: 2 }),
        (
            "Apply generation 1, rate 26214, units 0 to 3",
            RunCommand::Apply {
                generation: 1,
                rate: 26_214,
                first: 0,
                count: 4,
                scores: &[7, 0x80, 0x4A, 0xB0],
            },
        ),
        (
            "Follow from 1 to 2, weights 0 to 7",
            RunCommand::Follow { from: 1, generation: 2, first: 0, end: 8, moves },
        ),
        (
            "Train from generation 2 on, 10 of them, Linear 26214 over 6000",
            RunCommand::Train {
                generation: 2,
                count: 10,
                pace: Pace::Linear { initial: 26_214, generations: 6000 },
            },
        ),
        (
            "Train from generation 2 on, 1 of them, Constant 10",
            RunCommand::Train { generation: 2, count: 1, pace: Pace::Constant(10) },
        ),
        (
            "Feed of generation 1 at 0: 1 4 2",
            RunCommand::Feed { generation: 1, offset: 0, bytes: &[1, 4, 2] },
        ),
    ];
    for (name, command) in commands {
        say(name, command.of(RUN));
    }
    say("Checksum", Command::Checksum);
    say("Stats", Command::Stats);
    text
}

fn board() -> Board<'static> {
    Board { name: "example", core: "none", features: Features { dsp: false, fpga: false } }
}

fn answers() -> String {
    let mut text = String::new();
    let hello = Hello {
        protocol: PROTOCOL,
        firmware: "0.1.0",
        board: "example",
        core: "none",
        arena: 4096,
        largest_frame: 256,
        run: Some(RUN),
        features: board().features,
        abilities: Abilities { updates: true, tasks: 1, environments: 0, layers: 1, estimators: 3 },
    };
    let state = Some(State { generation: 1, checksum: 0xDEAD_BEEF });
    let stats = Stats { requests: 300, refused: 2, bad_frames: 0, units: 70_000 };
    let scores = &[7, 0x80, 0x4A, 0xB0];
    let cases = [
        ("Hello", None, Answer::Hello(hello)),
        ("Hello, of no run", None, Answer::Hello(Hello { run: None, ..hello })),
        (
            "Configured: needs 488 bytes, samples are there",
            None,
            Answer::Configured { needs: 488, samples: true },
        ),
        ("Done, at generation 1", state, Answer::Done),
        ("Scores of units 0 to 3", state, Answer::Scores { first: 0, count: 4, scores }),
        ("Trained 1 generation from 1 on", state, Answer::Trained { generation: 1, count: 1, scores }),
        ("Stats", state, Answer::Stats(stats)),
        ("Refused: generation 1 is here", state, Answer::Refused(Error::WrongGeneration { have: 1 })),
        ("Working", None, Answer::Working),
    ];
    for (id, (name, state, answer)) in (1..).zip(cases) {
        both(&mut text, &format!("{name}; id {id}"), &Reply { id, state, answer });
    }
    text
}

/// A variant with its fields.
fn plain(value: &impl Debug) -> String {
    format!("{value:?}").replace(" {", "").replace(" }", "").replace(':', "")
}

/// Every error once, and every setting.
fn refusals() -> Vec<Error> {
    let setting = [
        Setting::Slots,
        Setting::Members,
        Setting::Amplitude,
        Setting::Clip,
        Setting::Pairs,
        Setting::Samples,
        Setting::Rank,
        Setting::SigmaShift,
        Setting::Task,
        Setting::Noise,
        Setting::OwnSamples,
        Setting::PairsTimesClip,
        Setting::Episodes,
        Setting::Model,
        Setting::Context,
    ];
    let before = [
        Error::ArenaTooSmall { needs: 300, has: 1 << 40 },
        Error::Shape { layer: 1 },
        Error::Overflow { layer: 1, bound: 1 << 32, limit: 1 << 31 },
    ];
    let after = [
        Error::NotConfigured,
        Error::NotStarted,
        Error::WrongGeneration { have: 1 },
        Error::OutOfRange { end: 300, has: 299 },
        Error::NoSuchUnits { end: 5, has: 4 },
        Error::BadWeight { at: 3 },
        Error::BadSample { at: 4 },
        Error::SamplesDiffer,
        Error::StoreTooSmall { needs: 300, has: 299 },
        Error::Store,
        Error::BadMoves,
        Error::HasResiduals,
        Error::BadScores,
        Error::FrameTooSmall { needs: 300, has: 199 },
        Error::NoLocalUpdate,
        Error::UnknownRequest,
        Error::ModelOfEnvironment { inputs: 4, outputs: 2 },
        Error::NoRecurrence,
        Error::NotFed { have: 7 },
        Error::BadFeed { at: 8 },
        Error::NoStreams,
        Error::OtherRun { have: RUN },
        Error::CannotUpdate,
        Error::HostFrame,
    ];
    [&before[..], &setting.map(Error::Setting), &after].concat()
}

fn errors() -> String {
    let mut tags: Vec<u8> = Vec::new();
    let text = refusals().iter().fold(String::new(), |mut text, &error| {
        let reply = Reply { id: 1, state: None, answer: Answer::Refused(error) };
        let bytes = message(&reply);
        tags.push(bytes[3]);
        let _ = writeln!(text, "{:55} {}", plain(&error), hex(&bytes));
        text
    });
    tags.dedup();
    // A variant that is added at the end is missing in the list above.
    assert_eq!(tags, (0..tags.len() as u8).collect::<Vec<_>>());
    let next = [1, 0, 6, tags.len() as u8, 0, 0, 0, 0];
    assert!(postcard::take_from_bytes::<Reply<'_>>(&next).is_err(), "an error without an example");
    let next_setting = [1, 0, 6, 3, 15, 0, 0, 0];
    assert!(postcard::take_from_bytes::<Reply<'_>>(&next_setting).is_err(), "a setting without an example");
    text
}

/// Bytes with long runs of one shortened.
fn shortened(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|a, b| a == b);
    let runs = runs.map(|run| match run {
        [byte, _, _, _, _, ..] => format!("{byte:02x}*{}", run.len()),
        run => hex(run),
    });
    runs.collect::<Vec<_>>().join(" ")
}

/// A frame around any bytes.
fn framed(bytes: &[u8]) -> Vec<u8> {
    /// Bytes as they are.
    struct Raw<'b>(&'b [u8]);
    impl Serialize for Raw<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple as _;
            let mut tuple = serializer.serialize_tuple(self.0.len())?;
            self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
            tuple.end()
        }
    }
    frame(&Raw(bytes))
}

/// A board of the examples, and what it answers to bytes.
struct Wired(Server<'static, Vec<u64>>);

impl Wired {
    fn new() -> Self {
        Self(Server::new(board(), vec![0; 512], Vec::leak(vec![0; 256]), Vec::leak(vec![0; 256])))
    }

    /// The messages of its replies.
    fn answer(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut out = vec![0; 4096];
        let room = out.len();
        let mut rest = &mut out[..];
        self.0.receive(bytes, &mut rest).unwrap();
        let len = room - rest.len();
        out.truncate(len);
        let (mut receiver, mut bytes, mut replies) = (Receiver::new(vec![0; 256]), &out[..], Vec::new());
        while !bytes.is_empty() {
            if let Received::Frame(frame) = receiver.push(&mut bytes) {
                replies.push(message(&decode::<Reply<'_>>(frame).unwrap()));
            }
        }
        replies
    }
}

fn frames() -> String {
    let mut text = String::new();
    for (name, bytes) in [
        ("nothing", vec![]),
        ("one zero", vec![0]),
        ("11 00 22", vec![0x11, 0, 0x22]),
        ("250 bytes 11, whose CRC makes 254", vec![0x11; 250]),
        ("300 bytes 11", vec![0x11; 300]),
    ] {
        let _ = writeln!(text, "frame of {name}: {}", shortened(&framed(&bytes)));
    }
    let mut board = Wired::new();
    let hello = frame(&Request { id: 5, command: Command::Checksum });
    let mut flipped = hello.clone();
    flipped[2] ^= 1;
    for (name, bytes) in [
        ("Checksum, id 5", hello.clone()),
        ("the same behind half a frame and a zero", [&hello[..3], &[0], &hello].concat()),
        ("the same behind half a frame", [&hello[..3], &hello].concat()),
        ("the same, a bit flipped", flipped),
        ("zeros", vec![0; 5]),
        ("a byte too many, id 5", framed(&[5, 3, 0])),
        ("an unknown tag, id 300", framed(&[0xAC, 2, 99])),
        ("no id", framed(&[])),
        ("an id beyond 32 bits", framed(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])),
        ("a needless zero group, id 5", framed(&[0x85, 0, 3])),
    ] {
        let replies: Vec<String> = board.answer(&bytes).iter().map(|reply| hex(reply)).collect();
        let replies = if replies.is_empty() { "nothing".to_owned() } else { replies.join(" | ") };
        let _ = writeln!(text, "a board gets {name}: {}\n  its reply: {replies}", hex(&bytes));
    }
    text
}

/// The answer in words.
fn words(reply: &[u8]) -> String {
    let (reply, _) = postcard::take_from_bytes::<Reply<'_>>(reply).unwrap();
    let state = match reply.state {
        Some(State { generation, checksum }) => format!("generation {generation}, checksum {checksum:08x}"),
        None => "no state".to_owned(),
    };
    let answer = match reply.answer {
        Answer::Hello(_) => "Hello".to_owned(),
        Answer::Scores { .. } => "Scores".to_owned(),
        Answer::Trained { count, .. } => format!("Trained {count}"),
        Answer::Stats(_) => "Stats".to_owned(),
        other => plain(&other),
    };
    format!("{answer}; {state}")
}

fn conversation() -> String {
    let run = training::run(Estimator::Node(node()), Optimizer::Residual);
    let (records, weights) = (training::records(), training::weights());
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    let residuals = vec![0; 2 * weights.len()];
    let load = |section, bytes| RunCommand::Load { section, offset: 0, bytes }.of(RUN);
    let apply = |first, count, scores| {
        RunCommand::Apply { generation: 1, rate: 26_214, first, count, scores }.of(RUN)
    };
    let samples = checksum_of(&records);
    let train = RunCommand::Train {
        generation: 2,
        count: 3,
        pace: Pace::Linear { initial: 26_214, generations: 100 },
    };
    let evaluate = |generation, first, count| RunCommand::Evaluate { generation, first, count };
    let steps = [
        ("Hello", Command::Hello),
        ("Evaluate, before anything else", evaluate(1, 0, 4).of(RUN)),
        ("Configure", configure(run.clone(), true, samples)),
        ("Load samples", load(Section::Samples, &records)),
        ("Load weights", load(Section::Weights, &bytes)),
        ("Load residuals", load(Section::Residuals, &residuals)),
        ("Start 0", RunCommand::Start { generation: 0 }.of(RUN)),
        ("Configure, again", configure(run, true, samples)),
        ("Evaluate slots 0 to 3", evaluate(1, 0, 4).of(RUN)),
        ("Evaluate slots 2 to 3", evaluate(1, 2, 2).of(RUN)),
        ("Evaluate slots 3 to 4", evaluate(1, 3, 2).of(RUN)),
        ("Evaluate for another run", evaluate(1, 0, 4).of(7)),
        ("Apply slots 0 and 1", apply(0, 2, &[3, 0x80, 0x4A][..])),
        ("Apply slots 1 to 3: overlaps", apply(1, 3, &[3, 0x4A, 0xB0])),
        ("Apply slots 2 and 3", apply(2, 2, &[1, 0xB0])),
        ("Apply slots 2 and 3, again", apply(2, 2, &[1, 0xB0])),
        ("Evaluate generation 1", evaluate(1, 0, 1).of(RUN)),
        ("Train 3 from generation 2 on", train.clone().of(RUN)),
        ("Train, again", train.of(RUN)),
        ("Checksum", Command::Checksum),
        ("Stats", Command::Stats),
    ];
    let (mut board, mut text) = (Wired::new(), String::new());
    for (id, (name, command)) in (1..).zip(steps) {
        let request = Request { id, command };
        let replies = board.answer(&frame(&request));
        let [reply] = &replies[..] else { panic!("{name}: {replies:?}") };
        let _ = writeln!(text, "{name}");
        said(&mut text, ">", &message(&request));
        said(&mut text, "<", reply);
        let _ = writeln!(text, "  {:8} {}", "", words(reply));
    }
    text
}

/// The document's words.
const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// The name of a variant.
fn name_of(value: &impl Debug) -> String {
    format!("{value:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[test]
fn tables_have_every_tag() {
    let document = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |row: String| assert!(document.contains(&row), "{row}");
    for error in refusals() {
        if let Error::Setting(setting) = error {
            said(format!("{} {setting:?}", message(&setting)[0]));
        }
        said(format!("| {} | `{}` |", message(&error)[0], name_of(&error)));
    }
    let limits = Limits { largest_frame: 0, silence_ms: 0 };
    let (_, run) = runs().into_iter().next().unwrap();
    let moves = Moves { count: 0, shift: 0, bits: &[] };
    let commands = [
        Command::Hello,
        Command::Configure { identity: 0, limits, run, updates: true, samples: 0 },
        RunCommand::Start { generation: 0 }.of(0),
        Command::Checksum,
        Command::Stats,
    ];
    for command in commands {
        said(format!("| {} | `{}` |", message(&command)[0], name_of(&command)));
    }
    let pace = Pace::Constant(0);
    let of_runs = [
        RunCommand::Load { section: Section::Weights, offset: 0, bytes: &[] },
        RunCommand::Start { generation: 0 },
        RunCommand::Evaluate { generation: 0, first: 0, count: 0 },
        RunCommand::Apply { generation: 0, rate: 0, first: 0, count: 0, scores: &[] },
        RunCommand::Follow { from: 0, generation: 0, first: 0, end: 0, moves },
        RunCommand::Train { generation: 0, count: 0, pace },
        RunCommand::Feed { generation: 0, offset: 0, bytes: &[] },
    ];
    for command in of_runs {
        said(format!("| {} | `{}` |", message(&command)[0], name_of(&command)));
    }
    let answers = [
        Answer::Configured { needs: 0, samples: true },
        Answer::Done,
        Answer::Scores { first: 0, count: 0, scores: &[] },
        Answer::Trained { generation: 0, count: 0, scores: &[] },
        Answer::Stats(Stats::default()),
        Answer::Refused(Error::Store),
        Answer::Working,
    ];
    for answer in answers {
        said(format!("| {} | `{}` |", message(&answer)[0], name_of(&answer)));
    }
    said(format!("Protocol {PROTOCOL}:"));
    said(format!("protocol is {PROTOCOL}."));
}

#[test]
fn frames_have_the_room_that_is_stated() {
    for frame in [256, 300, 4096, 1 << 20] {
        assert_eq!(payload_within(frame), frame - 57 - frame / 254);
    }
    // Names of 120 bytes, and the largest numbers.
    let name = "x".repeat(40);
    let (most, features) = (u32::MAX, Features { dsp: true, fpga: true });
    let abilities =
        Abilities { updates: true, tasks: most, environments: most, layers: most, estimators: most };
    let hello = Hello {
        protocol: PROTOCOL,
        firmware: &name,
        board: &name,
        core: &name,
        arena: u64::MAX,
        largest_frame: most,
        run: Some(most),
        features,
        abilities,
    };
    let state = Some(State { generation: most, checksum: most });
    let reply = Reply { id: most, state, answer: Answer::Hello(hello) };
    assert!(frame(&reply).len() <= SMALLEST_FRAME as usize);
    let overflow = Error::Overflow { layer: most, bound: u64::MAX, limit: u64::MAX };
    let refused = Reply { id: most, state, answer: Answer::Refused(overflow) };
    assert!(frame(&refused).len() <= SMALLEST_FRAME as usize);
}
