//! The rows of a table whose columns are known.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use super::super::DataError;
use super::super::number::Value;
use super::super::preprocessing::{Column, Field, Rows, Visit};
use super::columns::Columns;
use super::labels::{Classes, Known, Labels};
use super::rows::Lines;
use super::survey::Survey;
use super::{Delimiter, MAX_COLUMNS, Missing};

/// Most names in a column that becomes features.
const MAX_CATEGORIES: usize = 256;

/// A table whose columns are known.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) delimiter: Delimiter,
    pub(super) survey: &'a Survey,
    pub(super) columns: &'a Columns,
    pub(super) missing: Missing,
    /// The columns that features are made of, in the order of `columns.features`.
    pub(super) made: Vec<Column>,
}

/// What rows say beside their features.
pub(super) struct Answers {
    /// The classes, and that of each row. None without a column of classes.
    pub(super) classes: Option<Classes>,
    /// The group of each row, numbered as they come. None without a column of groups.
    pub(super) groups: Option<Vec<u32>>,
    /// The line of each row.
    pub(super) lines: Vec<u64>,
    /// Rows that were left out, because something is missing in them.
    pub(super) left_out: usize,
}

impl<'a> Source<'a> {
    /// A table, whose columns of names are read; `stored` are the columns of a model that is there already.
    pub(super) fn open(
        path: &'a Path,
        (text, delimiter): (&'a str, Delimiter),
        (survey, columns): (&'a Survey, &'a Columns),
        missing: Missing,
        stored: Option<&[Column]>,
    ) -> Result<Source<'a>, DataError> {
        let mut source = Source { path, text, delimiter, survey, columns, missing, made: Vec::new() };
        if let Some((at, column, why)) = columns.fault(survey, missing, stored.is_some()) {
            return Err(source.cell(&Lines::open(path, text, delimiter)?, at, column, why));
        }
        source.made = match stored {
            Some(stored) => stored.to_vec(),
            None => source.columns_made()?,
        };
        let features = source.features();
        if features >= MAX_COLUMNS {
            let why = format!("{features} features are more than {}; drop columns", MAX_COLUMNS - 1);
            return Err(source.fault(why));
        }
        Ok(source)
    }

    /// The columns that features are made of.
    fn columns_made(&self) -> Result<Vec<Column>, DataError> {
        let mut names: Vec<Option<BTreeSet<String>>> = self.columns.features.iter().map(|_| None).collect();
        for (names, &place) in names.iter_mut().zip(&self.columns.features) {
            *names = self.columns.is_categorical(place).then(BTreeSet::new);
        }
        if names.iter().any(Option::is_some) {
            let mut rows = self.body()?;
            while rows.next()? {
                if rows.is_left_out(self.columns) {
                    continue;
                }
                for (names, &place) in names.iter_mut().zip(&self.columns.features) {
                    let Some(names) = names else { continue };
                    let field = rows.lines.field(place);
                    if !names.contains(field) {
                        names.insert(field.to_owned());
                    }
                    if names.len() > MAX_CATEGORIES {
                        let why = format!(
                            "\"{}\" is one name more than {MAX_CATEGORIES}; leave the column out by --drop",
                            super::shorten(field)
                        );
                        return Err(self.cell(&rows.lines, rows.lines.at(), place, why));
                    }
                }
            }
        }
        let column = |(names, &place): (Option<BTreeSet<String>>, &usize)| Column {
            number: place + 1,
            name: self.survey.header_name(place),
            categories: names.into_iter().flatten().collect(),
            fill: None,
        };
        Ok(names.into_iter().zip(&self.columns.features).map(column).collect())
    }

    /// What the rows say beside their features. `known` is what a model that is there already
    /// knows of the labels.
    pub(super) fn answers(&self, known: Option<Known<'_>>) -> Result<Answers, DataError> {
        let label = self.columns.label;
        let mut labels = label.map(|label| {
            let column = &self.survey.columns[label];
            let numeric = column.numbers() >= column.texts && column.booleans == 0;
            Labels::new(numeric, self.delimiter.leaves_commas(), known)
        });
        let mut names = std::collections::HashMap::new();
        let mut groups = self.columns.group.map(|_| Vec::new());
        let (mut lines, mut left_out) = (Vec::new(), 0);
        let mut rows = self.body()?;
        let mut counter = super::rows::LineCounter::default();
        while rows.next()? {
            if rows.is_left_out(self.columns) {
                left_out += 1;
                continue;
            }
            lines.push(counter.line_of(&rows.lines));
            if let (Some(labels), Some(label)) = (&mut labels, label) {
                labels
                    .push(rows.lines.field(label))
                    .map_err(|why| self.cell(&rows.lines, rows.lines.at(), label, why))?;
            }
            if let (Some(groups), Some(group)) = (&mut groups, self.columns.group) {
                let next = names.len() as u32;
                let field = rows.lines.field(group);
                let number = match names.get(field) {
                    Some(&number) => number,
                    None => *names.entry(field.to_owned()).or_insert(next),
                };
                groups.push(number);
            }
        }
        if lines.is_empty() {
            return Err(self.fault("every row has a missing value; use --missing mean".to_owned()));
        }
        Ok(Answers { classes: labels.map(Labels::classes), groups, lines, left_out })
    }

    /// The same rows with the targets for features, each of which is a number.
    pub(super) fn of_targets<'t>(&'t self, columns: &'t Columns) -> Source<'t> {
        let column = |&place: &usize| Column {
            number: place + 1,
            name: self.survey.header_name(place),
            ..Column::default()
        };
        Source { columns, made: columns.features.iter().map(column).collect(), ..*self }
    }

    /// The error of a field.
    pub(super) fn cell(&self, rows: &Lines<'_>, at: usize, column: usize, why: String) -> DataError {
        DataError::Cell { path: self.path.into(), line: rows.line_of(at), column: column + 1, why }
    }

    /// The rows behind the header.
    fn body(&self) -> Result<Body<'_>, DataError> {
        let lines = Lines::open(self.path, self.text, self.delimiter)?;
        let comma = self.delimiter.leaves_commas();
        let drops = self.missing == Missing::Drop;
        Ok(Body { lines, pending: self.survey.header.is_none(), drops, comma })
    }

    /// The column of a feature, and the name of its category.
    fn column_of(&self, feature: usize) -> Option<(usize, Option<&str>)> {
        let mut first = 0;
        for (column, &place) in self.made.iter().zip(&self.columns.features) {
            if feature < first + column.features() {
                return Some((place, column.categories.get(feature - first).map(String::as_str)));
            }
            first += column.features();
        }
        None
    }
}

impl Rows for Source<'_> {
    fn features(&self) -> usize {
        self.made.iter().map(Column::features).sum()
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), DataError> {
        let comma = self.delimiter.leaves_commas();
        let mut rows = self.body()?;
        while rows.next()? {
            if rows.is_left_out(self.columns) {
                continue;
            }
            let mut fields: Vec<Field<'_>> = Vec::with_capacity(self.made.len());
            for (column, &place) in self.made.iter().zip(&self.columns.features) {
                let field = rows.lines.field(place);
                if column.categories.is_empty() {
                    fields.push(number(field, comma));
                } else {
                    let is = |name: &String| Some(Cow::Borrowed(if name == field { "1" } else { "0" }));
                    fields.extend(column.categories.iter().map(is));
                }
            }
            visit(&fields)?;
        }
        Ok(())
    }

    fn name(&self, feature: usize) -> String {
        match self.column_of(feature) {
            Some((place, None)) => self.survey.name(place),
            Some((place, Some(name))) => format!("{} {}", self.survey.name(place), super::shorten(name)),
            None => (feature + 1).to_string(),
        }
    }

    fn is_flag(&self, feature: usize) -> bool {
        self.column_of(feature).is_some_and(|(place, category)| {
            category.is_some() || self.survey.columns.get(place).is_some_and(|column| column.booleans > 0)
        })
    }

    fn fault(&self, why: String) -> DataError {
        DataError::Table { path: self.path.into(), why }
    }
}

/// Rows behind a header.
struct Body<'a> {
    lines: Lines<'a>,
    /// The row that is open has yet to be handed out.
    pending: bool,
    drops: bool,
    comma: bool,
}

impl Body<'_> {
    fn next(&mut self) -> Result<bool, DataError> {
        if std::mem::take(&mut self.pending) { Ok(true) } else { self.lines.advance() }
    }

    /// Whether the row is left out, because something is missing in it.
    fn is_left_out(&self, columns: &Columns) -> bool {
        let is_missing = |column: usize| Value::of(self.lines.field(column), self.comma) == Value::Missing;
        self.drops && columns.used().any(is_missing)
    }
}

/// The number in a field as the firmware reads it; none where nothing stands.
pub(super) fn number(field: &str, comma: bool) -> Field<'_> {
    if field.bytes().all(|byte| byte.is_ascii_digit()) && !field.is_empty() {
        return Some(Cow::Borrowed(field));
    }
    match Value::of(field, comma) {
        Value::Number(_) => Some(strict(field)),
        Value::Bool(value) => Some(Cow::Borrowed(if value { "1" } else { "0" })),
        // There is no text in a column of numbers.
        Value::Missing | Value::Text => None,
    }
}

/// A number with a decimal point, and digits on either side of it.
pub(super) fn strict(field: &str) -> Cow<'_, str> {
    let Some(point) = field.find(['.', ',']) else { return Cow::Borrowed(field) };
    let (whole, fraction) = (&field[..point], &field[point + 1..]);
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let has = (is_digit(whole.bytes().last()), is_digit(fraction.bytes().next()));
    if has == (true, true) && field.as_bytes().get(point) == Some(&b'.') {
        return Cow::Borrowed(field);
    }
    let digit = |there: bool| if there { "" } else { "0" };
    Cow::Owned(format!("{whole}{}.{}{fraction}", digit(has.0), digit(has.1)))
}
