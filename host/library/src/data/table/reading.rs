//! How a table is read.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::super::Fraction;
use super::super::Mixed;
use super::super::preprocessing::Scale;
use super::delimiter::Delimiter;

/// What is done with a field that says nothing: one that is empty, `?`, `NA`, `N/A`, `nan` or `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The table is refused.
    #[default]
    Refuse,
    /// Its row is left out.
    Drop,
    /// It becomes the mean of its column.
    Mean,
}

impl Missing {
    /// Its name, as a flag and a configuration have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
            Self::Mean => "mean",
        }
    }
}

impl FromStr for Missing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Refuse, Self::Drop, Self::Mean];
        all.into_iter().find(|rule| rule.name() == text).ok_or_else(|| "refuse, drop or mean".to_owned())
    }
}

/// How a table is read, where the table does not say it. A column is meant by its name, or by its number from
/// 1 if no column has that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Reading {
    /// The column of classes. Without it, the one that is named class, label or target, or y where the last
    /// column is no column of names; otherwise the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Columns of numbers that a model is to answer: the targets of a regression, which has no classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<String>,
    /// Whether a model is to tell anomalies: an autoencoder, which learns to answer the features themselves.
    /// Where `normal` names classes it is one as well.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub anomaly: bool,
    /// The classes whose rows are normal; those of others are anomalies. Without any, every row is normal,
    /// and there is no column of classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub normal: Vec<String>,
    /// Columns that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Columns of names, each of which becomes a feature that is 1 where it stands and otherwise 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categorical: Vec<String>,
    /// What is done with fields that say nothing.
    pub missing: Missing,
    /// What separates fields, if it is not to be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// How values are scaled, if that is not to be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// A column that names the group of each row, such as a recording. No group is in two parts of a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Another table, whose rows are the test part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// The labels, where the file of features holds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// The labels of the test part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_labels: Option<PathBuf>,
    /// Another table, of what the model was trained on before: some of its rows train again, and the others
    /// tell what is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<PathBuf>,
    /// The share of its rows among those that train; 0.3 unless it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_share: Option<Fraction>,
    /// Of a signal: samples of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Of a signal: samples from one window to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<u32>,
    /// Of a signal: samples in a second, where the file does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Of a signal: the list of what is computed of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<String>,
    /// Of a signal: what a window with two labels counts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixed: Option<Mixed>,
}

impl Reading {
    /// Whether the model is to tell anomalies.
    pub fn is_of_detector(&self) -> bool {
        self.anomaly || !self.normal.is_empty()
    }

    /// Whether the rows of a table are to be the moments of a signal.
    pub(super) fn is_of_signal(&self) -> bool {
        self.window.is_some() || self.features.is_some()
    }
}

/// Which rows of a table train, and how their values are scaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The share of the rows that is held out.
    pub holdout: Fraction,
    /// The share of the rest that is watched.
    pub validation: Fraction,
    /// The number of the split.
    pub split: u32,
}
