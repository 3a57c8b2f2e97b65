//! The passes of perceptrons.

use super::super::dense::{Dense, widest};
use super::super::text::numbers;
use std::fmt::Write;

/// What the module says of itself.
pub(super) const ARITHMETIC: &str = "Each layer: `y = clip(W x / (16 isqrt(inputs)))` with the quotient rounded down, then its bias \
     and clip\n//! again if it has one, then ReLU in all but the last; clip is to -127..=127.";

const LAYER: &str = include_str!("dense_layer.rs.txt");
const INFERENCE: &str = include_str!("inference.rs.txt");

/// The size of what lies between layers.
pub(super) fn sizes(layers: &[Dense<'_>]) -> String {
    format!("/// Values of the widest layer but the last.\nconst WIDEST: usize = {};\n", widest(layers))
}

/// The tables of the weights, and the pass.
pub(super) fn calls(layers: &[Dense<'_>], clip: &str) -> String {
    tables(layers) + LAYER + clip + INFERENCE
}

/// The tables of the weights.
fn tables(layers: &[Dense<'_>]) -> String {
    let mut text = format!("\nstatic LAYERS: [Layer; {}] = [\n", layers.len());
    for (at, layer) in layers.iter().enumerate() {
        let bias = if layer.bias.is_empty() { "&[]".to_owned() } else { format!("&BIAS_{at}") };
        let (inputs, divisor, relu) = (layer.inputs, layer.divisor, layer.relu);
        let _ = writeln!(
            text,
            "    Layer {{ weights: &WEIGHTS_{at}, bias: {bias}, inputs: {inputs}, divisor: {divisor}, relu: {relu} }},"
        );
    }
    text += "];\n";
    for (at, layer) in layers.iter().enumerate() {
        let _ = writeln!(text, "\nstatic WEIGHTS_{at}: [i8; {}] = [", layer.weights.len());
        for row in layer.weights.chunks(layer.inputs.max(1)) {
            text += &numbers(row, "    ");
        }
        text += "];\n";
        if !layer.bias.is_empty() {
            let _ = writeln!(text, "\nstatic BIAS_{at}: [i8; {}] = [", layer.bias.len());
            text += &(numbers(layer.bias, "    ") + "];\n");
        }
    }
    text
}
