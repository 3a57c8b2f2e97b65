//! Replies that own their bytes.

use crate::words;
use eggroll_firmware::train::State;
use eggroll_firmware::wire::{Abilities, Answer, Features, Hello, Reply, Stats};

/// Characters of a board's name, core or version that are kept.
const MOST_OF_NAME: usize = 40;

/// A reply that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedReply {
    /// What the board held after the request.
    pub state: Option<State>,
    /// What it answered.
    pub answer: OwnedAnswer,
}

/// An answer that owns its bytes; see [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedAnswer {
    /// Who the board is.
    Hello(BoardInfo),
    /// A handshake of which only the protocol's version is understood.
    OtherHello {
        /// The version.
        protocol: u32,
    },
    /// The run fits.
    Configured {
        /// Whether the run's samples are there already.
        samples: bool,
    },
    /// Done.
    Done,
    /// Packed scores of a range.
    Scores {
        /// First unit.
        first: u32,
        /// How many.
        count: u32,
        /// Packed.
        scores: Vec<u8>,
    },
    /// Scores of generations trained alone.
    Trained {
        /// The first generation.
        generation: u32,
        /// How many.
        count: u32,
        /// Packed, one generation after another.
        scores: Vec<u8>,
    },
    /// Counters.
    Stats(Stats),
    /// The request is refused.
    Refused(eggroll_firmware::Error),
    /// The request is being worked on.
    Working,
}

/// Who a board is, as its handshake says: its words bounded and fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardInfo {
    /// Protocol version.
    pub protocol: u32,
    /// Firmware version.
    pub firmware: String,
    /// Name of the board.
    pub board: String,
    /// Its core.
    pub core: String,
    /// Bytes for a run.
    pub arena: u64,
    /// Longest frame, in bytes.
    pub largest_frame: u32,
    /// Identity of the run that it is configured for.
    pub run: Option<u32>,
    /// What its kernels use beyond the portable instructions.
    pub features: Features,
    /// What it can do.
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
            Answer::Configured { samples, .. } => OwnedAnswer::Configured { samples },
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
        };
        Self { state: reply.state, answer }
    }
}
