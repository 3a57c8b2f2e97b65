//! Answers of a run on samples that were judged.

use eggroll_host::measure::Assessment;

/// The answers of a run on samples, judged.
pub struct Known {
    /// The figures.
    pub assessment: Assessment,
    /// The names of the classes.
    pub names: Vec<String>,
}

impl Known {
    /// The name of a class. An output without a class has the name that its place gives it.
    pub fn name(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| format!("output {class}"))
    }
}
