//! NOR flash in memory, with the geometry of a chip, whose power can be cut.

use eggroll_firmware::deploy::MappedFlash;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_write,
};

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) NorFlashErrorKind);

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

/// Flash with pages of `PAGE` bytes and units of `UNIT`, each of which may be written once between two
/// erasures, as on chips with error correction.
#[derive(Clone, Debug)]
pub(crate) struct Nor<const UNIT: usize, const PAGE: usize> {
    bytes: Vec<u8>,
    written: Vec<bool>,
    /// Units and pages that were written or erased.
    pub(crate) operations: usize,
    /// The operation that is half done when power is cut; nothing works after it.
    pub(crate) cut: Option<usize>,
}

impl<const UNIT: usize, const PAGE: usize> Nor<UNIT, PAGE> {
    /// Flash of so many pages, that holds what it held when it left the factory.
    pub(crate) fn new(pages: usize) -> Self {
        let (bytes, units) = (pages * PAGE, pages * PAGE / UNIT);
        Self { bytes: vec![0xff; bytes], written: vec![false; units], operations: 0, cut: None }
    }

    /// The same flash with its power on again.
    pub(crate) fn powered(self) -> Self {
        Self { operations: 0, cut: None, ..self }
    }

    /// Counts an operation. Whether it is the one that is cut; none begins after that.
    fn begin(&mut self) -> Result<bool, Fault> {
        let here = self.operations;
        self.operations += 1;
        match self.cut {
            Some(cut) if here > cut => Err(Fault(NorFlashErrorKind::Other)),
            cut => Ok(cut == Some(here)),
        }
    }
}

impl<const UNIT: usize, const PAGE: usize> ErrorType for Nor<UNIT, PAGE> {
    type Error = Fault;
}

impl<const UNIT: usize, const PAGE: usize> ReadNorFlash for Nor<UNIT, PAGE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        let held = self.bytes.get(offset as usize..offset as usize + bytes.len());
        bytes.copy_from_slice(held.ok_or(Fault(NorFlashErrorKind::OutOfBounds))?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const UNIT: usize, const PAGE: usize> NorFlash for Nor<UNIT, PAGE> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        check_erase(self, from, to).map_err(Fault)?;
        for page in (from as usize..to as usize).step_by(PAGE) {
            let cut = self.begin()?;
            // Half of the bits of a page whose erasure is cut are still there.
            let half = |place: usize, byte: u8| if place.is_multiple_of(2) { byte | 0xa5 } else { byte };
            for place in page..page + PAGE {
                self.bytes[place] = if cut { half(place, self.bytes[place]) } else { 0xff };
            }
            self.written[page / UNIT..(page + PAGE) / UNIT].fill(cut);
            if cut {
                return Err(Fault(NorFlashErrorKind::Other));
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        check_write(self, offset, bytes.len()).map_err(Fault)?;
        for (at, unit) in (offset as usize..).step_by(UNIT).zip(bytes.chunks_exact(UNIT)) {
            let cut = self.begin()?;
            assert!(!self.written[at / UNIT], "the unit at {at} is written twice");
            self.written[at / UNIT] = true;
            for (held, &byte) in self.bytes[at..].iter_mut().zip(unit) {
                // Of a unit whose writing is cut some bits are there.
                *held &= if cut { byte | 0x5a } else { byte };
            }
            if cut {
                return Err(Fault(NorFlashErrorKind::Other));
            }
        }
        Ok(())
    }
}

impl<const UNIT: usize, const PAGE: usize> MappedFlash for Nor<UNIT, PAGE> {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
