//! The end of the flash, where a model stays over a reset, by esp-storage, which belongs to the HAL: it calls
//! the ROM's functions from RAM with interrupts off. **Not run yet.**
//!
//! The core reads flash through a cache, whose table says which pages of 64 KB are where (ESP32-C3 technical
//! reference manual, "External Memory"). The boot loader fills it in for the image and for nothing else, so
//! the pages of the models get entries here; and esp-storage leaves it to its user that the cache forgets
//! what was there before.

use core::ops::Range;
use eggroll_board::deploy::Slots;
use eggroll_board::{Region, RegionFlash};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_write};
use esp_hal::peripherals::{FLASH, MMU_TABLE, RTC_TIMER};
use esp_hal::rtc_cntl::Rtc;
use esp_storage::{FlashStorage, FlashStorageError};

/// Bytes of a word, the unit of writing.
const WORD: usize = size_of::<u32>();
/// Bytes of a page of the flash, which is programmed at a time.
const PAGE: usize = 256;
/// Bytes that an entry of the cache's table maps.
const MAPPED: usize = 64 << 10;
/// Where the core reads mapped flash as data: what the table's first entry maps is there.
const WINDOW: usize = 0x3c00_0000;
/// Bytes of the flash: the least that boards with this chip have.
const CAPACITY: usize = 4 << 20;

unsafe extern "C" {
    /// Of the ROM: the cache forgets what it has of these addresses.
    fn Cache_Invalidate_Addr(address: u32, size: u32);
}

/// Where models stay.
pub(crate) type Models = Slots<RegionFlash<Chip, WORD>, WORD>;

/// The models at the end of the flash.
pub(crate) fn models(flash: FLASH<'static>) -> Option<Models> {
    let region = Region::models();
    let first = CAPACITY.checked_sub(region.len)?;
    let entries = region.start.checked_sub(WINDOW)? / MAPPED;
    for (entry, page) in (entries..).zip(first / MAPPED..CAPACITY / MAPPED) {
        let page = u8::try_from(page).ok()?;
        let table = MMU_TABLE::regs();
        // SAFETY: pages of the flash, at addresses at which the image has nothing.
        table.entry(entry).write(|w| unsafe { w.paddr().bits(page).invalid().clear_bit() });
    }
    let chip = Chip { driver: FlashStorage::new(flash), region };
    chip.forget(0..region.len);
    // Where offset 0 of the flash would be, were all of it mapped like the models.
    let base = region.start.wrapping_sub(first);
    // The sectors of a slot may take longer than the watchdog waits.
    Slots::new(RegionFlash::new(chip, region, base, feed))
}

fn feed() {
    // SAFETY: it writes one register, which whoever else feeds the watchdog writes, too.
    Rtc::new(unsafe { RTC_TIMER::steal() }).rwdt.feed();
}

/// All of the flash, of which a region is mapped.
pub(crate) struct Chip {
    driver: FlashStorage<'static>,
    region: Region,
}

impl Chip {
    /// The cache forgets a part of the region.
    fn forget(&self, part: Range<usize>) {
        let (address, size) = (self.region.start + part.start, part.len());
        // SAFETY: mapped flash, which the cache only reads.
        unsafe { Cache_Invalidate_Addr(address as u32, size as u32) };
    }

    /// The same, by the offset in the flash; what is not mapped is not in the cache.
    fn forget_at(&self, offset: u32, len: usize) {
        let first = CAPACITY.saturating_sub(self.region.len);
        if let Some(start) = (offset as usize).checked_sub(first) {
            // Whole pages: the ROM wants whole lines of the cache.
            let end = (start + len).next_multiple_of(PAGE);
            self.forget(start / PAGE * PAGE..end);
        }
    }
}

impl ErrorType for Chip {
    type Error = FlashStorageError;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = <FlashStorage<'_> as ReadNorFlash>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashStorageError> {
        ReadNorFlash::read(&mut self.driver, offset, bytes)
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = <FlashStorage<'_> as NorFlash>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashStorageError> {
        let erased = self.driver.erase(from, to);
        self.forget_at(from, to.saturating_sub(from) as usize);
        erased
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashStorageError> {
        check_write(self, offset, bytes.len()).map_err(|kind| match kind {
            NorFlashErrorKind::NotAligned => FlashStorageError::NotAligned,
            _ => FlashStorageError::OutOfBounds,
        })?;
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            // In words, in RAM: the driver has to copy anything else, on the stack and by 4 KB.
            let room = PAGE - at as usize % PAGE;
            let (now, later) = rest.split_at(room.min(rest.len()));
            let mut words = [u32::MAX; PAGE / WORD];
            let count = now.len() / WORD;
            for (word, bytes) in words.iter_mut().zip(now.as_chunks::<WORD>().0) {
                *word = u32::from_le_bytes(*bytes);
            }
            let words: &[u8] = bytemuck::cast_slice(words.get(..count).unwrap_or_default());
            let written = self.driver.write_nor(at, words);
            self.forget_at(at, now.len());
            written?;
            at += now.len() as u32;
            rest = later;
        }
        Ok(())
    }
}
