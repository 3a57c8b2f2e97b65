use crate::error::Error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// A directory for a new run; made with its parents.
    ///
    /// # Errors
    /// [`Error::RunExists`] where a run is there already; [`Error::Io`] where it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let directory = Self { path: path.to_owned() };
        if directory.journal().exists() || directory.config().exists() {
            return Err(Error::RunExists(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(|error| Error::io("create", path, error))?;
        Ok(directory)
    }

    /// The directory of a run that is there.
    ///
    /// # Errors
    /// [`Error::NoRun`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let directory = Self { path: path.to_owned() };
        if directory.journal().is_file() { Ok(directory) } else { Err(Error::NoRun(path.to_owned())) }
    }

    /// The first of `runs/NAME-1`, `runs/NAME-2`, ... that is free.
    pub fn next_free(name: &str) -> PathBuf {
        let numbered = |number: u32| Path::new("runs").join(format!("{name}-{number}"));
        (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(0))
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `config.toml`.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// `journal`.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// `metrics.csv`.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }

    /// `weights.safetensors`.
    pub fn weights(&self) -> PathBuf {
        self.path.join("weights.safetensors")
    }

    /// `curve.svg`.
    pub fn curve(&self) -> PathBuf {
        self.path.join("curve.svg")
    }

    /// Opens the journal for writing, and makes sure that no other host does the same.
    ///
    /// # Errors
    /// [`Error::RunInUse`]; [`Error::Io`].
    pub fn lock_journal(&self, new: bool) -> Result<File, Error> {
        let path = self.journal();
        let file = OpenOptions::new().read(true).write(true).create_new(new).open(&path);
        let file = file.map_err(|error| Error::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::RunInUse(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, error)),
        }
    }

    /// Copies a damaged journal aside before its whole part is gone on with; returns the copy.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keep_damaged_journal(&self) -> Result<PathBuf, Error> {
        let copy = self.path.join("journal.damaged");
        fs::copy(self.journal(), &copy).map_err(|error| Error::io("write", &copy, error))?;
        Ok(copy)
    }
}

/// Writes a file so that a reader, or a crash, finds the old or the new content and nothing between.
///
/// # Errors
/// [`Error::Io`].
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let aside = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&aside)?;
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&aside, path)
    };
    write().map_err(|error| Error::io("write", path, error))
}
