//! Texts: bytes of files, documents separated by 0.

use super::input::{self, STANDARD_INPUT, STDIN, TEXT};
use super::{DataError, Fraction, InputError};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Most files in a folder of a text.
pub const MAX_FILES: usize = 65_536;

/// Bytes of the validation part that progress is watched on.
const WATCHED: usize = 8192;

/// The text of some files: a 0, which resets a model's state, before each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What messages call it.
    pub name: String,
    /// Its tokens.
    pub bytes: Vec<u8>,
}

/// Where a text is cut: trained on, watched, held out; in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSplit {
    /// Bytes to train on.
    pub train: Range<usize>,
    /// The first of the validation part, which is not trained on; where there is none, the first of the text.
    pub watched: Range<usize>,
    /// Bytes for the final figure, the last of the text.
    pub test: Range<usize>,
}

/// Reads files, and of a folder all files in it, in the order of their names. Each file is a document, or
/// several where it has bytes 0. The path `-` is standard input.
///
/// # Errors
/// [`DataError`] naming the file that is unreadable, empty or too large.
pub fn text(paths: &[PathBuf]) -> Result<Text, DataError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { files.extend(files_in(path)?) } else { files.push(path.clone()) }
    }
    let mut bytes = Vec::new();
    for path in &files {
        let document = read(path, TEXT.bytes.saturating_sub(bytes.len() as u64))?;
        // A file that begins with a 0 has its separator.
        if document.first() != Some(&0) {
            bytes.push(0);
        }
        bytes.extend_from_slice(&document);
    }
    let name = match &*files {
        [file] if file == Path::new(STDIN) => STANDARD_INPUT.to_owned(),
        [file] => file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned(),
        files => format!("{} files", files.len()),
    };
    Ok(Text { name, bytes })
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let fault = |error| InputError::Open { path: folder.into(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_file() {
            if files.len() == MAX_FILES {
                return Err(DataError::ManyFiles { path: folder.into(), most: MAX_FILES });
            }
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(DataError::NoText { path: folder.into() }) } else { Ok(files) }
}

fn read(path: &Path, left: u64) -> Result<Cow<'static, [u8]>, DataError> {
    let bytes = if path == Path::new(STDIN) {
        Cow::Borrowed(input::read_stdin(&TEXT)?)
    } else {
        Cow::Owned(input::read(path, &TEXT)?)
    };
    if bytes.len() as u64 > left {
        return Err(InputError::Large { path: path.into(), size: None, limit: TEXT }.into());
    }
    if bytes.is_empty() {
        let path = if path == Path::new(STDIN) { Path::new(STANDARD_INPUT) } else { path };
        return Err(DataError::NoText { path: path.into() });
    }
    Ok(bytes)
}

impl Text {
    /// SHA-256 of the tokens, in hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The largest token.
    pub fn largest(&self) -> u8 {
        self.bytes.iter().copied().max().unwrap_or(0)
    }

    /// Cuts the text: `holdout` of it from its end, `validation` of the rest before that. Streams of
    /// `context` tokens read the first part.
    ///
    /// # Errors
    /// [`DataError::ShortText`] where a stream's context has no room in what is left.
    pub fn split(
        &self,
        holdout: Fraction,
        validation: Fraction,
        context: u32,
    ) -> Result<TextSplit, DataError> {
        let test = self.bytes.len() - holdout.of(self.bytes.len());
        let train = if holdout == Fraction::ZERO { test } else { test - validation.of(test) };
        // Each token but the last has a target.
        if train <= context as usize {
            return Err(DataError::ShortText { name: self.name.clone(), bytes: train, context });
        }
        // Where nothing is held out, what is trained on.
        let watched = if train < test { train..test.min(train + WATCHED) } else { 0..train.min(WATCHED) };
        Ok(TextSplit { train: 0..train, watched, test: test..self.bytes.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_their_faults() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let (one, two) = (file("b.txt", b"one"), file("a.txt", b"\0two\0three"));
        assert_eq!(text(std::slice::from_ref(&one)).unwrap().bytes, b"\0one");
        assert_eq!(text(&[one, two]).unwrap().bytes, b"\0one\0two\0three");
        let all = text(&[folder.path().to_owned()]).unwrap();
        assert_eq!((all.bytes, all.name), (b"\0two\0three\0one".to_vec(), "2 files".to_owned()));
        let empty = file("c.txt", b"");
        for path in [empty.clone(), folder.path().join("d.txt")] {
            let message = text(std::slice::from_ref(&path)).unwrap_err().to_string();
            assert!(message.contains(&*path.to_string_lossy()), "{message}");
        }
        let nothing = tempfile::tempdir().unwrap();
        assert!(text(&[nothing.path().to_owned()]).unwrap_err().to_string().contains("no text"));
    }

    #[test]
    fn parts_of_a_text() {
        let text = Text { name: "t".into(), bytes: vec![7; 1000] };
        let [tenth, zero] = [1000, 0].map(|parts| Fraction::from_parts(parts).unwrap());
        let split = text.split(tenth, tenth, 100).unwrap();
        assert_eq!((split.train, split.watched, split.test), (0..810, 810..900, 900..1000));
        let all = text.split(zero, tenth, 100).unwrap();
        assert_eq!((all.train, all.watched, all.test), (0..1000, 0..1000, 1000..1000));
        assert!(text.split(tenth, tenth, 809).is_ok());
        let message = text.split(tenth, tenth, 810).unwrap_err().to_string();
        assert!(message.contains("810") && message.contains("--context"), "{message}");
    }
}
