use crate::Region;
use eggroll_firmware::deploy::MappedFlash;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// A region of a chip's flash, by the driver of its HAL, that the core reads as memory. `UNIT` is the unit of
/// writing: that of the driver or a multiple of it.
pub struct RegionFlash<F, const UNIT: usize> {
    driver: F,
    region: Region,
    /// Where the region lies in the driver's flash.
    first: u32,
    between: fn(),
}

impl<F: NorFlash, const UNIT: usize> RegionFlash<F, UNIT> {
    /// `base` is the address at which the core reads the first byte of the driver's flash. `between` is
    /// called before each page is erased, and after the last: where all of them take longer than a watchdog
    /// waits, it feeds that.
    pub fn new(driver: F, region: Region, base: usize, between: fn()) -> Self {
        Self { driver, region, first: region.start.wrapping_sub(base) as u32, between }
    }
}

impl<F, const UNIT: usize> ErrorType for RegionFlash<F, UNIT> {
    type Error = NorFlashErrorKind;
}

impl<F: NorFlash, const UNIT: usize> ReadNorFlash for RegionFlash<F, UNIT> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let held = self.bytes().get(offset as usize..).unwrap_or_default();
        bytes.iter_mut().zip(held).for_each(|(place, &byte)| *place = byte);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.region.len
    }
}

impl<F: NorFlash, const UNIT: usize> NorFlash for RegionFlash<F, UNIT> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for page in (from..to).step_by(F::ERASE_SIZE) {
            (self.between)();
            let page = self.first.wrapping_add(page);
            let erased = self.driver.erase(page, page.wrapping_add(F::ERASE_SIZE as u32));
            erased.map_err(|error| error.kind())?;
        }
        (self.between)();
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        self.driver.write(self.first.wrapping_add(offset), bytes).map_err(|error| error.kind())
    }
}

impl<F: NorFlash, const UNIT: usize> MappedFlash for RegionFlash<F, UNIT> {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the region is flash, which changes only by `&mut self`.
        unsafe { self.region.bytes() }
    }
}
