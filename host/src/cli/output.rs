//! Lines for standard output and standard error, which may be closed: nobody reading is no reason to panic.

use crate::error::Error;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::path::Path;

/// `println!` for results. A reader that went away (`| head`) has read enough; a full disk is an error.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::output::result(format_args!($($text)*)) };
}

/// `eprintln!`, except that a run goes on where nobody can hear it.
macro_rules! tell {
    ($($text:tt)*) => { $crate::cli::output::message(format_args!($($text)*)) };
}

pub(super) use {say, tell};

pub(super) fn result(line: Arguments<'_>) -> Result<(), Error> {
    match writeln!(stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::io("write", Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

pub(super) fn message(line: Arguments<'_>) {
    let _ = writeln!(stderr(), "{line}");
}
