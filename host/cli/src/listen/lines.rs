//! Bytes become lines, of which none takes more memory than the longest that may be.

/// The longest line, in bytes. A line that is longer is passed over.
pub(super) const LONGEST: usize = 4096;

/// Puts lines together from the pieces in which bytes arrive.
#[derive(Default)]
pub(super) struct Lines {
    /// The beginning of the present line.
    kept: Vec<u8>,
    /// The present line is too long, and what is left of it is thrown away.
    too_long: bool,
}

impl Lines {
    /// Takes bytes, and calls `each` for each line that they end: with the line, or with `None` in place of
    /// one that was too long. A line ends with CR, LF or both, so it may be empty.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Option<&[u8]>)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (piece, behind) = rest.split_at(end);
            self.keep(piece);
            each(if self.too_long { None } else { Some(&self.kept) });
            self.kept.clear();
            self.too_long = false;
            rest = &behind[1..];
        }
        self.keep(rest);
    }

    /// The line that was begun and not ended, where there is one; `None` in place of one that is too long.
    pub(super) fn rest(&mut self) -> Option<Option<Vec<u8>>> {
        let (kept, too_long) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.too_long));
        match (kept, too_long) {
            (_, true) => Some(None),
            (kept, false) => (!kept.is_empty()).then_some(Some(kept)),
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        if self.too_long || self.kept.len() + piece.len() > LONGEST {
            self.too_long = true;
            self.kept = Vec::new();
        } else {
            self.kept.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Line = Option<Vec<u8>>;

    fn lines(pieces: &[&[u8]]) -> (Vec<Line>, Option<Line>) {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| found.push(line.map(<[u8]>::to_vec)));
            assert!(lines.kept.capacity() <= 2 * LONGEST, "{}", lines.kept.capacity());
        }
        (found, lines.rest())
    }

    #[test]
    fn a_line_is_bounded_and_the_next_one_is_whole() {
        let (longest, longer) = (vec![b'1'; LONGEST], vec![b'1'; LONGEST + 1]);
        let (found, rest) = lines(&[&longest, b"\n", &longer, &longer, b"\n2,3\n4"]);
        assert_eq!(found, [Some(longest), None, Some(b"2,3".to_vec())]);
        assert_eq!(rest, Some(Some(b"4".to_vec())));
        assert_eq!(lines(&[&longer]), (vec![], Some(None)));
        assert_eq!(lines(&[b"1\r\n2\r"]).0, [&b"1"[..], b"", b"2"].map(|line| Some(line.to_vec())));
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_does_not_matter(bytes: Vec<u8>, size in 1usize..9) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(lines(&pieces), lines(&[&bytes]));
        }
    }
}
