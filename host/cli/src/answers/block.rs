//! Lines that are printed many at once: a row of a table takes less time than a write.

use crate::error::Error;
use crate::output::say;

/// Bytes of lines that are printed at once.
const BYTES: usize = 1 << 16;

/// Lines that are yet to be printed.
#[derive(Default)]
pub(super) struct Block(String);

impl Block {
    /// Appends a line, and prints all if they are many.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Error> {
        self.0 += line;
        self.0.push('\n');
        if self.0.len() < BYTES { Ok(()) } else { self.print() }
    }

    /// Prints the lines that are left.
    pub(super) fn print(&mut self) -> Result<(), Error> {
        if !self.0.is_empty() {
            say!("{}", self.0.trim_end_matches('\n'))?;
            self.0.clear();
        }
        Ok(())
    }
}
