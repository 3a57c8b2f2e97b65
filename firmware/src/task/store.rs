use crate::Error;

/// A place for samples beside the arena: flash, which keeps them over a reset, or memory of another kind.
///
/// The learner erases before it writes, and checks what it reads by a checksum; a store need not check
/// anything.
pub trait SampleStore {
    /// Bytes it holds, always the same; 0 where there is none, and samples lie in the arena.
    fn capacity(&self) -> usize;

    /// All its bytes.
    fn bytes(&self) -> &[u8];

    /// Makes the first `len` bytes, at most [`Self::capacity`], ready to be written.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn erase(&mut self, len: usize) -> Result<(), Error>;

    /// Writes bytes within the capacity, at any offset and of any length; the same bytes may come again.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error>;
}

/// A store that may be missing, as where a board's flash is not fit for one: samples lie in the arena then.
impl<S: SampleStore> SampleStore for Option<S> {
    fn capacity(&self) -> usize {
        self.as_ref().map_or(0, S::capacity)
    }

    fn bytes(&self) -> &[u8] {
        self.as_ref().map_or(&[], S::bytes)
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        self.as_mut().map_or(Ok(()), |store| store.erase(len))
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        self.as_mut().map_or(Err(Error::Store), |store| store.write(offset, bytes))
    }
}

/// No store: samples lie in the arena.
#[derive(Clone, Copy, Debug, Default)]
pub struct InArena;

impl SampleStore for InArena {
    fn capacity(&self) -> usize {
        0
    }

    fn bytes(&self) -> &[u8] {
        &[]
    }

    fn erase(&mut self, _: usize) -> Result<(), Error> {
        Ok(())
    }

    fn write(&mut self, _: usize, _: &[u8]) -> Result<(), Error> {
        Err(Error::Store)
    }
}
