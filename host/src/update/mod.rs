//! The host's own weights, rebuilt from scores alone: no member is evaluated here.

mod fast;
mod offload;
mod replica;
mod signal;
mod streams;
mod tally;

pub use offload::UpdateOffload;
pub use replica::{Replica, sha256};
pub use signal::Signal;
pub use tally::Tally;

use crate::run::Identity;
use eggroll_firmware::train::{Run, State};
use std::collections::VecDeque;
use std::sync::Arc;

/// How boards come by the weights of the next generation. The weights are the same in every way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// Each board by what costs it the fewest bytes: scores where it has the memory to update itself, else moves.
    #[default]
    Cheapest,
    /// Every board rebuilds them from scores; one without the memory is refused.
    Scores,
    /// Every board gets the moves of the weights.
    Moves,
    /// Every board gets all weights.
    Weights,
}

/// What a board needs before a run's first generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The run.
    pub run: Run,
    /// Sample records: features and label byte each; empty for a task of the board's own.
    pub samples: Vec<u8>,
    /// The text that is trained on; empty for another task. Boards get what a generation reads of it.
    pub text: Arc<[u8]>,
    /// The weights that it starts from; drawn from the run's seed where there are none.
    pub start: Option<Arc<[i8]>>,
    /// Which run this is, by everything that decides its weights.
    pub identity: Identity,
    /// How boards are kept at the run's weights.
    pub sync: Sync,
}

/// A generation's complete scores: enough, with the weights before it, for the weights after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The generation, from 1.
    pub number: u32,
    /// Learning rate in 1/65536, or q in 1/16.
    pub rate: u32,
    /// The scores of all units.
    pub tally: Tally,
    /// The same, packed: what the update takes and the journal keeps.
    pub scores: Vec<u8>,
}

impl Outcome {
    /// Packs a generation's tally.
    ///
    /// # Errors
    /// Those of [`Tally::pack`].
    pub fn new(number: u32, rate: u32, tally: Tally) -> Result<Self, eggroll_firmware::Error> {
        let scores = tally.pack(0..tally.units())?;
        Ok(Self { number, rate, tally, scores })
    }
}

/// How many outcomes a board may be behind and still catch up by scores instead of weights.
pub const HISTORY: usize = 16;

/// Earlier weights that boards are brought from by their moves; at most [`FORMER`] of them.
pub type Former = VecDeque<(u32, Arc<[i8]>)>;

/// How many generations of earlier weights are kept.
pub const FORMER: usize = 4;

/// A generation to evaluate: everything that brings a board, in whatever state, to its weights.
#[derive(Clone, Debug)]
pub struct Generation {
    /// The generation to evaluate, from 1.
    pub number: u32,
    /// What a board that updates itself holds before it.
    pub state: State,
    /// What a board that is loaded with weights holds before it.
    pub loaded_state: State,
    /// The weights before it.
    pub weights: Arc<[i8]>,
    /// The residuals before it; empty where the run has none.
    pub residuals: Arc<[i16]>,
    /// What it reads of a text ([`eggroll_firmware::task::Feed`]); empty for another task.
    pub feed: Arc<[u8]>,
    /// The same of the generations of `history`, one each, where an update needs it again.
    pub feeds: VecDeque<Arc<[u8]>>,
    /// The latest outcomes, oldest first, at most [`HISTORY`].
    pub history: VecDeque<Arc<Outcome>>,
    /// The generations before that of `weights`, and their weights, oldest first.
    pub former: Former,
}
