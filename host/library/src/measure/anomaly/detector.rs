//! The score of a row.

use crate::scratch::HeapScratch;
use eggroll_firmware::kernel::squared_error;
use eggroll_firmware::model::{Program, Start, infer};

/// An autoencoder that scores rows, with the memory of its passes.
pub struct Detector<'a> {
    program: &'a Program,
    weights: &'a [i8],
    scratch: HeapScratch,
}

impl<'a> Detector<'a> {
    /// A detector of these weights, which must be those of the program.
    pub fn new(program: &'a Program, weights: &'a [i8]) -> Self {
        Self { program, weights, scratch: HeapScratch::new(program) }
    }

    /// How far a row is from what the model answers for it: the sum over all features of the squared
    /// difference ([`squared_error`]). `row` has as many features as the model inputs and outputs, at most
    /// 4096, so that the sum fits.
    pub fn score(&mut self, row: &[i8]) -> i32 {
        let mut scratch = self.scratch.get();
        squared_error(infer(self.program, self.weights, Start::Input(row), &mut [], &mut scratch), row)
    }

    /// The scores of rows in ascending order.
    pub fn scores<'r>(&mut self, rows: impl Iterator<Item = &'r [i8]>) -> Vec<i32> {
        let mut scores: Vec<i32> = rows.map(|row| self.score(row)).collect();
        scores.sort_unstable();
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::model::Description;

    #[test]
    fn what_is_answered_exactly_has_no_score() {
        // A weight of 16 is 1, so both features are their own answers.
        let program = Program::new(&Description::mlp(&[2, 2], false).unwrap()).unwrap();
        let mut detector = Detector::new(&program, &[16, 0, 0, 16]);
        assert_eq!(detector.score(&[100, -50]), 0);
        let mut swapped = Detector::new(&program, &[0, 16, 16, 0]);
        assert_eq!(swapped.score(&[3, -1]), 4 * 4 + 4 * 4);
        assert_eq!(swapped.scores([&[3, -1][..], &[1, 1]].into_iter()), [0, 32]);
    }
}
