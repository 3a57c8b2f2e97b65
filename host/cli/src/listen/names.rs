//! Names of labels and of channels, which become fields of a table without quotes.

use eggroll_host::words;
use std::str::FromStr;

/// The most characters of a name.
const LONGEST: usize = 40;
/// Names that a table's reader takes for a column of classes, and those of the log's own columns.
const RESERVED: [&str; 4] = ["recording", "label", "class", "target"];
/// Labels that a table's reader takes for a class that is missing.
const MISSING: [&str; 5] = ["?", "na", "n/a", "nan", "null"];

fn is_one_of(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Whether a name can be that of a channel: a letter first, so that it is no number.
pub(super) fn is_channel(name: &str) -> bool {
    let mark = |c: char| c.is_alphanumeric() || "_-.[]()/%".contains(c);
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| mark(c) && words::is_plain(c))
        && name.chars().count() <= LONGEST
        && !is_one_of(name, &RESERVED)
}

/// The name of a channel, as `--names` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Channel(pub(super) String);

impl FromStr for Channel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_channel(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "a name begins with a letter, has letters, digits and _-.[]()/% up to {LONGEST}, and is none of {}",
            RESERVED.join(", ")
        ))
    }
}

/// The label of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label(pub(super) String);

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mark = |c: char| words::is_plain(c) && !",;\"'|".contains(c);
        let is_label = !text.is_empty()
            && text.trim() == text
            && text.chars().all(mark)
            && text.chars().count() <= LONGEST
            && !is_one_of(text, &MISSING);
        if is_label {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "a label has up to {LONGEST} characters, no quotes or separators, and is none of {}",
            MISSING.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_channels() {
        for label in ["idle", "wave left", "1", "größer"] {
            assert_eq!(label.parse(), Ok(Label(label.to_owned())));
        }
        for label in ["", " a", "a,b", "a\"b", "a\nb", "NaN", "?", &"a".repeat(41)] {
            assert!(label.parse::<Label>().is_err(), "{label}");
        }
        for name in ["ax", "_x", "Temp(C)", "µ"] {
            assert_eq!(name.parse(), Ok(Channel(name.to_owned())));
        }
        for name in ["", "1x", "a b", "Label", "class", "a,b", "a:b", &"a".repeat(41)] {
            assert!(name.parse::<Channel>().is_err(), "{name}");
        }
    }
}
