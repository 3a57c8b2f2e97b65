//! What can be wrong with a data set, each in one line that also says what to do about it.

use std::{io, path::PathBuf};

use super::{Fraction, InputError};
use crate::words;

/// Why samples could not be loaded or split. Lines and columns count from 1.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file itself.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder has more files than a text may have.
    #[error("{}: there are more than {most} files in it; join some", words::path(path))]
    ManyFiles {
        /// The folder.
        path: PathBuf,
        /// The most files of a text.
        most: usize,
    },
    /// A row that is too long, as behind an open quote.
    #[error(
        "{}, line {line}: the row has more than {limit} bytes; end lines after each row, or close an open quote",
        words::path(path)
    )]
    LongRow {
        /// The file.
        path: PathBuf,
        /// The row's line.
        line: u64,
        /// The most bytes of a row.
        limit: usize,
    },
    /// More columns than a model has inputs.
    #[error("{}, line {line}: found {found} columns, more than {limit}; keep fewer", words::path(path))]
    ManyColumns {
        /// The file.
        path: PathBuf,
        /// The first row's line.
        line: u64,
        /// Fields in it.
        found: usize,
        /// The most fields.
        limit: usize,
    },
    /// More rows than the host is willing to hold.
    #[error("{}: there are more than {limit} rows; keep fewer", words::path(path))]
    ManyRows {
        /// The file.
        path: PathBuf,
        /// The most rows.
        limit: usize,
    },
    /// A text that is empty, or a folder without files.
    #[error("{}: there is no text in it; give a file that holds some", words::path(path))]
    NoText {
        /// The file or folder.
        path: PathBuf,
    },
    /// A text has less to train on than a stream reads at once.
    #[error(
        "{}: {bytes} bytes to train on are too few for a context of {context}; give more text, or a shorter --context",
        words::shown(name, words::MOST)
    )]
    ShortText {
        /// The text.
        name: String,
        /// Bytes to train on.
        bytes: usize,
        /// Tokens of a stream.
        context: u32,
    },
    /// The file was opened but cannot be read to its end (a folder, a broken disk).
    #[error("{}: cannot read the file: {error}; give the path of a readable CSV file", words::path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// The file's bytes are no text.
    #[error(
        "{}, line {line}: the file is no text that is known, as UTF-8 or UTF-16; save it as UTF-8",
        words::path(path)
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line with the first byte that no text has.
        line: u64,
    },
    /// The file holds nothing, or blank lines only.
    #[error(
        "{}: the file is empty; write a line for each sample: its features, then its class",
        words::path(path)
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file's only row was taken as a header, because one of its fields is no value.
    #[error(
        "{}, line {line}: no row follows this header; add rows, or close an open quote",
        words::path(path)
    )]
    OnlyHeader {
        /// The file.
        path: PathBuf,
        /// The header's line.
        line: u64,
    },
    /// The first row has no room for a feature and a label.
    #[error(
        "{}, line {line}: found 1 column, fewer than a feature and a label; put commas between fields, or say --delimiter",
        words::path(path)
    )]
    TooFewColumns {
        /// The file.
        path: PathBuf,
        /// The first row's line.
        line: u64,
    },
    /// A row has another number of columns than the first one.
    #[error(
        "{}, line {line}: found {found} columns, expected {expected} as on line {first}; mend the row",
        words::path(path)
    )]
    ColumnCount {
        /// The file.
        path: PathBuf,
        /// The row's line.
        line: u64,
        /// Fields in the first row (the header, where there is one).
        expected: usize,
        /// Fields in this row.
        found: usize,
        /// The first row's line.
        first: u64,
    },
    /// A field of a table cannot be used.
    #[error("{}, line {line}, column {column}: {why}", words::path(path))]
    Cell {
        /// The file.
        path: PathBuf,
        /// The row's line.
        line: u64,
        /// The field's place in its row.
        column: usize,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A file that is no text of rows cannot be read.
    #[error("{}: {why}", words::path(path))]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A table as a whole cannot be used.
    #[error("{}: {why}", words::path(path))]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// Every row has the same label, so there is nothing to tell apart.
    #[error("{}: every label in column {column} is {label}; label two classes or more", words::path(path))]
    OneClass {
        /// The file.
        path: PathBuf,
        /// The label column.
        column: usize,
        /// The label, shortened where it is long.
        label: String,
    },
    /// The parts given to [`Dataset::new`](super::Dataset::new) do not belong together.
    #[error("{}: {why}; correct the data set", words::shown(name, words::MOST))]
    Shape {
        /// The data set's name.
        name: String,
        /// What does not fit.
        why: String,
    },
    /// A balanced training part is too large.
    #[error(
        "{}: --balance would need {rows} rows of {mebibytes} MiB, more than 1024 MiB; leave out rows of the most \
         frequent class, or rare classes",
        words::shown(name, words::MOST)
    )]
    Balance {
        /// The data set's name.
        name: String,
        /// The rows that it would have.
        rows: u64,
        /// The size of their records.
        mebibytes: u64,
    },
    /// The split leaves no row to train on.
    #[error(
        "{}: none of {rows} rows is left to train on; lower holdout {holdout} or validation {validation}, or add rows",
        words::shown(name, words::MOST)
    )]
    NoTraining {
        /// The data set's name.
        name: String,
        /// Its number of rows.
        rows: usize,
        /// The part asked for the test set.
        holdout: Fraction,
        /// The part of the rest asked for the validation set.
        validation: Fraction,
    },
}

impl DataError {
    /// Whether something in a table is wrong, which its user can mend or leave out.
    pub const fn is_of_table(&self) -> bool {
        matches!(
            self,
            Self::Cell { .. }
                | Self::Table { .. }
                | Self::Format { .. }
                | Self::ColumnCount { .. }
                | Self::LongRow { .. }
                | Self::ManyColumns { .. }
                | Self::ManyRows { .. }
                | Self::NotUtf8 { .. }
                | Self::Empty { .. }
                | Self::OnlyHeader { .. }
                | Self::TooFewColumns { .. }
                | Self::OneClass { .. }
        )
    }
}

/// `text` as a message shows it: cut after 40 characters.
pub(super) fn shorten(text: &str) -> String {
    words::shown(text, 40)
}
