//! Data sets from CSV files of integers.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::error::shorten;
use super::input::{self, CSV, STANDARD_INPUT, STDIN};
use super::{ColumnRule, DataError, Dataset, FEATURE_MAX, Scaling};

/// Most columns of a file: the inputs that a model may have, and the label.
pub const MAX_COLUMNS: usize = 65_536;
/// Most rows of a file.
pub const MAX_ROWS: usize = 1 << 24;
/// Most bytes of a row: as many fields as there may be, each of the longest number and a comma.
pub const MAX_ROW_BYTES: usize = 2 << 20;

/// Reads a CSV file whose rows are integer features followed by the class label.
///
/// - Fields are separated by commas, may be quoted, and may have spaces or tabs around the number. Blank
///   lines are skipped.
/// - The first line is a header, and not a row, if any of its fields is no integer.
/// - Labels are integers from 0 to 255; the data set has (largest label + 1) classes.
/// - If all features lie in `-127..=127` they are taken as they are ([`Scaling::AsIs`]). Otherwise every
///   feature column, also one already in that range, is spread over `-127..=127` by
///   [`ColumnRule::spanning`] its least and greatest value in the whole file. The rule is per column
///   because columns may differ in unit: on a common scale an age beside an income would all but
///   vanish. Where columns share a unit and their proportions matter, scale them to `-127..=127` before.
///
/// The data set's name is the file's name without its folder. The path `-` is standard input.
///
/// # Errors
/// A file that cannot be opened or read, is over `CSV`'s limit, [`MAX_COLUMNS`], [`MAX_ROWS`] or
/// [`MAX_ROW_BYTES`], empty or not UTF-8, a first row of fewer than two fields, a row of another length, a
/// field that is no integer or no i64, a label out of range, or labels that are all 0. See [`DataError`];
/// errors in a row name its line in the file.
pub fn csv(path: &Path) -> Result<Dataset, DataError> {
    if path == Path::new(STDIN) {
        return parse_csv(Path::new(STANDARD_INPUT), input::read_stdin(&CSV)?);
    }
    parse_csv(path, &input::read(path, &CSV)?)
}

/// [`csv()`] on the contents of the file.
///
/// # Errors
/// Those of [`csv()`] but for the file itself.
pub fn parse_csv(path: &Path, bytes: &[u8]) -> Result<Dataset, DataError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| DataError::NotUtf8 {
        path: path.into(),
        line: line_at(bytes, error.valid_up_to()),
    })?;

    // First pass: check every field, find the ranges, and keep the features as long as they all fit.
    let mut table = Table::open(path, text)?;
    let features = table.columns - 1;
    let mut ranges = vec![(i64::MAX, i64::MIN); features];
    let (mut rows, mut labels, mut fits) = (Vec::new(), Vec::new(), true);
    while table.next()? {
        for (column, range) in ranges.iter_mut().enumerate() {
            let value = table.feature(column)?;
            *range = (range.0.min(value), range.1.max(value));
            if fits {
                match i8::try_from(value) {
                    Ok(value) if value >= -FEATURE_MAX => rows.push(value),
                    _ => (fits, rows) = (false, Vec::new()),
                }
            }
        }
        if labels.len() == MAX_ROWS {
            return Err(DataError::ManyRows { path: path.into(), limit: MAX_ROWS });
        }
        labels.push(table.label()?);
    }
    let Some(&max) = labels.iter().max() else {
        return Err(DataError::OnlyHeader { path: path.into(), line: table.first });
    };
    if max == 0 {
        return Err(DataError::OneClass { path: path.into(), column: table.columns });
    }

    let scaling = if fits {
        Scaling::AsIs
    } else {
        // Second pass: cheaper than keeping eight bytes for each value of a large file.
        let columns: Vec<_> = ranges.iter().map(|&(low, high)| ColumnRule::spanning(low, high)).collect();
        rows.reserve_exact(labels.len() * features);
        let mut table = Table::open(path, text)?;
        while table.next()? {
            for (column, rule) in columns.iter().enumerate() {
                rows.push(rule.apply(table.feature(column)?));
            }
        }
        Scaling::Affine { columns }
    };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Dataset::new(name, features, usize::from(max) + 1, rows, labels, scaling)
}

/// The rows of a CSV text, one at a time.
struct Table<'a> {
    path: &'a Path,
    text: &'a str,
    reader: csv::Reader<Rationed<'a>>,
    record: StringRecord,
    /// The record is a row that `next` has yet to hand out.
    pending: bool,
    /// Fields in each row, at least 2.
    columns: usize,
    /// Line of the first row or header.
    first: u64,
}

impl<'a> Table<'a> {
    /// Reads up to the first row and steps over a header.
    fn open(path: &'a Path, text: &'a str) -> Result<Table<'a>, DataError> {
        // `flexible`, because this module's own length check knows the real line.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Rationed { text: text.as_bytes(), left: 0 });
        let record = StringRecord::new();
        let mut table = Table { path, text, reader, record, pending: false, columns: 0, first: 0 };
        if !table.read()? {
            return Err(DataError::Empty { path: path.into() });
        }
        (table.columns, table.first) = (table.record.len(), table.line());
        if table.columns < 2 {
            return Err(DataError::TooFewColumns { path: path.into(), line: table.first });
        }
        if table.columns > MAX_COLUMNS {
            let (line, found) = (table.first, table.columns);
            return Err(DataError::ManyColumns { path: path.into(), line, found, limit: MAX_COLUMNS });
        }
        table.pending = table.record.iter().all(|field| is_integer(trim(field)));
        Ok(table)
    }

    /// Goes on to the next row; false at the end.
    fn next(&mut self) -> Result<bool, DataError> {
        if std::mem::take(&mut self.pending) {
            return Ok(true);
        }
        if !self.read()? {
            return Ok(false);
        }
        let found = self.record.len();
        if found != self.columns {
            let (path, line, expected, first) = (self.path.into(), self.line(), self.columns, self.first);
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
            // The csv crate skips empty lines but not lines of spaces.
            if self.record.len() > 1 || self.record.iter().any(|field| !trim(field).is_empty()) {
                return Ok(true);
            }
        }
    }

    /// The feature in `column`, counted from 0.
    fn feature(&self, column: usize) -> Result<i64, DataError> {
        let field = trim(&self.record[column]);
        field.parse().map_err(|_| {
            let (path, line, column, text) = (self.path.into(), self.line(), column + 1, shorten(field));
            if is_integer(field) {
                DataError::Overflow { path, line, column, text }
            } else {
                DataError::NotAnInteger { path, line, column, text }
            }
        })
    }

    /// The class label, the last field.
    fn label(&self) -> Result<u8, DataError> {
        let field = trim(&self.record[self.columns - 1]);
        // By way of i64, so that `-0` is the integer it is.
        let label = field.parse::<i64>().ok().and_then(|label| u8::try_from(label).ok());
        label.ok_or_else(|| {
            let (path, line, column) = (self.path.into(), self.line(), self.columns);
            DataError::Label { path, line, column, text: shorten(field) }
        })
    }

    /// The line on which the record begins.
    fn line(&self) -> u64 {
        let bytes = self.text.as_bytes();
        // The reader's position lies before the blank lines that it skipped, and its count of lines
        // knows `\n` only; hence the byte position and a count of our own.
        let from = self.record.position().map_or(0, |position| position.byte() as usize);
        let blank = bytes.iter().skip(from).take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
        line_at(bytes, from + blank)
    }
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
fn line_at(bytes: &[u8], at: usize) -> u64 {
    let ends = |&i: &usize| bytes[i] == b'\n' || bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    1 + (0..at.min(bytes.len())).filter(ends).count() as u64
}

/// Without spaces and tabs at either end. Line ends stay: within a field they are an error.
fn trim(field: &str) -> &str {
    field.trim_matches([' ', '\t'])
}

/// Whether `field` is an integer of any size.
fn is_integer(field: &str) -> bool {
    let digits = field.strip_prefix(['+', '-']).unwrap_or(field);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
