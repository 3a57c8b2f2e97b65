//! Files of other kinds, which are not read but known.

/// How much of a file is looked at.
const HEAD: usize = 1 << 16;

/// What kind of file this is and what to do with it, if it is none that holds samples but one that people
/// keep them in.
pub(super) fn foreign(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    let sheet = "save the sheet as CSV";
    let rows = "write it as a table, a line for each sample and a column for each value";
    let (what, way_out) = match head {
        [b'P', b'K', 3, 4, ..] if has(b"[Content_Types].xml") || has(b"xl/") => ("an Excel workbook", sheet),
        [b'P', b'K', 3, 4, ..] if has(b"application/vnd.oasis.opendocument") => {
            ("an OpenDocument file", sheet)
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => ("an Excel workbook", sheet),
        [0x89, b'H', b'D', b'F', ..] => ("an HDF5 file", "save its arrays as .npz"),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => ("an Arrow file", "save it as Parquet or CSV"),
        [0x80, 2..=5, ..] => ("a pickle of Python", "save its arrays as .npz"),
        [b'R', b'I', b'F', b'F', ..] => ("a sound or video", rows),
        _ if head.starts_with(b"SQLite format 3") => ("an SQLite database", rows),
        _ if head.starts_with(b"MATLAB 5.0") => ("a MATLAB file", "save its arrays as .npz"),
        _ if head.starts_with(b"%PDF") => ("a PDF", rows),
        _ => (of_text(str::from_utf8(bytes).ok()?)?, rows),
    };
    Some(format!("this is {what}; {way_out}"))
}

/// The kind of a text that is no table.
fn of_text(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\n', '\r']);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('%'));
    let first = lines.next()?;
    if first.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("@relation")) {
        return Some("ARFF");
    }
    if first.starts_with('<') {
        return Some("XML or HTML");
    }
    let is_pair = |word: &str| {
        let parts = word.split_once(':').map(|(at, value)| (at.parse::<u32>(), value.parse::<f64>()));
        matches!(parts, Some((Ok(_), Ok(_))))
    };
    let mut words = first.split_ascii_whitespace().skip(1).peekable();
    if words.peek().is_some() && words.all(is_pair) {
        return Some("the LIBSVM form");
    }
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    (first.starts_with(['{', '[']) && (is_json(text) || is_json(first))).then_some("JSON")
}

#[cfg(test)]
mod tests {
    use super::foreign;

    #[test]
    fn files_of_other_kinds() {
        for (bytes, kind) in [
            (&b"PK\x03\x04\x14\0\x06\0[Content_Types].xml"[..], "an Excel workbook"),
            (b"PK\x03\x04\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument file"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1", "an Excel workbook"),
            (b"\x80\x04\x95", "a pickle"),
            (b"% a comment\n@RELATION flowers\n", "ARFF"),
            (b"\xEF\xBB\xBF<html>", "XML or HTML"),
            (b"{\"a\":1}\n{\"a\":2}\n", "JSON"),
            (b"[\n1,\n2]\n", "JSON"),
            (b"1 1:0.5 7:-2e3\n", "the LIBSVM form"),
        ] {
            let said = foreign(bytes).unwrap_or_default();
            assert!(said.contains(kind) && said.contains("; "), "{kind}: {said}");
        }
        for table in [&b""[..], b"a,b\n1,2\n", b"[a],b\n1,2\n", b"PK\x03\x04\0\0x.npy", b"\xFF\xFEa\0"] {
            assert_eq!(foreign(table), None);
        }
    }
}
