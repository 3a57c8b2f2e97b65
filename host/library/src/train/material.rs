use crate::data::{Dataset, Split, Text, TextSplit};
use crate::measure::{EvalSet, FINAL_STARTS, WATCHED_STARTS};
use eggroll_firmware::task::environment::EnvironmentKind;

/// What a run trains on.
pub enum Material {
    /// Samples with labels.
    Samples {
        /// The data set.
        data: Dataset,
        /// Its parts.
        split: Split,
    },
    /// An environment, simulated wherever a member runs.
    Environment(EnvironmentKind),
    /// A text.
    Text {
        /// All of it.
        text: Text,
        /// Its parts.
        split: TextSplit,
    },
}

impl Material {
    /// The record store that boards get; empty in an environment.
    pub(super) fn records(&self) -> Vec<u8> {
        match self {
            Self::Samples { data, split } => data.records(&split.train),
            Self::Environment(_) | Self::Text { .. } => Vec::new(),
        }
    }

    /// The text that is trained on; empty for anything else.
    pub(super) fn training_text(&self) -> &[u8] {
        match self {
            Self::Text { text, split } => &text.bytes[split.train.clone()],
            Self::Samples { .. } | Self::Environment(_) => &[],
        }
    }

    /// Samples to train on; 0 in an environment, where starts never end, and on a text.
    pub fn training(&self) -> usize {
        match self {
            Self::Samples { split, .. } => split.train.len(),
            Self::Environment(_) | Self::Text { .. } => 0,
        }
    }

    /// What the final figure of a run with this seed is taken on; may be empty.
    pub fn held_out(&self, seed: u32) -> EvalSet<'_> {
        match self {
            Self::Samples { data, split } => EvalSet::Samples { data, rows: &split.test },
            Self::Environment(kind) => EvalSet::Episodes { kind: *kind, seed, starts: FINAL_STARTS },
            Self::Text { text, split } => EvalSet::Text { bytes: &text.bytes[split.test.clone()] },
        }
    }

    /// What progress is watched on: the validation part, or all samples where nothing is held out.
    pub fn watched(&self, seed: u32) -> EvalSet<'_> {
        match self {
            Self::Samples { data, split } => {
                let rows = if split.validation.is_empty() { &split.train } else { &split.validation };
                EvalSet::Samples { data, rows }
            }
            Self::Environment(kind) => EvalSet::Episodes { kind: *kind, seed, starts: WATCHED_STARTS },
            Self::Text { text, split } => EvalSet::Text { bytes: &text.bytes[split.watched.clone()] },
        }
    }
}
