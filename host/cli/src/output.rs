//! Prints lines to standard output and standard error. Either may be closed, which is no reason to panic.

use crate::error::Error;
use eggroll_host::run::RunError;
use eggroll_host::words;
use std::fmt::Arguments;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::path::Path;

/// Prints a result, as `println!` does. If the reader has gone (`| head`), it has read enough; a full disk is
/// an error. A program gets the text as it is; on a terminal, control characters are escaped.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::result(format_args!($($text)*)) };
}

/// Prints a line to standard error, as `eprintln!` does, with control characters escaped. A run goes on if
/// nobody can read it.
macro_rules! tell {
    ($($text:tt)*) => { $crate::output::message(format_args!($($text)*)) };
}

pub(super) use {say, tell};

pub(super) fn result(line: Arguments<'_>) -> Result<(), Error> {
    let mut text = format!("{line}\n");
    if stdout().is_terminal() {
        text = words::lines(&text);
    }
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(RunError::io("write", Path::new("standard output"), error).into())
        }
        _ => Ok(()),
    }
}

pub(super) fn message(line: Arguments<'_>) {
    // This is a single write, so that lines of several threads do not mix.
    let _ = stderr().write_all((words::shown(&line.to_string(), usize::MAX) + "\n").as_bytes());
}

/// A number with a suffix for thousands.
pub(super) fn count(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{:.2}M", n / 1e6),
        n if n >= 1e3 => format!("{:.1}k", n / 1e3),
        n => format!("{n:.0}"),
    }
}
