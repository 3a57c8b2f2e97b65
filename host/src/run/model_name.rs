use eggroll_firmware::model::Description;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A model as users name it: layer sizes of a multilayer perceptron, `64-64-10`, and `+bias` where each layer has
/// a bias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName {
    sizes: Vec<u32>,
    bias: bool,
}

/// A name that names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no model: give layer sizes like 64-64-10 (inputs, hidden layers, outputs; at most 16 layers of 1 to 65535, 4096 outputs), with +bias for biases"
)]
pub struct ModelNameError(String);

impl ModelName {
    /// The model as the firmware describes it.
    ///
    /// # Errors
    /// A size out of range.
    pub fn description(&self) -> Result<Description, eggroll_firmware::Error> {
        Description::mlp(&self.sizes, self.bias)
    }

    /// Inputs of the model.
    pub fn inputs(&self) -> u32 {
        self.sizes.first().copied().unwrap_or(0)
    }

    /// Outputs of the model.
    pub fn outputs(&self) -> u32 {
        self.sizes.last().copied().unwrap_or(0)
    }
}

impl FromStr for ModelName {
    type Err = ModelNameError;

    fn from_str(text: &str) -> Result<Self, ModelNameError> {
        let error = || ModelNameError(text.to_owned());
        let (sizes, bias) = text.strip_suffix("+bias").map_or((text, false), |sizes| (sizes, true));
        let sizes: Result<Vec<u32>, _> = sizes.split('-').map(str::parse).collect();
        let name = Self { sizes: sizes.map_err(|_| error())?, bias };
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
        let sizes: Vec<String> = self.sizes.iter().map(u32::to_string).collect();
        write!(f, "{}{}", sizes.join("-"), if self.bias { "+bias" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_faults() {
        for text in ["64-64-10", "1-1", "784-300-100-10+bias"] {
            assert_eq!(text.parse::<ModelName>().unwrap().to_string(), text);
        }
        for text in ["", "64", "64-", "64-0-10", "64-x", "64-70000-10", "64-64-10+biases", "8-5000", "-3-4"] {
            let message = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(message.contains("64-64-10"), "{message}");
        }
    }
}
