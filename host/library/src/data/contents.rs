//! What is in a folder of samples.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder, and its folders, each in the order of their names. Hidden ones do not count.
pub(super) fn contents(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), String> {
    let fault = |error: std::io::Error| format!("cannot read the folder {}: {error}", folder.display());
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let is_hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        match path.is_dir() {
            _ if is_hidden => {}
            true => folders.push(path),
            false => files.push(path),
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}
