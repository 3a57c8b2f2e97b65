//! The host's own weights. They are rebuilt from scores alone, so no member is evaluated here.

mod checkpoint;
mod fast;
mod offload;
mod replica;
mod signal;
mod streams;
mod tally;

pub use checkpoint::{Checkpoint, NotRestored};
pub use offload::UpdateOffload;
pub use replica::{Replica, sha256};
pub use signal::Signal;
pub use tally::Tally;

use crate::run::{Identity, OwnTask};
use eggroll_firmware::train::{Run, State, TaskKind};
use std::collections::VecDeque;
use std::sync::Arc;

/// How boards get the weights of the next generation. The weights are the same, whichever is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// Each board gets what takes the fewest bytes: scores if it has the memory to update itself, otherwise
    /// the differences of the weights.
    #[default]
    Cheapest,
    /// Every board rebuilds the weights from scores. A board without the memory is refused.
    Scores,
    /// Every board gets the differences of the weights.
    Delta,
    /// Every board gets all weights.
    Weights,
}

/// What an evaluator needs before the first generation of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The run.
    pub run: Run,
    /// The records of all samples, each its features, then a byte for its label or the targets of a
    /// regression. Empty for a task of the board's own.
    pub samples: Vec<u8>,
    /// The text that is trained on, of which boards get the parts that a generation reads. Empty for another
    /// task.
    pub text: Arc<[u8]>,
    /// The weights that the run starts from. Without them, weights are drawn from the run's seed.
    pub start: Option<Arc<[i8]>>,
    /// A hash over everything that decides the weights of the run.
    pub identity: Identity,
    /// How boards get the weights of the next generation.
    pub sync: Sync,
    /// The task of the boards' own, for a run on one.
    pub own: Option<OwnTask>,
    /// Whether boards get all of the text, which they need to train alone; no matter for another task.
    pub holds_text: bool,
}

impl Setup {
    /// The run as boards are configured for it.
    pub fn run_of_boards(&self) -> Run {
        let task = match self.run.task {
            TaskKind::Text { context } if self.holds_text => {
                TaskKind::HeldText { context, tokens: self.text.len() as u32 }
            }
            task => task,
        };
        Run { task, ..self.run.clone() }
    }

    /// What boards keep from generation to generation: samples, or a text to train on alone.
    pub fn loaded(&self) -> &[u8] {
        if self.holds_text && self.run.streams().is_some() { &self.text } else { &self.samples }
    }

    /// Whether boards have all data that they need to train without the host.
    pub(crate) fn lets_train_alone(&self) -> bool {
        self.holds_text || self.run.streams().is_none()
    }
}

/// The complete scores of a generation. With the weights before it, they are enough to compute the weights
/// after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The number of the generation, from 1.
    pub number: u32,
    /// The learning rate in 1/65536, or q in 1/16.
    pub rate: u32,
    /// The scores of all units.
    pub tally: Tally,
    /// The packed scores of all units, as the update takes them and the journal keeps them.
    pub scores: Vec<u8>,
}

impl Outcome {
    /// Packs the tally of a generation.
    ///
    /// # Errors
    /// Those of [`Tally::pack`].
    pub fn new(number: u32, rate: u32, tally: Tally) -> Result<Self, eggroll_firmware::Error> {
        let scores = tally.pack(0..tally.units())?;
        Ok(Self { number, rate, tally, scores })
    }
}

/// A board that is behind by at most so many outcomes catches up by scores instead of weights.
pub const HISTORY: usize = 16;

/// Earlier generations and their weights, at most [`FORMER`] of them. A board that holds one of these gets
/// the differences to the present weights.
pub type Former = VecDeque<(u32, Arc<[i8]>)>;

/// How many generations of earlier weights are kept.
pub const FORMER: usize = 4;

/// A generation to evaluate, with everything that brings a board to its weights, whatever the board holds.
#[derive(Clone, Debug)]
pub struct Generation {
    /// The number of the generation, from 1.
    pub number: u32,
    /// The state before it of a board that updates itself.
    pub state: State,
    /// The state before it of a board that is loaded with weights.
    pub loaded_state: State,
    /// The weights before it.
    pub weights: Arc<[i8]>,
    /// The residuals before it; empty for a run without residuals.
    pub residuals: Arc<[i16]>,
    /// The guide before it; empty for a run without one that members teach.
    pub guide: Arc<[i16]>,
    /// What it reads of a text ([`eggroll_firmware::task::Feed`]); empty for another task.
    pub feed: Arc<[u8]>,
    /// The feeds of the generations in `history`, one for each, for updates that need them again.
    pub feeds: VecDeque<Arc<[u8]>>,
    /// The latest outcomes, oldest first, at most [`HISTORY`].
    pub history: VecDeque<Arc<Outcome>>,
    /// The generations before that of `weights`, with their weights, oldest first.
    pub former: Former,
}
