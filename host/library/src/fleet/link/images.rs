//! Where the boards' images are.

use super::LinkError;
use std::env;
use std::path::{Path, PathBuf};

/// An environment variable that names the project's `boards` folder, for a host that is run from elsewhere.
pub const BOARDS_VARIABLE: &str = "EGGROLL_BOARDS";

/// The project's `boards` folder: by the variable, else around the working directory, else around this program.
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

/// The board's image: the one that is named, else the newest that was built for any target.
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
