//! Tables of samples as people have them: a row for each sample, a column for each value, one column of
//! classes.
//!
//! The bytes become a text ([`Encoding`]), whose delimiter is found; a survey of all fields finds the types
//! of the columns and whether the first row is a header; the features are then read as exact decimal numbers.

mod columns;
mod delimiter;
mod encoding;
mod labels;
mod raws;
mod rows;
mod source;
mod summaries;
mod survey;
mod understood;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::shorten;
use super::input::{self, CSV, STANDARD_INPUT, STDIN};
use super::preprocessing::{Column, LabelColumn, Preprocessing, Rows, Scale, choose, features};
use super::split::SplitRows;
use super::{DataError, Dataset, Fraction, gzip};
use columns::Columns;
use labels::Classes;
use source::{Answers, Source};
use survey::Survey;

pub use delimiter::Delimiter;
pub use encoding::Encoding;
pub use raws::raws;
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
    /// How values are scaled, if that is not to be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// A column that names the group of each row, such as a recording. No group is in two parts of a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Another table, whose rows are the test part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
}

/// Names of a column of classes.
const LABEL_NAMES: [&str; 3] = ["class", "label", "target"];
/// Another, which may be a coordinate as well.
const LABEL_LETTER: [&str; 1] = ["y"];

fn is_one_of(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Which rows of a table train, and how their values are scaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The share of the rows that is held out.
    pub holdout: Fraction,
    /// The share of the rest that is watched.
    pub validation: Fraction,
    /// The number of the split.
    pub split: u32,
}

/// Reads a table of samples, which gzip may have packed. The path `-` is standard input.
///
/// # Errors
/// [`DataError`], which names the line and the column where it can.
pub fn table(path: &Path, reading: &Reading, parts: &Parts) -> Result<Dataset, DataError> {
    let (path, bytes) = bytes_of(path)?;
    with_test(parse_table(&path, &bytes, reading, parts)?, reading)
}

/// Adds the rows of the table for the test, if there is one.
fn with_test(mut data: Dataset, reading: &Reading) -> Result<Dataset, DataError> {
    if let Some(test) = &reading.test {
        let (path, bytes) = bytes_of(test)?;
        let stored = data.preprocessing.clone();
        data.add_test(parse_table_as(&path, &bytes, reading, &stored)?)?;
    }
    Ok(data)
}

/// The bytes of a table, and what messages call it.
fn bytes_of(path: &Path) -> Result<(PathBuf, Vec<u8>), DataError> {
    let (path, bytes) = if path == Path::new(STDIN) {
        (Path::new(STANDARD_INPUT), input::read_stdin(&CSV)?.into())
    } else {
        (path, input::read(path, &CSV)?.into())
    };
    let bytes = gzip::unpacked(path, bytes, &CSV)?.into_owned();
    Ok((path.to_owned(), bytes))
}

/// [`table`] on the contents of the file.
///
/// - The encoding is UTF-8, UTF-16 with a byte order mark, or else Latin-1. Lines end in `\n`, `\r\n` or
///   `\r`. Blank lines and lines that begin with `#` are skipped. Fields may be quoted, and may have spaces
///   or tabs around them. A delimiter at the end of each line is passed over.
/// - The first line is a header, and not a row, if it has names where the other lines have values.
/// - Classes are named by whole numbers or by names, and counted from 0 in ascending order: that of the
///   numbers, or that of the characters of the names. Labels that are 0, 1, 2 and so on keep their numbers.
/// - Features are integers, decimal numbers or booleans, and names where `reading` says so. They are scaled
///   by rules that the training rows of `parts` choose ([`Preprocessing`]).
///
/// The data set's name is the file's name without its folder.
///
/// # Errors
/// Those of [`table`] but for the file itself.
pub fn parse_table(
    path: &Path,
    bytes: &[u8],
    reading: &Reading,
    parts: &Parts,
) -> Result<Dataset, DataError> {
    let opened = Opened::of(path, bytes, reading, None)?;
    let columns = Columns::of(path, &opened.survey, reading)?;
    let source = opened.source(path, &columns, reading.missing, None)?;
    let answers = source.answers(None)?;
    let classes = several(&source, &answers)?;
    let labels: Vec<u8> = classes.rows.iter().flatten().copied().collect();
    let grouping = answers.groups.as_deref();
    let rows = SplitRows {
        name: &file_name(path),
        labels: &labels,
        groups: grouping,
        test: reading.test.as_ref().map(|_| labels.len()),
    };
    let split = rows.split(parts.holdout, parts.validation, parts.split)?;
    let mut trains = vec![false; labels.len()];
    split.train.iter().for_each(|&row| trains[row as usize] = true);
    let choice = choose(&source, &trains, reading.scale)?;
    let mut made = source.made.clone();
    if reading.missing == Missing::Mean {
        let mut feature = 0;
        for column in &mut made {
            column.fill = choice.means.get(feature).copied().filter(|_| column.categories.is_empty());
            feature += column.features();
        }
    }
    let label = columns.label.unwrap_or_default();
    let preprocessing = Preprocessing {
        scale: choice.scale,
        width: opened.survey.columns.len(),
        label: LabelColumn { number: label + 1, name: opened.survey.header_name(label) },
        classes: classes.names.clone(),
        rules: choice.rules,
        columns: made,
    };
    dataset(&opened, &source, answers, preprocessing)
}

/// Reads a table of samples for a model that is there already.
///
/// # Errors
/// Those of [`table`]; [`DataError::Table`] where its columns are not those of the model.
pub fn table_as(path: &Path, reading: &Reading, stored: &Preprocessing) -> Result<Dataset, DataError> {
    let (path, bytes) = bytes_of(path)?;
    with_test(parse_table_as(&path, &bytes, reading, stored)?, reading)
}

fn parse_table_as(
    path: &Path,
    bytes: &[u8],
    reading: &Reading,
    stored: &Preprocessing,
) -> Result<Dataset, DataError> {
    let opened = Opened::of(path, bytes, reading, Some(stored))?;
    let columns = Columns::stored(path, &opened.survey, stored, reading.group.as_deref())?;
    let source = opened.source(path, &columns, reading.missing, Some(&stored.columns))?;
    let answers = source.answers(Some(&stored.classes))?;
    dataset(&opened, &source, answers, stored.clone())
}

/// Rows for a model that is there already, which may have no labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The number of features of a row.
    pub features: usize,
    /// Row-major, in `-127..=127`.
    pub values: Vec<i8>,
    /// The line of each row in its file.
    pub lines: Vec<u64>,
    /// The class of each row, where it is known.
    pub labels: Vec<Option<u8>>,
    /// Rows that were left out, because something is missing in them.
    pub left_out: usize,
}

/// Reads rows for a model that is there already; labels may be absent, in some rows or in all.
///
/// # Errors
/// Those of [`table_as`].
pub fn samples(path: &Path, reading: &Reading, stored: &Preprocessing) -> Result<Samples, DataError> {
    let (path, bytes) = bytes_of(path)?;
    let path = &*path;
    let opened = Opened::of(path, &bytes, reading, Some(stored))?;
    let columns = Columns::stored(path, &opened.survey, stored, None)?;
    let source = opened.source(path, &columns, reading.missing, Some(&stored.columns))?;
    let answers = source.answers(Some(&stored.classes))?;
    let fills: Vec<Option<i32>> = fills(&stored.columns);
    let values = features(&source, &stored.rules, &fills)?.values;
    let labels = answers.classes.map_or_else(|| vec![None; answers.lines.len()], |classes| classes.rows);
    Ok(Samples {
        features: stored.features(),
        values,
        lines: answers.lines,
        labels,
        left_out: answers.left_out,
    })
}

/// What stands for a missing value of each feature.
fn fills(columns: &[Column]) -> Vec<Option<i32>> {
    columns.iter().flat_map(|column| std::iter::repeat_n(column.fill, column.features())).collect()
}

/// A table whose fields were looked at.
struct Opened {
    text: String,
    encoding: Encoding,
    delimiter: Delimiter,
    survey: Survey,
}

impl Opened {
    fn of(
        path: &Path,
        bytes: &[u8],
        reading: &Reading,
        stored: Option<&Preprocessing>,
    ) -> Result<Opened, DataError> {
        let (text, encoding) = encoding::decode(path, bytes)?;
        let delimiter = reading.delimiter.unwrap_or_else(|| delimiter::find(&text));
        let text = delimiter::prepare(text, delimiter).into_owned();
        let is_named = |field: &str| {
            let named = reading.label.iter().chain(&reading.drop).chain(&reading.categorical);
            is_one_of(field, &LABEL_NAMES)
                || is_one_of(field, &LABEL_LETTER)
                || named.chain(&reading.group).any(|name| name == field)
        };
        let survey = Survey::of(path, &text, delimiter, is_named, stored)?;
        Ok(Opened { text, encoding, delimiter, survey })
    }

    fn source<'a>(
        &'a self,
        path: &'a Path,
        columns: &'a Columns,
        missing: Missing,
        stored: Option<&[Column]>,
    ) -> Result<Source<'a>, DataError> {
        Source::open(path, (&self.text, self.delimiter), (&self.survey, columns), missing, stored)
    }
}

/// The classes of rows, of which there are two or more.
fn several<'a>(source: &Source<'_>, answers: &'a Answers) -> Result<&'a Classes, DataError> {
    let column = source.columns.label.map_or(0, |label| label + 1);
    let classes =
        answers.classes.as_ref().ok_or_else(|| source.fault("no column holds the classes".to_owned()))?;
    match &classes.names[..] {
        [only] => Err(DataError::OneClass { path: source.path.into(), column, label: shorten(only) }),
        _ => Ok(classes),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The data set of a table whose rules are known.
fn dataset(
    opened: &Opened,
    source: &Source<'_>,
    answers: Answers,
    preprocessing: Preprocessing,
) -> Result<Dataset, DataError> {
    let read = features(source, &preprocessing.rules, &fills(&preprocessing.columns))?;
    let classes = answers
        .classes
        .filter(|classes| classes.rows.iter().all(Option::is_some))
        .ok_or_else(|| source.fault("the column of classes is not there, or has gaps".to_owned()))?;
    let labels = classes.rows.iter().flatten().copied().collect();
    let (summaries, mut warnings) = summaries::summaries(&opened.survey, source, &preprocessing, &classes);
    for (feature, count) in read.saturated {
        warnings.push(format!(
            "column {}: {} so far from the others that 32 bits do not hold them; they count as the last value \
             that fits",
            source.name(feature),
            match count {
                1 => "1 value lies".to_owned(),
                count => format!("{count} values lie"),
            }
        ));
    }
    let mut data = Dataset::new(file_name(source.path), read.values, labels, preprocessing)?;
    data.groups = answers.groups;
    let label = source.columns.label.map(|label| opened.survey.name(label)).unwrap_or_default();
    data.understood = Some(Box::new(Understood {
        encoding: opened.encoding,
        delimiter: opened.delimiter,
        rows: data.len(),
        left_out: answers.left_out,
        header: opened.survey.header.is_some(),
        first_line: opened.survey.first_line,
        label: format!("{label} ({})", source.columns.why),
        columns: summaries,
        counts: classes.counts,
        warnings,
    }));
    Ok(data)
}

#[cfg(test)]
mod csv_tests;
#[cfg(test)]
mod tests;
