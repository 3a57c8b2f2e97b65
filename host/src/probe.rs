//! A look at the unperturbed model on some samples: how well it classifies, and how healthy its layers are.

use crate::accuracy::predicted;
use crate::data::Dataset;
use eggroll_firmware::model::{Activation, Layout, Perturbation, Start, Workspace, forward};

/// The largest magnitude of a weight or an activation.
const LIMIT: u8 = 127;

/// What a look found. All are shares, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probe {
    /// Samples that are classified rightly; `None` without samples.
    pub accuracy: Option<f64>,
    /// Per layer: activations at -127 or 127, after the ReLU where there is one.
    pub saturation: Vec<f64>,
    /// Outputs of ReLUs that are 0 on every sample.
    pub dead_relus: f64,
    /// Weights at -127 or 127.
    pub weights_at_limit: f64,
}

/// Counts what passes by, and changes nothing.
struct Counter<'l> {
    layout: &'l Layout,
    saturated: Vec<u64>,
    /// Per ReLU layer, which outputs have been above 0.
    alive: Vec<Vec<bool>>,
}

impl Perturbation for Counter<'_> {
    fn preactivation(&mut self, layer: usize, output: &mut [i8]) {
        let relu = self.layout.layers()[layer].activation == Activation::Relu;
        let saturated = |value: &&i8| value.unsigned_abs() == LIMIT && !(relu && **value < 0);
        self.saturated[layer] += output.iter().filter(saturated).count() as u64;
        if relu {
            self.alive[layer].iter_mut().zip(output).for_each(|(alive, value)| *alive |= *value > 0);
        }
    }
}

/// Runs the model on samples.
pub fn probe(layout: &Layout, weights: &[i8], data: &Dataset, samples: &[u32]) -> Probe {
    let width = layout.width();
    let (mut products, mut front, mut back) = (vec![0; width], vec![0; width], vec![0; width]);
    let layers = layout.layers();
    let relus = layers.iter().map(|layer| layer.activation == Activation::Relu);
    let alive =
        layers.iter().zip(relus).map(|(layer, relu)| vec![false; if relu { layer.outputs } else { 0 }]);
    let mut counter = Counter { layout, saturated: vec![0; layers.len()], alive: alive.collect() };
    let mut right = 0u64;
    for &sample in samples {
        let mut work = Workspace { products: &mut products, front: &mut front, back: &mut back };
        let input = data.row(sample as usize);
        let outputs = forward(layout, weights, Start::Input(input), &mut counter, &mut work);
        right += u64::from(predicted(outputs) == Some(usize::from(data.label(sample as usize))));
    }
    let count = samples.len() as u64;
    let values = layers.iter().map(|layer| count * layer.outputs as u64);
    let flags: Vec<bool> = counter.alive.concat();
    let dead = flags.iter().filter(|&&alive| !alive).count() as u64;
    let at_limit = weights.iter().filter(|weight| weight.unsigned_abs() == LIMIT).count() as u64;
    Probe {
        accuracy: (count > 0).then(|| share(right, count)),
        saturation: counter.saturated.iter().zip(values).map(|(&part, whole)| share(part, whole)).collect(),
        dead_relus: if count > 0 { share(dead, flags.len() as u64) } else { 0.0 },
        weights_at_limit: share(at_limit, weights.len() as u64),
    }
}

/// A part of a whole; 0 of nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accuracy::accuracy;
    use eggroll_firmware::model::Description;

    #[test]
    fn extremes_are_counted() {
        let data = crate::data::digits().unwrap();
        let layout = Layout::new(&Description::mlp(&[64, 3, 10], true).unwrap()).unwrap();
        let samples: Vec<u32> = (0..50).collect();
        let of = |weights: &[i8]| probe(&layout, weights, &data, &samples);
        // Nothing but zeros: every ReLU is dead, and nothing saturates.
        let zeros = of(&vec![0; layout.parameters()]);
        assert_eq!((zeros.dead_relus, zeros.weights_at_limit), (1.0, 0.0));
        assert_eq!(zeros.saturation, [0.0, 0.0]);
        // Biases at the limit: the hidden layer is at 127, whatever comes in.
        let mut weights = vec![0; layout.parameters()];
        weights[64 * 3..64 * 3 + 3].fill(127);
        let full = of(&weights);
        assert_eq!((full.dead_relus, full.saturation[0]), (0.0, 1.0));
        assert_eq!(full.weights_at_limit, 3.0 / layout.parameters() as f64);
        // A ReLU that is far below 0 is dead, not saturated.
        weights[64 * 3..64 * 3 + 3].fill(-127);
        let dead = of(&weights);
        assert_eq!((dead.dead_relus, dead.saturation[0]), (1.0, 0.0));
    }

    #[test]
    fn the_accuracy_is_the_accuracy() {
        let data = crate::data::digits().unwrap();
        let layout = Layout::new(&Description::mlp(&[64, 20, 10], false).unwrap()).unwrap();
        let mut weights = vec![0; layout.parameters()];
        layout.initialize(1, &mut weights);
        let samples: Vec<u32> = (100..300).collect();
        let probed = probe(&layout, &weights, &data, &samples);
        assert_eq!(probed.accuracy, accuracy(&layout, &weights, &data, &samples));
        assert_eq!(
            probe(&layout, &weights, &data, &[]),
            Probe {
                saturation: vec![0.0; 2],
                ..Probe { weights_at_limit: probed.weights_at_limit, ..Probe::default() }
            }
        );
    }
}
