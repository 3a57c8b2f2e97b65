//! How good the answers of a trained classifier are, beside baselines on the same rows.

use super::super::affordable::some;
use super::baselines::{Baselines, labelled};
use super::inputs::Inputs;
use super::judged::Judged;
use crate::data::{Dataset, Split};
use eggroll_firmware::model::Program;

/// The rows that a model is judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that were held out.
    HeldOut,
    /// Those that were watched while training, where none were held out.
    Watched,
    /// Those that it was trained on, where there are no others.
    Trained,
}

impl Part {
    /// The part of a split that a model is judged on, and its rows.
    pub const fn of(split: &Split) -> (Self, &[u32]) {
        match (split.test.as_slice(), split.validation.as_slice()) {
            ([], []) => (Self::Trained, split.train.as_slice()),
            ([], watched) => (Self::Watched, watched),
            (held_out, _) => (Self::HeldOut, held_out),
        }
    }

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeldOut => "held_out",
            Self::Watched => "validation",
            Self::Trained => "training",
        }
    }

    /// What a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::HeldOut => "held-out samples",
            Self::Watched => "validation samples",
            Self::Trained => "samples that it was trained on, as no others are there",
        }
    }
}

/// How good the answers of a trained classifier are, beside baselines on the same rows.
pub struct Assessment {
    /// The rows that all of them answered.
    pub part: Part,
    /// The model.
    pub model: Judged,
    /// The model on the training rows, or on 4096 of them.
    pub trained: Judged,
    /// The answer that is always the most frequent class.
    pub most_frequent: Judged,
    /// A logistic regression.
    pub regression: Judged,
    /// What the baselines learned.
    pub baselines: Baselines,
    /// How the inputs of the training rows use their range; `None` without such rows.
    pub inputs: Option<Inputs>,
}

impl Assessment {
    /// Assesses a model on the parts of its data. Its weights must be those of the program, and its inputs
    /// those of the data.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn of(program: &Program, weights: &[i8], data: &Dataset, split: &Split) -> Self {
        let (part, rows) = Part::of(split);
        let baselines = Baselines::fit(data, &split.train);
        let some = some(&split.train);
        let judge = |rows| Judged::model(program, weights, data.classes, labelled(data, rows));
        Self {
            part,
            model: judge(rows),
            trained: judge(&some),
            most_frequent: baselines.judge_most_frequent(labelled(data, rows)),
            regression: baselines.judge_regression(labelled(data, rows)),
            inputs: Inputs::of(data, &split.train),
            baselines,
        }
    }
}
