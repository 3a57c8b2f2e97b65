//! The raw values of rows, for those who check that another program makes the same features of them.

use super::super::preprocessing;
use super::super::signal::Purpose;
use super::super::{DataError, Dataset};
use super::columns::Columns;
use super::fills;
use super::opened::Opened;
use super::reading::Reading;
use super::windowed;
use std::path::Path;

/// The raw values of some rows of a data set that [`table_as`](super::table_as) has read from this file: for
/// each row one value a feature, in units of the feature's rule. `rows` are in ascending order. Where another
/// table holds the test part, they are all of the test part or all of the file.
///
/// # Errors
/// Those of [`table_as`](super::table_as).
pub fn raws(
    path: &Path,
    reading: &Reading,
    data: &Dataset,
    rows: &[u32],
) -> Result<Vec<Vec<i32>>, DataError> {
    let first_test = data.first_test.map_or(u32::MAX, |first| first as u32);
    let (path, first) = match &reading.test {
        Some(test) if rows.first().is_some_and(|&row| row >= first_test) => (test.as_path(), first_test),
        _ => (path, 0),
    };
    let rows: Vec<u32> = rows.iter().map(|row| row.saturating_sub(first)).collect();
    let stored = &*data.preprocessing;
    let purpose = if first > 0 { Purpose::Test } else { Purpose::Train };
    let file = windowed::file_as(path, reading, stored, purpose)?;
    let reading = file.reading(reading);
    let opened = Opened::of(&file, reading, Some(stored))?;
    let columns = Columns::stored(&file.path, &opened.survey, stored, None)?;
    let source = opened.source(&file.path, &columns, reading.missing, Some(&stored.columns))?;
    preprocessing::raws(&source, &stored.rules, &fills(&stored.columns), &rows)
}
