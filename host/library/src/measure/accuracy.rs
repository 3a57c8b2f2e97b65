//! The accuracy of a classifier.

use crate::data::Dataset;
use crate::scratch::HeapScratch;
use eggroll_firmware::model::{Program, Start, infer};

/// The share of the samples for which the largest output, or the first of several, is that of the label, from
/// 0 to 1. It is `None` without samples.
pub fn accuracy(program: &Program, weights: &[i8], data: &Dataset, samples: &[u32]) -> Option<f64> {
    let mut scratch = HeapScratch::new(program);
    let mut right = |sample: &&u32| {
        let start = Start::Input(data.row(**sample as usize));
        let mut scratch = scratch.get();
        let outputs = infer(program, weights, start, &mut [], &mut scratch);
        predicted(outputs) == Some(usize::from(data.label(**sample as usize)))
    };
    let count = samples.iter().filter(|sample| right(sample)).count();
    (!samples.is_empty()).then(|| count as f64 / samples.len() as f64)
}

/// The place of the largest output, or of the first of several.
pub(super) fn predicted(outputs: &[i8]) -> Option<usize> {
    let largest = outputs.iter().max()?;
    outputs.iter().position(|output| output == largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_predicted() {
        assert_eq!(predicted(&[-5, 7, 7]), Some(1));
        assert_eq!(predicted(&[-127, -127]), Some(0));
        assert_eq!(predicted(&[]), None);
    }
}
