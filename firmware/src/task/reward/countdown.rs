use super::{FULL, Line, Puzzle, below};
use crate::noise::Stream;

/// Numbers of a puzzle.
const NUMBERS: usize = 3;
/// What a puzzle's target is at most.
const LARGEST: i32 = 99;
/// So often signs are drawn until the target is within 0 to [`LARGEST`].
const DRAWS: u32 = 8;

/// To reach a target from three numbers: `347>25=` is answered by `3*7+4`.
///
/// An answer is one to three of the numbers, each used once at most, in any order, with `+`, `-` or `*`
/// between them; `*` comes first. The mark of another value is `8 - |difference|`, at least 4; 2 for an
/// expression of other numbers; 0 for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// The numbers as the prompt has them, 1 to 9.
    shown: [u8; NUMBERS],
    /// A solution: numbers, and the signs between them.
    numbers: [u8; NUMBERS],
    signs: [u8; NUMBERS - 1],
}

/// The value of an expression of single digits above 0, and how often it has each digit; `None` for a text
/// that is no such expression.
fn value(text: &[u8]) -> Option<(i32, [u8; 10])> {
    let (mut total, mut product, mut used) = (0i32, 1i32, [0u8; 10]);
    // Every digit has a sign before it; the first has a plus.
    let mut sign = b'+';
    let mut rest = text;
    loop {
        let (&byte, after) = rest.split_first()?;
        let digit = byte.checked_sub(b'0').filter(|digit| (1..10).contains(digit))?;
        let count = used.get_mut(usize::from(digit))?;
        *count = count.saturating_add(1);
        let digit = i32::from(digit);
        match sign {
            b'*' => product = product.saturating_mul(digit),
            _ => {
                total = total.saturating_add(product);
                product = if sign == b'-' { -digit } else { digit };
            }
        }
        match after.split_first() {
            // The product before the first digit was 1 and counted.
            None => return Some((total.saturating_add(product).saturating_sub(1), used)),
            Some((&next @ (b'+' | b'-' | b'*'), more)) => (sign, rest) = (next, more),
            Some(_) => return None,
        }
    }
}

impl Countdown {
    fn target(&self) -> i32 {
        let mut line = Line::default();
        self.answer(&mut line);
        value(line.bytes()).map_or(0, |(value, _)| value)
    }
}

impl Puzzle for Countdown {
    const LONGEST: usize = 2 * NUMBERS - 1;

    /// Three words for the numbers as they are shown, two for their order in a solution, then two for the
    /// signs, drawn anew up to eight times until the target is from 0 to 99; `+` both where it never is.
    fn draw(noise: &mut Stream) -> Self {
        let shown = [(); NUMBERS].map(|()| 1 + below(noise, 9) as u8);
        let mut numbers = shown;
        numbers.swap(0, below(noise, 3) as usize % NUMBERS);
        numbers.swap(1, (1 + below(noise, 2) as usize) % NUMBERS);
        let mut puzzle = Self { shown, numbers, signs: [b'+'; NUMBERS - 1] };
        for _ in 0..DRAWS {
            puzzle.signs = puzzle.signs.map(|_| match below(noise, 3) {
                0 => b'+',
                1 => b'-',
                _ => b'*',
            });
            if (0..=LARGEST).contains(&puzzle.target()) {
                return puzzle;
            }
        }
        Self { signs: [b'+'; NUMBERS - 1], ..puzzle }
    }

    fn prompt(&self, line: &mut Line) {
        self.shown.iter().for_each(|&number| line.digit(number));
        line.push(b'>');
        line.number(self.target());
        line.push(b'=');
    }

    fn answer(&self, line: &mut Line) {
        let signs = self.signs.iter().map(Some).chain([None]);
        for (&number, sign) in self.numbers.iter().zip(signs) {
            line.digit(number);
            if let Some(&sign) = sign {
                line.push(sign);
            }
        }
    }

    fn mark(&self, answer: &[u8]) -> i32 {
        if answer.len() > Self::LONGEST {
            return 0;
        }
        let Some((value, used)) = value(answer) else { return 0 };
        let there = |digit: usize| self.shown.iter().filter(|shown| usize::from(**shown) == digit).count();
        if used.iter().enumerate().any(|(digit, &count)| usize::from(count) > there(digit)) {
            return 2;
        }
        match (value - self.target()).abs() {
            0 => FULL,
            far => (8 - far).max(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_a_value() {
        let of = |text: &str| value(text.as_bytes()).map(|(value, _)| value);
        let values = ["7", "3*7+4", "4+3*7", "9-2*5", "2*3*9", "1-2-3", "5-1*5"].map(of);
        assert_eq!(values, [7, 25, 25, -1, 54, -4, 0].map(Some));
        for text in ["", "+", "3+", "+3", "3**4", "37", "0+1", "3/1", "3 ", "a", "-3"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn answers_are_checked() {
        let puzzle = Countdown { shown: [3, 4, 7], numbers: [3, 7, 4], signs: [b'*', b'+'] };
        let mut line = Line::default();
        puzzle.prompt(&mut line);
        assert_eq!(line.bytes(), b"347>25=");
        let marks = ["3*7+4", "7*4-3", "7*4+3", "7*4", "3+4", "7", "7*7", "3*7+4+", "25", "5*5", ""]
            .map(|answer| puzzle.mark(answer.as_bytes()));
        assert_eq!(marks, [16, 16, 4, 5, 4, 4, 2, 0, 0, 2, 0]);
    }
}
