//! Data sets from CSV files.

use std::path::Path;

use super::table::{Reading, parse_table, table};
use super::{DataError, Dataset};

/// Reads a table of samples as [`table()`] does, where nothing is said of it.
///
/// # Errors
/// Those of [`table()`].
pub fn csv(path: &Path) -> Result<Dataset, DataError> {
    table(path, &Reading::default())
}

/// [`csv()`] on the contents of the file.
///
/// # Errors
/// Those of [`csv()`] but for the file itself.
pub fn parse_csv(path: &Path, bytes: &[u8]) -> Result<Dataset, DataError> {
    parse_table(path, bytes, &Reading::default())
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
