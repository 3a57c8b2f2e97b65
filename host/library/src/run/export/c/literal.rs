//! Values as C writes them.

use std::fmt::Write;

/// An integer. The least one of 32 bits has no literal: a minus is an operator, and the number behind it has
/// 33 bits.
pub(super) fn integer(value: i32) -> String {
    if value == i32::MIN { format!("({} - 1)", value + 1) } else { value.to_string() }
}

/// A string. What is no plain ASCII is written as octal, which ends after three digits, and a question mark
/// is escaped, two of which begin a trigraph.
pub(super) fn string(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => literal.extend(['\\', byte.into()]),
            b' '..=b'~' => literal.push(byte.into()),
            _ => {
                let _ = write!(literal, "\\{byte:03o}");
            }
        }
    }
    literal + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        assert_eq!(integer(i32::MIN), "(-2147483647 - 1)");
        assert_eq!(integer(-5), "-5");
        assert_eq!(string("a\"b\\??/\n1é"), r#""a\"b\\\?\?/\0121\303\251""#);
    }
}
