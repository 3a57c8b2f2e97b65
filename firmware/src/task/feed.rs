use super::{Row, Target};
use crate::model::Start;
use crate::slice_ext::part;
use core::ops::Range;

/// The shape of a text's streams: each reads on from where it was in the generation before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// How many there are.
    pub count: u32,
    /// Tokens T that each takes in a generation.
    pub context: u32,
}

impl Streams {
    /// Where stream `stream` begins in a generation, from 1, of a text of `len` tokens that is read in a
    /// circle.
    pub const fn start(self, stream: u32, generation: u32, len: u64) -> u64 {
        let read = (generation as u64).saturating_sub(1) * self.context as u64;
        // `stream` is below `count`, and `len` below 2^32: no product leaves 64 bits.
        let begins = match (stream as u64 * len).checked_div(self.count as u64) {
            Some(begins) => begins,
            None => 0,
        };
        match (begins + read).checked_rem(len) {
            Some(start) => start,
            None => 0,
        }
    }

    /// Writes what the streams read of a text in a generation: `context + 1` tokens each, one stream behind
    /// another. After the end of the text a stream reads on at its beginning.
    pub fn read(self, generation: u32, text: &[u8], tokens: &mut [u8]) {
        let of_stream = tokens.chunks_exact_mut((self.context as usize).saturating_add(1));
        for (stream, tokens) in (0..self.count).zip(of_stream) {
            let start = self.start(stream, generation, text.len() as u64) as usize;
            let circle =
                part(text, start, text.len().saturating_sub(start)).iter().chain(text.iter().cycle());
            tokens.iter_mut().zip(circle).for_each(|(token, &read)| *token = read);
        }
    }

    /// Which stream a slot of estimator `node` is of, and its place in it.
    pub const fn place(self, slot: u32) -> (u32, u32) {
        match slot.checked_div(self.context) {
            Some(stream) => (stream, slot.wrapping_sub(stream.wrapping_mul(self.context))),
            None => (0, 0),
        }
    }

    /// Bytes of a feed for a model whose state has `state_len` values.
    pub const fn feed_len(self, state_len: usize) -> u64 {
        self.count as u64 * (self.context as u64 + 1 + state_len as u64)
    }
}

/// What a generation reads, sent to whoever evaluates it: of every stream `context + 1` tokens (each but the
/// first is the target of the one before it), then of every stream the base model's state before the first of
/// them.
#[derive(Clone, Copy)]
pub struct Feed<'a> {
    bytes: &'a [u8],
    streams: Streams,
    state_len: usize,
}

impl<'a> Feed<'a> {
    /// Views a feed of [`Streams::feed_len`] bytes; what is missing reads as nothing.
    pub const fn new(bytes: &'a [u8], streams: Streams, state_len: usize) -> Self {
        Self { bytes, streams, state_len }
    }

    fn tokens_end(&self) -> usize {
        self.streams.count as usize * (self.streams.context as usize + 1)
    }

    fn part(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The tokens of a stream.
    pub fn tokens(&self, stream: u32) -> &'a [u8] {
        let len = self.streams.context as usize + 1;
        let start = (stream as usize).saturating_mul(len);
        self.part(start..start.saturating_add(len))
    }

    /// The base model's state before them.
    pub fn state(&self, stream: u32) -> &'a [i8] {
        let start = self.tokens_end() + stream as usize * self.state_len;
        bytemuck::cast_slice(self.part(start..start + self.state_len))
    }

    /// A stream's rows: each token but the last, and the one that follows it.
    pub fn rows(&self, stream: u32) -> impl Iterator<Item = Row<'a>> {
        let tokens = self.tokens(stream);
        tokens.iter().zip(tokens.iter().skip(1)).map(|(&token, &next)| Row {
            start: Start::Token(token),
            target: Target::Class(next.into()),
            mark: token.into(),
        })
    }

    /// The first byte that is no token of a vocabulary, or a state of -128.
    pub fn first_invalid(&self, vocabulary: usize) -> Option<u32> {
        let (tokens, states) = self.bytes.split_at_checked(self.tokens_end())?;
        let token = tokens.iter().position(|&token| usize::from(token) >= vocabulary);
        let state = || states.iter().position(|&s| s == i8::MIN as u8).map(|at| tokens.len() + at);
        token.or_else(state).map(|at| at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_read_on_in_a_circle() {
        let streams = Streams { count: 3, context: 4 };
        let starts = |generation| [0, 1, 2].map(|stream| streams.start(stream, generation, 20));
        assert_eq!([starts(1), starts(2), starts(3)], [[0, 6, 13], [4, 10, 17], [8, 14, 1]]);
        assert_eq!(streams.start(2, u32::MAX, u64::from(u32::MAX)), 2_863_311_526);
    }

    #[test]
    fn a_feed_in_parts() {
        let streams = Streams { count: 2, context: 2 };
        let bytes = [1, 2, 3, 4, 5, 6, 250, 7, 8, 9];
        assert_eq!(streams.feed_len(2), 10);
        let feed = Feed::new(&bytes, streams, 2);
        assert_eq!(
            (feed.tokens(1), feed.state(0), feed.state(1)),
            (&[4, 5, 6][..], &[-6, 7][..], &[8, 9][..])
        );
        assert_eq!((feed.tokens(2), feed.state(2)), (&[250, 7, 8][..], &[][..]));
        assert_eq!([7, 6, 4].map(|vocabulary| feed.first_invalid(vocabulary)), [None, Some(5), Some(3)]);
        assert_eq!(Feed::new(&[1, 2, 3, 4, 5, 6, 0, 128, 0, 0], streams, 2).first_invalid(9), Some(7));
    }
}
