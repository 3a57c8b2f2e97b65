use super::RunError;
use super::files::folder_of;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The lock of a host on its run. It also tells whether the directory of the run is still where it was. The
/// lock lasts until all copies of this are dropped.
pub struct Held {
    journal: PathBuf,
    file: File,
    /// Whether the file system distinguishes files by numbers.
    comparable: bool,
}

impl Held {
    /// Takes the lock of a journal that is open and locked.
    pub(super) fn new(journal: &Path, file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let comparable = is_same(&fs::metadata(journal)?, &file.metadata()?);
        Ok(Self { journal: journal.to_owned(), file, comparable })
    }

    /// Makes another copy for the same run.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn again(&self) -> Result<Self, RunError> {
        let file = self.file.try_clone().map_err(|error| RunError::io("hold", &self.journal, error))?;
        Ok(Self { journal: self.journal.clone(), file, comparable: self.comparable })
    }

    /// Makes sure that files written to the directory of the run now are written beside its journal.
    ///
    /// # Errors
    /// [`RunError::Moved`], [`RunError::Removed`].
    pub fn check(&self) -> Result<(), RunError> {
        let there = match fs::metadata(&self.journal) {
            Ok(there) => !self.comparable || self.file.metadata().map_or(true, |file| is_same(&there, &file)),
            // Other errors do not say where the directory is. Writing will show them.
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        };
        if there {
            return Ok(());
        }
        let run = folder_of(&self.journal).to_owned();
        if self.file.metadata().is_ok_and(|file| is_removed(&file)) {
            return Err(RunError::Removed(run));
        }
        let now = place_of(&self.file).map(|journal| folder_of(&journal).to_owned());
        Err(RunError::Moved { run, now })
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Whether an open file has no name any more.
#[cfg(unix)]
fn is_removed(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) == 0
}

#[cfg(not(unix))]
fn is_removed(_: &Metadata) -> bool {
    false
}

/// The present path of an open file, if the system tells.
#[cfg(target_os = "linux")]
fn place_of(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

#[cfg(not(target_os = "linux"))]
fn place_of(_: &File) -> Option<PathBuf> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_moved_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (run, other) = (folder.path().join("run"), folder.path().join("other"));
        let begin = || {
            fs::create_dir(&run).unwrap();
            let file = File::create(run.join("journal")).unwrap();
            Held::new(&run.join("journal"), &file).unwrap()
        };
        let held = begin();
        held.check().unwrap();
        held.again().unwrap().check().unwrap();
        fs::rename(&run, &other).unwrap();
        for replaced in [false, true] {
            if replaced {
                drop(begin());
            }
            let message = held.check().unwrap_err().to_string();
            assert!(message.contains("run ") && !message.contains('\n'), "{message}");
            if cfg!(target_os = "linux") {
                assert!(message.contains(&other.display().to_string()), "{message}");
            }
        }
        fs::remove_dir_all(&other).unwrap();
        let message = held.check().unwrap_err().to_string();
        assert!(message.contains("was removed"), "{message}");
    }
}
