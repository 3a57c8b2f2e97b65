//! Finds the images of emulated boards.

use super::LinkError;
use std::env;
use std::path::{Path, PathBuf};

/// An environment variable that names the project's `boards` folder. It is for a program that runs outside
/// the project.
pub(crate) const BOARDS_VARIABLE: &str = "EGGROLL_BOARDS";

/// The project's `boards` folder. It is named by the variable, or is in a folder above the working directory
/// or above this program.
pub(super) fn boards() -> PathBuf {
    if let Some(folder) = env::var_os(BOARDS_VARIABLE) {
        return PathBuf::from(folder);
    }
    let around = |place: &Path| {
        place.ancestors().map(|folder| folder.join("boards")).find(|boards| boards.join("common").is_dir())
    };
    let places = [env::current_dir(), env::current_exe()];
    places.into_iter().flatten().find_map(|place| around(&place)).unwrap_or_else(|| PathBuf::from("boards"))
}

/// The image of a board: the one that is named, otherwise the newest that was built for any target.
pub(super) fn find(name: &str, board: &str, named: Option<&Path>) -> Result<PathBuf, LinkError> {
    let target = boards().join("target");
    let missing = |path: PathBuf| LinkError::NoImage { name: name.to_owned(), board: board.to_owned(), path };
    if let Some(path) = named {
        return if path.is_file() { Ok(path.to_owned()) } else { Err(missing(path.to_owned())) };
    }
    let folders = std::fs::read_dir(&target).into_iter().flatten().flatten();
    let images =
        folders.map(|folder| folder.path().join("release").join(board)).filter(|path| path.is_file());
    images
        .max_by_key(|path| path.metadata().and_then(|file| file.modified()).ok())
        .ok_or_else(|| missing(target.join("TARGET/release").join(board)))
}
