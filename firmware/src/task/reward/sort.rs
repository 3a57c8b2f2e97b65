use super::{FULL, Line, Puzzle, below};
use crate::noise::Stream;

/// Digits of a puzzle.
const DIGITS: usize = 4;

/// To put four digits in order: `3142>` is answered by `1234`, `5505>` by `0555`.
///
/// The mark of four other digits is 1 and 3 for every one in its place; of anything else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    digits: [u8; DIGITS],
}

impl Sort {
    fn sorted(&self) -> [u8; DIGITS] {
        let mut sorted = self.digits;
        sorted.sort_unstable();
        sorted
    }
}

impl Puzzle for Sort {
    const LONGEST: usize = DIGITS;

    /// Four words: the digits.
    fn draw(noise: &mut Stream) -> Self {
        Self { digits: [(); DIGITS].map(|()| below(noise, 10) as u8) }
    }

    fn prompt(&self, line: &mut Line) {
        self.digits.iter().for_each(|&digit| line.digit(digit));
        line.push(b'>');
    }

    fn answer(&self, line: &mut Line) {
        self.sorted().iter().for_each(|&digit| line.digit(digit));
    }

    fn mark(&self, answer: &[u8]) -> i32 {
        if answer.len() != DIGITS || !answer.iter().all(u8::is_ascii_digit) {
            return 0;
        }
        let right = self.sorted().iter().zip(answer).filter(|(of, byte)| b'0' + **of == **byte).count();
        if right == DIGITS { FULL } else { 1 + 3 * right as i32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_checked() {
        let puzzle = Sort { digits: [5, 3, 0, 3] };
        let mut line = Line::default();
        puzzle.prompt(&mut line);
        assert_eq!(line.bytes(), b"5303>");
        let marks = ["0335", "0353", "5303", "9999", "0339", "033", "03355", "0 35", ""]
            .map(|answer| puzzle.mark(answer.as_bytes()));
        assert_eq!(marks, [16, 7, 4, 1, 10, 0, 0, 0, 0]);
    }
}
