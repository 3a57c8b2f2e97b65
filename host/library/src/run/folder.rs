use super::beginning::{RunLocation, numbered, rename_to_free};
use super::files::{TemporaryFolder, create_folders, folder_of, persist, sweep, sync_folder};
use super::{RunDirectory, RunError};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// A temporary folder for runs of which one is kept. It lies beside the place of that run, and is removed
/// with all other runs in it; if the program is killed, that is done when a run is next begun there.
pub struct RunFolder {
    place: RunLocation,
    folder: TemporaryFolder,
}

impl RunFolder {
    /// Makes the folder for a run that will be kept at this place.
    ///
    /// # Errors
    /// Those of `RunDirectory::vacant`; [`RunError::Occupied`] if there is a directory that is not empty;
    /// [`RunError::Io`].
    pub fn create(place: RunLocation) -> Result<Self, RunError> {
        place.check()?;
        let path = match &place {
            RunLocation::At(path) => path.clone(),
            RunLocation::Free(name) => numbered(name, 1),
        };
        if let RunLocation::At(path) = &place
            && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
        {
            return Err(RunError::Occupied(path.clone()));
        }
        let fault = |error: io::Error| RunError::io("create", &path, error);
        let parent = folder_of(&path);
        create_folders(parent).map_err(fault)?;
        sweep(parent);
        let folder = persist(|| TemporaryFolder::create(parent)).map_err(fault)?;
        Ok(Self { place, folder })
    }

    /// The path of a run in the folder.
    pub fn run(&self, name: &str) -> PathBuf {
        self.folder.path.join(name)
    }

    /// Removes a run from the folder. What cannot be removed now goes with the folder.
    pub fn remove(&self, name: &str) {
        let _ = fs::remove_dir_all(self.run(name));
    }

    /// Moves a run, which nobody uses any more, to its place.
    ///
    /// # Errors
    /// [`RunError::RunExists`] if that was taken meanwhile; [`RunError::Io`].
    pub fn keep(&self, name: &str) -> Result<RunDirectory, RunError> {
        let from = self.run(name);
        let moved = match &self.place {
            RunLocation::At(path) => fs::rename(&from, path).map(|()| path.clone()),
            RunLocation::Free(name) => rename_to_free(&from, name),
        };
        let path = moved.map_err(|error| match (&self.place, error.kind()) {
            (RunLocation::At(path), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
                RunError::RunExists(path.clone())
            }
            _ => RunError::io("move", &from, error),
        })?;
        sync_folder(folder_of(&path)).map_err(|error| RunError::io("write", &path, error))?;
        RunDirectory::open(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn some_run(path: &Path) {
        fs::create_dir(path).unwrap();
        fs::write(path.join("journal"), "journal").unwrap();
    }

    #[test]
    fn one_run_is_kept_and_the_others_go() {
        let here = tempfile::tempdir().unwrap();
        let place = here.path().join("a/b");
        let folder = RunFolder::create(RunLocation::At(place.clone())).unwrap();
        ["1", "2", "3"].iter().for_each(|name| some_run(&folder.run(name)));
        folder.remove("1");
        assert_eq!(folder.keep("2").unwrap().path(), place);
        drop(folder);
        let left: Vec<_> =
            fs::read_dir(here.path().join("a")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["b"]);
    }

    #[test]
    fn a_place_that_is_taken_is_refused() {
        let here = tempfile::tempdir().unwrap();
        let place = here.path().join("run");
        let folder = RunFolder::create(RunLocation::At(place.clone())).unwrap();
        some_run(&folder.run("1"));
        some_run(&place);
        assert!(matches!(folder.keep("1"), Err(RunError::RunExists(_))));
        assert!(matches!(RunFolder::create(RunLocation::At(place.clone())), Err(RunError::RunExists(_))));
        fs::rename(place.join("journal"), place.join("notes")).unwrap();
        assert!(matches!(RunFolder::create(RunLocation::At(place.clone())), Err(RunError::Occupied(_))));
        // An empty one is as good as none.
        fs::remove_file(place.join("notes")).unwrap();
        RunFolder::create(RunLocation::At(place)).unwrap();
    }
}
