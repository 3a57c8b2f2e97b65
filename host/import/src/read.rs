//! Files by their formats.

use std::path::Path;

use crate::error::{Error, file};
use crate::graph::Graph;
use crate::{description, onnx, tflite};

/// The largest file that is read.
const MOST_BYTES: u64 = 1 << 28;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A model in ONNX.
    Onnx,
    /// A model in TensorFlow Lite's format.
    Tflite,
    /// A list of layers whose weights lie in a safetensors file.
    Layers,
}

impl Format {
    /// By a file's name or, where that says nothing, by how it begins.
    pub fn of(path: &Path, bytes: &[u8]) -> Option<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("onnx") => Some(Self::Onnx),
            Some("tflite" | "lite") => Some(Self::Tflite),
            Some("toml") => Some(Self::Layers),
            _ if bytes.get(4..8) == Some(b"TFL3") => Some(Self::Tflite),
            _ => None,
        }
    }
}

/// Reads a model: `.onnx`, `.tflite`, or `.toml` with the layers of a safetensors file.
///
/// # Errors
///
/// [`Error::File`], [`Error::Node`] or [`Error::Tensor`] with the place in the file that is not understood.
pub fn read(path: &Path) -> Result<Graph, Error> {
    let name = path.display().to_string();
    let bytes = contents(path)?;
    let format = Format::of(path, &bytes).ok_or_else(|| {
        file(&name, "its format is not known by its name; .onnx, .tflite, or .toml for a safetensors file")
    })?;
    if format == Format::Layers {
        let text = String::from_utf8(bytes).map_err(|_| file(&name, "it is no text"))?;
        let beside = path.with_file_name(description::parse(&name, &text)?.weights);
        return read_layers(&name, &text, &contents(&beside)?);
    }
    read_bytes(&name, format, &bytes)
}

/// Reads a model from the bytes of a file; `name` stands in errors.
///
/// # Errors
///
/// As [`read`]. A list of layers has its weights in another file: [`read_layers`].
pub fn read_bytes(name: &str, format: Format, bytes: &[u8]) -> Result<Graph, Error> {
    match format {
        Format::Onnx => onnx::read(name, bytes),
        Format::Tflite => tflite::read(name, bytes),
        Format::Layers => Err(file(name, "its weights are missing; read it by its path")),
    }
}

/// Reads a list of layers in TOML and the bytes of its safetensors file.
///
/// # Errors
///
/// As [`read`].
pub fn read_layers(name: &str, layers: &str, weights: &[u8]) -> Result<Graph, Error> {
    description::read(name, &description::parse(name, layers)?, weights)
}

/// All bytes of a file of bounded size.
fn contents(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|error| file(&name, error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(file(&name, format!("it has {size} bytes; models of up to {MOST_BYTES} are read")));
    }
    std::fs::read(path).map_err(|error| file(&name, error.to_string()))
}
