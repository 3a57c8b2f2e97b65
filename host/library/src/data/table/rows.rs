//! The rows of a table, one at a time.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::super::DataError;
use super::{Delimiter, MAX_COLUMNS, MAX_ROW_BYTES};

/// The rows of a text, one at a time. The first may be a header.
pub(super) struct Lines<'a> {
    path: &'a Path,
    text: &'a str,
    reader: csv::Reader<Rationed<'a>>,
    record: StringRecord,
    /// Fields in each row.
    width: usize,
    /// Line of the first row or header.
    first: u64,
}

impl<'a> Lines<'a> {
    /// Reads the first row or header of a prepared text.
    pub(super) fn open(path: &'a Path, text: &'a str, delimiter: Delimiter) -> Result<Lines<'a>, DataError> {
        // `flexible`, because this module's own length check knows the real line.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.byte())
            .from_reader(Rationed { text: text.as_bytes(), left: 0 });
        let mut rows = Lines { path, text, reader, record: StringRecord::new(), width: 0, first: 0 };
        if !rows.read()? {
            return Err(DataError::Empty { path: path.into() });
        }
        (rows.width, rows.first) = (rows.record.len(), rows.line_of(rows.at()));
        if rows.width > MAX_COLUMNS {
            let (line, found) = (rows.first, rows.width);
            return Err(DataError::ManyColumns { path: path.into(), line, found, limit: MAX_COLUMNS });
        }
        Ok(rows)
    }

    /// Goes on to the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        if !self.read()? {
            return Ok(false);
        }
        let found = self.record.len();
        if found != self.width {
            let (path, line) = (self.path.into(), self.line_of(self.at()));
            let (expected, first) = (self.width, self.first);
            return Err(DataError::ColumnCount { path, line, expected, found, first });
        }
        Ok(true)
    }

    /// Reads the next record that is not blank; false at the end.
    fn read(&mut self) -> Result<bool, DataError> {
        loop {
            // The reader keeps a whole row, and eight bytes for each of its fields.
            let begin = self.reader.position().byte() as usize;
            self.reader.get_mut().left = MAX_ROW_BYTES;
            let more = self.reader.read_record(&mut self.record).map_err(|error| {
                let path = self.path.into();
                match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.kind() == ErrorKind::QuotaExceeded => {
                        let line = line_at(self.text.as_bytes(), begin);
                        DataError::LongRow { path, line, limit: MAX_ROW_BYTES }
                    }
                    csv::ErrorKind::Io(error) => DataError::Read { path, error },
                    // The text is UTF-8, and rows of any length are read.
                    other => DataError::Read { path, error: io::Error::other(format!("{other:?}")) },
                }
            })?;
            if !more {
                return Ok(false);
            }
            // The csv crate skips empty lines, but not lines of spaces or of delimiters alone.
            if self.record.iter().any(|field| !trim(field).is_empty()) {
                return Ok(true);
            }
        }
    }

    /// The field in a column, counted from 0, without spaces around it, and without quotes that stand behind
    /// a space.
    pub(super) fn field(&self, column: usize) -> &str {
        let whole = self.record.get(column).unwrap_or_default();
        let field = trim(whole);
        if !whole.starts_with([' ', '\t']) {
            // Quotes that are left are of the name itself.
            return field;
        }
        field.strip_prefix('"').and_then(|field| field.strip_suffix('"')).map_or(field, trim)
    }

    /// Fields in each row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Where the row begins in the text; blank lines before it count to it.
    pub(super) fn at(&self) -> usize {
        self.record.position().map_or(0, |position| position.byte() as usize)
    }

    /// The line of a row that begins there.
    pub(super) fn line_of(&self, at: usize) -> u64 {
        let bytes = self.text.as_bytes();
        // The reader's position lies before the blank lines that it skipped, and its count of lines
        // knows `\n` only; hence the byte position and a count of our own.
        line_at(bytes, first_byte(bytes, at))
    }
}

/// Counts lines over rows that come in order, each line once.
#[derive(Default)]
pub(super) struct LineCounter {
    at: usize,
    line: u64,
}

impl LineCounter {
    /// The line of the row that is open, which is not before that of the call before.
    pub(super) fn line_of(&mut self, rows: &Lines<'_>) -> u64 {
        let bytes = rows.text.as_bytes();
        let to = first_byte(bytes, rows.at());
        // A line end of two bytes is not cut, because a row begins behind it.
        let more = line_at(bytes.get(self.at..to).unwrap_or_default(), usize::MAX);
        self.line = self.line.max(1) + more - 1;
        self.at = self.at.max(to);
        self.line
    }
}

/// The first byte of a row whose blank lines before it begin there.
fn first_byte(bytes: &[u8], at: usize) -> usize {
    at + bytes.iter().skip(at).take_while(|&&byte| byte == b'\r' || byte == b'\n').count()
}

/// A text of which no more is read than is left for the row that the reader is in.
struct Rationed<'a> {
    text: &'a [u8],
    left: usize,
}

impl Read for Rationed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = out.len().min(self.left);
        if room == 0 && !self.text.is_empty() {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        let read = self.text.read(&mut out[..room])?;
        self.left -= read;
        Ok(read)
    }
}

/// The line, from 1, of the byte at `at`; lines end in `\n`, `\r\n` or `\r`.
pub(super) fn line_at(bytes: &[u8], at: usize) -> u64 {
    let ends = |&i: &usize| bytes[i] == b'\n' || bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    1 + (0..at.min(bytes.len())).filter(ends).count() as u64
}

/// Without spaces and tabs at either end. Line ends stay: within a field they are an error.
fn trim(field: &str) -> &str {
    field.trim_matches([' ', '\t'])
}
