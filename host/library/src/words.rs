//! Words that others wrote: users, files, boards, emulators. Before they reach a terminal, a page or a table
//! they are bounded, and whatever would act there instead of being read is written as an escape like
//! `\u{1b}`.

use std::path::Path;

/// Characters of a value that a message repeats: enough to know it by.
pub const MOST: usize = 60;

/// Characters of a path that a message repeats; of a longer one, its beginning and its end.
const MOST_OF_PATH: usize = 240;

/// Characters that are letters to Unicode's tables, yet leave nothing to see.
const UNSEEN: [(char, char); 8] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character is read and does nothing else: no control character, no change of direction, nothing
/// of no width, no end of a line.
pub fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    if UNSEEN.iter().any(|&(first, last)| (first..=last).contains(&c)) {
        return false;
    }
    // As the standard library's `{:?}` of a text judges; a combining mark is plain behind a letter.
    let (mut bytes, letter) = ([b'a'; 5], 1);
    let end = letter + c.encode_utf8(&mut bytes[letter..]).len();
    str::from_utf8(&bytes[..end]).is_ok_and(|text| text.escape_debug().nth(letter) == Some(c))
}

/// Appends a character, or its escape.
fn push(line: &mut String, c: char) {
    if is_plain(c) { line.push(c) } else { line.extend(c.escape_default()) }
}

/// At most `most` characters of a text, each plain or escaped, in one line. Of a longer text the beginning,
/// and how long it is. What comes out is left as it is by a second call with more room.
pub fn shown(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut characters = text.chars();
    characters.by_ref().take(most).for_each(|c| push(&mut line, c));
    let more = characters.count();
    if more > 0 { format!("{line}... ({} characters)", most + more) } else { line }
}

/// A text of any length whose ends of lines are meant; everything else is plain or escaped.
pub fn lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' { lines.push(c) } else { push(&mut lines, c) }
    }
    lines
}

/// A path in one line. Of a very long one the beginning, and the end, which says which file it is.
pub fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let count = text.chars().count();
    if count <= MOST_OF_PATH {
        return shown(&text, MOST_OF_PATH);
    }
    let end: String = text.chars().skip(count - (MOST_OF_PATH - MOST)).collect();
    let beginning: String = text.chars().take(MOST).collect();
    let [beginning, end] = [beginning, end].map(|part| shown(&part, MOST_OF_PATH));
    format!("{beginning}...{end} ({count} characters)")
}

/// A number of bytes as a person reads it: `1.50 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1 << 10 {
        return format!("{count} B");
    }
    let mut number = count as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if number < 1024.0 {
            break;
        }
        (number, unit) = (number / 1024.0, larger);
    }
    format!("{number:.2} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_is_escaped_and_what_is_read_is_not() {
        for (text, expected) in [
            ("sim-0, \\d \"x\" 'y' <b>", "sim-0, \\d \"x\" 'y' <b>"),
            ("Grüße, 数据, नमस्ते, e\u{301}", "Grüße, 数据, नमस्ते, e\u{301}"),
            ("\x1b[31mred\r\n\t\0\x7f\u{9b}", "\\u{1b}[31mred\\r\\n\\t\\u{0}\\u{7f}\\u{9b}"),
            ("a\u{202e}b\u{2066}\u{200e}\u{61c}", "a\\u{202e}b\\u{2066}\\u{200e}\\u{61c}"),
            ("\u{200b}\u{200d}\u{feff}\u{2060}\u{ad}", "\\u{200b}\\u{200d}\\u{feff}\\u{2060}\\u{ad}"),
            ("\u{2028}\u{2029}\u{85}\u{a0}", "\\u{2028}\\u{2029}\\u{85}\\u{a0}"),
            ("\u{3164}\u{e0041}\u{fffe}", "\\u{3164}\\u{e0041}\\u{fffe}"),
        ] {
            assert_eq!(shown(text, MOST), expected);
        }
        assert_eq!(lines("a\nb\x1b"), "a\nb\\u{1b}");
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(shown("abc", 3), "abc");
        assert_eq!(shown("abcd", 3), "abc... (4 characters)");
        let long = format!("/{}/data.csv", "folder/".repeat(500));
        let text = path(Path::new(&long));
        assert!(text.len() < 300 && text.starts_with("/folder/") && text.contains("data.csv"), "{text}");
        assert_eq!(path(Path::new("a\n/b.csv")), "a\\n/b.csv");
    }

    #[test]
    fn bytes_have_a_unit_that_fits() {
        let of = [0, 5, 1023, 1024, 1536, 10 << 20, (1 << 30) - 1, 3 << 30, u64::MAX].map(bytes);
        let expected = [
            "0 B",
            "5 B",
            "1023 B",
            "1.00 KiB",
            "1.50 KiB",
            "10.00 MiB",
            "1024.00 MiB",
            "3.00 GiB",
            "16.00 EiB",
        ];
        assert_eq!(of, expected);
    }

    proptest! {
        #[test]
        fn anything_becomes_a_short_plain_line(text in any::<String>(), most in 0usize..80) {
            let line = shown(&text, most);
            prop_assert!(line.chars().all(is_plain));
            prop_assert!(line.len() <= most * 10 + 40);
            prop_assert_eq!(shown(&line, usize::MAX), line);
        }
    }
}
