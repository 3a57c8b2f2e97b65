use super::{Line, Puzzle};
use crate::kernel::draw_token;
use crate::noise::Stream;
use crate::task::Member;

/// A puzzle that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// The prompt.
    pub prompt: Line,
    /// The answer, as far as it goes.
    pub answer: Line,
    /// Whether it has an end.
    pub ended: bool,
    /// Tokens that the model read.
    pub tokens: u32,
    /// Its mark.
    pub mark: i32,
}

/// A puzzle while a model reads its prompt and writes an answer, a token at a time.
#[derive(Clone, Debug)]
pub struct Dialogue<P> {
    puzzle: P,
    prompt: Line,
    answer: Line,
    /// The words that decide the answer's bytes.
    noise: Stream,
    temperature: u8,
    /// Tokens that the model has read.
    read: u8,
    /// Whether the answer is complete.
    done: bool,
    /// Whether it has an end.
    ended: bool,
}

impl<P: Puzzle> Dialogue<P> {
    /// Draws a puzzle, and answers it at a temperature in 1/16.
    pub fn new(mut noise: Stream, temperature: u8) -> Self {
        let puzzle = P::draw(&mut noise);
        Self::of(puzzle, noise, temperature)
    }
}

impl<P: Puzzle> Dialogue<P> {
    /// The same of a puzzle that is drawn.
    pub fn of(puzzle: P, noise: Stream, temperature: u8) -> Self {
        let mut prompt = Line::default();
        puzzle.prompt(&mut prompt);
        let answer = Line::default();
        Self { puzzle, prompt, answer, noise, temperature, read: 0, done: false, ended: false }
    }

    /// The token that the model reads next: 0 at the beginning; `None` when the answer is complete.
    pub fn token(&self) -> Option<u8> {
        if self.done {
            return None;
        }
        let Some(at) = usize::from(self.read).checked_sub(1) else { return Some(0) };
        let written = at.checked_sub(self.prompt.len());
        let byte = match written {
            None => self.prompt.bytes().get(at),
            Some(at) => self.answer.bytes().get(at),
        };
        byte.copied()
    }

    /// Takes the logits of the token that was read.
    pub fn take(&mut self, logits: &[i8]) {
        self.read = self.read.saturating_add(1);
        if usize::from(self.read) <= self.prompt.len() {
            return;
        }
        let token = draw_token(logits, self.temperature, self.noise.next_word());
        if token == 0 {
            (self.done, self.ended) = (true, true);
        } else if self.answer.len() >= self.puzzle.longest() {
            self.done = true;
        } else {
            self.answer.push(token);
        }
    }

    /// The prompt, the answer so far, and its mark: 0 without an end.
    pub fn played(&self) -> Played {
        let mark = if self.ended { self.puzzle.mark(self.answer.bytes()) } else { 0 };
        let tokens = u32::from(self.read);
        Played { prompt: self.prompt, answer: self.answer, ended: self.ended, tokens, mark }
    }

    /// The member's answer to the whole of it.
    pub fn play(mut self, member: &mut dyn Member) -> Played {
        while let Some(token) = self.token() {
            self.take(member.read(token));
        }
        self.played()
    }
}
