//! What separates the fields of a table, and the lines that are no rows.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::super::number::Value;
use super::MAX_ROW_BYTES;

/// What separates the fields of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delimiter {
    /// A comma.
    Comma,
    /// A semicolon. Numbers may have decimal commas.
    Semicolon,
    /// A tab. Numbers may have decimal commas.
    Tab,
    /// One or more spaces or tabs. Numbers may have decimal commas.
    Spaces,
    /// A vertical bar. Numbers may have decimal commas.
    Bar,
}

impl Delimiter {
    /// All of them. The first of those that fit a table equally well is taken.
    pub const ALL: [Self; 5] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Spaces, Self::Bar];

    /// Its name, as a flag and a configuration have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Spaces => "spaces",
            Self::Bar => "bar",
        }
    }

    /// The byte between two fields once [`prepare`] has been at the text.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab | Self::Spaces => b'\t',
            Self::Bar => b'|',
        }
    }

    /// Whether a number may have a decimal comma.
    pub(super) fn leaves_commas(self) -> bool {
        self != Self::Comma
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Delimiter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "," => Ok(Self::Comma),
            ";" => Ok(Self::Semicolon),
            "\t" | "\\t" => Ok(Self::Tab),
            " " | "space" => Ok(Self::Spaces),
            "|" | "pipe" => Ok(Self::Bar),
            name => Self::ALL
                .into_iter()
                .find(|delimiter| delimiter.name() == name)
                .ok_or_else(|| "comma, semicolon, tab, spaces or bar".to_owned()),
        }
    }
}

/// The delimiter that the first line names as `sep=;`, as spreadsheets write it.
pub(super) fn stated(text: &str) -> Option<Delimiter> {
    let line = text.lines().next()?.trim_matches('"');
    let name = line.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")).map(|_| &line[4..])?;
    (name.len() == 1).then(|| name.parse().ok()).flatten()
}

/// The text without its comment lines and a first line that names the delimiter, whose places stay as blank
/// lines. Where spaces separate the fields, each run of them outside quotes becomes a tab.
pub(super) fn prepare(text: Cow<'_, str>, delimiter: Delimiter) -> Cow<'_, str> {
    let spaces = delimiter == Delimiter::Spaces;
    let mut names_it = stated(&text).is_some();
    let is_comment = |line: &str| line.trim_start_matches([' ', '\t']).starts_with('#');
    if !spaces && !names_it && !text.split(['\n', '\r']).any(is_comment) {
        return text;
    }
    let mut prepared = String::with_capacity(text.len());
    let mut quoted = false;
    for line in text.split_inclusive(['\n', '\r']) {
        let content = line.trim_end_matches(['\n', '\r']);
        if !std::mem::take(&mut names_it) && (quoted || !is_comment(content)) {
            if spaces {
                collapse(content, &mut quoted, &mut prepared);
            } else {
                quoted ^= content.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
                prepared.push_str(content);
            }
        }
        prepared.push_str(&line[content.len()..]);
    }
    Cow::Owned(prepared)
}

/// Appends a line with a tab for each run of spaces outside quotes, and none at its ends.
fn collapse(line: &str, quoted: &mut bool, out: &mut String) {
    let (mut gap, mut begun) = (false, *quoted);
    for c in line.chars() {
        if !*quoted && (c == ' ' || c == '\t') {
            gap = true;
            continue;
        }
        if gap && begun {
            out.push('\t');
        }
        (gap, begun) = (false, true);
        *quoted ^= c == '"';
        out.push(c);
    }
}

/// Records that are looked at to find the delimiter.
const RECORDS: usize = 100;
/// Bytes that are looked at to find it, beyond which a record is not begun.
const BYTES: usize = 4 << 20;

/// The delimiter that splits the first records into the same number of fields, two or more. Of several, the
/// one whose fields are numbers most often; then the first of [`Delimiter::ALL`].
pub(super) fn find(text: &str) -> Delimiter {
    let score = |delimiter: Delimiter| {
        let (mut counts, mut fields, mut numbers) = (Vec::new(), 0u64, 0u64);
        for record in records(text) {
            let found = split(record, delimiter);
            fields += found.len() as u64;
            let is_number =
                |field: &&&str| matches!(Value::of(field, delimiter.leaves_commas()), Value::Number(_));
            numbers += found.iter().filter(is_number).count() as u64;
            counts.push(found.len());
        }
        let same = |count: usize| counts.iter().filter(|&&other| other == count).count();
        let agreeing = counts.iter().filter(|&&count| count > 1).map(|&count| same(count)).max();
        (agreeing.unwrap_or(0), numbers * 1000 / fields.max(1))
    };
    let mut best = (Delimiter::Comma, score(Delimiter::Comma));
    for delimiter in Delimiter::ALL.into_iter().skip(1) {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// The first records that are neither blank nor comments. A line end within quotes ends none.
fn records(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let ends = move |c: char| {
        quoted ^= c == '"';
        !quoted && (c == '\n' || c == '\r')
    };
    let start = text.as_ptr().addr();
    let within = move |record: &&str| record.as_ptr().addr() - start < BYTES;
    let is_row = |record: &&str| !record.trim().is_empty() && !record.trim_start().starts_with('#');
    // A longer row is refused later.
    let begun = |record: &'_ str| record.floor_char_boundary(MAX_ROW_BYTES);
    let rows = text.split(ends).take_while(within).filter(is_row).take(RECORDS);
    rows.map(move |record| &record[..begun(record)])
}

/// The fields of a record, without quotes and spaces around them.
fn split(record: &str, delimiter: Delimiter) -> Vec<&str> {
    let mut quoted = false;
    let parts = record.split(|c: char| {
        quoted ^= c == '"';
        let between = match delimiter {
            Delimiter::Comma => c == ',',
            Delimiter::Semicolon => c == ';',
            Delimiter::Tab => c == '\t',
            Delimiter::Spaces => c == ' ' || c == '\t',
            Delimiter::Bar => c == '|',
        };
        between && !quoted
    });
    let plain = parts.map(|part| part.trim().trim_matches('"').trim());
    if delimiter == Delimiter::Spaces {
        plain.filter(|part| !part.is_empty()).collect()
    } else {
        plain.collect()
    }
}
