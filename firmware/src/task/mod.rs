//! What a member is scored on: samples with labels or targets, a simulated [`environment`], puzzles whose
//! answers are checked ([`reward`]), or anything that an implementation of [`Task`] can measure.

pub mod environment;
pub mod reward;

mod feed;
mod row;
mod samples;
mod source;
mod store;
mod target;

pub use feed::{Feed, Streams};
pub use row::Row;
pub use samples::Samples;
pub use source::Source;
pub use store::{InArena, SampleStore};
pub use target::{Loss, Target, TargetKind, raw_value};

/// Bytes of the longest name of a [`Task`] and of its unit together: the frame that tells them has 256.
pub const LONGEST_NAMES: usize = 64;

/// One evaluation of a member by a [`Task`].
///
/// Both twins of a pair get the same trial, so a task that draws its starting point from it compares them on
/// equal terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Seed of the run.
    pub seed: u32,
    /// Training generation, from 1.
    pub generation: u32,
    /// The antithetic pair.
    pub pair: u32,
}

/// A member as a task sees it: a function from inputs to outputs.
pub trait Member {
    /// Runs the model once. `input` holds the model's inputs, each in [-127, 127]; the outputs likewise.
    ///
    /// An input of another length than the model's is cut, or filled up with 0.
    fn act(&mut self, input: &[i8]) -> &[i8];

    /// Reads a token with a recurrent model, and returns the logits of the next one. Token 0 begins a
    /// document. A model that takes features reads no tokens, and returns nothing.
    fn read(&mut self, token: u8) -> &[i8] {
        let _ = token;
        &[]
    }
}

/// A fitness of your own: a simulation, a game, a motor with a sensor. Used by estimator `weight`.
///
/// The score is one integer, larger is better; only the difference between two twins counts. For runs to be
/// repeatable it must depend on the trial and the member alone. A score taken from real hardware is not
/// repeatable, and a run with one is exact only in its journal.
///
/// # Example
/// A member is rewarded for answering every input with its double:
/// ```
/// use eggroll_firmware::task::{Member, Task, Trial};
///
/// struct Double;
///
/// impl Task for Double {
///     fn score(&mut self, _: Trial, member: &mut dyn Member) -> i32 {
///         (-60..=60)
///             .step_by(10)
///             .map(|x: i8| -(i32::from(member.act(&[x])[0]) - 2 * i32::from(x)).abs())
///             .sum()
///     }
/// }
/// ```
/// `examples/custom_task.rs` trains a model on such a task.
pub trait Task {
    /// Whether there is anything to score: a board without a task of its own refuses runs that need one.
    const PRESENT: bool = true;
    /// What it is called, as users see it: with [`Self::UNIT`] at most [`LONGEST_NAMES`] bytes. All boards of
    /// a run have a task of one name.
    const NAME: &'static str = "own";
    /// What its scores count.
    const UNIT: &'static str = "points";
    /// How many times a second it calls [`Member::act`], where it waits for something in the world; 0 where
    /// it is as fast as the core.
    ///
    /// A host takes a board that says nothing for two seconds for one that has lost the request. A board
    /// counts products to know when to say that it is at work, and a task that waits makes few of them: with
    /// this number it says so after half as many calls. A task that waits calls at least once a second.
    const ACTS_A_SECOND: u32 = 0;

    /// Scores one member on one trial. Magnitudes up to 2^30: a difference must fit an `i32`.
    ///
    /// The weights as they are, without noise, are scored on trials of generation
    /// [`FRESH`](environment::FRESH), which no training meets.
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32;
}

/// A board without a task of its own: it trains on samples only.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTask;

impl Task for NoTask {
    const PRESENT: bool = false;

    fn score(&mut self, _: Trial, _: &mut dyn Member) -> i32 {
        0
    }
}
