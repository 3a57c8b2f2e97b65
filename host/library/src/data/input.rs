//! The files that the host reads: each a regular file of a bounded size, whatever lies at the path and
//! whatever it says of itself. `host/docs/limits.md` has the limits in one table.

use crate::words;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What stands for standard input where samples or a text are named.
pub const STDIN: &str = "-";

/// What may be read of a kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What messages call the file.
    pub what: &'static str,
    /// Most bytes.
    pub bytes: u64,
    /// What to do where it has more.
    pub way_out: &'static str,
}

/// Samples. Their text is held in memory while it is read.
pub(crate) const CSV: Limit =
    Limit { what: "a CSV file", bytes: 1 << 30, way_out: "keep fewer rows or columns" };
/// A text, all its files together.
pub(crate) const TEXT: Limit = Limit { what: "a text", bytes: 1 << 30, way_out: "give a part of it" };
/// Weights.
pub(crate) const WEIGHTS: Limit =
    Limit { what: "a weights file", bytes: 1 << 30, way_out: "no model of ours has as many weights" };
/// The tokens of `logits`.
pub const TOKENS: Limit = Limit { what: "a file of tokens", bytes: 1 << 30, way_out: "give fewer" };
/// A model's layers in a file of their own.
pub(crate) const MODEL: Limit =
    Limit { what: "a file of layers", bytes: 64 << 10, way_out: "give one of at most 32 layers" };
/// A run's `config.toml`, which names every file of a text.
pub(crate) const CONFIG: Limit =
    Limit { what: "a run's config.toml", bytes: 16 << 20, way_out: "bring it back as the run wrote it" };
/// A run's `summary.json`.
pub(crate) const SUMMARY: Limit =
    Limit { what: "a run's summary", bytes: 1 << 20, way_out: "remove it: a session writes it anew" };
/// A run's tables.
pub(crate) const TABLE: Limit =
    Limit { what: "a run's table", bytes: 1 << 30, way_out: "look less often, by --evaluate-every" };
/// A run's journal: of any length, because it is read one record at a time.
pub(crate) const JOURNAL: Limit =
    Limit { what: "a run's journal", bytes: u64::MAX, way_out: "start another run" };

/// Most bytes in a line of a run's table.
const LINE: usize = 64 << 10;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The system does not let it be opened.
    #[error("{}: cannot open the file: {error}; check the path and its permissions", words::path(path))]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// It was opened and cannot be read to its end.
    #[error("{}: cannot read the file: {error}; give the path of a readable file", words::path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// Something else than a file is at the path.
    #[error("{}: is {kind}, and {what} is a regular file: {way_out}", words::path(path))]
    Kind {
        /// What is there.
        path: PathBuf,
        /// Its kind.
        kind: &'static str,
        /// What the file would be.
        what: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// It has more bytes than the host is willing to read.
    #[error(
        "{}: {}, and {} has at most {}: {}", words::path(path), size.map_or_else(
            || "it goes on".to_owned(), |size| format!("it has {}", words::bytes(size))
        ), limit.what, words::bytes(limit.bytes), limit.way_out
    )]
    Large {
        /// The file.
        path: PathBuf,
        /// Its size, where it states one.
        size: Option<u64>,
        /// What it may have.
        limit: Limit,
    },
    /// It begins as a gzip file and is none to its end.
    #[error("{}: the gzip file is damaged: {error}; take another copy of it", words::path(path))]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// It is no text.
    #[error("{}: the text is not UTF-8", words::path(.0))]
    NotUtf8(PathBuf),
}

/// What a person calls a thing that is no regular file.
fn kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe (FIFO)";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a directory" } else { "no file" }
}

/// Makes sure that a thing is a regular file of an allowed size.
fn regular(path: &Path, there: &Metadata, limit: &Limit) -> Result<(), InputError> {
    if !there.is_file() {
        let piped = *limit == CSV || *limit == TEXT;
        let way_out = if there.is_dir() {
            "name a file in it"
        } else if piped {
            "name a file, or give - for standard input, as in csv:- or text:-"
        } else {
            "name a file"
        };
        let (path, kind) = (path.to_owned(), kind(there.file_type()));
        return Err(InputError::Kind { path, kind, what: limit.what, way_out });
    }
    if there.len() > limit.bytes {
        return Err(InputError::Large { path: path.to_owned(), size: Some(there.len()), limit: *limit });
    }
    Ok(())
}

/// Opens a file to read, without waiting for anybody: neither at a pipe that has just taken the file's place,
/// nor at a file of the kernel's that has nothing to say yet.
fn without_waiting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// Opens a regular file of at most `limit` bytes; returns its size, too, as far as it states one.
///
/// # Errors
/// [`InputError`].
pub fn open(path: &Path, limit: &Limit) -> Result<(File, u64), InputError> {
    let fault = |error| InputError::Open { path: path.to_owned(), error };
    // Before it is opened, which may do something to a device.
    regular(path, &fs::metadata(path).map_err(fault)?, limit)?;
    let file = without_waiting(path).map_err(fault)?;
    let there = file.metadata().map_err(fault)?;
    regular(path, &there, limit)?;
    Ok((file, there.len()))
}

/// All bytes of a stream that should end within a limit.
fn all(path: &Path, input: impl Read, expected: u64, limit: &Limit) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::with_capacity(expected.min(limit.bytes) as usize);
    // The limit is on what is read: a file may grow, or state no size, as those in /proc do.
    let read = input.take(limit.bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| InputError::Read { path: path.to_owned(), error })?;
    if bytes.len() as u64 > limit.bytes {
        return Err(InputError::Large { path: path.to_owned(), size: None, limit: *limit });
    }
    Ok(bytes)
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// [`InputError`].
pub fn read(path: &Path, limit: &Limit) -> Result<Vec<u8>, InputError> {
    let (file, size) = open(path, limit)?;
    all(path, file, size, limit)
}

/// Reads a regular file of at most `limit` bytes of UTF-8.
///
/// # Errors
/// [`InputError`].
pub(crate) fn read_text(path: &Path, limit: &Limit) -> Result<String, InputError> {
    String::from_utf8(read(path, limit)?).map_err(|_| InputError::NotUtf8(path.to_owned()))
}

/// What messages call standard input.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// Whether standard input is a terminal, where nobody has piped anything into this program.
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Everything on standard input. It is read once: whoever asks again gets the same bytes.
///
/// # Errors
/// [`InputError::Read`], [`InputError::Large`].
pub(crate) fn read_stdin(limit: &Limit) -> Result<&'static [u8], InputError> {
    static PIPED: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = PIPED.get() {
        return Ok(bytes);
    }
    let path = Path::new(STANDARD_INPUT);
    if stdin_is_terminal() {
        let error = io::Error::new(ErrorKind::NotFound, "it is a terminal, pipe data into it");
        return Err(InputError::Read { path: path.to_owned(), error });
    }
    let bytes = all(path, io::stdin().lock(), 0, limit)?;
    Ok(PIPED.get_or_init(|| bytes))
}

/// A path as shells expand it where they see it begin: `~/` is the user's home directory. They do not where
/// it stands behind `csv:` or `--run=`.
pub fn expanded(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home,
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// A stream without lines that are too long to be held in memory.
pub(crate) struct Lines<R> {
    input: R,
    /// Bytes of the line that the reading is in.
    len: usize,
}

impl<R> Lines<R> {
    /// Of a run's table.
    pub(crate) const fn new(input: R) -> Self {
        Self { input, len: 0 }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        for line in out[..read].split_inclusive(|&byte| byte == b'\n') {
            self.len += line.len();
            if self.len > LINE {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    format!("a line of more than {LINE} bytes"),
                ));
            }
            if line.ends_with(b"\n") {
                self.len = 0;
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limit = Limit { what: "a small file", bytes: 4, way_out: "make it smaller" };

    #[test]
    fn files_within_their_limits_and_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "1234").unwrap();
        assert_eq!(read(&path, &SMALL).unwrap(), b"1234");
        fs::write(&path, "12345").unwrap();
        let message = read(&path, &SMALL).unwrap_err().to_string();
        for words in ["file: it has 5 B", "a small file has at most 4 B", "make it smaller"] {
            assert!(message.contains(words), "{message}");
        }
        // What goes on after it has stated a size.
        let endless = all(&path, io::repeat(7), 0, &SMALL).unwrap_err();
        assert!(matches!(endless, InputError::Large { size: None, .. }), "{endless}");
        // Nothing is taken by what is only claimed.
        assert_eq!(all(&path, &b"12"[..], u64::MAX, &SMALL).unwrap(), b"12");
        assert!(matches!(read(folder.path(), &SMALL), Err(InputError::Kind { kind: "a directory", .. })));
        fs::write(&path, b"\xff").unwrap();
        assert!(matches!(read_text(&path, &SMALL), Err(InputError::NotUtf8(_))));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, socket, loops] = ["pipe", "socket", "loop"].map(|name| folder.path().join(name));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::symlink(&loops, &loops).unwrap();
        // Whatever comes between the look and the opening.
        assert!(without_waiting(&pipe).is_ok());
        for (path, words) in [
            (&*pipe, "a named pipe (FIFO), and a CSV file is a regular file: name a file, or give -"),
            (&socket, "a socket"),
            (&loops, "cannot open the file"),
            (Path::new("/dev/null"), "a device"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            let message = read(path, &CSV).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn lines_of_a_table() {
        let read = |text: &str| Lines::new(text.as_bytes()).read_to_end(&mut Vec::new());
        let line = |len: usize| "x".repeat(len) + "\n";
        assert!(read(&line(LINE - 1).repeat(3)).is_ok());
        assert!(read(&line(LINE)).is_err() && read(&line(LINE)[..LINE + 1]).is_err());
    }

    #[test]
    fn home() {
        let Some(home) = std::env::home_dir() else { return };
        assert_eq!(expanded("~/a/b.csv".into()), home.join("a/b.csv"));
        assert_eq!(expanded("~".into()), home);
        for path in ["~user/a", "a/~/b", "./~/b", "-", "/a"] {
            assert_eq!(expanded(path.into()), Path::new(path));
        }
    }
}
