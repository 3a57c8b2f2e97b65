use super::{Dialogue, Drawn, MAX_TEMPERATURE, Played, RewardKind};
use crate::noise::{Address, Stream, TENSOR_STARTS};
use crate::task::environment::Episode;
use crate::task::{Member, Task, Trial};
use serde::{Deserialize, Serialize};

/// Puzzles of a kind, answered at a temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reward {
    /// The kind.
    pub kind: RewardKind,
    /// How random answers are, in 1/16: 16 draws by the model's probabilities, 0 takes the likeliest byte. At
    /// most [`MAX_TEMPERATURE`].
    pub temperature: u8,
}

impl Reward {
    /// Whether the temperature is within its range.
    pub const fn is_valid(self) -> bool {
        self.temperature <= MAX_TEMPERATURE
    }

    /// The puzzle of a prompt's number ([`Episode::index`]), with nothing answered.
    pub fn dialogue(self, at: Episode) -> Dialogue<Drawn> {
        let Episode { seed, generation, index } = at;
        let mut noise = Stream::new(Address { seed, generation, index, tensor: TENSOR_STARTS });
        let puzzle = self.kind.draw(&mut noise);
        Dialogue::of(puzzle, noise, self.temperature)
    }

    /// The member's answer to a prompt.
    pub fn play(self, at: Episode, member: &mut dyn Member) -> Played {
        self.dialogue(at).play(member)
    }
}

/// The task of a run on a reward: a member's score is the sum of the marks of its answers.
///
/// Prompt `i` of a pair is number `i` of the generation, so that all pairs answer the same; or, with prompts
/// of their own, number `pair * prompts + i`. Both twins answer the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The puzzles.
    pub reward: Reward,
    /// Prompts that a member answers. For sums to fit, at most 2^26.
    pub prompts: u32,
    /// Whether every pair has prompts of its own.
    pub own: bool,
}

impl Answers {
    /// Prompt `i` of a pair.
    pub const fn prompt(&self, trial: Trial, i: u32) -> Episode {
        let Trial { seed, generation, pair } = trial;
        let first = if self.own { pair.wrapping_mul(self.prompts) } else { 0 };
        Episode { seed, generation, index: first.wrapping_add(i) }
    }
}

impl Task for Answers {
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        (0..self.prompts).map(|i| self.reward.play(self.prompt(trial, i), member).mark).sum()
    }
}
