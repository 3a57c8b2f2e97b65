use crate::data::{Dataset, Split, Text, TextSplit};
use crate::measure::{EvalSet, FINAL_PROMPTS, FINAL_STARTS, WATCHED_PROMPTS, WATCHED_STARTS, WATCHED_TRIALS};
use crate::run::OwnTask;
use eggroll_firmware::task::environment::Domain;
use eggroll_firmware::task::reward::Reward;

/// The data that a run trains on.
pub enum Material {
    /// Samples with labels or targets.
    Samples {
        /// The data set.
        data: Box<Dataset>,
        /// Its training, validation and test parts.
        split: Split,
        /// The rows that boards get, in permutations of which samples are drawn: those of the training part,
        /// or some of them several times.
        drawn: Vec<u32>,
    },
    /// An environment, which is simulated wherever a member runs.
    Environment(Domain),
    /// A text.
    Text {
        /// The whole text.
        text: Text,
        /// Its training, validation and test parts.
        split: TextSplit,
    },
    /// The task of the boards' own, which nobody else can score.
    Own(OwnTask),
    /// Puzzles, which are drawn wherever a member answers them.
    Reward(Reward),
}

impl Material {
    /// The records of all training samples, as boards get them. Empty in an environment.
    pub(super) fn records(&self) -> Vec<u8> {
        match self {
            Self::Samples { data, drawn, .. } => data.records(drawn),
            Self::Environment(_) | Self::Text { .. } | Self::Own(_) | Self::Reward(_) => Vec::new(),
        }
    }

    /// The part of a text that is trained on. Empty for another task.
    pub(super) fn training_text(&self) -> &[u8] {
        match self {
            Self::Text { text, split } => &text.bytes[split.train.clone()],
            Self::Samples { .. } | Self::Environment(_) | Self::Own(_) | Self::Reward(_) => &[],
        }
    }

    /// The number of samples that boards get. It is 0 on a text, and in an environment, whose starts never
    /// end.
    pub fn training(&self) -> usize {
        match self {
            Self::Samples { drawn, .. } => drawn.len(),
            Self::Environment(_) | Self::Text { .. } | Self::Own(_) | Self::Reward(_) => 0,
        }
    }

    /// The set that the final figure of a run with this seed is measured on. It may be empty.
    pub fn held_out(&self, seed: u32) -> EvalSet<'_> {
        match self {
            Self::Samples { data, split, .. } => EvalSet::Samples { data, rows: &split.test },
            Self::Environment(domain) => EvalSet::Episodes { domain: *domain, seed, starts: FINAL_STARTS },
            Self::Text { text, split } => EvalSet::Text { bytes: &text.bytes[split.test.clone()] },
            Self::Own(_) => EvalSet::Own { trials: 0 },
            Self::Reward(reward) => EvalSet::Prompts { reward: *reward, seed, prompts: FINAL_PROMPTS },
        }
    }

    /// The validation set. If nothing is held out, it has all samples.
    pub fn watched(&self, seed: u32) -> EvalSet<'_> {
        match self {
            Self::Samples { data, split, .. } => {
                let rows = if split.validation.is_empty() { &split.train } else { &split.validation };
                EvalSet::Samples { data, rows }
            }
            Self::Environment(domain) => EvalSet::Episodes { domain: *domain, seed, starts: WATCHED_STARTS },
            Self::Text { text, split } => EvalSet::Text { bytes: &text.bytes[split.watched.clone()] },
            Self::Own(_) => EvalSet::Own { trials: WATCHED_TRIALS.len() },
            Self::Reward(reward) => EvalSet::Prompts { reward: *reward, seed, prompts: WATCHED_PROMPTS },
        }
    }
}
