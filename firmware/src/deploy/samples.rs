use super::flash::{ERASED, MappedFlash};
use crate::Error;
use crate::task::SampleStore;
use embedded_storage::nor_flash::MultiwriteNorFlash;

/// The samples of runs in a region of flash, whose units of `UNIT` bytes may be written more than once
/// between two erasures: pieces of samples end anywhere in a unit.
///
/// The core of some chips stands still while flash is erased. Pages are erased only while a run is
/// configured, and until that is answered a host sends no more than the same request again.
#[derive(Debug)]
pub struct FlashSamples<F, const UNIT: usize>(F);

impl<F: MappedFlash + MultiwriteNorFlash, const UNIT: usize> FlashSamples<F, UNIT> {
    /// The samples in a region of whole pages; `None` where `UNIT` is not the flash's.
    pub fn new(flash: F) -> Option<Self> {
        (UNIT == F::WRITE_SIZE && UNIT > 0 && F::ERASE_SIZE > 0).then_some(Self(flash))
    }

    /// Writes bytes that lie within one unit, and returns how many.
    fn write_unit(&mut self, at: usize, bytes: &[u8]) -> Result<usize, Error> {
        let skip = at.checked_rem(UNIT).unwrap_or(0);
        let start = at - skip;
        let held = self.0.bytes().get(start..).and_then(|rest| rest.first_chunk::<UNIT>());
        let held = *held.ok_or(Error::Store)?;
        // What a unit has beyond the piece stays as it is. Bits become 0 and nothing else.
        let mut unit = held;
        unit.iter_mut().skip(skip).zip(bytes).for_each(|(place, &byte)| *place &= byte);
        // What a repeated piece brings again is left alone.
        if unit != held {
            self.0.write(start as u32, &unit).or(Err(Error::Store))?;
        }
        Ok(bytes.len().min(UNIT - skip))
    }
}

impl<F: MappedFlash + MultiwriteNorFlash, const UNIT: usize> SampleStore for FlashSamples<F, UNIT> {
    fn capacity(&self) -> usize {
        self.0.bytes().len()
    }

    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        for page in 0..len.div_ceil(F::ERASE_SIZE) {
            let (from, to) = (page * F::ERASE_SIZE, (page + 1) * F::ERASE_SIZE);
            let held = self.0.bytes().get(from..to).ok_or(Error::Store)?;
            // Flash wears out by erasing.
            if held.iter().all(|&byte| byte == ERASED) {
                continue;
            }
            self.0.erase(from as u32, to as u32).or(Err(Error::Store))?;
            if self.0.bytes().get(from..to).is_none_or(|held| held.iter().any(|&byte| byte != ERASED)) {
                return Err(Error::Store);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let written = self.write_unit(at, rest)?;
            (at, rest) = (at + written, rest.get(written..).unwrap_or_default());
        }
        // Another byte was there already, or the flash is worn out.
        let written = self.0.bytes().get(offset..).and_then(|held| held.get(..bytes.len()));
        if written == Some(bytes) { Ok(()) } else { Err(Error::Store) }
    }
}
