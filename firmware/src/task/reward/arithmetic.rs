use super::{FULL, Line, Puzzle, below, number};
use crate::noise::Stream;

/// Numbers are below this.
const NUMBERS: u32 = 10;

/// Sums and differences of numbers from 0 to 9: `7+6=` is answered by `13`, `3-8=` by `-5`.
///
/// The mark of another number is `7 - |difference|`, at least 1; of what is no number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    left: u8,
    minus: bool,
    right: u8,
}

impl Arithmetic {
    fn value(&self) -> i32 {
        let (left, right) = (i32::from(self.left), i32::from(self.right));
        if self.minus { left - right } else { left + right }
    }
}

impl Puzzle for Arithmetic {
    const LONGEST: usize = 2;

    /// Three words: the first number, the sign (0 plus, 1 minus), the second number.
    fn draw(noise: &mut Stream) -> Self {
        let left = below(noise, NUMBERS) as u8;
        let minus = below(noise, 2) == 1;
        Self { left, minus, right: below(noise, NUMBERS) as u8 }
    }

    fn prompt(&self, line: &mut Line) {
        line.number(self.left.into());
        line.push(if self.minus { b'-' } else { b'+' });
        line.number(self.right.into());
        line.push(b'=');
    }

    fn answer(&self, line: &mut Line) {
        line.number(self.value());
    }

    fn mark(&self, answer: &[u8]) -> i32 {
        match number(answer).map(|number| (number - self.value()).abs()) {
            Some(0) => FULL,
            Some(far) => (7 - far).max(1),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_checked() {
        let of = |left, minus, right| Arithmetic { left, minus, right };
        let (sum, difference) = (of(9, false, 4), of(3, true, 8));
        let mut line = Line::default();
        difference.prompt(&mut line);
        assert_eq!(line.bytes(), b"3-8=");
        let marks = |puzzle: Arithmetic, answers: [&str; 6]| answers.map(|a| puzzle.mark(a.as_bytes()));
        assert_eq!(marks(sum, ["13", "12", "16", "19", "99", "0"]), [16, 6, 4, 1, 1, 1]);
        assert_eq!(marks(sum, ["013", "1l", "", "13 ", "+13", "=13"]), [0; 6]);
        assert_eq!(marks(difference, ["-5", "5", "-4", "--5", "-", "-05"]), [16, 1, 6, 0, 0, 0]);
        assert_eq!(marks(of(4, true, 4), ["0", "-0", "00", "1", "-1", "8"]), [16, 0, 0, 6, 6, 1]);
    }
}
