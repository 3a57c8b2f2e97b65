//! What the columns of a table hold, and whether its first row is a header.

use std::path::Path;

use super::super::DataError;
use super::super::error::shorten;
use super::super::number::Value;
use super::super::preprocessing::Preprocessing;
use super::rows::Lines;
use super::{Delimiter, MAX_ROWS};

/// What the fields of a column are, without the header.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Integers that 64 bits hold.
    pub(super) integers: u64,
    /// Other numbers.
    pub(super) decimals: u64,
    /// Booleans.
    pub(super) booleans: u64,
    /// Fields that say nothing.
    pub(super) missing: u64,
    /// Other fields.
    pub(super) texts: u64,
    /// The least and the greatest of the integers that 64 bits hold; of booleans 0 and 1.
    pub(super) range: (i64, i64),
    /// The least and the greatest of all numbers, for a person.
    pub(super) shown: (f64, f64),
    /// Whether a number is no integer.
    pub(super) fractions: bool,
    /// Where the first of each kind is: its row's place in the text, and the field.
    pub(super) first_text: Option<(usize, String)>,
    pub(super) first_boolean: Option<(usize, String)>,
    pub(super) first_number: Option<(usize, String)>,
    pub(super) first_missing: Option<usize>,
    /// While each field is the one before it and one: the first and the last.
    pub(super) counts: Option<(i64, i64)>,
}

impl Column {
    fn new() -> Column {
        Column {
            integers: 0,
            decimals: 0,
            booleans: 0,
            missing: 0,
            texts: 0,
            range: (i64::MAX, i64::MIN),
            shown: (f64::INFINITY, f64::NEG_INFINITY),
            fractions: false,
            first_text: None,
            first_boolean: None,
            first_number: None,
            first_missing: None,
            counts: None,
        }
    }

    /// Fields that are numbers.
    pub(super) fn numbers(&self) -> u64 {
        self.integers + self.decimals
    }

    /// Whether the column holds values to calculate with, where the others are faults; not names.
    pub(super) fn is_numeric(&self) -> bool {
        self.numbers() + self.booleans >= self.texts
    }

    /// Fields without one that says nothing.
    fn said(&self) -> u64 {
        self.numbers() + self.booleans + self.texts
    }

    fn take(&mut self, field: &str, at: usize, comma: bool) {
        let first = |place: &mut Option<(usize, String)>| {
            if place.is_none() {
                *place = Some((at, shorten(field)));
            }
        };
        let counted = self.counts;
        if let Ok(value) = field.parse::<i64>() {
            self.counts = match counted {
                Some((from, last)) if last.checked_add(1) == Some(value) => Some((from, value)),
                None if self.said() + self.missing == 0 => Some((value, value)),
                _ => None,
            };
            self.integers += 1;
            self.range = (self.range.0.min(value), self.range.1.max(value));
            self.shown = (self.shown.0.min(value as f64), self.shown.1.max(value as f64));
            return first(&mut self.first_number);
        }
        self.counts = None;
        match Value::of(field, comma) {
            Value::Missing => {
                self.missing += 1;
                self.first_missing.get_or_insert(at);
            }
            Value::Bool(value) => {
                self.booleans += 1;
                self.range = (self.range.0.min(value.into()), self.range.1.max(value.into()));
                first(&mut self.first_boolean);
            }
            Value::Number(number) => {
                self.decimals += 1;
                self.fractions |= number.places() > 0;
                if let Ok(value) = field.replace(',', ".").parse() {
                    self.shown = (self.shown.0.min(value), self.shown.1.max(value));
                }
                first(&mut self.first_number);
            }
            Value::Text => {
                self.texts += 1;
                first(&mut self.first_text);
            }
        }
    }
}

/// A look at all fields of a table.
#[derive(Debug)]
pub(super) struct Survey {
    /// The columns, without those at the end in which nothing stands.
    pub(super) columns: Vec<Column>,
    /// The names of the columns, where the first row is a header.
    pub(super) header: Option<Vec<String>>,
    /// Its line, or that of the first row.
    pub(super) first_line: u64,
    /// Rows, without the header.
    pub(super) rows: usize,
}

impl Survey {
    /// Looks at a prepared text, of `least` columns or more. What `is_named` says is the name of a column
    /// makes the first row a header where only names stand in the table.
    pub(super) fn of(
        path: &Path,
        text: &str,
        (delimiter, least): (Delimiter, usize),
        is_named: impl Fn(&str) -> bool,
        stored: Option<&Preprocessing>,
    ) -> Result<Survey, DataError> {
        let comma = delimiter.leaves_commas();
        let mut rows = Lines::open(path, text, delimiter)?;
        let width = rows.width();
        if width < least {
            return Err(DataError::TooFewColumns { path: path.into(), line: rows.line_of(rows.at()) });
        }
        let first: Vec<String> = (0..width).map(|column| rows.field(column).to_owned()).collect();
        let first_at = rows.at();
        let first_line = rows.line_of(first_at);
        let mut columns = vec![Column::new(); width];
        let mut count = 0;
        while rows.advance()? {
            if count == MAX_ROWS {
                return Err(DataError::ManyRows { path: path.into(), limit: MAX_ROWS });
            }
            let at = rows.at();
            for (place, column) in columns.iter_mut().enumerate() {
                column.take(rows.field(place), at, comma);
            }
            count += 1;
        }
        let known = stored.and_then(|stored| is_header_of(&first, stored, comma));
        let is_header = known
            .map_or_else(|| is_header(&first, &columns, comma, count, is_named), Ok)
            .map_err(|(column, why)| DataError::Cell { path: path.into(), line: first_line, column, why })?;
        if !is_header {
            if count == MAX_ROWS {
                return Err(DataError::ManyRows { path: path.into(), limit: MAX_ROWS });
            }
            count += 1;
            for (field, column) in first.iter().zip(&mut columns) {
                let counts = column.counts;
                // The first row comes last here, and it names the first place of each kind.
                let mut whole = Column::new();
                std::mem::swap(&mut whole, column);
                column.take(field, first_at, comma);
                let before = column.counts.map(|(value, _)| value);
                column.join(whole);
                column.counts = match (before, counts) {
                    (Some(value), Some((from, last))) if value.checked_add(1) == Some(from) => {
                        Some((value, last))
                    }
                    _ => None,
                };
            }
        } else if count == 0 {
            return Err(DataError::OnlyHeader { path: path.into(), line: first_line });
        }
        let mut header = is_header.then_some(first);
        // A delimiter at the end of each line begins a column in which nothing stands.
        while columns.last().is_some_and(|column| column.said() == 0)
            && header.as_ref().and_then(|names| names.last()).is_none_or(String::is_empty)
        {
            columns.pop();
            header.as_mut().map(Vec::pop);
        }
        if columns.len() < least {
            return Err(DataError::TooFewColumns { path: path.into(), line: first_line });
        }
        Ok(Survey { columns, header, first_line, rows: count })
    }

    /// What messages call a column, counted from 0.
    pub(super) fn name(&self, column: usize) -> String {
        shorten(&self.whole_name(column))
    }

    /// Its name in the header; empty where it has none.
    pub(super) fn header_name(&self, column: usize) -> String {
        self.header.as_ref().and_then(|names| names.get(column)).cloned().unwrap_or_default()
    }

    /// The same as a flag takes it, however long.
    pub(super) fn whole_name(&self, column: usize) -> String {
        match self.header.as_ref().and_then(|names| names.get(column)) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => (column + 1).to_string(),
        }
    }
}

impl Column {
    /// Puts the fields of later rows to those of this column, but for `counts`.
    fn join(&mut self, later: Column) {
        self.integers += later.integers;
        self.decimals += later.decimals;
        self.booleans += later.booleans;
        self.missing += later.missing;
        self.texts += later.texts;
        self.range = (self.range.0.min(later.range.0), self.range.1.max(later.range.1));
        self.shown = (self.shown.0.min(later.shown.0), self.shown.1.max(later.shown.1));
        self.fractions |= later.fractions;
        self.first_text = self.first_text.take().or(later.first_text);
        self.first_boolean = self.first_boolean.take().or(later.first_boolean);
        self.first_number = self.first_number.take().or(later.first_number);
        self.first_missing = self.first_missing.take().or(later.first_missing);
    }
}

/// Whether the first row of a table for a model that is there already is a header: it names a column of the
/// model. None where neither a name nor a number stands in it.
fn is_header_of(first: &[String], stored: &Preprocessing, comma: bool) -> Option<bool> {
    let is_name =
        |field: &String| !field.is_empty() && stored.columns.iter().any(|column| column.name == *field);
    if first.iter().any(is_name) {
        return Some(true);
    }
    first.iter().any(|field| matches!(Value::of(field, comma), Value::Number(_))).then_some(false)
}

/// Whether the first row is a header: none of its fields is a value in a column of values. If some are and
/// others are not, the column of one that is not, from 1, and why that is a fault.
fn is_header(
    first: &[String],
    columns: &[Column],
    comma: bool,
    later: usize,
    is_named: impl Fn(&str) -> bool,
) -> Result<bool, (usize, String)> {
    let (mut values, mut names) = (0, None);
    for (place, (field, column)) in first.iter().zip(columns).enumerate() {
        let numeric = later == 0 || column.said() > 0 && column.is_numeric();
        match Value::of(field, comma) {
            _ if !numeric => {}
            Value::Missing => {}
            Value::Number(_) | Value::Bool(_) => values += 1,
            Value::Text => {
                names.get_or_insert((place, field));
            }
        }
    }
    match names {
        None if values == 0 => Ok(first.iter().any(|field| is_named(field))),
        None => Ok(false),
        Some(_) if values == 0 || later == 0 => Ok(true),
        Some((place, field)) => Err((place + 1, neither(field, values))),
    }
}

fn neither(field: &str, values: usize) -> String {
    let fields = if values == 1 { "1 other field".to_owned() } else { format!("{values} other fields") };
    format!(
        "\"{}\" is no number, while {fields} of this first row can be values: it is neither a header nor a row of values; \
         mend the field, or give each column a name that is no number",
        shorten(field)
    )
}
