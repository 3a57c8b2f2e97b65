use super::{Abilities, ModelCommand};
use crate::Error;
use crate::deploy::Deployed;
use crate::train::{Pace, Run, Section, State};
use crate::update::WeightDelta;
use serde::{Deserialize, Serialize};

/// Version of frames and messages; a host and a board with different ones do not talk.
pub const PROTOCOL: u32 = 5;

/// The shortest frame, in bytes, that a board or a host may have for its largest: the handshake fits it.
pub const SMALLEST_FRAME: u32 = 256;

/// What a host asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request<'a> {
    /// Chosen by the host, returned in the reply.
    pub id: u32,
    /// What is asked.
    #[serde(borrow)]
    pub command: Command<'a>,
}

/// The requests.
#[allow(clippy::large_enum_variant, reason = "a board has no heap for the one that is large")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a board has no heap to put a run in")]
pub enum Command<'a> {
    /// Who are you? Answered by [`Answer::Hello`].
    Hello,
    /// Prepare for a run. Answered by [`Answer::Configured`].
    Configure {
        /// Identity of the run: the same number for the same run, and another one for another.
        identity: u32,
        /// What the host takes.
        limits: Limits,
        /// The run.
        run: Run,
        /// Whether the board is to move its weights itself, by [`RunCommand::Apply`].
        updates: bool,
        /// CRC-32 of all sample records of the run.
        samples: u32,
    },
    /// A request of a run. A board that is configured for another one refuses it with [`Error::OtherRun`], so
    /// that two hosts that share a board never mix their runs.
    InRun {
        /// Identity of the run.
        run: u32,
        /// What is asked.
        #[serde(borrow)]
        command: RunCommand<'a>,
    },
    /// What do you hold? Answered by [`Answer::Done`], whose reply carries the state.
    Checksum,
    /// What have you done? Answered by [`Answer::Stats`].
    Stats,
    /// What is the task of your own? Answered by [`Answer::OwnTask`].
    OwnTask,
    /// A request about the model that the board keeps.
    Model(#[serde(borrow)] ModelCommand<'a>),
}

/// The requests of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunCommand<'a> {
    /// Bytes for a section of the arena. Answered by [`Answer::Done`].
    Load {
        /// Which section.
        section: Section,
        /// Offset of the first byte within the section.
        offset: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// What is loaded are the weights after `generation`. Answered by [`Answer::Done`].
    Start {
        /// The generation, 0 for initial weights.
        generation: u32,
    },
    /// Evaluate units of a generation. Answered by [`Answer::Scores`].
    Evaluate {
        /// The generation after that of the weights.
        generation: u32,
        /// First unit (slot of `node`, pair of `weight`).
        first: u32,
        /// How many.
        count: u32,
    },
    /// Scores of units of a generation, in order; the last range makes the board step. Answered by
    /// [`Answer::Done`]; for a generation that the weights hold already, too.
    Apply {
        /// The generation.
        generation: u32,
        /// Its learning rate in 1/65536, or q in 1/16.
        rate: u32,
        /// First unit.
        first: u32,
        /// How many.
        count: u32,
        /// Their packed scores ([`crate::estimator::scores`]).
        scores: &'a [u8],
    },
    /// Moves weights of a board that does not update itself; the last range completes them. Answered by
    /// [`Answer::Done`]; for a generation that the weights hold already, too.
    Follow {
        /// The generation of the weights before.
        from: u32,
        /// That of the weights after.
        generation: u32,
        /// First weight of the range.
        first: u32,
        /// First weight behind it.
        end: u32,
        /// How they move.
        #[serde(borrow)]
        delta: WeightDelta<'a>,
    },
    /// Train alone: evaluate, credit and step generation after generation. Answered by [`Answer::Trained`]
    /// after `count` generations, or as many as one frame can report. Unlike the others it is not answered
    /// twice: a repeat finds the weights of a later generation, and what is lost is trained again from
    /// weights of the host's.
    Train {
        /// The first generation, the one after that of the weights.
        generation: u32,
        /// The most generations.
        count: u32,
        /// Their step sizes.
        pace: Pace,
    },
    /// A part of what the generation after that of the weights reads of a text ([`crate::task::Feed`]); in
    /// order. Answered by [`Answer::Done`]; for bytes that are here already, too.
    Feed {
        /// The generation.
        generation: u32,
        /// Offset of the first byte.
        offset: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Score the weights as they are, without noise, by the board's own task, on a trial that no training
    /// meets. Answered by [`Answer::OwnTask`].
    Measure {
        /// The trial.
        trial: u32,
    },
}

impl<'a> RunCommand<'a> {
    /// The request, of the run with this identity.
    pub const fn of(self, run: u32) -> Command<'a> {
        Command::InRun { run, command: self }
    }
}

/// What a host takes, as it says in [`Command::Configure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// The longest frame that it receives, in bytes, COBS and terminator included: at least
    /// [`SMALLEST_FRAME`].
    pub largest_frame: u32,
    /// Milliseconds without a byte of a reply, or of an [`Answer::Working`], after which it repeats a
    /// request.
    pub silence_ms: u32,
}

impl Limits {
    /// Those of a host that takes every frame and waits for ever.
    pub const NONE: Self = Self { largest_frame: u32::MAX, silence_ms: u32::MAX };
}

/// What a board answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply<'a> {
    /// The request's id.
    pub id: u32,
    /// What the board holds after the request; `None` until a run is started.
    pub state: Option<State>,
    /// The answer.
    #[serde(borrow)]
    pub answer: Answer<'a>,
}

/// The answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer<'a> {
    /// Who the board is.
    #[serde(borrow)]
    Hello(Hello<'a>),
    /// The run fits.
    Configured {
        /// Bytes.
        needs: u64,
        /// Whether the run's samples are here already, as in flash after a reset.
        samples: bool,
    },
    /// Done; the state says the rest.
    Done,
    /// Packed scores of the range asked for.
    Scores {
        /// First unit.
        first: u32,
        /// How many.
        count: u32,
        /// Packed ([`crate::estimator::scores`]).
        scores: &'a [u8],
    },
    /// Scores of generations that the board has trained alone; its state is that after the last.
    Trained {
        /// The first generation.
        generation: u32,
        /// How many.
        count: u32,
        /// Their packed scores, one generation after another ([`crate::estimator::scores`]).
        scores: &'a [u8],
    },
    /// Counters since reset.
    Stats(Stats),
    /// The request is refused and has changed nothing.
    Refused(Error),
    /// The request is being worked on, and its answer comes later. A board may say so any number of times;
    /// the state of such a reply is `None` and means nothing.
    Working,
    /// The board's own task.
    OwnTask {
        /// What it is called ([`crate::task::Task::NAME`]).
        name: &'a str,
        /// What its scores count ([`crate::task::Task::UNIT`]).
        unit: &'a str,
        /// The score of the weights, where that was asked for.
        score: Option<i32>,
    },
    /// The model that the board keeps.
    Kept {
        /// Bytes of the longest model that it can keep.
        capacity: u32,
        /// The model, if there is one.
        model: Option<Deployed>,
    },
    /// The board takes the model that is coming.
    Begun {
        /// Bytes of it that are here already.
        here: u32,
    },
    /// Bytes of the model that the board keeps.
    Bytes {
        /// The bytes.
        bytes: &'a [u8],
    },
    /// What the model answers to a row of raw values.
    Outputs {
        /// The outputs, an i8 each.
        outputs: &'a [u8],
    },
    /// Samples that the board has collected.
    Samples {
        /// How many there are.
        count: u32,
        /// Some of them, whole: features and a label each.
        samples: &'a [u8],
    },
}

/// The tag of [`Answer::Working`].
pub(crate) const WORKING: u32 = 7;

/// Who a board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hello<'a> {
    /// [`PROTOCOL`] of the board.
    pub protocol: u32,
    /// Version of its firmware.
    pub firmware: &'a str,
    /// Name of the board.
    pub board: &'a str,
    /// Its core.
    pub core: &'a str,
    /// Bytes for a run.
    pub arena: u64,
    /// Longest frame it receives or sends, in bytes, COBS and terminator included: at least
    /// [`SMALLEST_FRAME`].
    pub largest_frame: u32,
    /// Identity of the run that it is configured for, if it is.
    pub run: Option<u32>,
    /// What its kernels use beyond the portable instructions.
    pub features: Features,
    /// What it can do.
    pub abilities: Abilities,
}

/// What computes on a board beside portable instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Features {
    /// Kernels use the core's DSP instructions.
    pub dsp: bool,
    /// An FPGA computes matrix products.
    pub fpga: bool,
}

/// Counters of a board since its reset; they wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stats {
    /// Requests answered.
    pub requests: u32,
    /// Of them refused.
    pub refused: u32,
    /// Frames dropped: too long, broken or of a wrong CRC.
    pub bad_frames: u32,
    /// Units (slots or pairs) evaluated.
    pub units: u32,
}
