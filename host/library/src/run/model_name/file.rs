//! A model in a file of its own, layer by layer.

use super::{ModelName, ModelNameError};
use crate::data::InputError;
use crate::data::input::{self, MODEL};
use crate::words;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Rows, columns and channels.
    input: [u16; 3],
    /// Whether every layer has a bias.
    #[serde(default)]
    bias: bool,
    /// Each as it stands between the slashes of a name.
    layers: Vec<String>,
}

/// The error of a file that describes no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// The file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It is no list of layers.
    #[error(
        "{}: {}: a model's file has `input = [28, 28, 1]` and `layers = [\"c8k3s2\", \"gap\", \"10\"]`, and may have \
         `bias = true`",
        words::path(path),
        words::shown(why, words::MOST)
    )]
    Toml {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        why: String,
    },
    /// The layers are no model.
    #[error("{}: {error}", words::path(path))]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: ModelNameError,
    },
}

impl ModelName {
    /// Reads a model from a TOML file: its `input` (rows, columns, channels), its `layers` from the first to
    /// the last, each as it stands between the slashes of a name, and `bias`.
    ///
    /// # Errors
    /// [`ModelFileError`], which names the file.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        let text = input::read_text(path, &MODEL)?;
        let toml = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            let why = format!("line {line}: {}", error.message());
            ModelFileError::Toml { path: path.to_owned(), why }
        };
        let File { input: [rows, columns, channels], bias, layers } = toml::from_str(&text).map_err(toml)?;
        let bias = if bias { "+bias" } else { "" };
        let name = format!("conv:{rows}x{columns}x{channels}/{}{bias}", layers.join("/"));
        name.parse().map_err(|error| ModelFileError::Model { path: path.to_owned(), error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ModelName, ModelFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.toml");
        std::fs::write(&path, text).unwrap();
        ModelName::read(&path)
    }

    #[test]
    fn a_file_is_its_layers_in_order() {
        let file = "# Digits.\ninput = [8, 8, 1]\nbias = true\nlayers = [\n  \"c4k3\",  # 8 x 8 x 4\n  \
                    \"[c4k3/dwk3|c4k1]\",\n  \"gap\",\n  \"10\",\n]\n";
        let name: ModelName = "conv:8x8x1/c4k3/[c4k3/dwk3|c4k1]/gap/10+bias".parse().unwrap();
        assert_eq!(read(file).unwrap(), name);
        for (file, says) in [
            ("input = [8, 8, 1]\nlayers = [\"q\"]\n", "`q`: no layer"),
            ("input = [8, 8]\nlayers = [\"10\"]\n", "line 1"),
            ("input = [8, 8, 1]\nlayer = [\"10\"]\n", "layer"),
            ("input = [8, 8, 1]\n\nlayers = 3\n", "line 3"),
            ("layers = [\"10\"]\n", "input"),
            ("\0", "line 1"),
        ] {
            let error = read(file).unwrap_err().to_string();
            assert!(error.contains("model.toml") && error.contains(says), "{file:?}: {error}");
        }
        let missing = ModelName::read(Path::new("no/such.toml")).unwrap_err().to_string();
        assert!(missing.contains("no/such.toml"), "{missing}");
    }
}
