//! What can go wrong with a report.

use eggroll_host::measure::Measure;
use eggroll_host::run::RunError;

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run that it is of, or the page's file.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Runs that cannot be laid over each other.
    #[error(
        "{first} is measured by its {}, {second} by its {}: compare runs on data with each other, and runs in \
         environments with each other", of_first.name(), of_second.name()
    )]
    Measures {
        /// A run.
        first: String,
        /// What it is measured by.
        of_first: Measure,
        /// Another run.
        second: String,
        /// What that is measured by.
        of_second: Measure,
    },
    /// A curve.
    #[error("cannot draw {what}: {why}")]
    Drawing {
        /// What it shows.
        what: &'static str,
        /// What the drawing says.
        why: String,
    },
}
