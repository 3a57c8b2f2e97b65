//! What a run from a trained model has changed.

use serde::{Deserialize, Serialize};

/// The scores of a trained model before and after a run that began with it, by the measure of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adaptation {
    /// What the trained model reached on the held-out rows before it was adapted; `None` if nothing is held
    /// out.
    pub test_before: Option<f64>,
    /// The rows of what it was trained on before that did not train again; 0 where there are none to tell
    /// what it has forgotten.
    pub old_rows: usize,
    /// What it reached on these rows before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old_before: Option<f64>,
    /// What it reaches on them now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old_after: Option<f64>,
}
