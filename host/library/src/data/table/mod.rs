//! Tables of samples as people have them: a row for each sample, a column for each value, one column of
//! classes.
//!
//! The bytes become a text ([`Encoding`]), whose delimiter is found; a survey of all fields finds the types
//! of the columns and whether the first row is a header; the features are then read as exact decimal numbers.

mod columns;
mod delimiter;
mod encoding;
mod features;
mod labels;
mod number;
mod rows;
mod survey;
mod understood;

use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::shorten;
use super::input::{self, CSV, STANDARD_INPUT, STDIN};
use super::{DataError, Dataset, gzip};

pub use delimiter::Delimiter;
pub use encoding::Encoding;
pub use understood::Understood;

/// Most columns of a file: the inputs that a model may have, and the label.
pub const MAX_COLUMNS: usize = 65_536;
/// Most rows of a file.
pub const MAX_ROWS: usize = 1 << 24;
/// Most bytes of a row: as many fields as there may be, each of the longest number and a comma.
pub const MAX_ROW_BYTES: usize = 2 << 20;

/// What is done with a field that says nothing: one that is empty, `?`, `NA`, `N/A`, `nan` or `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The table is refused.
    #[default]
    Refuse,
    /// Its row is left out.
    Drop,
    /// It becomes the mean of its column.
    Mean,
}

impl Missing {
    /// Its name, as a flag and a configuration have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
            Self::Mean => "mean",
        }
    }
}

impl FromStr for Missing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Refuse, Self::Drop, Self::Mean];
        all.into_iter().find(|rule| rule.name() == text).ok_or_else(|| "refuse, drop or mean".to_owned())
    }
}

/// How a table is read, where the table does not say it. A column is meant by its name, or by its number from
/// 1 if no column has that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Reading {
    /// The column of classes. Without it, the one that is named class, label or target, or y where the last
    /// column is no column of names; otherwise the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Columns that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Columns of names, each of which becomes a feature that is 1 where it stands and otherwise 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categorical: Vec<String>,
    /// What is done with fields that say nothing.
    pub missing: Missing,
    /// What separates fields, if it is not to be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
}

/// Names of a column of classes.
const LABEL_NAMES: [&str; 3] = ["class", "label", "target"];
/// Another, which may be a coordinate as well.
const LABEL_LETTER: [&str; 1] = ["y"];

fn is_one_of(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Reads a table of samples, which gzip may have packed. The path `-` is standard input.
///
/// # Errors
/// [`DataError`], which names the line and the column where it can.
pub fn table(path: &Path, reading: &Reading) -> Result<Dataset, DataError> {
    let (path, bytes) = if path == Path::new(STDIN) {
        (Path::new(STANDARD_INPUT), input::read_stdin(&CSV)?.into())
    } else {
        (path, input::read(path, &CSV)?.into())
    };
    parse_table(path, &gzip::unpacked(path, bytes, &CSV)?, reading)
}

/// [`table`] on the contents of the file.
///
/// - The encoding is UTF-8, UTF-16 with a byte order mark, or else Latin-1. Lines end in `\n`, `\r\n` or
///   `\r`. Blank lines and lines that begin with `#` are skipped. Fields may be quoted, and may have spaces
///   or tabs around them. A delimiter at the end of each line is passed over.
/// - The first line is a header, and not a row, if it has names where the other lines have values.
/// - Classes are named by whole numbers or by names, and counted from 0 in ascending order: that of the
///   numbers, or that of the characters of the names. Labels that are 0, 1, 2 and so on keep their numbers.
/// - Features are integers, decimal numbers or booleans. If all are integers in `-127..=127` they are taken
///   as they are ([`Scaling::AsIs`](super::Scaling::AsIs)). Otherwise every feature column, also one already
///   in that range, is spread over `-127..=127` by [`ColumnRule::spanning`](super::ColumnRule::spanning) its
///   least and greatest value in the whole file. The rule is per column because columns may differ in unit:
///   on a common scale an age beside an income would all but vanish. Where columns share a unit and their
///   proportions matter, scale them to `-127..=127` before.
/// - A column with decimals is read in units of a power of ten that makes its values integers, exactly as far
///   as they have 18 digits; [`Understood`] has the power.
///
/// The data set's name is the file's name without its folder.
///
/// # Errors
/// Those of [`table`] but for the file itself.
pub fn parse_table(path: &Path, bytes: &[u8], reading: &Reading) -> Result<Dataset, DataError> {
    let (text, encoding) = encoding::decode(path, bytes)?;
    let delimiter = reading.delimiter.unwrap_or_else(|| delimiter::find(&text));
    let text = delimiter::prepare(text, delimiter);
    let is_named = |field: &str| {
        let named = reading.label.iter().chain(&reading.drop).chain(&reading.categorical);
        is_one_of(field, &LABEL_NAMES)
            || is_one_of(field, &LABEL_LETTER)
            || named.into_iter().any(|name| name == field)
    };
    let survey = survey::Survey::of(path, &text, delimiter, is_named)?;
    let columns = columns::Columns::of(path, &survey, reading)?;
    let source = features::Source { path, text: &text, delimiter, survey: &survey, reading };
    let read = source.read(columns)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut data = Dataset::new(
        name,
        read.scaled.features,
        read.classes.names.len(),
        read.rows,
        read.classes.rows,
        read.scaled.scaling,
    )?;
    data.names = read.classes.names;
    data.understood = Some(Box::new(Understood {
        encoding,
        delimiter,
        rows: data.len(),
        left_out: read.left_out,
        header: survey.header.is_some(),
        first_line: survey.first_line,
        label: read.label,
        columns: read.summaries,
        counts: read.classes.counts,
        warnings: read.warnings,
    }));
    Ok(data)
}

#[cfg(test)]
mod tests;
