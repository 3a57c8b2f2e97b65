use super::{Arithmetic, Countdown, Line, Puzzle, Sort};
use crate::noise::Stream;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A kind of puzzle that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RewardKind {
    /// [`Arithmetic`].
    Arithmetic,
    /// [`Countdown`].
    Countdown,
    /// [`Sort`].
    Sort,
}

impl RewardKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Arithmetic, Self::Countdown, Self::Sort];

    /// The name on a command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic",
            Self::Countdown => "countdown",
            Self::Sort => "sort",
        }
    }

    /// Whether this firmware has puzzles: some boards have no room for them.
    pub const fn is_there() -> bool {
        cfg!(feature = "rewards")
    }

    /// Tokens that a model reads of one puzzle at most: the separator, the prompt and the answer.
    pub const fn longest(self) -> u32 {
        match self {
            Self::Arithmetic => 1 + 4 + Arithmetic::LONGEST as u32,
            Self::Countdown => 1 + 7 + Countdown::LONGEST as u32,
            Self::Sort => 1 + 4 + Sort::LONGEST as u32,
        }
    }

    /// Draws a puzzle.
    pub fn draw(self, noise: &mut Stream) -> Drawn {
        match self {
            Self::Arithmetic => Drawn::Arithmetic(Arithmetic::draw(noise)),
            Self::Countdown => Drawn::Countdown(Countdown::draw(noise)),
            Self::Sort => Drawn::Sort(Sort::draw(noise)),
        }
    }
}

/// A puzzle of any kind that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Of [`RewardKind::Arithmetic`].
    Arithmetic(Arithmetic),
    /// Of [`RewardKind::Countdown`].
    Countdown(Countdown),
    /// Of [`RewardKind::Sort`].
    Sort(Sort),
}

impl Puzzle for Drawn {
    const LONGEST: usize = Countdown::LONGEST;

    /// One of the first kind; [`RewardKind::draw`] draws one of any.
    fn draw(noise: &mut Stream) -> Self {
        RewardKind::Arithmetic.draw(noise)
    }

    fn prompt(&self, line: &mut Line) {
        match self {
            Self::Arithmetic(puzzle) => puzzle.prompt(line),
            Self::Countdown(puzzle) => puzzle.prompt(line),
            Self::Sort(puzzle) => puzzle.prompt(line),
        }
    }

    fn answer(&self, line: &mut Line) {
        match self {
            Self::Arithmetic(puzzle) => puzzle.answer(line),
            Self::Countdown(puzzle) => puzzle.answer(line),
            Self::Sort(puzzle) => puzzle.answer(line),
        }
    }

    fn mark(&self, answer: &[u8]) -> i32 {
        match self {
            Self::Arithmetic(puzzle) => puzzle.mark(answer),
            Self::Countdown(puzzle) => puzzle.mark(answer),
            Self::Sort(puzzle) => puzzle.mark(answer),
        }
    }

    fn longest(&self) -> usize {
        match self {
            Self::Arithmetic(puzzle) => puzzle.longest(),
            Self::Countdown(puzzle) => puzzle.longest(),
            Self::Sort(puzzle) => puzzle.longest(),
        }
    }
}

impl fmt::Display for RewardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no kind of puzzle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownReward;

impl fmt::Display for UnknownReward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown reward; there are:")?;
        let mut between = "";
        for kind in RewardKind::ALL {
            write!(f, "{between} {kind}")?;
            between = ",";
        }
        Ok(())
    }
}

impl core::error::Error for UnknownReward {}

impl FromStr for RewardKind {
    type Err = UnknownReward;

    fn from_str(text: &str) -> Result<Self, UnknownReward> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownReward)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{Address, TENSOR_STARTS};
    use crate::task::reward::{FULL, LONGEST_LINE, VOCABULARY};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_generators_answer_passes_its_check(seed: u32, generation: u32, index: u32) {
            for kind in RewardKind::ALL {
                let mut noise = Stream::new(Address { seed, generation, index, tensor: TENSOR_STARTS });
                let puzzle = kind.draw(&mut noise);
                let (mut prompt, mut answer) = (Line::default(), Line::default());
                puzzle.prompt(&mut prompt);
                puzzle.answer(&mut answer);
                prop_assert_eq!(puzzle.mark(answer.bytes()), FULL, "{:?}", puzzle);
                prop_assert!(answer.len() <= puzzle.longest() && puzzle.longest() <= LONGEST_LINE);
                prop_assert!(1 + prompt.len() + puzzle.longest() <= kind.longest() as usize);
                let all = prompt.bytes().iter().chain(answer.bytes());
                prop_assert!(all.clone().all(|byte| (1..VOCABULARY as u8).contains(byte)));
            }
        }

        #[test]
        fn any_answer_has_a_mark(seed: u32, answer in prop::collection::vec(any::<u8>(), 0..20)) {
            for kind in RewardKind::ALL {
                let mut noise = Stream::new(Address { seed, generation: 1, index: 0, tensor: TENSOR_STARTS });
                let puzzle = kind.draw(&mut noise);
                prop_assert!((0..=FULL).contains(&puzzle.mark(&answer)));
            }
        }

        #[test]
        fn answers_of_the_right_bytes_have_a_mark(seed: u32, answer in "[0-9+*-]{0,8}") {
            for kind in RewardKind::ALL {
                let mut noise = Stream::new(Address { seed, generation: 1, index: 0, tensor: TENSOR_STARTS });
                let puzzle = kind.draw(&mut noise);
                prop_assert!((0..=FULL).contains(&puzzle.mark(answer.as_bytes())));
            }
        }
    }

    #[test]
    fn names() {
        for kind in RewardKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("x".parse::<RewardKind>(), Err(UnknownReward));
    }
}
