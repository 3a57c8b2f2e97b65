//! How many puzzles a language model answers rightly.

use super::fresh::fresh;
use super::score::Score;
use crate::language::Reader;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::reward::{FULL, Played, Reward};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// What became of some prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RightAnswers {
    /// How many there were.
    pub prompts: u32,
    /// How many were answered rightly.
    pub right: u32,
    /// The sum of the marks, in 1/[`FULL`].
    pub marks: i64,
    /// The bytes that the model wrote, ends included.
    pub written: u64,
}

impl RightAnswers {
    /// The answers of a model of these weights to fresh prompts of a seed.
    pub fn of(program: &Program, weights: &[i8], reward: Reward, seed: u32, prompts: Range<u32>) -> Self {
        let one = |index| Self::from(&answer(program, weights, reward, seed, index));
        prompts.into_par_iter().map(one).reduce(Self::default, Self::and)
    }

    /// The share that was answered rightly; `None` without a prompt.
    pub fn success(&self) -> Option<Score> {
        (self.prompts > 0).then(|| Score::success(f64::from(self.right) / f64::from(self.prompts)))
    }

    /// The mean mark, where 1 is that of a right answer.
    pub fn mean_mark(&self) -> f64 {
        self.marks as f64 / (f64::from(FULL) * f64::from(self.prompts.max(1)))
    }

    const fn and(self, other: Self) -> Self {
        Self {
            prompts: self.prompts + other.prompts,
            right: self.right + other.right,
            marks: self.marks + other.marks,
            written: self.written + other.written,
        }
    }
}

impl From<&Played> for RightAnswers {
    fn from(played: &Played) -> Self {
        Self {
            prompts: 1,
            right: (played.mark == FULL).into(),
            marks: played.mark.into(),
            written: u64::from(played.tokens) - played.prompt.len() as u64,
        }
    }
}

/// The answer to a fresh prompt.
pub fn answer(program: &Program, weights: &[i8], reward: Reward, seed: u32, index: u32) -> Played {
    reward.play(fresh(seed, index), &mut Reader::new(program, weights))
}
