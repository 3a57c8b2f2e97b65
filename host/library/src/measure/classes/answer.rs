//! What a model answers for a row.

use super::super::accuracy::predicted;
use crate::scratch::HeapScratch;
use eggroll_firmware::kernel::{log_likelihood, probability};
use eggroll_firmware::model::{Program, Start, infer};

/// What a classifier answers for a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The class: the place of the largest output, or of the first of several.
    pub class: usize,
    /// The probability of this class in 1/256, rounded down, at most 255
    /// ([`eggroll_firmware::kernel::probability`]).
    pub probability: u8,
    /// The log-likelihood of the row's own class in bits, where that is known.
    pub log_likelihood: Option<f64>,
}

/// A model that answers rows, with the memory of its passes.
pub struct Classifier<'a> {
    program: &'a Program,
    weights: &'a [i8],
    scratch: HeapScratch,
}

impl Answer {
    /// The answer that a model's outputs are; `label` is the class of the row where it is known. The
    /// log-likelihood is the firmware's, whose unit is 1/16 bit.
    pub fn of(outputs: &[i8], label: Option<u8>) -> Self {
        let class = predicted(outputs).unwrap_or(0);
        let of_label = label.map(|label| f64::from(log_likelihood(outputs, label.into())) / 16.0);
        Self { class, probability: probability(outputs, class), log_likelihood: of_label }
    }
}

impl<'a> Classifier<'a> {
    /// A classifier of these weights, which must be those of the program.
    pub fn new(program: &'a Program, weights: &'a [i8]) -> Self {
        Self { program, weights, scratch: HeapScratch::new(program) }
    }

    /// The answer for the features of a row, as many as the model has inputs; `label` is the class of the row
    /// where it is known.
    pub fn answer(&mut self, row: &[i8], label: Option<u8>) -> Answer {
        Answer::of(&self.outputs(row), label)
    }

    /// The outputs for the features of a row.
    pub fn outputs(&mut self, row: &[i8]) -> Vec<i8> {
        let mut scratch = self.scratch.get();
        infer(self.program, self.weights, Start::Input(row), &mut [], &mut scratch).to_vec()
    }
}
