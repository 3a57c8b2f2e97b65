//! The passes of convolutional models. Only what a model needs is written.

use super::super::text::numbers;
use super::super::windows::{Kind, Layer, Operation, Windows};
use std::fmt::Write;
use std::ops::Range;

/// What the module says of itself.
pub(super) const ARITHMETIC: &str = "Each layer: `y = clip(sum / divisor)` with the quotient rounded down, then its bias and \
     clip\n//! again if it has one, then ReLU if it has one; clip is to -127..=127.";

const LAYER: &str = include_str!("layer.rs.txt");
const CONVOLUTION: &str = include_str!("convolution.rs.txt");
const DEPTHWISE: &str = include_str!("depthwise.rs.txt");
const POOLS: &str = include_str!("pools.rs.txt");
const MAX: &str = include_str!("max.rs.txt");
const AVERAGE: &str = include_str!("average.rs.txt");
const JOIN: &str = include_str!("join.rs.txt");
const APART: &str = include_str!("apart.rs.txt");
const INFER: &str = include_str!("infer.rs.txt");

/// The size of the memory.
pub(super) fn sizes(windows: &Windows<'_>) -> String {
    format!(
        "/// Bytes that a pass takes between its layers.\npub const MEMORY: usize = {};\n",
        windows.memory
    )
}

/// What a pass takes of `core`.
pub(super) const USES: &str = "use core::ops::Range;\n";

/// The tables of the weights, and the pass.
pub(super) fn calls(windows: &Windows<'_>, clip: &str) -> String {
    let mut text = LAYER.to_owned() + clip;
    let has = |kind| windows.has(kind);
    let pieces = [
        (CONVOLUTION, has(Kind::Convolution)),
        (DEPTHWISE, has(Kind::Depthwise)),
        (POOLS, has(Kind::Max) || has(Kind::Average)),
        (MAX, has(Kind::Max)),
        (AVERAGE, has(Kind::Average)),
        (JOIN, windows.has_branches()),
        (APART, true),
    ];
    pieces.into_iter().filter(|(_, needed)| *needed).for_each(|(piece, _)| text += piece);
    text += INFER;
    pass(windows, &mut text);
    windows.layers().for_each(|(at, layer)| table(at, layer, &mut text));
    text
}

/// The body of the pass.
fn pass(windows: &Windows<'_>, text: &mut String) {
    let range = |range: &Range<usize>| format!("{}..{}", range.start, range.end);
    let mut at = 0;
    for planned in &windows.operations {
        let to = range(&planned.to);
        let (from, to) = match &planned.from {
            None => ("x".to_owned(), format!("&mut memory[{to}]")),
            Some(from) => {
                let _ = writeln!(text, "    let (from, to) = apart(memory, {}, {to});", range(from));
                ("from".to_owned(), "to".to_owned())
            }
        };
        let _ = match &planned.operation {
            Operation::Join { relu } => writeln!(text, "    join({from}, {to}, {relu});"),
            Operation::Layer(layer) => {
                let call = layer.kind.name();
                at += 1;
                writeln!(text, "    LAYER_{}.{call}({from}, {to});", at - 1)
            }
        };
    }
    let outputs = range(&windows.outputs());
    *text += "    let mut outputs = [0; OUTPUTS];\n";
    let _ = writeln!(text, "    outputs.copy_from_slice(&memory[{outputs}]);\n    outputs\n}}");
}

/// A layer with its weights.
fn table(at: usize, layer: &Layer<'_>, text: &mut String) {
    let (mut weights, mut bias) = ("&[]".to_owned(), "&[]".to_owned());
    if !layer.weights.is_empty() {
        weights = format!("&WEIGHTS_{at}");
        let _ = writeln!(text, "\nstatic WEIGHTS_{at}: [i8; {}] = [", layer.weights.len());
        layer.weights.chunks(layer.columns().max(1)).for_each(|row| *text += &numbers(row, "    "));
        *text += "];\n";
    }
    if !layer.bias.is_empty() {
        bias = format!("&BIAS_{at}");
        let _ = writeln!(text, "\nstatic BIAS_{at}: [i8; {}] = [", layer.bias.len());
        *text += &(numbers(layer.bias, "    ") + "];\n");
    }
    let window = &layer.window;
    let [above, _, left, _] = window.padding;
    let _ = writeln!(
        text,
        "\nstatic LAYER_{at}: Layer = Layer {{\n    weights: {weights},\n    bias: {bias},\n    size: {:?},\n    \
         channels: {},\n    kernel: {:?},\n    stride: {:?},\n    padding: {:?},\n    places: {:?},\n    outputs: {},\n    \
         divisor: {},\n    relu: {},\n}};",
        [window.rows, window.columns],
        window.channels,
        window.kernel,
        window.stride,
        [above, left],
        layer.places(),
        layer.channels,
        layer.divisor,
        layer.relu
    );
}
