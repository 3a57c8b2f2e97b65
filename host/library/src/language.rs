//! A recurrent model that reads and writes text, token by token.

use crate::scratch::HeapScratch;
use eggroll_firmware::model::{Perturbation, Program, Start, Unperturbed as Base, run};
use eggroll_firmware::noise::{Address, Stream, TENSOR_STARTS};
use eggroll_firmware::task::Member;
use eggroll_firmware::task::reward::{FULL, Line, Puzzle, RewardKind, below};

/// A model, and its state after the tokens that it has read.
pub struct Reader<'a> {
    program: &'a Program,
    weights: &'a [i8],
    /// The state, block after block.
    pub state: Vec<i8>,
    scratch: HeapScratch,
    logits: Vec<i8>,
}

impl<'a> Reader<'a> {
    /// Makes a reader before the first token. The model must be recurrent.
    pub fn new(program: &'a Program, weights: &'a [i8]) -> Self {
        let (state, scratch) = (vec![0; program.state_len()], HeapScratch::new(program));
        Self { program, weights, state, scratch, logits: Vec::new() }
    }

    /// Reads a token, and returns the logits of the next one.
    pub fn read(&mut self, token: u8) -> &[i8] {
        self.read_as(token, &mut Base)
    }

    /// Does the same, and shows every value to `watch`.
    pub(crate) fn read_as(&mut self, token: u8, watch: &mut impl Perturbation) -> &[i8] {
        let Self { program, weights, state, scratch, logits } = self;
        let mut scratch = scratch.get();
        logits.clear();
        logits.extend_from_slice(run(program, weights, Start::Token(token), state, watch, &mut scratch));
        logits
    }
}

impl Member for Reader<'_> {
    /// A model that reads text takes no features.
    fn act(&mut self, _: &[i8]) -> &[i8] {
        &[]
    }

    fn read(&mut self, token: u8) -> &[i8] {
        self.read_as(token, &mut Base)
    }
}

/// Draws the next byte by the softmax of logits at a temperature. At 0 it is the first of the likeliest.
/// `chance` is a uniform random number in [0, 1).
pub fn draw(logits: &[i8], temperature: f64, chance: f64) -> u8 {
    let largest = logits.iter().copied().max().unwrap_or(0);
    if temperature <= 0.0 {
        return logits.iter().position(|&logit| logit == largest).unwrap_or(0) as u8;
    }
    let weight = |logit: i8| (f64::from(i16::from(logit) - i16::from(largest)) / (16.0 * temperature)).exp2();
    let mut left = chance * logits.iter().map(|&logit| weight(logit)).sum::<f64>();
    for (token, &logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return token as u8;
        }
    }
    logits.len().saturating_sub(1) as u8
}

/// So often a digit of an answer is changed until the answer is wrong and well-formed.
const TRIES: u32 = 8;

/// A text of puzzles with answers, of which about `wrong` percent are wrong: a document each, with a 0 before
/// it. Returns the text, and how many answers are wrong.
pub fn traces(kind: RewardKind, wrong: u8, count: u32, seed: u32) -> (Vec<u8>, u32) {
    let (mut text, mut wrongs) = (Vec::new(), 0);
    for index in 0..count {
        // Generation 0, which no training has.
        let mut noise = Stream::new(Address { seed, generation: 0, index, tensor: TENSOR_STARTS });
        let puzzle = kind.draw(&mut noise);
        let (mut prompt, mut answer) = (Line::default(), Line::default());
        puzzle.prompt(&mut prompt);
        puzzle.answer(&mut answer);
        let mut answer = answer.bytes().to_vec();
        if below(&mut noise, 100) < u32::from(wrong) {
            answer = spoiled(&puzzle, &answer, &mut noise);
            wrongs += u32::from(puzzle.mark(&answer) != FULL);
        }
        text.push(0);
        text.extend_from_slice(prompt.bytes());
        text.extend_from_slice(&answer);
    }
    text.push(0);
    (text, wrongs)
}

/// An answer with one digit changed.
fn spoiled(puzzle: &impl Puzzle, answer: &[u8], noise: &mut Stream) -> Vec<u8> {
    let digits: Vec<usize> = (0..answer.len()).filter(|&at| answer[at].is_ascii_digit()).collect();
    let mut spoiled = answer.to_vec();
    for _ in 0..TRIES {
        spoiled = answer.to_vec();
        let at = digits[below(noise, digits.len() as u32) as usize];
        spoiled[at] = b'0' + below(noise, 10) as u8;
        if (1..FULL).contains(&puzzle.mark(&spoiled)) {
            break;
        }
    }
    spoiled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_documents_of_which_some_are_wrong() {
        for kind in RewardKind::ALL {
            let (text, wrong) = traces(kind, 30, 1000, 1);
            assert!((250..350).contains(&wrong), "{kind}: {wrong}");
            let documents = text.split(|&byte| byte == 0).filter(|document| !document.is_empty());
            assert_eq!(documents.count(), 1000);
            assert_eq!(traces(kind, 30, 1000, 1), (text.clone(), wrong));
            assert_ne!(traces(kind, 30, 1000, 2).0, text);
            assert_eq!(traces(kind, 0, 100, 1).1, 0);
            assert!(traces(kind, 100, 100, 1).1 > 95);
        }
    }

    #[test]
    fn draws_follow_the_odds() {
        let logits = [0, 16, -127, 16];
        assert_eq!(draw(&logits, 0.0, 0.9), 1);
        // The odds are 1 : 2 : 0 : 2, of 5.
        assert_eq!([0.1, 0.3, 0.59, 0.7, 0.999].map(|chance| draw(&logits, 1.0, chance)), [0, 1, 1, 3, 3]);
        assert_eq!(draw(&logits, 0.01, 0.4), 1);
    }
}
