//! A recurrent model that reads and writes text, token by token.

use crate::scratch::HeapScratch;
use eggroll_firmware::model::{Perturbation, Program, Start, Unperturbed as Base, run};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_odds() {
        let logits = [0, 16, -127, 16];
        assert_eq!(draw(&logits, 0.0, 0.9), 1);
        // The odds are 1 : 2 : 0 : 2, of 5.
        assert_eq!([0.1, 0.3, 0.59, 0.7, 0.999].map(|chance| draw(&logits, 1.0, chance)), [0, 1, 1, 3, 3]);
        assert_eq!(draw(&logits, 0.01, 0.4), 1);
    }
}
