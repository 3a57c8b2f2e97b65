//! How a new run's directory comes to be: whole, or not at all.

use super::RunError;
use super::files::{
    LONGEST, TemporaryFile, TemporaryFolder, create_folders, folder_of, persist, sweep, sync_folder,
};
use super::{RunDirectory, write_atomically};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where a new run is to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunLocation {
    /// In this directory.
    At(PathBuf),
    /// In the first of `runs/NAME-1`, `runs/NAME-2`, ... that is free when the run begins.
    Free(String),
}

/// What a run's directory holds at first, beside empty tables.
pub(crate) struct Beginning {
    /// The journal, up to its first record.
    pub(crate) journal: Vec<u8>,
    /// `config.toml`.
    pub(crate) config: String,
}

impl RunLocation {
    /// Refuses what is taken already, or cannot be, without writing anything.
    ///
    /// # Errors
    /// Those of [`RunDirectory::vacant`].
    pub fn check(&self) -> Result<(), RunError> {
        match self {
            Self::At(path) => RunDirectory::vacant(path).map(drop),
            Self::Free(name) => RunDirectory::vacant(&numbered(name, 1))
                .map(drop)
                .or_else(|error| if matches!(error, RunError::Io { .. }) { Err(error) } else { Ok(()) }),
        }
    }
}

/// The longest stem of a free name in bytes: what follows it has to have room.
const LONGEST_STEM: usize = 100;

fn numbered(name: &str, number: u32) -> PathBuf {
    let end = (0..=name.len().min(LONGEST_STEM)).rev().find(|&end| name.is_char_boundary(end));
    // Names of files may hold what a shell, or a person, cannot read.
    let plain = |c: char| if c.is_control() || c == '/' { '-' } else { c };
    let stem: String = name.get(..end.unwrap_or(0)).unwrap_or_default().chars().map(plain).collect();
    Path::new("runs").join(format!("{stem}-{number}"))
}

/// Makes a new run's directory and takes hold of its journal.
///
/// # Errors
/// Those of [`RunDirectory::vacant`]; [`RunError::Io`], which leaves nothing in the way of another attempt.
pub(crate) fn begin(place: &RunLocation, beginning: &Beginning) -> Result<(RunDirectory, File), RunError> {
    let (first, free) = match place {
        RunLocation::At(path) => (path.clone(), None),
        RunLocation::Free(name) => (numbered(name, 1), Some(name)),
    };
    let fault = |error: io::Error| RunError::io("create", &first, error);
    if free.is_none() {
        let directory = RunDirectory::vacant(&first)?;
        if first.is_dir() {
            return begin_in(directory, beginning);
        }
    }
    let parent = folder_of(&first);
    create_folders(parent).map_err(fault)?;
    sweep(parent);
    let (path, journal) = persist(|| {
        let folder = TemporaryFolder::create(parent)?;
        let journal = fill(&folder.path, beginning)?;
        let path = match free {
            None => fs::rename(&folder.path, &first).map(|()| first.clone())?,
            Some(name) => rename_to_free(&folder.path, name)?,
        };
        Ok((path, journal))
    })
    .map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => RunError::RunExists(first.clone()),
        _ => fault(error),
    })?;
    sync_folder(parent).map_err(fault)?;
    Ok((RunDirectory::at(&path), journal))
}

/// Writes all that a run's directory holds at first into a folder that nobody else knows; returns the
/// journal, locked.
fn fill(folder: &Path, beginning: &Beginning) -> io::Result<File> {
    let directory = RunDirectory::at(folder);
    let write = |path: PathBuf, content: &[u8]| {
        let mut file = File::options().read(true).write(true).create_new(true).open(path)?;
        file.write_all(content)?;
        file.sync_all()?;
        Ok::<_, io::Error>(file)
    };
    write(directory.config(), beginning.config.as_bytes())?;
    write(directory.metrics(), b"")?;
    write(directory.boards(), b"")?;
    let journal = write(directory.journal(), &beginning.journal)?;
    lock(&journal)?;
    sync_folder(folder)?;
    Ok(journal)
}

/// Gives a folder the first free name. A name that another host takes meanwhile is not free: no directory
/// takes the place of one that holds something.
fn rename_to_free(folder: &Path, name: &str) -> io::Result<PathBuf> {
    for number in 1..=u32::MAX {
        let path = numbered(name, number);
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match fs::rename(folder, &path) {
            Ok(()) => return Ok(path),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no name is free"))
}

/// Begins a run in a directory that is there, which may hold files of others: its journal appears whole, and first, so
/// that a run that is killed from then on can be resumed.
fn begin_in(directory: RunDirectory, beginning: &Beginning) -> Result<(RunDirectory, File), RunError> {
    let (folder, path) = (directory.path(), directory.journal());
    let fault = |error: io::Error| RunError::io("write", &path, error);
    sweep(folder);
    let journal = persist(|| {
        let mut temporary = TemporaryFile::create(folder)?;
        temporary.file.write_all(&beginning.journal)?;
        temporary.file.sync_all()?;
        lock(&temporary.file)?;
        place(&temporary.path, &path)?;
        sync_folder(folder)?;
        temporary.file.try_clone()
    })
    .map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => RunError::RunExists(folder.to_owned()),
        _ => fault(error),
    })?;
    let rest = || {
        write_atomically(&directory.config(), beginning.config.as_bytes())?;
        write_atomically(&directory.metrics(), b"")?;
        write_atomically(&directory.boards(), b"")
    };
    // Half a beginning would be in the way of the next attempt.
    rest().inspect_err(|_| {
        for file in [directory.boards(), directory.metrics(), directory.config(), directory.journal()] {
            let _ = fs::remove_file(file);
        }
    })?;
    Ok((directory, journal))
}

/// Gives a file another name that is not in use.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // Not every file system has second names. Two hosts that begin in the same directory at the same
        // moment notice by the hold that they have on their journals.
        Err(_) if to.symlink_metadata().is_err() => fs::rename(from, to),
        Err(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}

/// Locks a journal that nobody else knows.
fn lock(journal: &File) -> io::Result<()> {
    match journal.try_lock() {
        // Its temporary name was locked from the beginning, by us.
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(no_lock(&error)),
    }
}

/// What a file system without locks means to a run.
pub(super) fn no_lock(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("it cannot be locked ({error}): use another file system"))
}

/// Makes sure that a run's directory can hold the longest of its names.
pub(super) fn fits(path: &Path) -> Result<(), RunError> {
    match path.join(LONGEST).symlink_metadata() {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RunError::io("create", path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_names() {
        assert_eq!(numbered("digits", 3), Path::new("runs/digits-3"));
        let long = numbered(&"é".repeat(99), 1);
        assert_eq!(long.file_name().unwrap().to_str().unwrap().chars().count(), 52);
        assert_eq!(numbered("a\nb/c", 1), Path::new("runs/a-b-c-1"));
    }
}
