//! What a board gets and answers: frames whole and damaged, and a whole conversation.

use crate::wire::{RUN, configure, frame, message, node, said};
use crate::{Example, hex, tags, training};
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::{Estimator, Pace, Section, State};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{
    Answer, Command, Features, Received, Receiver, Reply, Request, RunCommand, checksum_of, decode,
};
use serde::Serialize;
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![("frames", frames()), ("conversation", conversation())]
}

pub(crate) fn board() -> Board<'static> {
    Board { name: "example", core: "none", features: Features { dsp: false, fpga: false } }
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
        other => tags::plain(&other),
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
    talk(steps)
}

/// A conversation with a board, which begins with nothing.
pub(crate) fn talk<'a>(steps: impl IntoIterator<Item = (&'a str, Command<'a>)>) -> String {
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
