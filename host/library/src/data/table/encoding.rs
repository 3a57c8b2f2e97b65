//! The bytes of a table as text.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use super::super::DataError;
use super::rows::line_at;

/// How the text of a table was written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, whose byte order mark says little endian.
    Utf16Le,
    /// UTF-16, whose byte order mark says big endian.
    Utf16Be,
    /// Not UTF-8, and so taken for Latin-1.
    Latin1,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 little endian",
            Self::Utf16Be => "UTF-16 big endian",
            Self::Latin1 => "no UTF-8, read as Latin-1",
        })
    }
}

/// The text of a table, and how it was written.
///
/// # Errors
/// [`DataError::NotUtf8`] for bytes that are no text in any of the encodings.
pub(super) fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<(Cow<'a, str>, Encoding), DataError> {
    let not_text = |at: usize| DataError::NotUtf8 { path: path.into(), line: line_at(bytes, at) };
    let (text, encoding) = if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        (Cow::Owned(utf16(rest, u16::from_le_bytes).ok_or_else(|| not_text(0))?), Encoding::Utf16Le)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        (Cow::Owned(utf16(rest, u16::from_be_bytes).ok_or_else(|| not_text(0))?), Encoding::Utf16Be)
    } else {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
            Err(_) => (Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()), Encoding::Latin1),
        }
    };
    // A text has none of these characters; a compressed file, a picture or UTF-16 without a mark has.
    let odd = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    if let Some(at) = text.bytes().position(|byte| odd(&byte)).filter(|_| encoding == Encoding::Latin1) {
        return Err(not_text(at));
    }
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        return Err(not_text(at));
    }
    Ok((text, encoding))
}

/// The text of UTF-16, if it is that.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(units.iter().map(|&pair| unit(pair))).collect::<Result<_, _>>().ok()
}
