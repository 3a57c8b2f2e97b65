//! The rows of a detector of anomalies, scored.

use eggroll_host::measure::{Detection, Part};

/// The rows of a detector of anomalies, scored.
pub struct Scored {
    /// What the normal rows are.
    pub part: Part,
    /// The scores and the threshold.
    pub detection: Detection,
}
