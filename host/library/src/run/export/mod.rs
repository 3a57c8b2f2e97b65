//! Trained models in the forms of others: C, Rust, ONNX, safetensors, plain bytes.
//!
//! Each form computes what the firmware computes, bit for bit. The data of the run are not needed: a model
//! brings the rules that make raw values its inputs.

mod answers;
mod arrays;
mod c;
mod content;
mod dense;
mod network;
mod onnx;
mod prefix;
mod rust;
mod stream;
mod text;
mod vectors;
mod windows;

use super::weights::write_weights_with;
use super::{RunError, write_atomically};
use crate::data::Preprocessing;
use network::Network;
use prefix::prefix;
use std::path::{Path, PathBuf};
use stream::Stream;

pub use content::Exported;
pub use stream::SignalMemory;
pub use vectors::VECTORS;

/// What programs of a model on a signal have to keep; `None` of one on rows.
pub fn signal_memory(preprocessing: &Preprocessing) -> Option<SignalMemory> {
    Stream::new(preprocessing).map(|stream| stream.memory())
}

/// Writes a model in the form that the ending of a file names, and returns the files that were written.
///
/// | ending | what it holds |
/// |---|---|
/// | `.h`, `.c` | both files: feature rules, inference and self test in C99; of a recurrent model `.h` alone, with arrays |
/// | `.rs` | the same as a module for `no_std` |
/// | `.onnx` | a graph of integer operations from raw values to outputs and answers |
/// | `.safetensors` | the tensors, with the feature rules in the metadata |
/// | `.bin` | all parameters in declared order, one byte each |
///
/// # Errors
/// [`RunError::Export`] for another ending; [`RunError::Unexportable`] where the model or its name has no
/// such form; [`RunError::Io`].
pub fn export(path: &Path, exported: &Exported<'_>) -> Result<Vec<PathBuf>, RunError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_c = matches!(ending, "h" | "c");
    if exported.prefix.is_some() && !is_c {
        let why = "only .h and .c take a prefix: leave --prefix out";
        return Err(RunError::Unexportable { path: path.to_owned(), why: why.to_owned() });
    }
    match ending {
        "safetensors" => {
            let more: Option<(&str, String)> = match exported.preprocessing {
                Some(rules) => Some(("preprocessing", text::toml(rules)?)),
                None => None,
            };
            let (program, model) = (exported.program, exported.model.to_string());
            write_weights_with(path, program, &model, exported.weights, more.as_slice())?;
        }
        "bin" => {
            let bytes: Vec<u8> = exported.weights.values.iter().map(|&w| w as u8).collect();
            write_atomically(path, &bytes)?;
        }
        "h" if exported.program.is_recurrent() => {
            write_atomically(path, arrays::header(exported, &prefix(path, exported.prefix)?).as_bytes())?;
        }
        "h" | "c" => {
            let (header, source) = (path.with_extension("h"), path.with_extension("c"));
            let prefix = prefix(path, exported.prefix)?;
            let model = Network::new(path, exported)?;
            let name = c::header_name(&header)?;
            write_atomically(&header, c::header(&model, &prefix).as_bytes())?;
            write_atomically(&source, c::source(&model, &prefix, &name).as_bytes())?;
            return Ok(vec![header, source]);
        }
        "rs" => {
            write_atomically(path, rust::module(&Network::new(path, exported)?).as_bytes())?;
        }
        "onnx" => write_atomically(path, &onnx::model(&Network::new(path, exported)?))?,
        _ => return Err(RunError::Export(path.to_owned())),
    }
    Ok(vec![path.to_owned()])
}
