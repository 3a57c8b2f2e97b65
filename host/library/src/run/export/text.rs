//! Pieces of text that several forms have in common.

use super::super::RunError;
use crate::data::Preprocessing;
use crate::words;

/// The width of lines of numbers.
const WIDTH: usize = 108;

/// The most characters of a name: a literal of C99 has at least 4095 bytes, of which a character takes up to
/// sixteen as it is written.
pub(super) const MOST_OF_NAME: usize = 250;

/// The rules of a model as TOML, as the configuration of its run has them.
pub(super) fn toml(stored: &Preprocessing) -> Result<String, RunError> {
    toml::to_string(stored).map_err(|error| RunError::Config(error.to_string()))
}

/// Numbers with commas behind them, in lines that begin with spaces.
pub(super) fn numbers<T: ToString>(values: impl IntoIterator<Item = T>, indent: &str) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for value in values {
        let value = format!("{},", value.to_string());
        if !line.is_empty() && indent.len() + line.len() + 1 + value.len() > WIDTH {
            text += &format!("{indent}{line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += &value;
    }
    if line.is_empty() { text } else { format!("{text}{indent}{line}\n") }
}

/// A name within a comment: in one line, short, and without what ends or begins a comment of C.
pub(super) fn in_comment(name: &str) -> String {
    let plain = words::shown(name, words::MOST).replace("*/", "* /").replace("/*", "/ *");
    plain.replace("??", "? ?").replace('\\', "/")
}

/// The beginning of a name, where it is very long.
pub(super) fn short(name: &str) -> String {
    name.chars().take(MOST_OF_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_comments() {
        for (name, written) in [("a*/b", "a* /b"), ("/*/", "/ * /"), ("a\nb\\", "a/nb/"), ("??/", "? ?/")] {
            assert_eq!(in_comment(name), written);
        }
    }

    #[test]
    fn lines_are_filled() {
        let text = numbers((0..100).map(|_| -127), "    ");
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.ends_with(',')), "{text}");
        assert_eq!(text.matches("-127,").count(), 100);
        assert_eq!(numbers(Vec::<i8>::new(), "  "), "");
    }
}
