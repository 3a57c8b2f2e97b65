use super::RunError;
use super::tensors::{Named, named};
use super::{ModelName, Weights, write_atomically, write_weights};
use eggroll_firmware::model::Program;
use std::fmt::Write;
use std::path::Path;

/// Writes weights in the format that the ending of the file names: `.safetensors`, `.h` (C arrays) or `.bin`
/// (all parameters in declared order, one byte each).
///
/// # Errors
/// [`RunError::Export`] for another ending; [`RunError::Io`].
pub fn export(path: &Path, program: &Program, model: &ModelName, weights: &Weights) -> Result<(), RunError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("safetensors") => write_weights(path, program, &model.to_string(), weights),
        Some("bin") => {
            let bytes: Vec<u8> = weights.values.iter().map(|&w| w as u8).collect();
            write_atomically(path, &bytes)
        }
        Some("h") => write_atomically(path, header(program, model, weights).as_bytes()),
        _ => Err(RunError::Export(path.to_owned())),
    }
}

fn header(program: &Program, model: &ModelName, weights: &Weights) -> String {
    let how = if model.is_recurrent() {
        "The EGG language model of nano-egg, under its names: see eggroll's firmware/src/model/recurrent.rs"
    } else {
        "Each layer: y = clip(W x / (16 * isqrt(inputs))), floor division,\n   clip to [-127, 127], then its bias \
         (clipped sum) if it has one; ReLU on all but the last"
    };
    let mut text = format!(
        "/* eggroll model {model}, generation {}. {how}. */\n#pragma once\n#include <stdint.h>\n",
        weights.generation
    );
    for Named { name, shape, pieces } in named(program) {
        let values: Vec<i8> =
            pieces.into_iter().flatten().filter_map(|cell| weights.values.get(cell).copied()).collect();
        let dimensions: String = shape.iter().map(|n| format!("[{n}]")).collect();
        let _ = write!(text, "\nstatic const int8_t {}{dimensions} = {{", name.replace('.', "_"));
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
