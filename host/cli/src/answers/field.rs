//! Fields of a table that is printed.

/// A field of a table with commas, quoted where it has to be (RFC 4180).
pub(crate) fn field(text: &str) -> String {
    let quoted = text.contains([',', '"', '\n', '\r']) || text != text.trim();
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_field() {
        let of = |text, quoted| assert_eq!(field(text), quoted);
        of("red wine", "red wine");
        of("a,b", "\"a,b\"");
        of("5\" pipe", "\"5\"\" pipe\"");
        of(" x", "\" x\"");
        of("", "");
    }
}
