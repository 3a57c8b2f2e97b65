//! Reports for people: `report.html`, comparisons of runs, and advice for runs that do not learn.
//!
//! Everything here is made from the files in the directory of a run. The pages contain all that they need:
//! they open without a network and run no script.

mod charts;
mod command;
mod compare;
mod curve_file;
mod curves;
mod diagnostics;
mod error;
mod facts;
mod hints;
mod html;
mod page;
mod thin;

pub use command::command;
pub use compare::compare;
pub use diagnostics::{Finding, FindingKind, diagnose};
pub use error::ReportError;
pub use facts::{Outcome, RunFacts};
pub use hints::{Hint, Hints};
pub(crate) use thin::thinned;

use eggroll_host::run::{RunDirectory, write_atomically};
use std::path::Path;

/// Writes `curve.svg` and `report.html` of a run from its directory.
///
/// # Errors
/// Those of [`RunFacts::read`]; [`ReportError::Drawing`]; [`ReportError::Run`] if a file cannot be written.
pub fn write(directory: &RunDirectory) -> Result<(), ReportError> {
    let facts = RunFacts::read(directory)?;
    curve_file::write_curve(&directory.curve(), &facts.config.title(), &facts.rows)?;
    Ok(write_atomically(&directory.report(), page::page(&facts)?.as_bytes())?)
}

/// Writes a page that draws runs over each other.
///
/// # Errors
/// [`ReportError::Measures`] if they have different measures; those of [`write()`].
pub fn write_comparison(runs: &[RunFacts], out: &Path) -> Result<(), ReportError> {
    Ok(write_atomically(out, compare(runs)?.as_bytes())?)
}
