//! A table whose fields were looked at.

use std::path::Path;

use super::super::DataError;
use super::super::formats::Format;
use super::super::preprocessing::{Column, Preprocessing};
use super::columns::Columns;
use super::delimiter::{self, Delimiter};
use super::encoding::{self, Encoding};
use super::file::File;
use super::reading::{Missing, Reading};
use super::source::Source;
use super::survey::Survey;
use super::{LABEL_LETTER, LABEL_NAMES, is_one_of};

/// A table whose fields were looked at.
pub(super) struct Opened {
    pub(super) text: String,
    pub(super) encoding: Encoding,
    pub(super) delimiter: Delimiter,
    pub(super) survey: Survey,
}

impl Opened {
    pub(super) fn of(
        file: &File,
        reading: &Reading,
        stored: Option<&Preprocessing>,
    ) -> Result<Opened, DataError> {
        // A model of one feature takes rows without a class.
        let least = if stored.is_some_and(|stored| stored.columns.len() == 1) { 1 } else { 2 };
        Self::of_columns(file, reading, stored, least)
    }

    /// The rows of a log, which may have a channel and nothing else.
    pub(super) fn of_log(
        file: &File,
        reading: &Reading,
        stored: Option<&Preprocessing>,
    ) -> Result<Opened, DataError> {
        Self::of_columns(file, reading, stored, 1)
    }

    fn of_columns(
        file: &File,
        reading: &Reading,
        stored: Option<&Preprocessing>,
        least: usize,
    ) -> Result<Opened, DataError> {
        let path = &*file.path;
        let (text, encoding) = encoding::decode(path, &file.bytes)?;
        let delimiter = match file.format {
            Format::Table => reading
                .delimiter
                .or_else(|| delimiter::stated(&text))
                .unwrap_or_else(|| delimiter::find(&text)),
            // It was written so.
            _ => Delimiter::Comma,
        };
        let text = delimiter::prepare(text, delimiter).into_owned();
        let is_named = |field: &str| {
            let named = reading.label.iter().chain(&reading.drop).chain(&reading.categorical);
            is_one_of(field, &LABEL_NAMES)
                || is_one_of(field, &LABEL_LETTER)
                || named.chain(&reading.group).any(|name| name == field)
        };
        let survey = Survey::of(path, &text, (delimiter, least), is_named, stored)?;
        Ok(Opened { text, encoding, delimiter, survey })
    }

    pub(super) fn source<'a>(
        &'a self,
        path: &'a Path,
        columns: &'a Columns,
        missing: Missing,
        stored: Option<&[Column]>,
    ) -> Result<Source<'a>, DataError> {
        Source::open(path, (&self.text, self.delimiter), (&self.survey, columns), missing, stored)
    }
}
