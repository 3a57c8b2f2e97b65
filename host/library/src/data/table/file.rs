//! The file of a table, whatever it is in.

use std::path::{Path, PathBuf};

use super::super::formats::{self, Converted, Format, Length, Series};
use super::super::input::{self, CSV, STANDARD_INPUT, STDIN};
use super::super::{DataError, gzip};
use super::foreign::foreign;
use super::reading::{Parts, Reading};
use super::source::Answers;
use crate::words;

/// A file of samples, as the text of a table.
pub(super) struct File {
    /// What messages call it.
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) warnings: Vec<String>,
    /// The first of the rows at its end that are for the test, where it says so.
    pub(super) test: Option<usize>,
    /// Whether its last column holds labels, and no header says so.
    pub(super) labelled: bool,
}

impl File {
    fn of(path: PathBuf, converted: Converted) -> File {
        let Converted { text, format, warnings, test, labelled } = converted;
        File { path, bytes: text, format, warnings, test, labelled }
    }

    /// The first row that is for the test, without those that were left out.
    pub(super) fn first_test(&self, answers: &Answers) -> Option<usize> {
        // A file that says so was turned into a text without a header.
        self.test.map(|test| answers.lines.partition_point(|&line| line <= test as u64))
    }
}

/// Reads a file of samples, whatever it is in.
pub(super) fn read(path: &Path, reading: &Reading, length: &Length) -> Result<File, DataError> {
    if path.is_dir() {
        return Ok(File::of(path.to_owned(), formats::folder(path)?));
    }
    let is_stdin = path == Path::new(STDIN);
    let path = if is_stdin { Path::new(STANDARD_INPUT) } else { path };
    let bytes = if is_stdin { input::read_stdin(&CSV)?.into() } else { input::read(path, &CSV)?.into() };
    let bytes = gzip::unpacked(path, bytes, &CSV)?.into_owned();
    converted(path, bytes, reading, length)
}

/// The text of a table that these bytes are, or are turned into.
pub(super) fn converted(
    path: &Path,
    bytes: Vec<u8>,
    reading: &Reading,
    length: &Length,
) -> Result<File, DataError> {
    if let Some(why) = foreign(&bytes) {
        return Err(DataError::Table { path: path.into(), why });
    }
    let beside = formats::labels_beside(path, &bytes).filter(|_| reading.labels.is_none());
    let labels = match reading.labels.as_ref().or(beside.as_ref()) {
        None => None,
        Some(labels) => {
            let bytes = input::read(labels, &CSV)?;
            Some((&**labels, gzip::unpacked(labels, bytes.into(), &CSV)?.into_owned()))
        }
    };
    let path = path.to_owned();
    if let Some(found) = formats::convert(&path, &bytes, labels)? {
        let mut file = File::of(path, found);
        file.warnings.extend(beside.map(|labels| format!("labels are those of {}", words::path(&labels))));
        return Ok(file);
    }
    let text = str::from_utf8(&bytes).ok().filter(|text| formats::is_series(text));
    if let Some(text) = text {
        let converted = Series::of(&path, text)?.table(length)?;
        return Ok(File::of(path, converted));
    }
    Ok(File { path, bytes, format: Format::Table, warnings: Vec::new(), test: None, labelled: false })
}

/// The length of series that a new model is to have.
pub(super) fn length_of(parts: &Parts, reading: &Reading) -> Length {
    let Parts { holdout, validation, split } = *parts;
    let normal = reading.is_of_detector().then(|| reading.normal.clone());
    Length::Training { holdout, validation, split, has_test: reading.test.is_some(), normal }
}
