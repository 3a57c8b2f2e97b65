//! The passes of perceptrons.

use super::super::dense::{Dense, widest};
use super::super::text::numbers;
use super::prefixed::prefixed;
use std::fmt::Write;

/// The call, as the header has it.
pub(super) const INTERFACE: &str = include_str!("infer.h");
/// What the call computes.
pub(super) const ARITHMETIC: &str = "Each layer: y = clip(W x / (16 isqrt(inputs))) with the quotient rounded down, then its bias \
     and clip\n   again if it has one, then ReLU in all but the last; clip is to -127..127.";

const LAYER: &str = include_str!("layer.c");
const INFERENCE: &str = include_str!("inference.c");

/// The tables of the weights, and the pass.
pub(super) fn source(layers: &[Dense<'_>], clip: &str, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!("#define {upper}_LAYERS {}\n", layers.len());
    let _ = writeln!(text, "/* Values of the widest layer but the last. */");
    let _ = writeln!(text, "#define {upper}_WIDEST {}", widest(layers));
    text += &prefixed(LAYER, prefix);
    text += &tables(layers, prefix);
    text + &prefixed(clip, prefix) + &prefixed(INFERENCE, prefix)
}

/// The tables of the weights.
fn tables(layers: &[Dense<'_>], prefix: &str) -> String {
    let (mut text, mut rows) = (String::new(), String::new());
    for (at, layer) in layers.iter().enumerate() {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let _ = writeln!(text, "\n/* Layer {at}: {outputs} outputs of {inputs} inputs each. */");
        let _ = writeln!(text, "static const int8_t {prefix}_layer{at}_weight[{}] = {{", layer.weights.len());
        for row in layer.weights.chunks(inputs.max(1)) {
            text += &numbers(row, "    ");
        }
        text += "};\n";
        let mut bias = "NULL".to_owned();
        if !layer.bias.is_empty() {
            bias = format!("{prefix}_layer{at}_bias");
            let _ = writeln!(text, "static const int8_t {bias}[{outputs}] = {{");
            text += &numbers(layer.bias, "    ");
            text += "};\n";
        }
        let (divisor, relu) = (layer.divisor, u8::from(layer.relu));
        let _ = writeln!(
            rows,
            "    {{{prefix}_layer{at}_weight, {bias}, {inputs}, {outputs}, {divisor}, {relu}}},"
        );
    }
    let _ = writeln!(text, "\nstatic const {prefix}_layer {prefix}_layers[{}] = {{\n{rows}}};", layers.len());
    text
}
