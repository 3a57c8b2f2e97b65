//! The file of a table, whatever it is in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::formats::{self, Converted, Format, Length, Series};
use super::super::input::{self, CSV, STANDARD_INPUT, STDIN};
use super::super::{DataError, Signal, gzip};
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
    /// What the rows are, where they are windows of a signal.
    pub(super) windows: Option<Box<Windows>>,
}

/// What the rows of a table are that are windows of a signal.
pub(super) struct Windows {
    /// What was computed of them.
    pub(super) signal: Box<Signal>,
    /// How their table is read.
    pub(super) reading: Reading,
    /// Where each is: its recording, and the number of its last sample from 1.
    pub(super) places: Vec<Window>,
    /// Windows in which something is missing.
    pub(super) left_out: usize,
    /// Where the labels are from.
    pub(super) labels_by: String,
    /// Lines for a person.
    pub(super) lines: Vec<String>,
}

/// A window of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The file, the series or the group that it is of.
    pub recording: Arc<str>,
    /// The number of its last sample in the recording, from 1.
    pub sample: u64,
}

/// What is at a path.
pub(super) enum Input {
    /// A folder.
    Folder(PathBuf),
    /// The bytes of a file, unpacked, and what messages call it.
    File(PathBuf, Vec<u8>),
}

impl Input {
    /// Reads what is at a path. The path `-` is standard input.
    pub(super) fn read(path: &Path) -> Result<Input, DataError> {
        if path.is_dir() {
            return Ok(Input::Folder(path.to_owned()));
        }
        let is_stdin = path == Path::new(STDIN);
        let path = if is_stdin { Path::new(STANDARD_INPUT) } else { path };
        let bytes = if is_stdin { input::read_stdin(&CSV)?.into() } else { input::read(path, &CSV)?.into() };
        let bytes = gzip::unpacked(path, bytes, &CSV)?.into_owned();
        Ok(Input::File(path.to_owned(), bytes))
    }

    /// The text of a table that it is, or is turned into.
    pub(super) fn table(self, reading: &Reading, length: &Length) -> Result<File, DataError> {
        match self {
            Self::Folder(path) => {
                let converted = formats::folder(&path)?;
                Ok(File::of(path, converted))
            }
            Self::File(path, bytes) => converted(&path, bytes, reading, length),
        }
    }
}

impl File {
    fn of(path: PathBuf, converted: Converted) -> File {
        let Converted { text, format, warnings, test, labelled } = converted;
        File { path, bytes: text, format, warnings, test, labelled, windows: None }
    }

    /// How it is read: as was said, or as the windows of a signal.
    pub(super) fn reading<'a>(&'a self, said: &'a Reading) -> &'a Reading {
        self.windows.as_ref().map_or(said, |windows| &windows.reading)
    }

    /// The first row that is for the test, without those that were left out.
    pub(super) fn first_test(&self, answers: &Answers) -> Option<usize> {
        // A file that says so was turned into a text without a header.
        self.test.map(|test| answers.lines.partition_point(|&line| line <= test as u64))
    }
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
    if let Some(text) = series(&bytes) {
        let converted = Series::of(&path, text)?.table(length)?;
        return Ok(File::of(path, converted));
    }
    let (format, warnings) = (Format::Table, Vec::new());
    Ok(File { path, bytes, format, warnings, test: None, labelled: false, windows: None })
}

/// The text of series, if these bytes are one.
pub(super) fn series(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok().filter(|text| formats::is_series(text))
}

/// The length of series that a new model is to have.
pub(super) fn length_of(parts: &Parts, reading: &Reading) -> Length {
    let Parts { holdout, validation, split } = *parts;
    let normal = reading.is_of_detector().then(|| reading.normal.clone());
    Length::Training { holdout, validation, split, has_test: reading.test.is_some(), normal }
}
