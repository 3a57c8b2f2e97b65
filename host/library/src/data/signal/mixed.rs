//! What a window with two labels counts as.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What is done with a window in which there is more than one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mixed {
    /// It is left out.
    #[default]
    Drop,
    /// It has the label of most of its samples; of two with as many, the one that comes later.
    Majority,
}

impl Mixed {
    /// Its name, as a flag and a configuration have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Majority => "majority",
        }
    }

    /// Whether it is what happens where nothing is said.
    pub(in super::super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for Mixed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::Drop, Self::Majority].into_iter().find(|rule| rule.name() == text);
        found.ok_or_else(|| "drop or majority".to_owned())
    }
}
