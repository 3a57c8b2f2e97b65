//! From the fields of a table to features and classes.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::{ColumnRule, DataError, FEATURE_MAX, Scaling};
use super::columns::{Columns, Use};
use super::labels::{Classes, Labels};
use super::number::Value;
use super::rows::Rows;
use super::survey::Survey;
use super::understood::{self, Kind, Summary};
use super::{Delimiter, MAX_COLUMNS, Missing, Reading};

/// Digits that an i64 always holds.
const DIGITS: i32 = 18;
/// Most names in a column that becomes features.
const MAX_CATEGORIES: usize = 256;

/// A table whose columns are known.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) delimiter: Delimiter,
    pub(super) survey: &'a Survey,
    pub(super) reading: &'a Reading,
}

/// What is read from it.
pub(super) struct Read {
    pub(super) scaled: Scaled,
    pub(super) rows: Vec<i8>,
    pub(super) classes: Classes,
    pub(super) left_out: usize,
    pub(super) label: String,
    pub(super) summaries: Vec<Summary>,
    pub(super) warnings: Vec<String>,
}

/// How values become features.
pub(super) struct Scaled {
    pub(super) features: usize,
    pub(super) scaling: Scaling,
}

/// What is known of the values of a column before they become features.
#[derive(Clone, Debug)]
struct Values {
    /// Values are integers in units of `10^-places`.
    places: i32,
    low: i64,
    high: i64,
    sum: i128,
    count: i128,
    /// Names, each of which is a feature.
    names: BTreeSet<String>,
}

impl Values {
    /// The mean, rounded to the nearest unit, halves away from zero.
    fn mean(&self) -> i64 {
        let (sum, count) = (self.sum.unsigned_abs(), self.count.max(1).unsigned_abs());
        let mean = i64::try_from((sum + count / 2) / count).unwrap_or(self.high);
        if self.sum < 0 { -mean } else { mean }
    }
}

impl Source<'_> {
    /// Reads features and classes.
    pub(super) fn read(&self, columns: Columns) -> Result<Read, DataError> {
        if let Some((at, column, why)) = columns.fault(self.survey, self.reading.missing) {
            return Err(self.cell(&Rows::open(self.path, self.text, self.delimiter)?, at, column, why));
        }
        let values = self.values(&columns)?;
        let scaled = self.scaled(&columns, &values)?;
        let numeric = self.survey.columns[columns.label].numbers()
            >= self.survey.columns[columns.label].texts
            && self.survey.columns[columns.label].booleans == 0;
        let mut labels = Labels::new(numeric, self.delimiter.leaves_commas());
        let mut rows = Vec::with_capacity(self.survey.rows.saturating_mul(scaled.features));
        let mut table = self.rows()?;
        let mut left_out = 0;
        while table.next()? {
            if table.is_left_out(&columns) {
                left_out += 1;
                continue;
            }
            self.push_features(&table.rows, &columns, &values, &scaled, &mut rows)?;
            labels
                .push(table.rows.field(columns.label))
                .map_err(|why| self.cell(&table.rows, table.rows.at(), columns.label, why))?;
        }
        let classes = labels.classes();
        match &classes.names[..] {
            [] => return Err(self.whole("every row has a missing value; use --missing mean".to_owned())),
            [only] => {
                let (path, column) = (self.path.into(), columns.label + 1);
                return Err(DataError::OneClass { path, column, label: super::shorten(only) });
            }
            _ => {}
        }
        let (summaries, warnings) = self.summaries(&columns, &values, &classes);
        let label = format!("{} ({})", self.survey.name(columns.label), columns.why);
        Ok(Read { scaled, rows, classes, left_out, label, summaries, warnings })
    }

    /// The error of a field.
    fn cell(&self, rows: &Rows<'_>, at: usize, column: usize, why: String) -> DataError {
        DataError::Cell { path: self.path.into(), line: rows.line_of(at), column: column + 1, why }
    }

    /// The error of the table.
    fn whole(&self, why: String) -> DataError {
        DataError::Table { path: self.path.into(), why }
    }

    /// The rows behind the header.
    fn rows(&self) -> Result<Body<'_>, DataError> {
        let rows = Rows::open(self.path, self.text, self.delimiter)?;
        let drops = self.reading.missing == Missing::Drop;
        let comma = self.delimiter.leaves_commas();
        Ok(Body { rows, pending: self.survey.header.is_none(), drops, comma })
    }

    /// What is known of the values of each column: from the survey where it knows, otherwise from another
    /// look.
    fn values(&self, columns: &Columns) -> Result<Vec<Values>, DataError> {
        let surveyed = self.survey.columns.iter();
        let mut again = false;
        let mut all: Vec<Values> = surveyed
            .zip(&columns.uses)
            .map(|(column, &used)| {
                let feature = used == Use::Feature;
                again |= used == Use::Categorical
                    || feature && column.decimals > 0
                    || used != Use::Dropped && column.missing > 0;
                let digits =
                    |value: i64| value.unsigned_abs().checked_ilog10().map_or(0, |log| log as i32 + 1);
                let whole = if column.integers + column.booleans > 0 {
                    digits(column.range.0).max(digits(column.range.1))
                } else {
                    i32::MIN
                };
                let lead = column.lead.max(whole);
                // Integers that 64 bits hold are never rounded.
                let places = if column.decimals == 0 {
                    0
                } else {
                    column.places.max(0).min(DIGITS.saturating_sub(lead))
                };
                let (low, high) = column.range;
                Values { places, low, high, sum: 0, count: 0, names: BTreeSet::new() }
            })
            .collect();
        if !again {
            return Ok(all);
        }
        all.iter_mut().for_each(|values| (values.low, values.high) = (i64::MAX, i64::MIN));
        let mut table = self.rows()?;
        while table.next()? {
            if table.is_left_out(columns) {
                continue;
            }
            for (place, values) in all.iter_mut().enumerate() {
                let field = table.rows.field(place);
                match columns.uses[place] {
                    Use::Dropped | Use::Label => {}
                    Use::Feature => {
                        let Some(value) = value(field, values.places, self.delimiter.leaves_commas()) else {
                            continue;
                        };
                        (values.low, values.high) = (values.low.min(value), values.high.max(value));
                        (values.sum, values.count) = (values.sum + i128::from(value), values.count + 1);
                    }
                    Use::Categorical => {
                        if !values.names.contains(field) {
                            values.names.insert(field.to_owned());
                        }
                        if values.names.len() > MAX_CATEGORIES {
                            let why = format!(
                                "\"{}\" is one name more than {MAX_CATEGORIES}; leave the column out by --drop",
                                super::shorten(field)
                            );
                            return Err(self.cell(&table.rows, table.rows.at(), place, why));
                        }
                    }
                }
            }
        }
        Ok(all)
    }

    /// The rule of each feature.
    fn scaled(&self, columns: &Columns, values: &[Values]) -> Result<Scaled, DataError> {
        let mut rules = Vec::new();
        let mut fits = true;
        let most = i64::from(FEATURE_MAX);
        for (used, values) in columns.uses.iter().zip(values) {
            match used {
                Use::Dropped | Use::Label => {}
                Use::Feature => {
                    let small = values.low >= -most && values.high <= most;
                    fits &= values.places == 0 && (small || values.low > values.high);
                    rules.push(ColumnRule::spanning(values.low, values.high));
                }
                Use::Categorical => rules.extend(values.names.iter().map(|_| ColumnRule::spanning(0, 1))),
            }
        }
        let features = rules.len();
        if features >= MAX_COLUMNS {
            return Err(
                self.whole(format!("{features} features are more than {}; drop columns", MAX_COLUMNS - 1))
            );
        }
        let scaling = if fits { Scaling::AsIs } else { Scaling::Affine { columns: rules } };
        Ok(Scaled { features, scaling })
    }

    /// Appends the features of a row.
    fn push_features(
        &self,
        rows: &Rows<'_>,
        columns: &Columns,
        values: &[Values],
        scaled: &Scaled,
        out: &mut Vec<i8>,
    ) -> Result<(), DataError> {
        let comma = self.delimiter.leaves_commas();
        let mut feature = 0;
        let mut push = |value: i64| {
            out.push(scaled.scaling.apply(feature, value).unwrap_or(0));
            feature += 1;
        };
        for (place, (used, values)) in columns.uses.iter().zip(values).enumerate() {
            match used {
                Use::Dropped | Use::Label => {}
                Use::Categorical => {
                    let field = rows.field(place);
                    values.names.iter().for_each(|name| push(i64::from(name == field)));
                }
                Use::Feature => {
                    let field = rows.field(place);
                    let number = match value(field, values.places, comma) {
                        Some(number) => number,
                        None if Value::of(field, comma) == Value::Missing => values.mean(),
                        None => {
                            let why = format!("\"{}\" is no number that can be used", super::shorten(field));
                            return Err(self.cell(rows, rows.at(), place, why));
                        }
                    };
                    push(number);
                }
            }
        }
        Ok(())
    }

    /// What the columns hold, and what is odd about them.
    fn summaries(
        &self,
        columns: &Columns,
        values: &[Values],
        classes: &Classes,
    ) -> (Vec<Summary>, Vec<String>) {
        let mut warnings = Vec::new();
        let summaries = self.survey.columns.iter().zip(&columns.uses).zip(values).enumerate();
        let summaries = summaries
            .map(|(place, ((column, used), values))| {
                let name = self.survey.name(place);
                let kind = match used {
                    Use::Dropped => Kind::Dropped,
                    Use::Label => Kind::Label,
                    Use::Categorical => Kind::Categorical(values.names.len()),
                    Use::Feature if column.booleans > 0 => Kind::Boolean,
                    Use::Feature if values.places == 0 => Kind::Integer(values.low, values.high),
                    Use::Feature => Kind::Decimal(values.places, values.low, values.high),
                };
                let counting = column.counts.is_some() && self.survey.rows > 4;
                if *used == Use::Feature && counting {
                    warnings.push(format!(
                        "column {name} merely counts the rows; leave it out by --drop {}",
                        understood::word(&self.survey.whole_name(place))
                    ));
                } else if *used == Use::Feature && values.low == values.high {
                    warnings.push(format!("column {name} has the same value in all rows and says nothing"));
                }
                if *used == Use::Feature && column.decimals == 1 && values.places > 0 && column.integers > 9 {
                    warnings
                        .push(format!("column {name} has one decimal, and otherwise integers: is it meant?"));
                }
                Summary { name, number: place + 1, kind, missing: column.missing }
            })
            .collect();
        let few: Vec<&String> = classes
            .names
            .iter()
            .zip(&classes.counts)
            .filter(|(_, count)| **count == 1)
            .map(|(name, _)| name)
            .collect();
        if let [first, ..] = few[..] {
            let which = super::shorten(first);
            warnings.push(match few.len() {
                1 => format!("class {which} has one row only"),
                count => format!("{count} classes have one row only, such as {which}"),
            });
        }
        (summaries, warnings)
    }
}

/// Rows behind a header.
struct Body<'a> {
    rows: Rows<'a>,
    /// The row that is open has yet to be handed out.
    pending: bool,
    drops: bool,
    comma: bool,
}

impl Body<'_> {
    fn next(&mut self) -> Result<bool, DataError> {
        if std::mem::take(&mut self.pending) { Ok(true) } else { self.rows.advance() }
    }

    /// Whether the row is left out, because something is missing in it.
    fn is_left_out(&self, columns: &Columns) -> bool {
        let is_missing = |column: usize| {
            columns.is_used(column) && Value::of(self.rows.field(column), self.comma) == Value::Missing
        };
        self.drops && (0..columns.uses.len()).any(is_missing)
    }
}

/// The value of a field in units of `10^-places`, if it has one.
fn value(field: &str, places: i32, comma: bool) -> Option<i64> {
    if places == 0
        && let Ok(value) = field.parse()
    {
        return Some(value);
    }
    match Value::of(field, comma) {
        Value::Number(number) => number.at(places),
        Value::Bool(value) => Some(value.into()),
        Value::Missing | Value::Text => None,
    }
}
