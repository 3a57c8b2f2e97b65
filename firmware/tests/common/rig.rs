//! A board with its memory in the hands of a host: frames by their definition, and golden runs as
//! conversations.

use super::{Dice, Report, models, pack, run};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Activation, Description, Layer};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::task::{Loss, Task};
use eggroll_firmware::train::{Estimator, Learner, Run, Section, State, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{
    Answer, Checksum, Command, Features, Limits, Reply, Request, RunCommand, Stats, checksum_of, decode,
    encode, payload_within,
};
use embedded_io::{ErrorType, Read, Write};
use serde_json::Value;
use std::convert::Infallible;

/// A stream whose other end has sent some bytes.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
}

impl ErrorType for Line {
    type Error = Infallible;
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.received.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Read for Line {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        let len = out.len().min(self.sent.len()).min(7);
        out[..len].copy_from_slice(&self.sent[..len]);
        self.sent.drain(..len);
        Ok(len)
    }
}

/// A board with its memory, and a host's view of it.
pub(crate) struct Rig<T: Task>(pub(crate) Server<'static, Vec<u64>, T>);

pub(crate) const FRAME: usize = 128;

pub(crate) fn board<T: Task>(request: usize, reply: usize, task: T) -> Rig<T> {
    let memory = |len: usize| Box::leak(vec![0xA5; len].into_boxed_slice());
    let board = Board { name: "bench", core: "host", features: Features::default() };
    Rig(Server::with(board, Learner::new(vec![u64::MAX; 400]), memory(request), memory(reply), task))
}

impl<T: Task> Rig<T> {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut line = Line::default();
        self.0.receive(bytes, &mut line).unwrap();
        line.received
    }

    /// The one reply to a frame.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Reply<'static> {
        replies(self.send(request)).pop().expect("a reply")
    }

    pub(crate) fn stats(&mut self) -> Stats {
        let Answer::Stats(stats) = self.ask(&ask(0, Command::Stats)).answer else { panic!("no stats") };
        stats
    }

    pub(crate) fn state(&mut self) -> Option<State> {
        self.ask(&ask(0, Command::Checksum)).state
    }

    pub(crate) fn greets(&mut self) -> bool {
        let reply = self.send(&[vec![0], ask(77, Command::Hello)].concat());
        replies(reply).last().is_some_and(|r| r.id == 77 && matches!(r.answer, Answer::Hello(_)))
    }
}

/// Reads frames; every byte must belong to one.
pub(crate) fn replies(bytes: Vec<u8>) -> Vec<Reply<'static>> {
    assert!(bytes.last().is_none_or(|&last| last == 0));
    let frames = bytes.split(|&b| b == 0).filter(|frame| !frame.is_empty());
    frames.map(|frame| decode(Box::leak(frame.to_vec().into_boxed_slice())).unwrap()).collect()
}

/// A frame by the definition: COBS of the bytes and their CRC-32, and a zero.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let mut crc = !0u32;
    for byte in message {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut bytes = [message, &(!crc).to_le_bytes(), &[0]].concat();
    let mut out = vec![];
    while !bytes.is_empty() {
        let run = bytes.iter().take(254).position(|&b| b == 0).unwrap_or(254);
        out.push(run as u8 + 1);
        out.extend(bytes.drain(..run));
        if run < 254 {
            bytes.remove(0);
        }
    }
    out.push(0);
    out
}

/// Identity of the tests' runs.
pub(crate) const RUN: u32 = 0xE660_0001;

pub(crate) const LIMITS: Limits = Limits { largest_frame: 1 << 20, silence_ms: 2000 };

/// A request, or one of the run [`RUN`].
pub(crate) trait Ask<'a> {
    fn command(self) -> Command<'a>;
}

impl<'a> Ask<'a> for Command<'a> {
    fn command(self) -> Command<'a> {
        self
    }
}

impl<'a> Ask<'a> for RunCommand<'a> {
    fn command(self) -> Command<'a> {
        self.of(RUN)
    }
}

pub(crate) fn ask<'a>(id: u32, command: impl Ask<'a>) -> Vec<u8> {
    let mut bytes = [0; 2000];
    encode(&Request { id, command: command.command() }, &mut bytes).unwrap().to_vec()
}

pub(crate) fn configure(run: Run, updates: bool, samples: u32) -> Command<'static> {
    Command::Configure { identity: RUN, limits: LIMITS, run, updates, samples }
}

pub(crate) fn numbers(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_i64().unwrap()],
    }
}

/// A golden run: its requests, and what must be answered to some of them.
#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) requests: Vec<Vec<u8>>,
    /// State after the last request of each generation.
    pub(crate) states: Vec<(usize, State)>,
    /// Scores of every range.
    pub(crate) scores: Vec<(usize, Vec<u8>)>,
}

pub(crate) fn conversation(name: &str) -> Conversation {
    let v: Value = serde_json::from_str(include_str!("../../../tests/vectors/ours.json")).unwrap();
    let (case, one) = (&v[name], |value: &Value| numbers(value)[0]);
    let of = |key: &str| one(&case[key]);
    let node = name == "node_residual";
    let (estimator, optimizer) = if node {
        let (slots, members) = (of("slots") as u32, of("members") as u32);
        let (amplitude, clip, skip) = (of("amplitude") as u8, of("clip") as i16, Some(of("skip") as u16));
        let node = Node { slots, members, amplitude, clip, skip, antithetic: false };
        (Estimator::Node(node), Optimizer::Residual)
    } else {
        let (pairs, samples, rank) = (of("pairs") as u32, of("samples") as u32, of("rank") as u8);
        let own_samples = case["own_samples"].as_bool().unwrap();
        let noise = if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal };
        let sigma_shift = of("sigma_shift") as u8;
        let weight =
            Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip: 1, credit: CreditTo::Pair };
        (Estimator::Weight(weight), Optimizer::Vote { reference_rank_scale: false })
    };
    let sizes: Vec<u32> = numbers(&v["sizes"]).iter().map(|&n| n as u32).collect();
    let labels = numbers(&v["labels"]);
    let run =
        Run { seed: one(&v["seed"]) as u32, ..run(&sizes, false, estimator, optimizer, labels.len() as u32) };
    let records: Vec<u8> = numbers(&v["inputs"])
        .chunks(sizes[0] as usize)
        .zip(labels)
        .flat_map(|(x, label)| x.iter().copied().chain([label]).map(|x| x as u8).collect::<Vec<_>>())
        .collect();
    let weights: Vec<u8> = numbers(&v["initial_weights"]).iter().map(|&w| w as u8).collect();

    let mut requests = vec![ask(1, Command::Hello), ask(2, configure(run, true, checksum_of(&records)))];
    let chunk = payload_within(FRAME);
    for (section, bytes) in [(Section::Weights, &weights), (Section::Samples, &records)] {
        for (i, bytes) in bytes.chunks(chunk).enumerate() {
            requests.push(ask(3, RunCommand::Load { section, offset: (i * chunk) as u32, bytes }));
        }
    }
    requests.push(ask(4, RunCommand::Start { generation: 0 }));
    let (mut states, mut scores) = (vec![], vec![]);
    for expected in case["generations"].as_array().unwrap() {
        let generation = one(&expected["generation"]) as u32;
        let report: Report = if node {
            let f = |slot: &Value| {
                slot["f"].as_array().map(|_| numbers(&slot["f"]).iter().map(|&f| f as i16).collect())
            };
            expected["slots"].as_array().unwrap().iter().map(f).collect()
        } else {
            numbers(&expected["f"]).iter().map(|&f| Some(vec![f as i16])).collect()
        };
        let ranges: Vec<(u32, &[_])> = (0..).zip(report.chunks(5)).map(|(i, units)| (5 * i, units)).collect();
        for &(first, units) in &ranges {
            let count = units.len() as u32;
            requests.push(ask(5, RunCommand::Evaluate { generation, first, count }));
            scores.push((requests.len() - 1, pack(estimator.shape(), units)));
        }
        let planned = if node { of("generations_total") } else { 1 };
        let rate = if node { of("L0") * (planned - i64::from(generation) + 1) / planned } else { of("q") };
        for &(first, units) in &ranges {
            let (count, scores) = (units.len() as u32, &pack(estimator.shape(), units));
            requests.push(ask(6, RunCommand::Apply { generation, rate: rate as u32, first, count, scores }));
        }
        let weights: Vec<i8> = numbers(&expected["weights"]).iter().map(|&w| w as i8).collect();
        let residuals: Vec<i16> = match &expected["residuals"] {
            Value::Null => Vec::new(),
            residuals => numbers(residuals).iter().map(|&r| r as i16).collect(),
        };
        let checksum = Checksum::of(RUN, generation, &weights, &residuals);
        states.push((requests.len() - 1, State { generation, checksum }));
    }
    Conversation { requests, states, scores }
}

/// The command in a request's frame.
pub(crate) fn command_in(request: &[u8]) -> Command<'static> {
    let frame = Box::leak(request[..request.len() - 1].to_vec().into_boxed_slice());
    decode::<Request<'static>>(frame).unwrap().command
}

/// One of a few numbers, most of them at some bound.
pub(crate) fn pick(dice: &mut Dice, from: &[u32]) -> u32 {
    from[dice.below(from.len())]
}

/// A run that few boards could hold.
pub(crate) fn wild_run(dice: &mut Dice) -> Run {
    let size = |dice: &mut Dice| pick(dice, &[1, 2, 3, 5, 8, 17, 0, 65_535, 65_536, u32::MAX]);
    let layer = |dice: &mut Dice| {
        let activation = [Activation::Relu, Activation::None][dice.below(2)];
        Layer::Dense { outputs: size(dice), bias: dice.below(2) == 0, activation }
    };
    let layers = (0..dice.below(4)).map(|_| layer(dice)).collect();
    let model = match dice.below(3) {
        0 => models::disturbed(dice),
        _ => Description { inputs: size(dice), layers },
    };
    let count = pick(dice, &[1, 2, 5, 20, 0, u32::MAX]);
    let task = match dice.below(8) {
        0 => TaskKind::Own,
        1 => TaskKind::Regression { count, loss: Loss::Squared },
        2 => TaskKind::Regression { count, loss: Loss::Absolute },
        _ => TaskKind::Samples { count },
    };
    let clip = pick(dice, &[1, 1, 7, 7, 127, 128, 32_767, 0, 65_535]) as i16;
    let units = pick(dice, &[1, 2, 3, 7, 40, 0, 1 << 20, u32::MAX]);
    let (rank, members) = (pick(dice, &[1, 2, 3, 8, 0, 9]) as u8, pick(dice, &[1, 2, 5, 256, 0, 257]));
    let noise = [Noise::Sign, Noise::NearNormal][dice.below(2)];
    let (samples, own_samples) = (pick(dice, &[1, 2, 3, 0, u32::MAX]), dice.below(2) == 0);
    let sigma_shift = pick(dice, &[0, 1, 4, 5, 15, 16, 255]) as u8;
    let (amplitude, skip) =
        (pick(dice, &[1, 4, 127, 0, 255]) as u8, [None, Some(1), Some(u16::MAX)][dice.below(3)]);
    let estimator = match dice.below(2) {
        0 => Estimator::Node(Node { slots: units, members, amplitude, clip, skip, antithetic: own_samples }),
        _ => Estimator::Weight(Weight {
            pairs: units,
            samples,
            own_samples,
            rank,
            sigma_shift,
            noise,
            clip,
            credit: CreditTo::Pair,
        }),
    };
    let vote = Optimizer::Vote { reference_rank_scale: false };
    let optimizer = [Optimizer::Residual, vote][dice.below(2)];
    Run { seed: dice.word(), model, task, estimator, optimizer, saturation: false }
}
