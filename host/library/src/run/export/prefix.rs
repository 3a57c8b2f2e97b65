//! What the symbols of an exported model begin with.

use super::super::RunError;
use crate::words;
use std::path::Path;

/// The most characters of a prefix: C99 tells at least 63 of an internal name apart, and 31 of others.
const MOST: usize = 48;

/// The prefix that is given, or one that is made of a file's name: each run of characters that no identifier
/// has becomes an underscore, and one that begins with a digit gets `model_` before it.
///
/// # Errors
/// [`RunError::Unexportable`] where it is no identifier, or the name has no letter or digit of ASCII.
pub(super) fn prefix(path: &Path, given: Option<&str>) -> Result<String, RunError> {
    let refused = |why: String| RunError::Unexportable { path: path.to_owned(), why };
    if let Some(given) = given {
        let is_one = given.starts_with(|first: char| first.is_ascii_alphabetic())
            && given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && given.len() <= MOST;
        return if is_one { Ok(given.to_owned()) } else { Err(refused(no_prefix(given))) };
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let parts = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let mut made = parts.collect::<Vec<_>>().join("_");
    if made.is_empty() {
        let why = "its name has no letter that an identifier may have: name the symbols by --prefix NAME";
        return Err(refused(why.to_owned()));
    }
    if made.starts_with(|first: char| first.is_ascii_digit()) {
        made.insert_str(0, "model_");
    }
    made.truncate(MOST);
    Ok(made)
}

fn no_prefix(given: &str) -> String {
    let given = words::shown(given, words::MOST);
    format!(
        "`{given}` is no prefix of C symbols: give a letter of a to z, then at most {} letters, digits or underscores",
        MOST - 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        for (file, made) in [
            ("model.h", "model"),
            ("a/my model-2.c", "my_model_2"),
            ("7-segment.h", "model_7_segment"),
            ("__x__.h", "x"),
            ("Größe.h", "Gr_e"),
        ] {
            assert_eq!(prefix(Path::new(file), None).unwrap(), made);
        }
        assert_eq!(prefix(Path::new(&format!("{}.h", "a".repeat(200))), None).unwrap().len(), MOST);
        let message = prefix(Path::new("数据.h"), None).unwrap_err().to_string();
        assert!(message.contains("--prefix NAME"), "{message}");
        assert_eq!(prefix(Path::new("数据.h"), Some("iris_2")).unwrap(), "iris_2");
        for given in ["", "_x", "2x", "a-b", "ä", "a b", "a\n", &"a".repeat(MOST + 1)] {
            let message = prefix(Path::new("m.h"), Some(given)).unwrap_err().to_string();
            assert!(message.contains("is no prefix") && !message.contains('\n'), "{message}");
        }
    }
}
