//! The journal: an append-only file of records from which a run can be rebuilt without evaluating a member.
//!
//! The file has the magic `EGGJRNL` and a version byte, then records of `length (u32) ++ body ++ CRC-32 of
//! both`, all little endian. A body is a [`Record`] in postcard's format. Reading stops at the first record
//! that is cut short or damaged, and everything before it counts.
//!
//! Nothing is ever overwritten. A [`Record::Rollback`] says which generations before it do not count any
//! more, and the next generation in the journal has the number after the last one that does. A
//! [`Record::Length`] gives the run another number of generations from there on.
//! `history` reads a journal in this way.
//!
//! `host/docs/reliability.md` says what a crash or a power cut can take.

use super::{Held, Identity, Mirror, Rates};
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

/// The first bytes of every journal.
pub const MAGIC: [u8; 8] = *b"EGGJRNL\x03";
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// The most generations that may be written and not yet synced while training goes on.
const QUEUE: usize = 64;

/// The most bytes of a record's body.
pub(crate) const MOST_RECORD: u64 = 256 << 20;

/// A record of the journal.
#[expect(clippy::large_enum_variant, reason = "the large one comes once in a journal")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The run. It is the first record of every journal.
    Start {
        /// The text of `config.toml` when the run was started.
        config: String,
        /// The run as boards get it.
        run: Run,
        /// The step sizes.
        rates: Rates,
        /// The identity of the run.
        identity: Identity,
    },
    /// A generation: its scores, and the state to which they led.
    Generation {
        /// The number of the generation, from 1.
        number: u32,
        /// The packed scores of all units.
        scores: Vec<u8>,
        /// The checksum over generation, weights and residuals after it.
        checksum: u32,
        /// Who gave the scores, as ascending ranges that cover all units.
        answers: Vec<Answered>,
    },
    /// A board, before the first generation that it had a part in. Boards are numbered from 0 in the order of
    /// these records. A board that comes again under its name keeps its number.
    Board {
        /// The name of the board.
        name: String,
    },
    /// A board was caught with wrong scores. What it gave to the generations so far is in doubt until a
    /// [`Record::Rollback`] follows.
    Expelled {
        /// The number of the board.
        board: u32,
    },
    /// All boards that were expelled so far have been audited. Generations after `to` do not count.
    Rollback {
        /// The last generation that counts. It is the last of all if the audit found nothing.
        to: u32,
    },
    /// The user has given the run another length. Generations after `after` do not count, nor do earlier
    /// records of this kind at the same generation and behind it.
    Length {
        /// The last generation that counts, with the step size that it had.
        after: u32,
        /// The number of planned generations from now on.
        generations: u32,
        /// The step sizes of the generations behind `after`.
        rates: Rates,
    },
}

/// The part of a board in a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The number of the board.
    pub board: u32,
    /// The first unit.
    pub first: u32,
    /// The number of units.
    pub count: u32,
}

/// The place at which the whole part of a journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The offset of the first byte that does not count.
    pub at: u64,
    /// The number of bytes from there on.
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

    /// Does the same as [`Self::open`], and replaces the first bytes of the journal, up to its second record.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(crate) fn open_behind(path: &Path, head: &[u8]) -> Result<Self, RunError> {
        let (mut file, len) = input::open(path, &JOURNAL)?;
        let behind = file.seek(SeekFrom::Start(head.len() as u64));
        behind.map_err(|error| RunError::io("read", path, error))?;
        let input = Cursor::new(head.to_vec()).chain(BufReader::new(file));
        Ok(Self::new(path, input, len.max(head.len() as u64))?)
    }

    /// Does the same as [`Self::open`] with the contents of the file, which are `len` bytes.
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

    /// The path of the journal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of bytes read so far that count.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Takes the last record, from `position` on, as damage, because records before it are missing.
    pub(crate) fn reject(&mut self, position: u64) {
        self.position = position;
    }

    /// The damage, once [`Self::next_record`] has returned `None`.
    pub fn damage(&self) -> Option<Damage> {
        (self.position < self.len).then(|| Damage { at: self.position, lost: self.len - self.position })
    }

    /// Reads the next record. Returns `None` at the end of the journal and at the first damage.
    pub fn next_record(&mut self) -> Option<Record> {
        let mut head = [0; 4];
        self.input.read_exact(&mut head).ok()?;
        let len = u64::from(u32::from_le_bytes(head));
        // A damaged length must not make us allocate more than the file has, or than any record has.
        if self.position + 8 + len > self.len || len > MOST_RECORD {
            return None;
        }
        let mut body = vec![0; len as usize];
        let mut crc = [0; 4];
        self.input.read_exact(&mut body).ok()?;
        self.input.read_exact(&mut crc).ok()?;
        let record = checked(head, &body, crc)?;
        self.position += 8 + len;
        Some(record)
    }
}

/// The record of a body, if the check after it is right.
fn checked(head: [u8; 4], body: &[u8], crc: [u8; 4]) -> Option<Record> {
    let mut digest = CRC.digest();
    digest.update(&head);
    digest.update(body);
    if digest.finalize() != u32::from_le_bytes(crc) {
        return None;
    }
    // A record of this format fills its body.
    let (record, []) = postcard::take_from_bytes(body).ok()? else { return None };
    Some(record)
}

/// Says that bytes are not those of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record of a journal")]
pub struct BadRecord;

/// Reads the first record of bytes that follow the magic of a journal, and how many bytes it has. Returns
/// `None` if it is cut short.
///
/// # Errors
/// [`BadRecord`].
pub fn first_record(bytes: &[u8]) -> Result<Option<(Record, usize)>, BadRecord> {
    let Some(&head) = bytes.first_chunk::<4>() else { return Ok(None) };
    let len = u32::from_le_bytes(head);
    if u64::from(len) > MOST_RECORD {
        return Err(BadRecord);
    }
    let end = 8 + len as usize;
    let Some(body) = bytes.get(4..end - 4) else { return Ok(None) };
    let Some(&crc) = bytes.get(end - 4..).and_then(|rest| rest.first_chunk::<4>()) else { return Ok(None) };
    Ok(Some((checked(head, body, crc).ok_or(BadRecord)?, end)))
}

/// Appends records on a thread of its own: each is written and synced in order, while the next generation is
/// evaluated. At most 64 records wait, and those that wait together are synced together. After each sync it
/// is checked that the journal still lies where it was.
pub struct Journal {
    path: PathBuf,
    held: Held,
    records: Option<SyncSender<Vec<u8>>>,
    mirror: Option<Box<dyn Mirror>>,
    thread: Option<JoinHandle<Result<File, RunError>>>,
}

impl Journal {
    /// Starts a new journal in `file`, which the caller has locked.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn create(path: &Path, mut file: File, start: &Record) -> Result<Self, RunError> {
        let written = file.write_all(&beginning(start)?).and_then(|()| file.sync_data());
        written.map_err(|error| RunError::io("write", path, error))?;
        Self::on(path, file)
    }

    /// Continues after the first `len` bytes of `file`, which are whole according to
    /// [`JournalReader::position`]; what follows them is dropped. A damaged beginning is replaced by `head`.
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

    /// Continues at the position of `file`, which the caller has locked.
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
        Ok(Self { path: path.to_owned(), held, records: Some(records), mirror: None, thread: Some(thread) })
    }

    /// The lock of the host on the run.
    pub(crate) const fn held(&self) -> &Held {
        &self.held
    }

    /// Gives every record from now on to a mirror as well.
    pub(crate) fn mirror_to(&mut self, mirror: Box<dyn Mirror>) {
        self.mirror = Some(mirror);
    }

    /// The mirror, if there is one.
    pub(crate) fn mirror(&mut self) -> Option<&mut (dyn Mirror + 'static)> {
        self.mirror.as_deref_mut()
    }

    /// Appends a record.
    ///
    /// # Errors
    /// Those of the mirror; [`RunError::Io`] for this or an earlier record; [`RunError::Moved`] and
    /// [`RunError::Removed`].
    pub fn append(&mut self, record: &Record) -> Result<(), RunError> {
        let bytes = encode(record)?;
        if let Some(mirror) = &mut self.mirror {
            mirror.append(&bytes)?;
        }
        match self.records.as_ref().map(|records| records.send(bytes)) {
            Some(Ok(())) => Ok(()),
            // The writer has stopped, and its own error says why.
            _ => self.finish(),
        }
    }

    /// Waits until everything is on the disk, and closes the journal.
    ///
    /// # Errors
    /// Those of [`Self::append`], for the first record that could not be written.
    pub fn finish(&mut self) -> Result<(), RunError> {
        self.end().map(drop)
    }

    /// Waits until everything is on the disk and can be read.
    ///
    /// # Errors
    /// Those of [`Self::finish`].
    pub fn settle(&mut self) -> Result<(), RunError> {
        if let Some(file) = self.end()? {
            let (path, mirror) = (core::mem::take(&mut self.path), self.mirror.take());
            *self = Self::on(&path, file)?;
            self.mirror = mirror;
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

/// The first bytes of a journal whose first record is this one.
pub(crate) fn beginning(start: &Record) -> Result<Vec<u8>, RunError> {
    Ok([MAGIC.to_vec(), encode(start)?].concat())
}

/// The length of a journal's beginning: the magic and the first record.
///
/// # Errors
/// [`BadRecord`], also if it is cut short.
pub fn beginning_of(journal: &[u8]) -> Result<usize, BadRecord> {
    let rest = journal.strip_prefix(&MAGIC).ok_or(BadRecord)?;
    match first_record(rest)? {
        Some((Record::Start { .. }, len)) => Ok(MAGIC.len() + len),
        _ => Err(BadRecord),
    }
}

/// The same journal with another text of its configuration, such as one with other paths.
///
/// # Errors
/// Those of [`beginning_of`].
pub fn with_config(journal: &[u8], text: String) -> Result<Vec<u8>, BadRecord> {
    let end = beginning_of(journal)?;
    let Ok(Some((Record::Start { run, rates, identity, .. }, _))) = first_record(&journal[MAGIC.len()..])
    else {
        return Err(BadRecord);
    };
    let start = Record::Start { config: text, run, rates, identity };
    let beginning = beginning(&start).map_err(|_| BadRecord)?;
    Ok([&beginning, &journal[end..]].concat())
}

fn encode(record: &Record) -> Result<Vec<u8>, RunError> {
    let body = postcard::to_stdvec(record).map_err(|error| RunError::Config(error.to_string()))?;
    Ok(frame(&body))
}

/// The bytes of a record in a journal, with its length and its CRC.
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

/// The first record of a journal.
pub(crate) struct Recorded {
    /// The text of `config.toml` when the run was started.
    pub config: String,
    /// The run.
    pub run: Run,
    /// The step sizes.
    pub rates: Rates,
    /// The identity of the run.
    pub identity: Identity,
}

/// Reads the first record.
///
/// # Errors
/// [`JournalError::NoStart`].
pub(crate) fn read_start(reader: &mut JournalReader) -> Result<Recorded, RunError> {
    match reader.next_record() {
        Some(Record::Start { config, run, rates, identity }) => Ok(Recorded { config, run, rates, identity }),
        _ => Err(JournalError::NoStart(reader.path().to_owned()).into()),
    }
}

/// Checks that a generation leads to the state that its record names.
///
/// # Errors
/// [`JournalError::Mismatch`].
pub(crate) fn check(path: &Path, state: State, number: u32, checksum: u32) -> Result<(), JournalError> {
    if state == (State { generation: number, checksum }) {
        Ok(())
    } else {
        Err(JournalError::Mismatch { path: path.to_owned(), number })
    }
}
