use super::Lengths;
use super::RunError;
use super::files::{TemporaryFile, fits, no_lock, persist, sweep, sync_folder};
use super::history::History;
use super::journal::{JournalReader, read_start};
use super::{BoardRow, Config, Identity, MetricsRow, Row, read_sealed};
use crate::data::input::{self, CONFIG};
use crate::measure::Measure;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The directory of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Makes sure that a new run can be made in this directory and would overwrite nothing.
    ///
    /// # Errors
    /// [`RunError::RunExists`] if there is a run already; [`RunError::Occupied`] if there is a file with the
    /// name of one of its files; [`RunError::Io`] if there cannot be such a directory.
    pub(crate) fn vacant(path: &Path) -> Result<Self, RunError> {
        fits(path)?;
        let directory = Self::at(path);
        if directory.journal().is_file() {
            return Err(RunError::RunExists(path.to_owned()));
        }
        let files = [directory.journal(), directory.config(), directory.metrics()];
        let files = files.into_iter().chain([directory.weights(), directory.curve(), directory.boards()]);
        let files = files.chain([directory.summary(), directory.report()]);
        match files.into_iter().find(|file| file.symlink_metadata().is_ok()) {
            None => Ok(directory),
            Some(file) => Err(RunError::Occupied(file)),
        }
    }

    /// The directory of an existing run.
    ///
    /// # Errors
    /// [`RunError::NoRun`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let directory = Self { path: path.to_owned() };
        if directory.journal().is_file() { Ok(directory) } else { Err(RunError::NoRun(path.to_owned())) }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of `config.toml`.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The path of `journal`.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// The path of `metrics.csv`.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }

    /// The path of `weights.safetensors`.
    pub fn weights(&self) -> PathBuf {
        self.path.join("weights.safetensors")
    }

    /// The path of `curve.svg`.
    pub fn curve(&self) -> PathBuf {
        self.path.join("curve.svg")
    }

    /// The path of `boards.csv`.
    pub fn boards(&self) -> PathBuf {
        self.path.join("boards.csv")
    }

    /// The path of `summary.json`.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// The path of `report.html`.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// The configuration that the run was started with. It is the journal's copy, or `config.toml` if the
    /// beginning of the journal is damaged.
    ///
    /// # Errors
    /// Those of `read_start` if there is neither; [`RunError::Config`].
    pub fn started_with(&self) -> Result<Config, RunError> {
        self.started_as().map(|(config, _)| config)
    }

    /// Does the same, and returns the identity of the run if the journal has it.
    ///
    /// # Errors
    /// Those of [`Self::started_with`].
    pub fn started_as(&self) -> Result<(Config, Option<Identity>), RunError> {
        let recorded = JournalReader::open(&self.journal()).and_then(|mut reader| read_start(&mut reader));
        match recorded {
            Ok(recorded) => Ok((Config::from_toml(&recorded.config)?, Some(recorded.identity))),
            Err(error) => match input::read_text(&self.config(), &CONFIG) {
                Ok(text) => Ok((Config::from_toml(&text)?, None)),
                Err(_) => Err(error),
            },
        }
    }

    /// How many generations the run has by now, with the step sizes, if the beginning of its journal is
    /// whole.
    ///
    /// # Errors
    /// Those of [`JournalReader::open`] and `read_start`; [`RunError::Config`].
    pub fn lengths(&self) -> Result<Lengths, RunError> {
        History::read(&self.journal()).map(|history| history.lengths)
    }

    /// The rows of `metrics.csv` that this run wrote. Damaged lines are left out, with a warning.
    pub fn metrics_rows(&self, identity: Option<Identity>, measure: Measure) -> Vec<MetricsRow> {
        rows(&self.metrics(), identity, measure)
    }

    /// The rows of `boards.csv`, likewise.
    pub fn board_rows(&self, identity: Option<Identity>, measure: Measure) -> Vec<BoardRow> {
        rows(&self.boards(), identity, measure)
    }

    /// The difference between `config.toml` and the configuration that the run was started with, which
    /// counts.
    pub fn edited(&self, started_with: &Config) -> Option<String> {
        let path = self.config();
        let text = input::read_text(&path, &CONFIG).map_err(RunError::from);
        let how = match text.and_then(|text| Config::from_toml(&text)) {
            Err(error) => error.to_string(),
            Ok(now) => {
                let (setting, now, then) = now.difference(started_with)?;
                format!("{} has {setting} = {now}, the run was started with {then}", path.display())
            }
        };
        Some(format!("{how}; what the journal says counts"))
    }

    /// Opens the journal for writing, and makes sure that no other host does so.
    ///
    /// # Errors
    /// [`RunError::RunInUse`]; [`RunError::Io`].
    pub(crate) fn lock_journal(&self) -> Result<File, RunError> {
        let path = self.journal();
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.map_err(|error| RunError::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(RunError::RunInUse(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(RunError::io("write", &path, no_lock(&error))),
        }
    }

    /// Appends records that a copy of the journal has and this one lacks.
    ///
    /// # Errors
    /// [`RunError::RunInUse`]; [`RunError::Io`].
    pub fn extend_journal(&self, records: &[u8]) -> Result<(), RunError> {
        let mut file = self.lock_journal()?;
        let written = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(records));
        let written = written.and_then(|()| file.sync_data());
        written.map_err(|error| RunError::io("write", &self.journal(), error))
    }

    /// Copies a damaged journal before its whole part is written to. Returns the path of the copy, which is
    /// on the disk by then.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(crate) fn keep_damaged_journal(&self) -> Result<PathBuf, RunError> {
        let numbered = |number: u32| match number {
            1 => self.path.join("journal.damaged"),
            _ => self.path.join(format!("journal.damaged-{number}")),
        };
        // Earlier copies are kept.
        let copy = (1..).map(numbered).find(|path| path.symlink_metadata().is_err());
        let copy = copy.unwrap_or_else(|| numbered(0));
        let copied = persist(|| {
            let mut temporary = TemporaryFile::create(&self.path)?;
            io::copy(&mut File::open(self.journal())?, &mut temporary.file)?;
            temporary.file.sync_all()?;
            fs::rename(&temporary.path, &copy)?;
            sync_folder(&self.path)
        });
        copied.map_err(|error| RunError::io("write", &copy, error))?;
        Ok(copy)
    }

    /// Removes the temporary files of killed programs from the directory.
    pub(crate) fn sweep(&self) {
        sweep(&self.path);
    }
}

fn rows<R: Row>(path: &Path, identity: Option<Identity>, measure: Measure) -> Vec<R> {
    let (shown, way_out) = (path.display(), "--resume writes it again as far as the journal allows");
    let Some(identity) = identity else {
        tracing::warn!("{shown} is not used, because the journal does not say which run it is of; {way_out}");
        return Vec::new();
    };
    match read_sealed(path, identity, measure) {
        Ok((rows, odd)) => {
            if let Some((first, others)) = odd.split_first() {
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                tracing::warn!(
                    "{shown}: line {first}{more} is damaged or of another run, and is left out; {way_out}"
                );
            }
            rows
        }
        Err(RunError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            tracing::warn!("{error}; {way_out}");
            Vec::new()
        }
    }
}
