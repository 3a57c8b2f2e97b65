//! Why a field is no number, where that can be told.

use super::super::number::{Number, Value};

/// What is wrong with a field that looks like a number, and what to do; none of a field that is a name.
/// `drop` leaves its column out.
pub(super) fn looks_like_a_number(field: &str, drop: &str) -> Option<String> {
    let is_hexadecimal = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if field.strip_prefix("0x").is_some_and(is_hexadecimal) {
        return Some(format!("\"{field}\" is hexadecimal; write it as a decimal number"));
    }
    if field.contains(',') && Number::parse(&field.replace(',', ""), false).is_some() {
        return Some(format!(
            "\"{field}\" has a comma; write thousands without one and decimals with a point"
        ));
    }
    let is_number = |text: &str| matches!(Value::of(text, true), Value::Number(_));
    if without_marks(field).is_some_and(|digits| is_number(&digits)) {
        return Some(format!("\"{field}\" has marks between its digits; write it without them"));
    }
    if is_time(field) {
        return Some(format!(
            "\"{field}\" is a date or a time; write it as a number, such as seconds, or leave the column out by {drop}"
        ));
    }
    let number = field.trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.').trim_end();
    let behind = field[number.len()..].trim();
    let is_unit =
        behind.chars().count() <= 8 && behind.chars().all(|c| c.is_alphabetic() || "%°/µ".contains(c));
    if is_number(number) && !behind.is_empty() && is_unit {
        return Some(format!("\"{field}\" is a number and `{behind}`; write the number alone"));
    }
    None
}

/// What separates thousands in several languages.
const MARKS: [char; 5] = ['_', '\'', ' ', '\u{A0}', '\u{202F}'];

/// A field without marks, all of which are between digits; none of one that has no marks.
fn without_marks(field: &str) -> Option<String> {
    let parts: Vec<&str> = field.split(MARKS).collect();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let between = |pair: &[&str]| digit(pair[0].chars().last()) && digit(pair[1].chars().next());
    (parts.len() > 1 && parts.windows(2).all(between)).then(|| parts.concat())
}

/// Whether a field is a date, a time or both: of digits, and two of the same mark (points beside
/// a year) or a colon before minutes.
fn is_time(field: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "-/:. TZ+".contains(c);
    let minutes = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_digit());
    let year = field.split(['.', ' ']).any(|part| part.len() == 4);
    let date =
        ['-', '/', '.'].into_iter().any(|mark| field.matches(mark).count() >= 2 && (mark != '.' || year));
    let time = field.contains(':') && field.split(':').skip(1).all(minutes);
    field.starts_with(|c: char| c.is_ascii_digit())
        && field.ends_with(|c: char| c.is_ascii_digit() || c == 'Z')
        && field.chars().all(is_part)
        && (date || time)
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_number;

    #[test]
    fn numbers_that_are_written_otherwise() {
        for (field, what) in [
            ("0x3d", "hexadecimal"),
            ("1,000.5", "has a comma"),
            ("1_000", "marks between"),
            ("1 000,5", "marks between"),
            ("12'345", "marks between"),
            ("2024-01-31", "a date or a time"),
            ("2024-01-31T10:00:00.5Z", "a date or a time"),
            ("31.01.2024", "a date or a time"),
            ("1/2/2024 10:00", "a date or a time"),
            ("10:15", "a date or a time"),
            ("5%", "is a number and `%`"),
            ("12.5 kg", "is a number and `kg`"),
            ("-3°C", "is a number and `°C`"),
        ] {
            let said = looks_like_a_number(field, "--drop t").unwrap_or_default();
            assert!(said.contains(what), "{field}: {said}");
        }
        for name in
            ["red", "a1", "iris-setosa", "10-20", "", "v1.2.3", "x:y", "1:0.5", "1.5.2", "- 2", "-", "%"]
        {
            assert_eq!(looks_like_a_number(name, "--drop t"), None, "{name}");
        }
    }
}
