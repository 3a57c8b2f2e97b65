//! The passes of convolutional models. Only what a model needs is written.

use super::super::text::numbers;
use super::super::windows::{Kind, Layer, Operation, Windows};
use super::prefixed::prefixed;
use std::fmt::Write;

/// The call, as the header has it.
pub(super) const INTERFACE: &str = include_str!("infer.h");
/// What the call computes.
pub(super) const ARITHMETIC: &str = "Each layer: y = clip(sum / divisor) with the quotient rounded down, then its bias \
     and clip again\n   if it has one, then ReLU if it has one; clip is to -127..127. Values lie as rows, columns, \
     channels.";

const LAYER: &str = include_str!("layer.c");
const SCALED: &str = include_str!("scaled.c");
const WITHIN: &str = include_str!("within.c");
const CONVOLUTION: &str = include_str!("convolution.c");
const DEPTHWISE: &str = include_str!("depthwise.c");
const MAX: &str = include_str!("max.c");
const AVERAGE: &str = include_str!("average.c");
const JOIN: &str = include_str!("join.c");

/// What the header says of memory.
pub(super) fn sizes(windows: &Windows<'_>) -> String {
    format!("/* Bytes of static memory that a pass takes. */\n#define MODEL_MEMORY {}\n", windows.memory)
}

/// The tables of the weights, and the pass.
pub(super) fn source(windows: &Windows<'_>, clip: &str, prefix: &str) -> String {
    let mut text = LAYER.to_owned();
    windows.layers().for_each(|(at, layer)| text += &table(at, layer));
    text += clip;
    let has = |kind| windows.has(kind);
    let pieces = [
        (SCALED, has(Kind::Convolution) || has(Kind::Depthwise) || has(Kind::Average)),
        (WITHIN, has(Kind::Convolution) || has(Kind::Depthwise)),
        (CONVOLUTION, has(Kind::Convolution)),
        (DEPTHWISE, has(Kind::Depthwise)),
        (MAX, has(Kind::Max)),
        (AVERAGE, has(Kind::Average)),
        (JOIN, windows.has_branches()),
    ];
    pieces.into_iter().filter(|(_, needed)| *needed).for_each(|(piece, _)| text += piece);
    text += &infer(windows);
    prefixed(&text, prefix)
}

/// A layer with its weights.
fn table(at: usize, layer: &Layer<'_>) -> String {
    let mut text = String::new();
    let (mut weights, mut bias) = ("NULL".to_owned(), "NULL".to_owned());
    if !layer.weights.is_empty() {
        weights = format!("model_layer{at}_weight");
        let (channels, columns) = (layer.channels, layer.columns());
        let _ =
            writeln!(text, "\n/* Layer {at}: {channels} outputs of a place, of {columns} values each. */");
        let _ = writeln!(text, "static const int8_t {weights}[{}] = {{", layer.weights.len());
        layer.weights.chunks(columns.max(1)).for_each(|row| text += &numbers(row, "    "));
        text += "};\n";
    }
    if !layer.bias.is_empty() {
        bias = format!("model_layer{at}_bias");
        let _ = writeln!(text, "static const int8_t {bias}[{}] = {{", layer.bias.len());
        text += &(numbers(layer.bias, "    ") + "};\n");
    }
    let window = &layer.window;
    let ([height, width], [down, across], [above, _, left, _]) =
        (window.kernel, window.stride, window.padding);
    let [rows_made, columns_made] = layer.places();
    let of_window = numbers([height, width, down, across], "").trim_end().to_owned();
    let _ = writeln!(
        text,
        "\nstatic const model_layer model_layer{at} = {{\n    {weights}, {bias}, {}, {}, {}, {of_window} {above}, {left},\n    \
         {rows_made}, {columns_made}, {}, {}, {}\n}};",
        window.rows,
        window.columns,
        window.channels,
        layer.channels,
        layer.divisor,
        u8::from(layer.relu)
    );
    text
}

/// The pass, an operation a line.
fn infer(windows: &Windows<'_>) -> String {
    let mut text = "\nvoid model_infer(const int8_t x[MODEL_INPUTS], int8_t y[MODEL_OUTPUTS])\n{\n    \
         /* Values that are needed at the same time lie apart. */\n    \
         static int8_t memory[MODEL_MEMORY];\n    size_t i;\n\n"
        .to_owned();
    let mut at = 0;
    for planned in &windows.operations {
        let from = planned.from.as_ref().map_or("x".to_owned(), |from| format!("memory + {}", from.start));
        let to = format!("memory + {}", planned.to.start);
        let _ = match &planned.operation {
            Operation::Join { relu } => {
                writeln!(text, "    model_join({from}, {to}, {}, {});", planned.to.len(), u8::from(*relu))
            }
            Operation::Layer(layer) => {
                let call = layer.kind.name();
                at += 1;
                writeln!(text, "    model_{call}(&model_layer{}, {from}, {to});", at - 1)
            }
        };
    }
    let outputs = windows.outputs();
    let _ = writeln!(
        text,
        "    for (i = 0; i < MODEL_OUTPUTS; i++) {{\n        y[i] = memory[{} + i];\n    }}\n}}",
        outputs.start
    );
    text
}
