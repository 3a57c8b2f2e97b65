use super::write_atomically;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A line of `metrics.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// The generation after which it was taken.
    pub generation: u32,
    /// Forward passes so far, base passes included.
    pub forward_passes: u64,
    /// Part of the validation samples that the model classifies rightly, 0 to 1.
    pub validation_accuracy: f64,
    /// Part of the generation's units that had members, since the row before.
    pub kept: f64,
    /// Mean magnitude of a fitness, in 1/16 bit, since the row before.
    pub mean_fitness: f64,
    /// Part of the weights that moved in a generation, on average since the row before.
    pub moved: f64,
    /// Seconds of training so far.
    pub seconds: f64,
}

/// Appends to `metrics.csv`.
pub struct MetricsWriter {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl MetricsWriter {
    /// Begins anew with these rows: none for a fresh run, those up to its last generation for a resumed one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(path: &Path, rows: &[MetricsRow]) -> Result<Self, Error> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let written = rows.iter().try_for_each(|row| table.serialize(row));
        let text = written
            .map_err(io::Error::from)
            .and_then(|()| table.into_inner().map_err(|error| error.into_error()));
        write_atomically(path, &text.map_err(|error| Error::io("write", path, error))?)?;
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(|error| Error::io("write", path, error))?;
        let writer = csv::WriterBuilder::new().has_headers(rows.is_empty()).from_writer(file);
        Ok(Self { path: path.to_owned(), writer })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, row: &MetricsRow) -> Result<(), Error> {
        let written = self.writer.serialize(row).map_err(io::Error::from);
        let flushed = written.and_then(|()| self.writer.flush());
        flushed.map_err(|error| Error::io("write", &self.path, error))
    }
}

/// Reads `metrics.csv`; lines that make no sense (a run that was killed while writing one) are passed over.
///
/// # Errors
/// [`Error::Io`] where it cannot be opened.
pub fn read_metrics(path: &Path) -> Result<Vec<MetricsRow>, Error> {
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    Ok(csv::Reader::from_reader(file).into_deserialize().filter_map(Result::ok).collect())
}
