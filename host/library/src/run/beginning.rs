//! Makes the directory of a new run, which appears whole or not at all.

use super::RunError;
use super::files::{
    TemporaryFile, TemporaryFolder, create_folders, folder_of, no_lock, persist, sweep, sync_folder,
};
use super::{RunDirectory, write_atomically};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The location of a new run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunLocation {
    /// This directory.
    At(PathBuf),
    /// The first of `runs/NAME-1`, `runs/NAME-2`, ... that is free when the run begins.
    Free(String),
}

/// The first contents of a run's directory, in addition to empty tables.
pub(crate) struct Beginning {
    /// The journal, with its first record.
    pub(crate) journal: Vec<u8>,
    /// The text of `config.toml`.
    pub(crate) config: String,
}

impl RunLocation {
    /// Refuses a directory that is taken or that cannot exist. Nothing is written.
    ///
    /// # Errors
    /// Those of `RunDirectory::vacant`.
    pub fn check(&self) -> Result<(), RunError> {
        match self {
            Self::At(path) => RunDirectory::vacant(path).map(drop),
            Self::Free(name) => RunDirectory::vacant(&numbered(name, 1))
                .map(drop)
                .or_else(|error| if matches!(error, RunError::Io { .. }) { Err(error) } else { Ok(()) }),
        }
    }
}

/// The longest stem of a free name in bytes. There has to be room for what follows it.
const LONGEST_STEM: usize = 100;

pub(super) fn numbered(name: &str, number: u32) -> PathBuf {
    let end = (0..=name.len().min(LONGEST_STEM)).rev().find(|&end| name.is_char_boundary(end));
    // The name of a file may contain characters that neither a shell nor a person can read.
    let plain = |c: char| if c.is_control() || c == '/' { '-' } else { c };
    let stem: String = name.get(..end.unwrap_or(0)).unwrap_or_default().chars().map(plain).collect();
    Path::new("runs").join(format!("{stem}-{number}"))
}

/// Makes a directory for a run whose journal was written elsewhere, and returns its path.
///
/// # Errors
/// Those of `begin`.
pub fn adopt(place: &RunLocation, journal: Vec<u8>, config: String) -> Result<PathBuf, RunError> {
    begin(place, &Beginning { journal, config }).map(|(directory, _)| directory.path().to_owned())
}

/// Makes the directory of a new run and locks its journal.
///
/// # Errors
/// Those of `RunDirectory::vacant`; [`RunError::Io`], which leaves nothing that would hinder another
/// attempt.
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

/// Writes the first contents of a run's directory into a folder that no other program knows. Returns the
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

/// Gives a folder the first free name. If another host takes a name meanwhile, the next one is tried. A
/// directory never replaces one that holds files.
pub(super) fn rename_to_free(folder: &Path, name: &str) -> io::Result<PathBuf> {
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

/// Begins a run in an existing directory, which may hold other files. The journal appears whole and before
/// all other files, so that a run which is killed from then on can be resumed.
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
    // A directory that was made only in part would hinder the next attempt.
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
        // Not every file system has hard links. Two hosts that begin in the same directory at the same moment
        // notice it by the locks on their journals.
        Err(_) if to.symlink_metadata().is_err() => fs::rename(from, to),
        Err(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}

/// Locks a journal that no other program knows.
fn lock(journal: &File) -> io::Result<()> {
    match journal.try_lock() {
        // We have locked its temporary name from the beginning.
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(no_lock(&error)),
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
