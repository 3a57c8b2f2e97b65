//! Replies that own their bytes.

use crate::run::OwnTask;
use crate::words;
use eggroll_firmware::deploy::Deployed;
use eggroll_firmware::train::State;
use eggroll_firmware::wire::{Abilities, Answer, Features, Hello, Reply, Stats};

/// So many characters of a board's name, core and version are kept.
const MOST_OF_NAME: usize = 40;

/// A reply that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedReply {
    /// The state of the board after the request.
    pub state: Option<State>,
    /// The answer.
    pub answer: OwnedAnswer,
}

/// An answer that owns its bytes; see [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnedAnswer {
    /// The answer to a handshake.
    Hello(BoardInfo),
    /// The answer to a handshake of which only the version of the protocol is understood.
    OtherHello {
        /// The version.
        protocol: u32,
    },
    /// The run fits the board.
    Configured {
        /// The bytes that it needs.
        needs: u64,
        /// Whether the board holds the samples of the run already.
        samples: bool,
    },
    /// The request is done.
    Done,
    /// The packed scores of a range of units.
    Scores {
        /// The first unit.
        first: u32,
        /// The number of units.
        count: u32,
        /// The packed scores.
        scores: Vec<u8>,
    },
    /// The scores of generations that the board has trained alone.
    Trained {
        /// The first generation.
        generation: u32,
        /// The number of generations.
        count: u32,
        /// The packed scores, one generation after another.
        scores: Vec<u8>,
    },
    /// Counters of the board.
    Stats(Stats),
    /// The board refuses the request.
    Refused(eggroll_firmware::Error),
    /// The board is at work on the request.
    Working,
    /// The board's own task.
    OwnTask {
        /// What it is.
        task: OwnTask,
        /// What the weights score, where that was asked for.
        score: Option<i32>,
    },
    /// The model that the board keeps.
    Kept {
        /// The bytes of the longest model that it can keep.
        capacity: u32,
        /// The model, if there is one.
        model: Option<Deployed>,
    },
    /// The board takes the model that is coming.
    Begun {
        /// The number of bytes of it that the board holds already.
        here: u32,
    },
    /// Bytes of the model that the board keeps.
    Bytes(Vec<u8>),
    /// What the model answers to a row.
    Outputs(Vec<i8>),
    /// Samples that the board has collected.
    Samples {
        /// How many there are.
        count: u32,
        /// Some of them.
        samples: Vec<u8>,
    },
}

/// What a board says of itself in its handshake. Its texts are shortened and fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardInfo {
    /// The version of its protocol.
    pub protocol: u32,
    /// The version of its firmware.
    pub firmware: String,
    /// Its name.
    pub board: String,
    /// Its core.
    pub core: String,
    /// The number of bytes that it has for a run.
    pub arena: u64,
    /// The largest frame that it takes, in bytes.
    pub largest_frame: u32,
    /// The identity of the run that it is configured for.
    pub run: Option<u32>,
    /// The instructions and units that its kernels use beyond portable ones.
    pub features: Features,
    /// The parts of the protocol that it has.
    pub abilities: Abilities,
}

impl From<Hello<'_>> for BoardInfo {
    fn from(hello: Hello<'_>) -> Self {
        let name = |text| words::shown(text, MOST_OF_NAME);
        Self {
            protocol: hello.protocol,
            firmware: name(hello.firmware),
            board: name(hello.board),
            core: name(hello.core),
            arena: hello.arena,
            largest_frame: hello.largest_frame,
            run: hello.run,
            features: hello.features,
            abilities: hello.abilities,
        }
    }
}

impl From<Reply<'_>> for OwnedReply {
    fn from(reply: Reply<'_>) -> Self {
        let answer = match reply.answer {
            Answer::Hello(hello) => OwnedAnswer::Hello(hello.into()),
            Answer::Configured { needs, samples } => OwnedAnswer::Configured { needs, samples },
            Answer::Trained { generation, count, scores } => {
                OwnedAnswer::Trained { generation, count, scores: scores.to_owned() }
            }
            Answer::Done => OwnedAnswer::Done,
            Answer::Scores { first, count, scores } => {
                OwnedAnswer::Scores { first, count, scores: scores.to_owned() }
            }
            Answer::Stats(stats) => OwnedAnswer::Stats(stats),
            Answer::Refused(error) => OwnedAnswer::Refused(error),
            Answer::Working => OwnedAnswer::Working,
            Answer::OwnTask { name, unit, score } => {
                OwnedAnswer::OwnTask { task: OwnTask::new(name, unit), score }
            }
            Answer::Kept { capacity, model } => OwnedAnswer::Kept { capacity, model },
            Answer::Begun { here } => OwnedAnswer::Begun { here },
            Answer::Bytes { bytes } => OwnedAnswer::Bytes(bytes.to_owned()),
            Answer::Samples { count, samples } => OwnedAnswer::Samples { count, samples: samples.to_owned() },
            Answer::Outputs { outputs } => OwnedAnswer::Outputs(bytemuck::cast_slice(outputs).to_owned()),
        };
        Self { state: reply.state, answer }
    }
}
