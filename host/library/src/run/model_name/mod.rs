//! Models by name.

mod file;
mod network;
mod presets;
mod shape;
mod written;

pub use file::ModelFileError;

use crate::words;
use eggroll_firmware::model::{Description, Layer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A model as users write it. The layer sizes of a multilayer perceptron, such as `64-64-10`, with `+bias` if
/// each layer has a bias; a convolutional network layer by layer, such as
/// `conv:28x28x1/c8k3s2/c16k3s2/gap/10`, or by one of the names `ds-cnn`, `resnet-8`, `mobilenet-v1-0.25` and
/// `dense-autoencoder`; or the EGG language model with its width, blocks and tokens, such as
/// `egg:D=64,L=2,V=256`, with `+relu` if each MLP has a ReLU between its layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ModelName {
    /// A multilayer perceptron.
    Mlp {
        /// The numbers of inputs, of units in each hidden layer, and of outputs.
        sizes: Vec<u32>,
        /// Whether each layer has a bias.
        bias: bool,
    },
    /// The EGG language model.
    Egg {
        /// The width D.
        width: u32,
        /// The number L of blocks.
        blocks: u32,
        /// The number V of tokens.
        vocabulary: u32,
        /// Whether each block's MLP has a ReLU between its layers, which that of nano-egg has not.
        relu: bool,
    },
    /// A convolutional network.
    Convolutional(Box<Description>),
}

/// The error of a text that names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` names no model{}: give layer sizes like 64-64-10 (inputs, hidden layers, outputs; at most 32 layers of 1 to 65535, 4096 outputs), with +bias for biases, a network like conv:28x28x1/c8k3s2/c16k3s2/gap/10, one of {}, or egg:D=64,L=2,V=256 (width, 1 to 29 blocks, up to 4096 tokens; with +relu for a ReLU in each MLP) for a text",
    words::shown(name, words::MOST),
    why.as_ref().map_or_else(String::new, |why| format!(" ({why})")),
    presets::NAMES.map(|(name, _)| name).join(", ")
)]
pub struct ModelNameError {
    name: String,
    /// What is wrong with it, where that is known.
    why: Option<String>,
}

impl ModelName {
    /// The firmware's description of the model.
    ///
    /// # Errors
    /// A size is out of range.
    pub fn description(&self) -> Result<Description, eggroll_firmware::Error> {
        match self {
            Self::Mlp { sizes, bias } => Description::mlp(sizes, *bias),
            &Self::Egg { width, blocks, vocabulary, relu: false } => {
                Description::egg(width, blocks, vocabulary)
            }
            &Self::Egg { width, blocks, vocabulary, relu: true } => {
                Description::egg_relu(width, blocks, vocabulary)
            }
            Self::Convolutional(model) => {
                model.check()?;
                Ok((**model).clone())
            }
        }
    }

    /// The number of inputs; for a recurrent model, of tokens.
    pub fn inputs(&self) -> u32 {
        match self {
            Self::Mlp { sizes, .. } => sizes.first().copied().unwrap_or(0),
            Self::Egg { vocabulary, .. } => *vocabulary,
            Self::Convolutional(model) => model.inputs,
        }
    }

    /// The number of outputs.
    pub fn outputs(&self) -> u32 {
        match self {
            Self::Mlp { sizes, .. } => sizes.last().copied().unwrap_or(0),
            Self::Egg { vocabulary, .. } => *vocabulary,
            Self::Convolutional(model) => model.outputs(),
        }
    }

    /// The same model with a last layer of so many outputs, whose divisor is the usual one; `None` unless the
    /// last layer is dense.
    #[must_use]
    pub fn with_outputs(&self, outputs: u32) -> Option<Self> {
        match self {
            Self::Mlp { sizes, bias } => {
                let mut sizes = sizes.clone();
                *sizes.last_mut()? = outputs;
                Some(Self::Mlp { sizes, bias: *bias })
            }
            Self::Egg { .. } => None,
            Self::Convolutional(model) => {
                let mut model = model.clone();
                let last = model.layers.last_mut()?;
                let is_dense = match last {
                    Layer::Dense { .. } => true,
                    Layer::Conv { window, .. } => window.count() == 1,
                    _ => false,
                };
                let (bias, activation) = (last.has_bias(), last.activation());
                *last = Layer::Dense { outputs, bias, activation };
                is_dense.then_some(Self::Convolutional(model))
            }
        }
    }

    /// The places of the layers that have weights, among all layers of the description; none of a recurrent
    /// model, whose layers are trained together.
    pub fn weighted(&self) -> Vec<usize> {
        match self {
            Self::Mlp { sizes, .. } => (0..sizes.len().saturating_sub(1)).collect(),
            Self::Egg { .. } => Vec::new(),
            Self::Convolutional(model) => {
                let places = model.layers.iter().enumerate();
                places.filter(|(_, layer)| layer.is_linear()).map(|(place, _)| place).collect()
            }
        }
    }

    /// Whether the model reads tokens and carries a state.
    pub const fn is_recurrent(&self) -> bool {
        matches!(self, Self::Egg { .. })
    }
}

/// Reads the sizes after `egg:`, in any order, each at most once, and `+relu` behind them. Sizes that are
/// left out are D=64, L=2 and V=256.
fn egg(text: &str) -> Option<ModelName> {
    let (text, relu) = text.strip_suffix("+relu").map_or((text, false), |sizes| (sizes, true));
    let mut sizes = [("D", None), ("L", None), ("V", None)];
    for part in text.split(',') {
        let (key, value) = part.split_once('=')?;
        let (_, size) = sizes.iter_mut().find(|(name, size)| *name == key && size.is_none())?;
        *size = Some(value.parse().ok()?);
    }
    let [(_, width), (_, blocks), (_, vocabulary)] = sizes;
    Some(ModelName::Egg {
        width: width.unwrap_or(64),
        blocks: blocks.unwrap_or(2),
        vocabulary: vocabulary.unwrap_or(256),
        relu,
    })
}

fn mlp(text: &str) -> Option<ModelName> {
    let (sizes, bias) = text.strip_suffix("+bias").map_or((text, false), |sizes| (sizes, true));
    let sizes: Result<Vec<u32>, _> = sizes.split('-').map(str::parse).collect();
    Some(ModelName::Mlp { sizes: sizes.ok()?, bias })
}

impl FromStr for ModelName {
    type Err = ModelNameError;

    fn from_str(text: &str) -> Result<Self, ModelNameError> {
        let error = |why| ModelNameError { name: text.to_owned(), why };
        let preset = presets::NAMES.iter().find(|(name, _)| *name == text).map(|(_, text)| *text);
        if let Some(network) = preset.unwrap_or(text).strip_prefix("conv:") {
            let model = network::parse(network).map_err(|why| error(Some(why)))?;
            return Ok(Self::Convolutional(Box::new(model)));
        }
        let text = preset.unwrap_or(text);
        let name = text.strip_prefix("egg:").map_or_else(|| mlp(text), egg).ok_or_else(|| error(None))?;
        name.description().map_err(|_| error(None))?;
        Ok(name)
    }
}

impl TryFrom<String> for ModelName {
    type Error = ModelNameError;

    fn try_from(text: String) -> Result<Self, ModelNameError> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mlp { sizes, bias } => {
                let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                write!(f, "{}{}", sizes.join("-"), if *bias { "+bias" } else { "" })
            }
            Self::Egg { width, blocks, vocabulary, relu } => {
                write!(f, "egg:D={width},L={blocks},V={vocabulary}{}", if *relu { "+relu" } else { "" })
            }
            Self::Convolutional(model) => f.write_str(&network::shown(model)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_shown_as_they_are_read() {
        for text in [
            "conv:28x28x1/c8k3s2/c16k3s2/gap/10",
            "conv:1x128x6/c16k1x5/max1x2/dwk1x3s1x2p0,0,1,0/c8k1d100b/avg1x2s1x1/20d77/5+bias",
            "conv:9x7x2/c4k3bl/[c4k3/dwk3|c4k1]/[c4k3]l/gap/3",
            "conv:8x8x1/c3k2p0l/3r",
        ] {
            let name: ModelName = text.parse().unwrap();
            let said = name.to_string();
            assert_eq!(said.parse::<ModelName>().unwrap(), name, "{text} is shown as {said}");
            // The third names a bias for all layers of those that have one.
            if !text.contains("d100b") {
                assert_eq!(said, text);
            }
        }
    }

    #[test]
    fn benchmarks_have_their_published_sizes() {
        // Weights and biases, without batch norms, which are folded into them.
        for (name, _) in presets::NAMES {
            let model = name.parse::<ModelName>().unwrap().description().unwrap();
            let program = eggroll_firmware::model::Program::new(&model).unwrap();
            let products: usize = program
                .steps()
                .filter(eggroll_firmware::model::Step::is_product)
                .map(|step| step.places() as usize * step.matrix_shape().0 * step.matrix_shape().1)
                .sum();
            let expected = match name {
                "ds-cnn" => (22_604, 2_656_768, 16_000),
                "resnet-8" => (77_706, 12_501_632, 49_152),
                "mobilenet-v1-0.25" => (210_850, 7_489_664, 55_296),
                _ => (264_192 + 1_672, 264_192, 768),
            };
            assert_eq!((program.parameters(), products, program.activations()), expected, "{name}");
        }
    }

    #[test]
    fn names_and_their_faults() {
        for text in ["64-64-10", "1-1", "784-300-100-10+bias", "egg:D=64,L=2,V=256", "egg:D=32,L=1,V=64+relu"]
        {
            assert_eq!(text.parse::<ModelName>().unwrap().to_string(), text);
        }
        assert_eq!("egg:V=50,D=8".parse::<ModelName>().unwrap().to_string(), "egg:D=8,L=2,V=50");
        let egg = [
            "egg:",
            "egg:D=0,L=1,V=9",
            "egg:D=8,D=8",
            "egg:L=30",
            "egg:D=8,X=1",
            "egg:D=-1",
            "egg:V=5000",
            "egg:D=8+bias",
        ];
        for text in egg {
            assert!(text.parse::<ModelName>().is_err(), "{text}");
        }
        for (text, why) in [
            ("conv:28x28x1/c8k3s2/q3", "`q3`: no layer"),
            ("conv:28/c8k3/10", "`28` is no shape"),
            ("conv:28x28x1/c8/10", "give its kernel"),
            ("conv:4x4x1/c8k9p0/10", "does not fit 4x4x1"),
            ("conv:4x4x1/c2k3/[c4k3]/10", "make 4x4x4 and 4x4x2, which cannot be added"),
            ("conv:4x4x1/[c1k3]/10", "layer 0"),
            ("conv:4x4x1/c2k3d0/10", "at least 1"),
            ("conv:4x4x1/[c1k3/10", "no bracket at its end"),
        ] {
            let message = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(message.contains(why), "{text}: {message}");
        }
        for text in ["", "64", "64-", "64-0-10", "64-x", "64-70000-10", "64-64-10+biases", "8-5000", "-3-4"] {
            let message = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(message.contains("64-64-10"), "{message}");
        }
    }
}
