use super::Config;
use super::journal::{JournalReader, read_start};
use crate::data::input::{self, CONFIG};
use crate::error::Error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// Makes sure that a new run in this directory would overwrite nothing.
    ///
    /// # Errors
    /// [`Error::RunExists`] where a run is there already; [`Error::Usage`] where one of its files is.
    pub fn vacant(path: &Path) -> Result<Self, Error> {
        let directory = Self { path: path.to_owned() };
        if directory.journal().is_file() {
            return Err(Error::RunExists(path.to_owned()));
        }
        let files = [directory.journal(), directory.config(), directory.metrics()];
        let files = files.into_iter().chain([directory.weights(), directory.curve(), directory.boards()]);
        let files = files.chain([directory.summary(), directory.report()]);
        match files.into_iter().find(|file| file.symlink_metadata().is_ok()) {
            None => Ok(directory),
            Some(file) => Err(Error::Usage(format!(
                "{} is there, but no run's journal: move it away, or name another directory by --run",
                file.display()
            ))),
        }
    }

    /// A directory for a new run; made with its parents.
    ///
    /// # Errors
    /// Those of [`Self::vacant`]; [`Error::Io`] where it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let directory = Self::vacant(path)?;
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

    /// `boards.csv`.
    pub fn boards(&self) -> PathBuf {
        self.path.join("boards.csv")
    }

    /// `summary.json`.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// `report.html`.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// The configuration that the run was started with: the journal's copy, or `config.toml` where the journal is
    /// damaged that early.
    ///
    /// # Errors
    /// Those of [`read_start`] where there is neither; [`Error::Config`].
    pub fn started_with(&self) -> Result<Config, Error> {
        let recorded = JournalReader::open(&self.journal()).and_then(|mut reader| read_start(&mut reader));
        match recorded {
            Ok(recorded) => Config::from_toml(&recorded.config),
            Err(error) => match input::read_text(&self.config(), &CONFIG) {
                Ok(text) => Config::from_toml(&text),
                Err(_) => Err(error),
            },
        }
    }

    /// How `config.toml` differs from what the run was started with, which is what counts.
    pub fn edited(&self, started_with: &Config) -> Option<String> {
        let path = self.config();
        let text = input::read_text(&path, &CONFIG).map_err(Error::from);
        let how = match text.and_then(|text| Config::from_toml(&text)) {
            Err(error) => error.to_string(),
            Ok(now) => {
                let (setting, now, then) = now.difference(started_with)?;
                format!("{} has {setting} = {now}, the run was started with {then}", path.display())
            }
        };
        Some(format!("{how}; what the journal says counts"))
    }

    /// Opens the journal for writing, and makes sure that no other host does the same.
    ///
    /// # Errors
    /// [`Error::RunInUse`]; [`Error::RunExists`] where another host was faster; [`Error::Io`].
    pub fn lock_journal(&self, new: bool) -> Result<File, Error> {
        let path = self.journal();
        let file = OpenOptions::new().read(true).write(true).create_new(new).open(&path);
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::RunExists(self.path.clone()),
            _ => Error::io("write", &path, error),
        })?;
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
        let numbered = |number: u32| match number {
            1 => self.path.join("journal.damaged"),
            _ => self.path.join(format!("journal.damaged-{number}")),
        };
        // Earlier copies stay.
        let copy = (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(0));
        let copied = fs::copy(self.journal(), &copy).inspect_err(|_| drop(fs::remove_file(&copy)));
        copied.map_err(|error| Error::io("write", &copy, error))?;
        Ok(copy)
    }

    /// Takes away the files of a run that could not begin; the caller has made them.
    pub fn abandon(&self) {
        for file in [self.boards(), self.metrics(), self.config(), self.journal()] {
            let _ = fs::remove_file(file);
        }
    }
}

/// Writes a file so that a reader, or a crash, finds the old or the new content and nothing between.
///
/// # Errors
/// [`Error::Io`].
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), Error> {
    // A device or a pipe takes what is written to it; a file that is renamed over it would take its place.
    if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let through = || OpenOptions::new().write(true).open(path)?.write_all(content);
        return through().map_err(|error| Error::io("write", path, error));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let aside = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&aside)?;
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&aside, path)
    };
    write().inspect_err(|_| drop(fs::remove_file(&aside))).map_err(|error| Error::io("write", path, error))
}
