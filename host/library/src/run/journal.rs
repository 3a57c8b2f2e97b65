//! The journal: an append-only record from which a run can be rebuilt without evaluating a member.
//!
//! Layout: the magic `EGGJRNL` and a version byte, then records of `length (u32) ++ body ++ CRC-32 of both`,
//! all little endian; a body is a [`Record`] in postcard's format. A record is whole or it is not there:
//! reading stops at the first that is cut short or damaged, and everything before it counts.
//!
//! Nothing is ever taken back by overwriting: a [`Record::Rollback`] says which generations before it no
//! longer count, and the next generation in the journal bears the number after the last that does.
//! [`super::history`] reads a journal in that sense.
//!
//! What a crash or a power cut can take is said in `host/docs/reliability.md`.

use super::{Held, Identity, Rates};
use super::{JournalError, RunError};
use crate::data::input::{self, JOURNAL};
use crc::{CRC_32_ISO_HDLC, Crc};
use eggroll_firmware::train::{Run, State};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// What every journal begins with.
pub const MAGIC: [u8; 8] = *b"EGGJRNL\x03";
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Generations that may be written and not yet synced while training goes on.
const QUEUE: usize = 64;

/// Most bytes of a record's body.
pub const MOST_RECORD: u64 = 256 << 20;

/// One entry.
#[expect(clippy::large_enum_variant, reason = "the large one comes once in a journal")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The run, first in every journal.
    Start {
        /// `config.toml` as the run started.
        config: String,
        /// The run as boards got it.
        run: Run,
        /// Its step sizes.
        rates: Rates,
        /// Which run it is.
        identity: Identity,
    },
    /// A generation's scores, and what they led to.
    Generation {
        /// The generation, from 1.
        number: u32,
        /// Packed scores of all units.
        scores: Vec<u8>,
        /// Checksum over generation, weights and residuals after it.
        checksum: u32,
        /// Who gave the scores: ascending ranges that cover all units.
        answers: Vec<Answered>,
    },
    /// A board, before the first generation that it had a part in. Boards count from 0 in the order of these
    /// records; a board that comes again under its name keeps its number.
    Board {
        /// Its name.
        name: String,
    },
    /// A board was caught with wrong scores; what it gave to the generations so far is in doubt until a
    /// [`Record::Rollback`] follows.
    Expelled {
        /// The board's number.
        board: u32,
    },
    /// All boards expelled so far are audited; generations after `to` do not count.
    Rollback {
        /// The last generation that counts; the last one of all where the audit found nothing.
        to: u32,
    },
}

/// A board's part in a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The board's number.
    pub board: u32,
    /// First unit.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// Where a journal stops being whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the first byte that does not count.
    pub at: u64,
    /// Bytes from there on.
    pub lost: u64,
}

/// Reads a journal record by record.
pub struct JournalReader {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    position: u64,
    len: u64,
}

impl JournalReader {
    /// Opens a journal.
    ///
    /// # Errors
    /// [`RunError::Io`]; [`JournalError::NotAJournal`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let (file, len) = input::open(path, &JOURNAL)?;
        Ok(Self::new(path, BufReader::new(file), len)?)
    }

    /// [`Self::open`] on a journal whose first bytes, up to its second record, are to be these.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn open_behind(path: &Path, head: &[u8]) -> Result<Self, RunError> {
        let (mut file, len) = input::open(path, &JOURNAL)?;
        let behind = file.seek(SeekFrom::Start(head.len() as u64));
        behind.map_err(|error| RunError::io("read", path, error))?;
        let input = Cursor::new(head.to_vec()).chain(BufReader::new(file));
        Ok(Self::new(path, input, len.max(head.len() as u64))?)
    }

    /// [`Self::open`] on the contents of the file, `len` bytes.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`].
    pub fn new(path: &Path, mut input: impl Read + Send + 'static, len: u64) -> Result<Self, JournalError> {
        let mut magic = [0; MAGIC.len()];
        let begun = len.min(MAGIC.len() as u64) as usize;
        if input.read_exact(&mut magic[..begun]).is_err() || magic[..begun] != MAGIC[..begun] {
            return Err(JournalError::NotAJournal(path.to_owned()));
        }
        if begun < MAGIC.len() {
            return Err(JournalError::NoStart(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), input: Box::new(input), position: MAGIC.len() as u64, len })
    }

    /// The journal's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes read so far that count.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Takes the record that was read last, from `position` on, for damage: records before it are missing.
    pub fn reject(&mut self, position: u64) {
        self.position = position;
    }

    /// Where the journal stops being whole, once [`Self::next_record`] has returned `None`.
    pub fn damage(&self) -> Option<Damage> {
        (self.position < self.len).then(|| Damage { at: self.position, lost: self.len - self.position })
    }

    /// The next whole record; `None` at the end or the first damage.
    pub fn next_record(&mut self) -> Option<Record> {
        let mut head = [0; 4];
        self.input.read_exact(&mut head).ok()?;
        let len = u64::from(u32::from_le_bytes(head));
        // A damaged length must not make us allocate more than there is, or than any record has.
        if self.position + 8 + len > self.len || len > MOST_RECORD {
            return None;
        }
        let mut body = vec![0; len as usize];
        let mut crc = [0; 4];
        self.input.read_exact(&mut body).ok()?;
        self.input.read_exact(&mut crc).ok()?;
        let mut digest = CRC.digest();
        digest.update(&head);
        digest.update(&body);
        if digest.finalize() != u32::from_le_bytes(crc) {
            return None;
        }
        // A record of this format fills its body.
        let (record, []) = postcard::take_from_bytes(&body).ok()? else { return None };
        self.position += 8 + len;
        Some(record)
    }
}

/// Appends records on a thread of its own: each is written and synced in order while the next generation is
/// evaluated. At most 64 wait; those that wait together are synced together. After each sync it is seen to
/// that the journal still lies where it was.
pub struct Journal {
    path: PathBuf,
    held: Held,
    records: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<Result<File, RunError>>>,
}

impl Journal {
    /// Starts a new journal in `file`, which is locked by the caller.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn create(path: &Path, mut file: File, start: &Record) -> Result<Self, RunError> {
        let written = file.write_all(&beginning(start)?).and_then(|()| file.sync_data());
        written.map_err(|error| RunError::io("write", path, error))?;
        Self::on(path, file)
    }

    /// Goes on behind the first `len` bytes of `file`, which [`JournalReader::position`] said are whole;
    /// drops what follows them. Where the beginning was damaged, `head` takes its place.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn resume(path: &Path, mut file: File, len: u64, head: Option<&[u8]>) -> Result<Self, RunError> {
        let mut cut = || {
            if let Some(head) = head {
                file.seek(SeekFrom::Start(0))?;
                file.write_all(head)?;
            }
            file.set_len(len)?;
            file.seek(SeekFrom::End(0))?;
            file.sync_data()
        };
        cut().map_err(|error| RunError::io("write", path, error))?;
        Self::on(path, file)
    }

    /// Goes on at the place of `file`, which is locked by the caller.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn on(path: &Path, file: File) -> Result<Self, RunError> {
        let fault = |error| RunError::io("write", path, error);
        let held = Held::new(path, &file).map_err(fault)?;
        let (records, queue) = sync_channel(QUEUE);
        let (place, hold) = (path.to_owned(), held.again()?);
        let write = move || write_all(&place, file, &hold, &queue);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(write);
        let thread = thread.map_err(|error| RunError::io("start a thread to write", path, error))?;
        Ok(Self { path: path.to_owned(), held, records: Some(records), thread: Some(thread) })
    }

    /// The host's hold on the run.
    pub const fn held(&self) -> &Held {
        &self.held
    }

    /// Appends a record.
    ///
    /// # Errors
    /// [`RunError::Io`] of this or an earlier record; [`RunError::Moved`] and [`RunError::Removed`].
    pub fn append(&mut self, record: &Record) -> Result<(), RunError> {
        let bytes = encode(record)?;
        match self.records.as_ref().map(|records| records.send(bytes)) {
            Some(Ok(())) => Ok(()),
            // The writer has stopped: its own error says why.
            _ => self.finish(),
        }
    }

    /// Waits until everything is on the disk, and ends the journal.
    ///
    /// # Errors
    /// Those of [`Self::append`], of the first record that could not be written.
    pub fn finish(&mut self) -> Result<(), RunError> {
        self.end().map(drop)
    }

    /// Waits until everything is on the disk and can be read.
    ///
    /// # Errors
    /// Those of [`Self::finish`].
    pub fn settle(&mut self) -> Result<(), RunError> {
        if let Some(file) = self.end()? {
            let path = core::mem::take(&mut self.path);
            *self = Self::on(&path, file)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Option<File>, RunError> {
        self.records = None;
        let Some(thread) = self.thread.take() else { return Ok(None) };
        let stopped = || RunError::io("write", &self.path, io::Error::other("the journal's writer stopped"));
        thread.join().unwrap_or_else(|_| Err(stopped())).map(Some)
    }
}

/// What a journal that begins with this record begins with.
pub(crate) fn beginning(start: &Record) -> Result<Vec<u8>, RunError> {
    Ok([MAGIC.to_vec(), encode(start)?].concat())
}

fn encode(record: &Record) -> Result<Vec<u8>, RunError> {
    let body = postcard::to_stdvec(record).map_err(|error| RunError::Config(error.to_string()))?;
    Ok(frame(&body))
}

/// A record's body as it lies in a journal, between its length and its CRC.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = (body.len() as u32).to_le_bytes().to_vec();
    bytes.extend(body);
    bytes.extend(CRC.checksum(&bytes).to_le_bytes());
    bytes
}

fn write_all(path: &Path, mut file: File, held: &Held, queue: &Receiver<Vec<u8>>) -> Result<File, RunError> {
    while let Ok(mut bytes) = queue.recv() {
        while let Ok(more) = queue.try_recv() {
            bytes.extend(more);
        }
        let written = file.write_all(&bytes).and_then(|()| file.sync_data());
        written.map_err(|error| RunError::io("write", path, error))?;
        held.check()?;
    }
    Ok(file)
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// A run as its journal tells it.
pub struct Recorded {
    /// `config.toml` as the run started.
    pub config: String,
    /// The run.
    pub run: Run,
    /// Its step sizes.
    pub rates: Rates,
    /// Which run it is.
    pub identity: Identity,
}

/// Reads the first record.
///
/// # Errors
/// [`JournalError::NoStart`].
pub fn read_start(reader: &mut JournalReader) -> Result<Recorded, RunError> {
    match reader.next_record() {
        Some(Record::Start { config, run, rates, identity }) => Ok(Recorded { config, run, rates, identity }),
        _ => Err(JournalError::NoStart(reader.path().to_owned()).into()),
    }
}

/// Checks that a record's generation leads where it says.
///
/// # Errors
/// [`JournalError::Mismatch`].
pub fn check(path: &Path, state: State, number: u32, checksum: u32) -> Result<(), JournalError> {
    if state == (State { generation: number, checksum }) {
        Ok(())
    } else {
        Err(JournalError::Mismatch { path: path.to_owned(), number })
    }
}
