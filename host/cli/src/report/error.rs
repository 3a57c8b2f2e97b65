//! The errors of reports.

use eggroll_host::measure::Measure;
use eggroll_host::run::RunError;

/// Says why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run of the page, or the file of the page, is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The runs cannot be drawn over each other.
    #[error(
        "{first} is measured by its {}, {second} by its {}: compare runs on data with each other, and runs in \
         environments with each other", of_first.name(), of_second.name()
    )]
    Measures {
        /// A run.
        first: String,
        /// Its measure.
        of_first: Measure,
        /// Another run.
        second: String,
        /// The measure of that.
        of_second: Measure,
    },
    /// A curve cannot be drawn.
    #[error("cannot draw {what}: {why}")]
    Drawing {
        /// The name of the curve.
        what: &'static str,
        /// The error of the drawing.
        why: String,
    },
}
