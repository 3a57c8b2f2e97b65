use super::{FULL, Line, Puzzle, below};
use crate::noise::Stream;

/// Digits of a puzzle.
const DIGITS: usize = 3;

/// To put three digits in order: `314>` is answered by `134`, `505>` by `055`.
///
/// The mark of three other digits is 1 and 3 for every one in its place; of anything else 0.
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

    /// Three words: the digits.
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
        let puzzle = Sort { digits: [5, 0, 3] };
        let mut line = Line::default();
        puzzle.prompt(&mut line);
        assert_eq!(line.bytes(), b"503>");
        let marks = ["035", "053", "503", "999", "039", "03", "0355", "0 5", ""]
            .map(|answer| puzzle.mark(answer.as_bytes()));
        assert_eq!(marks, [16, 4, 1, 1, 7, 0, 0, 0, 0]);
    }
}
