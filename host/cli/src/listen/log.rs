//! The stored log: a CSV file of a row a sample, `recording,label,<channels>`, which is only ever added to.

use super::tally::Tallies;
#[cfg(any(feature = "tui", test))]
use super::tally::Tally;
use crate::error::Error;
use eggroll_host::run::RunError;
use eggroll_host::words;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// How each header begins.
const HEADER: &str = "recording,label,";
/// The longest row of a file that is there already, in bytes: far beyond what this program writes.
const LONGEST_ROW: u64 = 1 << 18;
/// Rows wait for the next [`Log::flush`], but not if they have so many bytes.
const WAITING: usize = 64 << 10;
/// The highest number of a recording.
const MOST: u64 = 1 << 48;

/// A log that is added to.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// The header without its end of line, once it is in the file or waits to be.
    header: Option<String>,
    /// Whole rows that are not in the file yet.
    waiting: Vec<u8>,
    /// The bytes of the whole rows in the file.
    length: u64,
    /// The number of the last recording.
    last: u64,
    /// This program has made the file.
    made: bool,
    /// What the file has, with what this program has added.
    pub(super) all: Tallies,
    /// What this program has added.
    pub(super) added: Tallies,
}

impl Log {
    /// Opens the log at a path, or makes it. From now on no other `listen` writes to it.
    ///
    /// # Errors
    /// The file cannot be used, or is no log.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let io = |action: &'static str| move |error| Error::from(RunError::io(action, path, error));
        let there = path.metadata();
        if there.as_ref().is_ok_and(|there| !there.is_file()) {
            return Err(refused(path, "is no regular file"));
        }
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io("open"))?;
        // A file system that cannot lock files is no reason not to store.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(refused(path, "is being written by another program"));
        }
        let mut log = Self {
            path: path.to_owned(),
            file,
            header: None,
            waiting: Vec::new(),
            length: 0,
            last: 0,
            made: there.is_err(),
            all: Tallies::default(),
            added: Tallies::default(),
        };
        log.read()?;
        Ok(log)
    }

    /// Reads what is there: the header, the number of the last recording, and what is labelled how.
    fn read(&mut self) -> Result<(), Error> {
        let path = self.path.clone();
        let mut reader = BufReader::new(&self.file);
        let (mut line, mut number, mut before) = (Vec::new(), 0u64, None);
        loop {
            line.clear();
            number += 1;
            let read = reader.by_ref().take(LONGEST_ROW).read_until(b'\n', &mut line);
            let read = read.map_err(|error| Error::from(RunError::io("read", &path, error)))? as u64;
            if read == 0 {
                return Ok(());
            }
            self.length += read;
            let whole = line.ends_with(b"\n");
            let wrong = |why: &str| refused(&path, &format!("is no log of listen: line {number} {why}"));
            if !whole && read == LONGEST_ROW {
                return Err(wrong("is too long"));
            }
            let text = str::from_utf8(&line).map_err(|_| wrong("is no text"))?;
            let text = text.trim_end_matches(['\n', '\r']);
            let Some(header) = &self.header else {
                if !whole || !text.starts_with(HEADER) {
                    return Err(wrong(&format!("is not `{HEADER}` and channels")));
                }
                self.header = Some(text.to_owned());
                continue;
            };
            let mut fields = text.split(',');
            let (recording, label) = (fields.next().and_then(|field| field.parse().ok()), fields.next());
            let (Some(recording), Some(label)) = (recording.filter(|&number| number <= MOST), label) else {
                return Err(wrong("has no number of a recording and label"));
            };
            if text.split(',').count() != header.split(',').count() {
                return Err(wrong("has another number of fields than the first; delete it if it is cut"));
            }
            self.all.row(label, before != Some(recording));
            before = Some(recording);
            self.last = self.last.max(recording);
            if !whole {
                // A row without its end of line is at the end of the file.
                self.waiting.push(b'\n');
            }
        }
    }

    /// Says which channels the samples have.
    ///
    /// # Errors
    /// The file that was there has others.
    pub(super) fn channels(&mut self, names: &[String]) -> Result<(), Error> {
        let ours = HEADER.to_owned() + &names.join(",");
        match &self.header {
            Some(theirs) if *theirs != ours => {
                let channels = theirs.strip_prefix(HEADER).unwrap_or_default();
                let channels = words::shown(channels, 4 * words::MOST);
                let ours = words::shown(&names.join(","), 4 * words::MOST);
                let why = format!("has the channels {channels}, and what comes has {ours}");
                let way = format!("if they are the same, give --names {channels}");
                let same = channels.split(',').count() == names.len();
                Err(refused(&self.path, &if same { format!("{why}; {way}") } else { why }))
            }
            Some(_) => Ok(()),
            None => {
                self.waiting.extend_from_slice(ours.as_bytes());
                self.waiting.push(b'\n');
                self.header = Some(ours);
                Ok(())
            }
        }
    }

    /// Adds a sample, which may begin the next recording.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn row(&mut self, begins: bool, label: &str, values: &[String]) -> Result<(), Error> {
        self.last += u64::from(begins);
        let row = format!("{},{label},{}\n", self.last, values.join(","));
        self.waiting.extend_from_slice(row.as_bytes());
        self.all.row(label, begins);
        self.added.row(label, begins);
        if self.waiting.len() >= WAITING { self.flush() } else { Ok(()) }
    }

    /// Writes all rows into the file.
    ///
    /// # Errors
    /// The file cannot be written. It ends with a whole row then, if the system lets it.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        // A header alone, or an end of line, waits for the first row.
        if self.added.rows() == 0 || self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&self.waiting) {
            let _ = self.file.set_len(self.length);
            return Err(RunError::io("write", &self.path, error).into());
        }
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What this program and others have stored with a label.
    #[cfg(any(feature = "tui", test))]
    pub(super) fn of(&self, label: &str) -> Tally {
        self.all.of(label)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.flush();
        if self.made && self.length == 0 {
            // Nothing was stored, so nothing is left behind.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn refused(path: &Path, why: &str) -> Error {
    Error::Usage(format!("{} {why}; or name another file by --out", words::path(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn recordings_are_numbered_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        drop(Log::open(&path).unwrap());
        assert!(!path.exists(), "a log of nothing");
        let store = |labels: &[&str]| {
            let mut log = Log::open(&path).unwrap();
            log.channels(&texts(&["x", "y"])).unwrap();
            for label in labels {
                log.row(true, label, &texts(&["1", "-2.50"])).unwrap();
                log.row(false, label, &texts(&["3", "4"])).unwrap();
            }
            (log.of("a"), log.last)
        };
        assert_eq!(store(&["a", "b"]), (Tally { recordings: 1, rows: 2 }, 2));
        // Rows of a person's own, the last without its end of line.
        let mut text = std::fs::read_to_string(&path).unwrap();
        text += "7,a,5,6";
        std::fs::write(&path, &text).unwrap();
        assert_eq!(store(&[]), (Tally { recordings: 2, rows: 3 }, 7));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        store(&["a"]);
        let expected = "recording,label,x,y\n1,a,1,-2.50\n1,a,3,4\n2,b,1,-2.50\n2,b,3,4\n7,a,5,6\n8,a,1,-2.50\n8,a,3,4\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn files_that_are_no_log_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        for (text, why) in [
            ("a,b\n1,2\n", "line 1"),
            ("recording,label,x", "line 1"),
            ("recording,label,x\n1,a,2\n1,a\n", "line 3"),
            ("recording,label,x\nx,a,2\n", "line 2"),
            ("recording,label,x\n99999999999999999999,a,2\n", "line 2"),
            ("recording,label,x\n1,a,2\n2", "line 3"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Log::open(&path).err().unwrap().to_string();
            assert!(error.contains(why) && error.contains("--out"), "{text}: {error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert!(Log::open(folder.path()).is_err());
        assert!(Log::open(&folder.path().join("none/log.csv")).is_err());
    }

    #[test]
    fn other_channels_and_a_second_writer_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut log = Log::open(&path).unwrap();
        log.channels(&texts(&["x", "y"])).unwrap();
        log.row(true, "a", &texts(&["1", "2"])).unwrap();
        log.flush().unwrap();
        let error = Log::open(&path).err().unwrap().to_string();
        assert!(error.contains("another program"), "{error}");
        drop(log);
        let mut log = Log::open(&path).unwrap();
        let error = log.channels(&texts(&["c1", "c2"])).unwrap_err().to_string();
        assert!(error.contains("--names x,y") && error.contains("--out"), "{error}");
        let error = log.channels(&texts(&["x"])).unwrap_err().to_string();
        assert!(!error.contains("--names"), "{error}");
    }

    proptest! {
        #[test]
        fn a_row_that_is_written_reads_back_as_the_same(
            values in proptest::collection::vec("[-+]?[0-9]{1,6}(\\.[0-9]{1,4})?", 1..6), label in "[a-z ]{0,6}[a-z]"
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log.csv");
            let names: Vec<String> = (1..=values.len()).map(|number| format!("c{number}")).collect();
            let mut log = Log::open(&path).unwrap();
            log.channels(&names).unwrap();
            log.row(true, &label, &values).unwrap();
            drop(log);
            let text = std::fs::read_to_string(&path).unwrap();
            let row = text.lines().nth(1).unwrap().splitn(3, ',').collect::<Vec<_>>();
            prop_assert_eq!(&row[..2], &["1", &label][..]);
            let said = crate::listen::sample::parse(row[2].as_bytes());
            prop_assert_eq!(said, crate::listen::sample::Said::Sample(crate::listen::sample::Sample { names: None, values }));
            prop_assert_eq!(Log::open(&path).unwrap().of(&label), Tally { recordings: 1, rows: 1 });
        }
    }
}
