//! Reports for people: `report.html`, comparisons of runs, and advice for runs that do not learn.
//!
//! Everything here is made from the files in the directory of a run. The pages contain all that they need:
//! they open without a network and run no script.

mod advice;
mod anomalies;
mod answers;
mod assessed;
mod charts;
mod command;
mod compare;
mod curve_file;
mod curves;
mod diagnostics;
#[cfg(test)]
mod diagnostics_tests;
mod error;
mod facts;
mod hints;
mod histogram;
mod html;
mod known;
mod matrix;
mod page;
mod scatter;
mod scored;
mod signal;
mod thin;
mod value_verdicts;
mod values;
mod verdicts;
mod windows;

pub use assessed::Assessed;
pub use command::command;
pub use compare::compare;
pub use diagnostics::{Finding, FindingKind, diagnose};
pub use error::ReportError;
pub use facts::{Outcome, RunFacts};
pub use hints::{Hint, Hints};
pub use known::Known;
pub use scored::Scored;
pub(crate) use thin::thinned;

use eggroll_host::run::{RunDirectory, write_atomically};
use std::path::Path;

/// Writes `curve.svg` and `report.html` of a run from its directory. Its data, which say how good its answers
/// are, are loaded from where they were; without them that section is left out.
///
/// # Errors
/// Those of [`RunFacts::read`]; [`ReportError::Drawing`]; [`ReportError::Run`] if a file cannot be written.
pub fn write(directory: &RunDirectory) -> Result<(), ReportError> {
    let facts = RunFacts::read(directory)?;
    let assessed = Assessed::load(directory, &facts.config);
    write_page(directory, &facts, &assessed)
}

/// [`write()`], where it is known how good the answers are.
///
/// # Errors
/// Those of [`write()`].
pub fn write_assessed(directory: &RunDirectory, assessed: &Assessed) -> Result<(), ReportError> {
    write_page(directory, &RunFacts::read(directory)?, assessed)
}

fn write_page(directory: &RunDirectory, facts: &RunFacts, assessed: &Assessed) -> Result<(), ReportError> {
    curve_file::write_curve(&directory.curve(), &facts.config.title(), &facts.rows)?;
    Ok(write_atomically(&directory.report(), page::page(facts, assessed)?.as_bytes())?)
}

/// Writes a page that draws runs over each other.
///
/// # Errors
/// [`ReportError::Measures`] if they have different measures; those of [`write()`].
pub fn write_comparison(runs: &[RunFacts], out: &Path) -> Result<(), ReportError> {
    Ok(write_atomically(out, compare(runs)?.as_bytes())?)
}
