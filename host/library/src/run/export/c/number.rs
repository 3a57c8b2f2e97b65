use super::prefixed::prefixed;

const NUMBER: &str = include_str!("number.c");

/// What reads decimal numbers: `of` is the name of what they are of, `count` how many of those there are, and
/// `places` the expression for the places of one.
pub(super) fn number(reader: &str, of: &str, count: &str, places: &str, prefix: &str) -> String {
    let text = NUMBER.replace("RAW_OF", reader).replace("FEATURE", of).replace("COUNT", count);
    prefixed(&text.replace("PLACES", places), prefix)
}
