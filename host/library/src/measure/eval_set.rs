//! The samples, episodes or text on which a model is measured.

use super::accuracy::accuracy;
use super::bits::bits_per_byte;
use super::regression::RegressionErrors;
use super::right_answers::RightAnswers;
use super::score::Score;
use crate::data::Dataset;
use crate::scratch::HeapScratch;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::environment::{Base, Domain, RETURN_UNIT, play_base};
use eggroll_firmware::task::reward::Reward;
use std::ops::Range;

/// The numbers of the fresh starts that the final figure is measured on.
pub const FINAL_STARTS: Range<u32> = 0..100;
/// The numbers of the fresh starts on which progress is watched. The final figure has others.
pub const WATCHED_STARTS: Range<u32> = 1000..1100;

/// The numbers of the fresh prompts that the final figure is measured on.
pub const FINAL_PROMPTS: Range<u32> = 0..1000;
/// The numbers of the fresh prompts on which progress is watched. The final figure has others.
pub const WATCHED_PROMPTS: Range<u32> = 1000..1200;

/// The numbers of the trials on which a task of the boards' own is watched. Each takes a board's time, and
/// may take that of a machine in the world, so there are few.
pub const WATCHED_TRIALS: Range<u32> = 0..4;

/// The samples, episodes or text on which a model is measured.
#[derive(Clone, Debug)]
pub enum EvalSet<'a> {
    /// Rows of a data set.
    Samples {
        /// The data set.
        data: &'a Dataset,
        /// The numbers of the rows.
        rows: &'a [u32],
    },
    /// Episodes with fresh starts, which training never meets.
    Episodes {
        /// The environment, and how far its parameters lie apart.
        domain: Domain,
        /// The seed of the run.
        seed: u32,
        /// The numbers of the fresh starts.
        starts: Range<u32>,
    },
    /// A piece of a text.
    Text {
        /// The bytes of the piece.
        bytes: &'a [u8],
    },
    /// Puzzles with fresh prompts' numbers, which training does not draw.
    Prompts {
        /// Their kind. Answers are measured without chance.
        reward: Reward,
        /// The seed of the run.
        seed: u32,
        /// The numbers of the prompts.
        prompts: Range<u32>,
    },
    /// Trials of a task of the boards' own, which only boards can score: here it is as if the set were empty.
    Own {
        /// How many there are.
        trials: usize,
    },
}

impl EvalSet<'_> {
    /// The number of samples, episodes or bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Samples { rows, .. } => rows.len(),
            Self::Episodes { starts, .. } => starts.len(),
            Self::Text { bytes } => bytes.len(),
            Self::Own { trials } => *trials,
            Self::Prompts { prompts, .. } => prompts.len(),
        }
    }

    /// Whether there is nothing to measure on.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Measures a model of these weights, which must fit the task. The result is `None` for an empty set.
    pub fn score(&self, program: &Program, weights: &[i8]) -> Option<Score> {
        match self {
            Self::Samples { data, rows } if data.targets().is_some() => {
                RegressionErrors::of(program, weights, data, rows).map(|errors| errors.score())
            }
            Self::Samples { data, rows } => accuracy(program, weights, data, rows).map(Score::accuracy),
            Self::Own { .. } => None,
            Self::Prompts { reward, seed, prompts } => {
                let greedy = Reward { temperature: 0, ..*reward };
                RightAnswers::of(program, weights, greedy, *seed, prompts.clone()).success()
            }
            Self::Text { bytes } => bits_per_byte(program, weights, bytes).map(Score::bits),
            Self::Episodes { domain, seed, starts } => {
                let mut scratch = HeapScratch::new(program);
                let base = Base { program, weights, pass: scratch.get() };
                mean_return(play_base(*domain, *seed, starts.clone(), base))
            }
        }
    }
}

/// The mean of returns, which are counted in 1/[`RETURN_UNIT`]. It is `None` without returns.
pub(super) fn mean_return(returns: impl ExactSizeIterator<Item = i32>) -> Option<Score> {
    let count = returns.len();
    let total: i64 = returns.map(i64::from).sum();
    (count > 0).then(|| Score::mean_return(total as f64 / (f64::from(RETURN_UNIT) * count as f64)))
}
