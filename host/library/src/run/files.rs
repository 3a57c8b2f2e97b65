//! Files and folders that appear whole or not at all, and that survive a power cut.
//!
//! A file that is being written has a temporary name in the same folder and is locked by its writer. The lock
//! ends with the process. So the temporary files of killed programs can be told from those that another
//! program is still writing.

use super::RunError;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const BEFORE: &str = ".eggroll-";
const BEHIND: &str = ".new";

/// The temporary name is as long as the longest name in a run's directory.
pub(super) const LONGEST: &str = ".eggroll-4294967295-4294967295.new";

/// How often an operation is tried again because another program took its temporary file for a killed
/// program's.
const TRIES: usize = 4;

/// A name that no other program uses now.
fn temporary_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{BEFORE}{}-{}{BEHIND}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn is_temporary(name: &str) -> bool {
    let numbers = name.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(BEHIND));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once('-'))
        .is_some_and(|(program, count)| is_number(program) && is_number(count))
}

/// The folder that contains a path.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Locks a file that we have just made. Returns `false` if another program was faster. On a file system
/// without locks no program removes temporary files.
fn is_ours(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// A locked file under a temporary name. It is removed when this is dropped, unless it was renamed.
pub(super) struct TemporaryFile {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl TemporaryFile {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let path = folder.join(temporary_name());
            match File::options().read(true).write(true).create_new(true).open(&path) {
                Ok(file) if is_ours(&file) => return Ok(Self { path, file }),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A locked folder under a temporary name. It is removed with all files in it when this is dropped, unless it
/// was renamed.
pub(super) struct TemporaryFolder {
    pub(super) path: PathBuf,
    _lock: Option<File>,
}

impl TemporaryFolder {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let path = folder.join(temporary_name());
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            // Not every system can open folders, and without that nothing can be locked.
            match File::open(&path).ok() {
                Some(lock) if !is_ours(&lock) => {}
                lock => return Ok(Self { path, _lock: lock }),
            }
        }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Does something that needs a temporary file or folder. It is tried again if that was removed between being
/// made and being locked.
pub(super) fn persist<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut tries = 1;
    loop {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::NotFound && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

/// Removes the temporary files and folders of killed programs from a folder. Those that cannot be removed do
/// no harm.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let named = entry.file_name().to_str().is_some_and(is_temporary);
        let Ok(kind) = entry.file_type() else { continue };
        if !named || !(kind.is_file() || kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        // The lock is held until the file is removed. If its writer lives after all, it sees that the file is
        // not its own any more.
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            let _ = if kind.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

/// Makes sure that names which were made, changed or removed in a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems keep names by themselves and cannot be asked to. Some folders can be written but
        // not read.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Makes a folder and the missing folders above it.
pub(super) fn create_folders(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(folder_of(folder)),
        Err(error) if error.kind() == ErrorKind::NotFound && folder_of(folder) != folder => {
            create_folders(folder_of(folder))?;
            create_folders(folder)
        }
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes a file so that a reader, or a crash, finds either the old or the new content. If several programs
/// write the same file, the content of the last one stays.
///
/// # Errors
/// [`RunError::Io`].
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), RunError> {
    // A device or a pipe must be written to directly, because a rename would replace it.
    if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let through = || File::options().write(true).open(path)?.write_all(content);
        return through().map_err(|error| RunError::io("write", path, error));
    }
    let folder = folder_of(path);
    let written = persist(|| {
        let mut temporary = TemporaryFile::create(folder)?;
        temporary.file.write_all(content)?;
        temporary.file.sync_all()?;
        fs::rename(&temporary.path, path)?;
        sync_folder(folder)
    });
    written.map_err(|error| RunError::io("write", path, error))
}

/// The error of a file system without locks, for a run.
pub(super) fn no_lock(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("it cannot be locked ({error}): use another file system"))
}

/// Makes sure that a run's directory can hold the longest of its file names.
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
    fn what_the_dead_leave_is_swept_and_what_the_living_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (file, made) = (TemporaryFile::create(folder).unwrap(), TemporaryFolder::create(folder).unwrap());
        let (dead, dead_folder) = (folder.join(".eggroll-1-0.new"), folder.join(".eggroll-1-1.new"));
        fs::write(&dead, "half").unwrap();
        fs::create_dir(&dead_folder).unwrap();
        fs::write(dead_folder.join("journal"), "half").unwrap();
        let others = ["a.new", ".eggroll-1.new", ".eggroll-1-x.new", ".eggroll-1-1.new2", "journal"];
        others.iter().for_each(|name| fs::write(folder.join(name), "theirs").unwrap());
        sweep(folder);
        assert!(!dead.exists() && !dead_folder.exists());
        assert!(file.path.exists() && made.path.exists());
        assert!(others.iter().all(|name| folder.join(name).exists()));
        drop((file, made));
        assert_eq!(fs::read_dir(folder).unwrap().count(), others.len());
        assert!(is_temporary(LONGEST) && temporary_name().len() <= LONGEST.len());
    }

    #[test]
    fn many_write_one_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::thread::scope(|scope| {
            for writer in 0..8u8 {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| write_atomically(path, &[writer; 99]).unwrap()));
            }
            scope.spawn(|| (0..50).for_each(|_| sweep(folder.path())));
        });
        let content = fs::read(&path).unwrap();
        assert!(content.len() == 99 && content.iter().all(|byte| *byte == content[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_in_folders() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        create_folders(&deep).unwrap();
        create_folders(&deep).unwrap();
        assert!(deep.is_dir());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(create_folders(&folder.path().join("file")).is_err());
        assert!(create_folders(&folder.path().join("file/a")).is_err());
        assert_eq!(folder_of(Path::new("run")), Path::new("."));
    }
}
