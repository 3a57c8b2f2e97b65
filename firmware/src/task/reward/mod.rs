//! Puzzles that a language model answers, and whose answers are checked: a reward instead of a text.
//!
//! | name | prompt | a right answer |
//! |---|---|---|
//! | `arithmetic` | `7+6=` | `13`: sums and differences of numbers from 0 to 9 |
//! | `countdown` | `347>25=` | `3*7+4`: an expression of the numbers before `>`, each used once at most |
//! | `sort` | `314>` | `134`: the same digits in order |
//!
//! A puzzle is drawn from the noise of its number, so that a board makes its own and nothing is sent: the
//! words at (seed, generation, index = number of the prompt, tensor
//! [`TENSOR_STARTS`](crate::noise::TENSOR_STARTS)), as an episode's are. The words behind those of the puzzle
//! decide the bytes of the answer ([`draw_token`](crate::kernel::draw_token)). All members of a generation
//! read the same prompts and have the same words, so their scores differ by their weights alone.
//!
//! A document is a byte 0, the prompt, the answer and a byte 0 that ends it. An answer without an end within
//! [`Puzzle::LONGEST`] bytes is wrong and is not read on. Marks are from 0 to [`FULL`]; only a right answer
//! has [`FULL`].

mod answers;
mod arithmetic;
mod countdown;
mod dialogue;
mod kind;
mod line;
mod sort;

pub use answers::{Answers, Reward};
pub use arithmetic::Arithmetic;
pub use countdown::Countdown;
pub use dialogue::{Dialogue, Played};
pub use kind::{Drawn, RewardKind, UnknownReward};
pub use line::{LONGEST_LINE, Line};
pub use sort::Sort;

use crate::noise::Stream;

/// The mark of a right answer.
pub const FULL: i32 = 16;

/// Tokens that a model of these puzzles has at least: their bytes are below.
pub const VOCABULARY: u32 = 64;

/// The highest temperature, in 1/16.
pub const MAX_TEMPERATURE: u8 = 64;

/// A kind of puzzle: it makes prompts and checks answers.
///
/// # Example
/// A puzzle of one's own, as a task that a board scores language models by ([`Answers`] is the task of those
/// that are built in):
/// ```
/// use eggroll_firmware::noise::{Address, Stream};
/// use eggroll_firmware::task::reward::{Dialogue, FULL, Line, Puzzle, below};
/// use eggroll_firmware::task::{Member, Task, Trial};
///
/// /// To repeat a digit.
/// struct Echo(u8);
///
/// impl Puzzle for Echo {
///     const LONGEST: usize = 1;
///
///     fn draw(noise: &mut Stream) -> Self {
///         Self(below(noise, 10) as u8)
///     }
///
///     fn prompt(&self, line: &mut Line) {
///         line.digit(self.0);
///         line.push(b'>');
///     }
///
///     fn answer(&self, line: &mut Line) {
///         line.digit(self.0);
///     }
///
///     fn mark(&self, answer: &[u8]) -> i32 {
///         if answer == [b'0' + self.0] { FULL } else { 0 }
///     }
/// }
///
/// struct Echoes;
///
/// impl Task for Echoes {
///     const NAME: &'static str = "echo";
///
///     fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
///         let Trial { seed, generation, .. } = trial;
///         let noise = |index| Stream::new(Address { seed, generation, index, tensor: 4093 });
///         (0..8).map(|index| Dialogue::<Echo>::new(noise(index), 16).play(member).mark).sum()
///     }
/// }
/// ```
pub trait Puzzle {
    /// Bytes of the longest answer; at most [`LONGEST_LINE`].
    const LONGEST: usize;

    /// Draws a puzzle.
    fn draw(noise: &mut Stream) -> Self
    where
        Self: Sized;

    /// Writes what the model reads.
    fn prompt(&self, line: &mut Line);

    /// Writes a right answer.
    fn answer(&self, line: &mut Line);

    /// The mark of an answer, from 0 to [`FULL`]; [`FULL`] if it is right, and only then.
    fn mark(&self, answer: &[u8]) -> i32;

    /// [`Self::LONGEST`] of this puzzle.
    fn longest(&self) -> usize {
        Self::LONGEST
    }
}

/// A number from 0 to `end - 1`, of the next word: `(word * end) >> 32`.
pub const fn below(noise: &mut Stream, end: u32) -> u32 {
    ((noise.next_word() as u64 * end as u64) >> 32) as u32
}

/// The number that a text is: digits without a zero in front, with `-` before a number below 0; at most four
/// digits.
fn number(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = match digits {
        [b'0'] if !negative => 0,
        [b'1'..=b'9', ..] if digits.len() <= 4 => {
            let mut value = 0;
            for digit in digits {
                value = 10 * value + i32::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
            }
            value
        }
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in [("0", 0), ("7", 7), ("-12", -12), ("9999", 9999)] {
            assert_eq!(number(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "-", "-0", "07", "1a", "a", "+1", "--1", "10000", "1 ", "1-"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }
}
