//! The arrays of a recurrent model in C: whoever has a forward pass of it needs no more.

use super::super::tensors::{Named, named};
use super::content::Exported;
use std::fmt::Write;

/// A header with an array for each tensor, with all blocks stacked in one.
pub(super) fn header(exported: &Exported<'_>, prefix: &str) -> String {
    let Exported { program, model, weights, .. } = *exported;
    let mut text = format!(
        "/* eggroll model {model}, generation {}. The EGG language model of nano-egg, under its names: see \
         eggroll's\n   firmware/docs/arithmetic.md */\n#pragma once\n#include <stdint.h>\n",
        weights.generation
    );
    for Named { name, shape, pieces } in named(program) {
        let values: Vec<i8> =
            pieces.into_iter().flatten().filter_map(|cell| weights.values.get(cell).copied()).collect();
        let dimensions: String = shape.iter().map(|n| format!("[{n}]")).collect();
        let _ = write!(text, "\nstatic const int8_t {prefix}_{}{dimensions} = {{", name.replace('.', "_"));
        // All dimensions but the last become one, because C accepts the values of nested arrays without inner
        // braces.
        for row in values.chunks(shape.last().copied().unwrap_or(1).max(1)) {
            let row: Vec<String> = row.iter().map(i8::to_string).collect();
            let (open, close) = if shape.len() == 2 { ("{", "}") } else { ("", "") };
            let _ = write!(text, "\n    {open}{}{close},", row.join(", "));
        }
        text.push_str("\n};\n");
    }
    text
}
