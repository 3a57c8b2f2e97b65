//! What each column of a table is for.

use std::path::Path;

use super::super::DataError;
use super::survey::{Column, Survey};
use super::{LABEL_LETTER, LABEL_NAMES, Missing, Reading, is_one_of};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is left out.
    Dropped,
    /// It holds the classes.
    Label,
    /// It is a feature.
    Feature,
    /// Each of its names is a feature.
    Categorical,
}

/// What the columns of a table are for.
pub(super) struct Columns {
    /// For each column.
    pub(super) uses: Vec<Use>,
    /// The column of classes.
    pub(super) label: usize,
    /// Why it is that one.
    pub(super) why: &'static str,
}

impl Columns {
    /// What `reading` and the names of the columns say, checked against their types.
    pub(super) fn of(path: &Path, survey: &Survey, reading: &Reading) -> Result<Columns, DataError> {
        let table = |why: String| DataError::Table { path: path.into(), why };
        let find = |flag: &str, name: &str| find(survey, flag, name).map_err(table);
        let mut uses = vec![Use::Feature; survey.columns.len()];
        for name in &reading.drop {
            uses[find("--drop", name)?] = Use::Dropped;
        }
        for name in &reading.categorical {
            let column = find("--categorical", name)?;
            if uses[column] == Use::Dropped {
                return Err(table(format!(
                    "--drop and --categorical both name column {name}; leave one out"
                )));
            }
            uses[column] = Use::Categorical;
        }
        let (label, why) = match &reading.label {
            Some(name) => (find("--label", name)?, "as --label says"),
            None => {
                let called = |words: &[&str]| {
                    let names = survey.header.iter().flatten().enumerate();
                    let found =
                        names.filter(|&(place, name)| uses[place] != Use::Dropped && is_one_of(name, words));
                    found.map(|(place, _)| place).collect::<Vec<usize>>()
                };
                let last = uses.iter().rposition(|&used| used != Use::Dropped);
                let mut named = called(&LABEL_NAMES);
                // A y may be a coordinate.
                if named.is_empty() && last.is_some_and(|last| survey.columns[last].is_numeric()) {
                    named = called(&LABEL_LETTER);
                }
                match (&named[..], last) {
                    (&[only], _) => (only, "by its name"),
                    (&[first, second, ..], _) => {
                        return Err(table(format!(
                            "columns {} and {}, {} and {}, may both be the classes; say which, by --label",
                            first + 1,
                            second + 1,
                            survey.name(first),
                            survey.name(second)
                        )));
                    }
                    ([], Some(last)) => (last, "the last column"),
                    ([], None) => return Err(table("--drop leaves no column; name fewer".to_owned())),
                }
            }
        };
        if uses[label] != Use::Feature {
            let why = format!(
                "the column of classes, {}, cannot be left out or a feature as well; \
                name another by --label",
                survey.name(label)
            );
            return Err(table(why));
        }
        uses[label] = Use::Label;
        if !uses.iter().any(|used| matches!(used, Use::Feature | Use::Categorical)) {
            return Err(table("no column is left to learn from; drop fewer".to_owned()));
        }
        Ok(Columns { uses, label, why })
    }

    /// Whether a row's field there counts.
    pub(super) fn is_used(&self, column: usize) -> bool {
        self.uses.get(column).is_some_and(|&used| used != Use::Dropped)
    }

    /// The first fault of a used column: where its row begins in the text, the column, and the fault.
    pub(super) fn fault(&self, survey: &Survey, missing: Missing) -> Option<(usize, usize, String)> {
        let faults = survey.columns.iter().enumerate().filter_map(|(place, column)| {
            let name = || survey.name(place);
            let (at, why) = match self.uses.get(place)? {
                Use::Dropped => None,
                Use::Label => missing_label(column, missing, &name()),
                Use::Categorical => missing_name(column, missing, &name()),
                Use::Feature => feature_fault(column, missing, &name()),
            }?;
            Some((at, place, why))
        });
        faults.min()
    }
}

/// The column that a flag names.
fn find(survey: &Survey, flag: &str, name: &str) -> Result<usize, String> {
    let count = survey.columns.len();
    let shown = super::shorten(name);
    let names = survey.header.iter().flatten().enumerate();
    let places: Vec<usize> = names.filter(|(_, other)| *other == name).map(|(place, _)| place).collect();
    match places[..] {
        [place] => return Ok(place),
        [first, second, ..] => {
            return Err(format!(
                "{flag} {shown}: columns {} and {} have this name; give the number of one",
                first + 1,
                second + 1
            ));
        }
        [] => {}
    }
    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    number.filter(|&place| place < count).ok_or_else(|| {
        let header = if survey.header.is_some() { "" } else { ", and no header names them" };
        format!("{flag} {shown}: there is no such column; there are {count}{header}")
    })
}

fn missing_label(column: &Column, missing: Missing, name: &str) -> Option<(usize, String)> {
    let at = column.first_missing.filter(|_| missing != Missing::Drop)?;
    Some((
        at,
        format!("the label in column {name} is missing; give it, or leave such rows out by --missing drop"),
    ))
}

fn missing_name(column: &Column, missing: Missing, name: &str) -> Option<(usize, String)> {
    let at = column.first_missing.filter(|_| missing != Missing::Drop)?;
    Some((
        at,
        format!("a value of {name} is missing; leave such rows out by --missing drop, or it by --drop"),
    ))
}

fn grouped(field: &str) -> String {
    format!("\"{field}\" has a comma; write thousands without one and decimals with a point")
}

fn feature_fault(column: &Column, missing: Missing, name: &str) -> Option<(usize, String)> {
    let flag = super::understood::word(name);
    if !column.is_numeric() {
        let (at, field) = column.first_text.clone()?;
        let is_hexadecimal = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let hexadecimal = field.strip_prefix("0x").is_some_and(is_hexadecimal);
        let why = if hexadecimal {
            format!("\"{field}\" is hexadecimal; write it as a decimal number")
        } else if is_grouped(&field) {
            grouped(&field)
        } else {
            format!(
                "\"{field}\" is a name, not a number; make each name of the column a feature by --categorical \
                 {flag}, or leave it out by --drop {flag}"
            )
        };
        return Some((at, why));
    }
    let text = column.first_text.clone().map(|(at, field)| {
        let why = if is_grouped(&field) {
            grouped(&field)
        } else {
            format!(
                "\"{field}\" is no number; mend it, remove the line if it is a second header, or leave the column \
                 out by --drop {flag}"
            )
        };
        (at, why)
    });
    let mixed = column.first_boolean.clone().filter(|_| column.numbers() > 0).map(|(at, field)| {
        (at, format!("\"{field}\" stands in a column of numbers; write 1 or 0, or use --drop {flag}"))
    });
    let overflow = column
        .overflow
        .clone()
        .map(|(at, field)| (at, format!("{field} does not fit in 64 bits; use a larger unit")));
    let absent = column.first_missing.filter(|_| missing == Missing::Refuse).map(|at| {
        let why = "a value is missing; leave such rows out by --missing drop, or put in the column's mean by \
                   --missing mean";
        (at, why.to_owned())
    });
    let nothing = (column.numbers() + column.booleans == 0).then_some(column.first_missing).flatten();
    let nothing =
        nothing.map(|at| (at, format!("no row has a value in this column; leave it out by --drop {flag}")));
    // A column without any value has one advice only.
    nothing.or_else(|| [text, mixed, overflow, absent].into_iter().flatten().min())
}

/// Whether a field is a number but for its commas.
fn is_grouped(field: &str) -> bool {
    field.contains(',') && super::number::Number::parse(&field.replace(',', ""), false).is_some()
}
