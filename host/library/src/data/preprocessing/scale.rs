use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How the values of columns are brought to the range of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Each column is centred and brought to a standard deviation of 32. Outliers do not count.
    Standard,
    /// Each column is centred and brought to a standard deviation of 16, so that values far out still differ:
    /// for detectors of anomalies.
    Wide,
    /// All columns together are, as fields of one kind, such as the pixels of an image.
    Image,
    /// Each column is spread over the whole range, from its least value to its greatest.
    Minmax,
    /// Integers in `-127..=127` are taken as they are.
    None,
    /// As a model that was imported wants it.
    Imported,
}

impl Scale {
    /// All that can be asked for.
    pub const ALL: [Scale; 5] = [Self::Standard, Self::Wide, Self::Image, Self::Minmax, Self::None];

    /// Its name, as a flag and a configuration have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Wide => "wide",
            Self::Image => "image",
            Self::Minmax => "minmax",
            Self::None => "none",
            Self::Imported => "imported",
        }
    }

    /// The same for a person.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Standard => "standard: centred, standard deviation 32",
            Self::Wide => "wide: centred, standard deviation 16",
            Self::Image => "image: centred, standard deviation 32",
            Self::Minmax => "minmax: the range becomes -127..127",
            Self::None => "none: integers as they are",
            Self::Imported => "imported: as the model was trained",
        }
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scale| scale.name() == text);
        found.ok_or_else(|| "standard, wide, image, minmax or none".to_owned())
    }
}
