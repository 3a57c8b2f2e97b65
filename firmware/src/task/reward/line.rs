/// Bytes of the longest prompt or answer.
pub const LONGEST_LINE: usize = 12;

/// A short text: a prompt or an answer. What does not fit is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    bytes: [u8; LONGEST_LINE],
    len: u8,
}

impl Line {
    /// Adds a byte at the end.
    pub fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }

    /// Adds a digit.
    pub fn digit(&mut self, digit: u8) {
        self.push(b'0'.saturating_add(digit));
    }

    /// Adds a number of at most three digits.
    pub fn number(&mut self, number: i32) {
        if number < 0 {
            self.push(b'-');
        }
        let size = number.unsigned_abs().min(999) as u16;
        if size > 99 {
            self.digit((size / 100) as u8);
        }
        if size > 9 {
            self.digit((size / 10 % 10) as u8);
        }
        self.digit((size % 10) as u8);
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// How many they are.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut line = Line::default();
        assert!(line.is_empty());
        for number in [7, -19, 100, 90, 5000] {
            line.number(number);
        }
        assert_eq!((line.bytes(), line.len()), (&b"7-1910090999"[..], 12));
        line.push(b'x');
        assert_eq!(line.len(), LONGEST_LINE);
    }
}
