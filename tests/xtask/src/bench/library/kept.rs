//! What long tables keep, so that a command which was ended goes on where it was.

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, read_to_string};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Mutex;

/// Finished results by name, in a file of one JSON array `[name, result]` a line.
pub(super) struct Kept {
    found: BTreeMap<String, Value>,
    file: Option<Mutex<File>>,
}

impl Kept {
    /// What a file has, which is made where there is none. Without a file nothing is kept.
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self { found: BTreeMap::new(), file: None }) };
        let fault = || format!("--keep {}", path.display());
        let text = match read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.with_context(fault)?,
        };
        // The last line of a command that was ended may be cut: it is not taken, and not continued.
        let found = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut file = OpenOptions::new().append(true).create(true).open(path).with_context(fault)?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file).with_context(fault)?;
        }
        Ok(Self { found, file: Some(Mutex::new(file)) })
    }

    /// What is kept under a name, or what `compute` finds, which is kept then.
    pub(super) fn or<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        compute: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if let Some(value) = self.found.get(name) {
            return serde_json::from_value(value.clone())
                .with_context(|| format!("`{name}` of --keep is of another version of this program"));
        }
        let result = compute()?;
        if let Some(file) = &self.file {
            let line = format!("{}\n", serde_json::to_string(&(name, &result))?);
            let mut file = file.lock().map_err(|_| anyhow!("a worker panicked"))?;
            file.write_all(line.as_bytes()).context("--keep")?;
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_kept_and_a_cut_line_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let open = || Kept::open(Some(&path)).unwrap();
        let first = open();
        assert_eq!(first.or("a", || Ok(1.5)).unwrap(), 1.5);
        assert_eq!(first.or("b", || Ok(2.5)).unwrap(), 2.5);
        let text = read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 4]).unwrap();
        let second = open();
        assert_eq!(second.or("a", || Ok(7.5)).unwrap(), 1.5);
        assert_eq!(second.or("b", || Ok(8.5)).unwrap(), 8.5);
        assert_eq!(open().or("b", || Ok(9.5)).unwrap(), 8.5);
        let other = open().or::<Vec<u8>>("a", || Ok(Vec::new()));
        assert!(other.unwrap_err().to_string().contains("`a` of --keep"));
    }
}
