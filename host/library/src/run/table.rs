//! The tables in a run's directory, `metrics.csv` and `boards.csv`.
//!
//! The last column of each line, `check`, is a CRC-32 over the identity of the run and the rest of the line.
//! It shows whether a line is damaged, or of another run. A table may be lost, because nothing that decides
//! weights is read from it.

use super::RunError;
use super::{Identity, write_atomically};
use crate::data::input::{self, Lines, TABLE};
use crate::measure::Measure;
use crc::{CRC_32_ISO_HDLC, Crc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// The name of the last column.
const CHECK: &str = "check";
/// More bytes than any line has.
const LONGEST_LINE: usize = 1 << 16;

/// A line of a table.
pub trait Row: Serialize + DeserializeOwned {
    /// The columns of a run with this measure.
    fn header(measure: Measure) -> String;
}

/// The CRC-32 over the identity of a run and some bytes, in hexadecimal.
pub(super) fn check(identity: Identity, bytes: &[u8]) -> String {
    let mut digest = CRC.digest();
    digest.update(identity.as_bytes());
    digest.update(bytes);
    format!("{:08x}", digest.finalize())
}

/// A row as a line of a table without its last column, or the header of such rows.
pub(super) fn line<R: Serialize>(row: &R, header: bool) -> String {
    let mut table = csv::WriterBuilder::new().has_headers(header).from_writer(Vec::new());
    // Rows consist of numbers and names, so writing them to memory cannot fail.
    let _ = table.serialize(row);
    let bytes = table.into_inner().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.trim_end_matches('\n');
    let wanted = if header { lines.lines().next().unwrap_or_default() } else { lines };
    // The name of a board may contain anything, but a row is one line.
    wanted.replace(['\n', '\r'], " ")
}

/// Appends to a table of a run.
pub struct TableWriter<R> {
    path: PathBuf,
    identity: Identity,
    file: File,
    /// Whether the header has been written.
    named: bool,
    rows: PhantomData<fn(&R)>,
}

impl<R: Serialize> TableWriter<R> {
    /// Writes a new table with these rows. A new run has none; a resumed run has those up to its last
    /// generation.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn create(path: &Path, identity: Identity, rows: &[R]) -> Result<Self, RunError> {
        write_atomically(path, text(identity, rows, true).as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(|error| RunError::io("write", path, error))?;
        Ok(Self { path: path.to_owned(), identity, file, named: !rows.is_empty(), rows: PhantomData })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn append(&mut self, rows: &[R]) -> Result<(), RunError> {
        let text = text(self.identity, rows, !self.named);
        self.named |= !rows.is_empty();
        self.file.write_all(text.as_bytes()).map_err(|error| RunError::io("write", &self.path, error))
    }
}

fn text<R: Serialize>(identity: Identity, rows: &[R], named: bool) -> String {
    let names = rows.first().filter(|_| named).map(|row| format!("{},{CHECK}\n", line(row, true)));
    let lines = rows.iter().map(|row| {
        let line = line(row, false);
        format!("{line},{}\n", check(identity, line.as_bytes()))
    });
    names.into_iter().chain(lines).collect()
}

/// Reads a table of a run. Returns its rows, and the numbers of the lines that this run did not write so. A
/// last line that is cut short, as after a host was killed, is in neither.
///
/// # Errors
/// [`RunError::Io`] if the file cannot be read; [`RunError::Input`] if it is not a regular file, or too
/// large.
pub(crate) fn read_sealed<R: Row>(
    path: &Path,
    identity: Identity,
    measure: Measure,
) -> Result<(Vec<R>, Vec<u64>), RunError> {
    let fault = |error| RunError::io("read", path, error);
    let mut input = BufReader::new(input::open(path, &TABLE)?.0);
    let names = R::header(measure);
    let columns = csv::StringRecord::from_iter(names.split(','));
    let (mut rows, mut odd, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1.. {
        bytes.clear();
        let read = io::Read::take(&mut input, LONGEST_LINE as u64).read_until(b'\n', &mut bytes);
        if read.map_err(fault)? == 0 {
            break;
        }
        let whole = bytes.pop_if(|last| *last == b'\n').is_some();
        match std::str::from_utf8(&bytes) {
            Ok(text) if number == 1 && text == format!("{names},{CHECK}") => {}
            Ok(text) => match row(text, identity, &columns) {
                Some(row) => rows.push(row),
                None if whole || bytes.len() == LONGEST_LINE => odd.push(number),
                // A host that is killed may leave a part of the header, or all of it.
                None if number == 1 && !format!("{names},{CHECK}").starts_with(text) => odd.push(number),
                None => {}
            },
            Err(_) => odd.push(number),
        }
    }
    Ok((rows, odd))
}

/// The row of a line, if the line is whole and of this run.
fn row<R: Row>(line: &str, identity: Identity, columns: &csv::StringRecord) -> Option<R> {
    let (line, sealed) = line.rsplit_once(',')?;
    if sealed != check(identity, line.as_bytes()) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    reader.records().next()?.ok()?.deserialize(Some(columns)).ok()
}

/// Reads a table of any run by the names of its columns. Lines that cannot be read are left out.
///
/// # Errors
/// Those of `read_sealed`.
pub fn read_table<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, RunError> {
    let (file, _) = input::open(path, &TABLE)?;
    Ok(csv::Reader::from_reader(Lines::new(file)).into_deserialize().filter_map(Result::ok).collect())
}
