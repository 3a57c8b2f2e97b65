//! What was understood of a table, for a person.

use std::fmt;

use super::super::formats::Format;
use super::{Delimiter, Encoding};

/// What was understood of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What kind of file it is.
    pub format: Format,
    /// How it was written as bytes.
    pub encoding: Encoding,
    /// What separates its fields.
    pub delimiter: Delimiter,
    /// Rows that were taken.
    pub rows: usize,
    /// Rows that were left out, because something is missing in them.
    pub left_out: usize,
    /// Whether the first line is a header.
    pub header: bool,
    /// Its line, or that of the first row.
    pub first_line: u64,
    /// The column of classes, and why it is that one; of windows, where their labels are.
    pub label: String,
    /// All columns.
    pub columns: Vec<Summary>,
    /// Rows of each class.
    pub counts: Vec<usize>,
    /// Which rows are normal and which are anomalies, where that was chosen for a new detector.
    pub normal: Option<String>,
    /// What was understood of the signal that the rows are windows of; otherwise nothing.
    pub signal: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its name, or its number where it has none; long ones are shortened.
    pub name: String,
    /// Its place, from 1.
    pub number: usize,
    /// What it holds.
    pub kind: Kind,
    /// Fields in it that say nothing.
    pub missing: u64,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers, from the least to the greatest.
    Integer(String),
    /// Numbers that are not all integers, from the least to the greatest.
    Decimal(String),
    /// True and false.
    Boolean,
    /// So many names, each a feature.
    Categorical(usize),
    /// The classes.
    Label,
    /// A target of a regression, from the least to the greatest.
    Target(String),
    /// The groups.
    Group,
    /// It is left out.
    Dropped,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(range) => write!(f, "integer {range}"),
            Self::Decimal(range) => write!(f, "decimal {range}"),
            Self::Boolean => f.write_str("boolean"),
            Self::Categorical(count) => write!(f, "{count} names"),
            Self::Label => f.write_str("classes"),
            Self::Group => f.write_str("groups"),
            Self::Target(range) => f.write_str(range),
            Self::Dropped => f.write_str("left out"),
        }
    }
}

/// A word of a command line, in quotes where a shell needs them.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+=,%@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Items that a line lists.
const LISTED: usize = 6;

/// The first items, and how many more there are.
pub(super) fn listed(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    let more = all.len().saturating_sub(LISTED);
    let shown = all[..all.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

impl Understood {
    /// Three lines: rows, columns and classes. `names` are those of the classes.
    pub fn lines(&self, names: &[String]) -> [String; 3] {
        let header = if self.header { "a header on line" } else { "no header, from line" };
        let left_out = match self.left_out {
            0 => String::new(),
            1 => ", 1 left out".to_owned(),
            count => format!(", {count} left out"),
        };
        let of = |wanted: fn(&Kind) -> bool| self.columns.iter().filter(move |column| wanted(&column.kind));
        let features: Vec<String> =
            of(|kind| !matches!(kind, Kind::Label | Kind::Target(_) | Kind::Group | Kind::Dropped))
                .map(|column| format!("{} {}", column.name, column.kind))
                .collect();
        let dropped: Vec<String> =
            of(|kind| *kind == Kind::Dropped).map(|column| column.name.clone()).collect();
        let dropped = if dropped.is_empty() {
            String::new()
        } else {
            format!("; left out: {}", listed(dropped.into_iter()))
        };
        let classes = names.iter().zip(&self.counts);
        let classes = classes.map(|(name, count)| format!("{} {count}", super::shorten(name)));
        let how = match self.format {
            Format::Table => {
                format!("{header} {}; separated by {}, {}", self.first_line, self.delimiter, self.encoding)
            }
            format => format!("of {format}"),
        };
        [
            format!("rows     {}{left_out}; {how}", self.rows),
            format!(
                "columns  {} to learn from: {}{dropped}",
                features.len(),
                listed(features.iter().cloned())
            ),
            if let Some(normal) = &self.normal {
                format!("normal   {normal}")
            } else if names.is_empty() {
                let targets = of(|kind| matches!(kind, Kind::Target(_)));
                let targets = targets.map(|column| format!("{} {}", column.name, column.kind));
                format!("targets  {}", listed(targets))
            } else {
                let column = if self.signal.is_empty() { "in column " } else { "" };
                format!("classes  {} {column}{}: {}", names.len(), self.label, listed(classes))
            },
        ]
    }
}
