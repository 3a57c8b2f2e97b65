use crate::words;
use eggroll_firmware::model::Description;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A model as users write it. The layer sizes of a multilayer perceptron, such as `64-64-10`, with `+bias` if
/// each layer has a bias; or the EGG language model with its width, blocks and tokens, such as
/// `egg:D=64,L=2,V=256`.
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
    },
}

/// The error of a text that names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` names no model: give layer sizes like 64-64-10 (inputs, hidden layers, outputs; at most 16 layers of 1 to 65535, 4096 outputs), with +bias for biases, or egg:D=64,L=2,V=256 (width, 1 to 13 blocks, up to 4096 tokens) for a text",
    words::shown(.0, words::MOST)
)]
pub struct ModelNameError(String);

impl ModelName {
    /// The firmware's description of the model.
    ///
    /// # Errors
    /// A size is out of range.
    pub fn description(&self) -> Result<Description, eggroll_firmware::Error> {
        match self {
            Self::Mlp { sizes, bias } => Description::mlp(sizes, *bias),
            &Self::Egg { width, blocks, vocabulary } => Description::egg(width, blocks, vocabulary),
        }
    }

    /// The number of inputs; for a recurrent model, of tokens.
    pub fn inputs(&self) -> u32 {
        match self {
            Self::Mlp { sizes, .. } => sizes.first().copied().unwrap_or(0),
            Self::Egg { vocabulary, .. } => *vocabulary,
        }
    }

    /// The number of outputs.
    pub fn outputs(&self) -> u32 {
        match self {
            Self::Mlp { sizes, .. } => sizes.last().copied().unwrap_or(0),
            Self::Egg { vocabulary, .. } => *vocabulary,
        }
    }

    /// Whether the model reads tokens and carries a state.
    pub const fn is_recurrent(&self) -> bool {
        matches!(self, Self::Egg { .. })
    }
}

/// Reads the sizes after `egg:`, in any order, each at most once. Those that are left out are D=64, L=2 and
/// V=256.
fn egg(text: &str) -> Option<ModelName> {
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
        let error = || ModelNameError(text.to_owned());
        let name = text.strip_prefix("egg:").map_or_else(|| mlp(text), egg).ok_or_else(error)?;
        name.description().map_err(|_| error())?;
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
            Self::Egg { width, blocks, vocabulary } => write!(f, "egg:D={width},L={blocks},V={vocabulary}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_faults() {
        for text in ["64-64-10", "1-1", "784-300-100-10+bias", "egg:D=64,L=2,V=256"] {
            assert_eq!(text.parse::<ModelName>().unwrap().to_string(), text);
        }
        assert_eq!("egg:V=50,D=8".parse::<ModelName>().unwrap().to_string(), "egg:D=8,L=2,V=50");
        let egg =
            ["egg:", "egg:D=0,L=1,V=9", "egg:D=8,D=8", "egg:L=14", "egg:D=8,X=1", "egg:D=-1", "egg:V=5000"];
        for text in egg {
            assert!(text.parse::<ModelName>().is_err(), "{text}");
        }
        for text in ["", "64", "64-", "64-0-10", "64-x", "64-70000-10", "64-64-10+biases", "8-5000", "-3-4"] {
            let message = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(message.contains("64-64-10"), "{message}");
        }
    }
}
