use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_write,
};

/// What flash holds where nothing is written.
pub(super) const ERASED: u8 = 0xff;

/// NOR flash that the core reads as memory, so that weights need not be copied to RAM.
///
/// Its offsets are those within the region that the board has set aside.
pub trait MappedFlash: NorFlash {
    /// All bytes of the region, [`ReadNorFlash::capacity`] of them.
    fn bytes(&self) -> &[u8];
}

/// RAM in the place of flash, on chips whose emulator models none: what it holds survives a reset and no loss
/// of power. It takes what NOR flash takes, in units of a word and pages of a kilobyte.
#[derive(Debug)]
pub struct RamFlash<'a>(&'a mut [u8]);

/// The reason for which [`RamFlash`] refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misuse(NorFlashErrorKind);

impl NorFlashError for Misuse {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<'a> RamFlash<'a> {
    /// Memory that nothing else uses, of whole pages; what it holds stays.
    pub const fn new(memory: &'a mut [u8]) -> Self {
        Self(memory)
    }
}

impl ErrorType for RamFlash<'_> {
    type Error = Misuse;
}

impl ReadNorFlash for RamFlash<'_> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Misuse> {
        let held = self.0.get(offset as usize..).and_then(|rest| rest.get(..bytes.len()));
        let held = held.ok_or(Misuse(NorFlashErrorKind::OutOfBounds))?;
        crate::slice_ext::copy(bytes, held);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for RamFlash<'_> {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Misuse> {
        check_erase(self, from, to).map_err(Misuse)?;
        let page = self.0.get_mut(from as usize..to as usize);
        page.ok_or(Misuse(NorFlashErrorKind::OutOfBounds))?.fill(ERASED);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Misuse> {
        check_write(self, offset, bytes.len()).map_err(Misuse)?;
        let held = self.0.get_mut(offset as usize..).unwrap_or_default();
        // Bits become 0 and nothing else.
        held.iter_mut().zip(bytes).for_each(|(held, &byte)| *held &= byte);
        Ok(())
    }
}

impl MultiwriteNorFlash for RamFlash<'_> {}

impl MappedFlash for RamFlash<'_> {
    fn bytes(&self) -> &[u8] {
        self.0
    }
}
