//! A copy of a run that is kept elsewhere while the run goes on.

use super::{Lengths, RunError};
use crate::update::Checkpoint;

/// Keeps a copy of a run elsewhere. It must not wait for long, because the training waits for it.
pub trait Mirror: Send {
    /// Takes the bytes of the next record, as they are in the journal.
    ///
    /// # Errors
    /// The run is not this host's any more, or the copy is so far behind that nothing more can be kept.
    fn append(&mut self, record: &[u8]) -> Result<(), RunError>;

    /// Whether it wants a checkpoint now, so that others need not read all records.
    fn wants_checkpoint(&self) -> bool;

    /// Takes a checkpoint of what the records so far lead to, with the lengths of the run.
    fn checkpoint(&mut self, checkpoint: Checkpoint, lengths: &Lengths);
}
