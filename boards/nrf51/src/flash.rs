//! Flash behind the program, by the nRF51's flash controller (NVMC; nRF51 Series Reference Manual, chapter
//! 6).
//!
//! Flash is erased in pages of 1 KB (about 22 ms each) and written in words (about 46 us each), a word at
//! most twice between two erasures. The CPU, which runs from the same flash, stands still for as long,
//! interrupts included: the UART receives a byte in 87 us and holds six, so writing loses nothing, and
//! erasing loses what arrives meanwhile. Nothing should: a host waits for the answer to what erases.

use eggroll_board::Region;
use eggroll_board::deploy::MappedFlash;
use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_write,
};
use nrf51_hal::pac::NVMC;
use nrf51_hal::pac::nvmc::RegisterBlock;

/// Bytes of a word, the unit of writing.
pub const WORD: usize = size_of::<u32>();

/// A region of flash.
pub struct Flash(Region);

impl Flash {
    /// `controller` shows that nobody else has it. Two regions may share it: there is one core, and it waits
    /// for the end of each operation.
    pub const fn new(_controller: &NVMC, region: Region) -> Self {
        Self(region)
    }
}

/// Lets `operation` erase or write, and waits for the end of it.
fn enabled(enable: impl FnOnce(&RegisterBlock), operation: impl FnOnce(&RegisterBlock)) {
    // SAFETY: a `Flash` exists, so its `new` has seen the peripheral, and nothing else uses it.
    let controller = unsafe { &*NVMC::ptr() };
    enable(controller);
    operation(controller);
    while controller.ready.read().ready().is_busy() {}
    controller.config.write(|w| w.wen().ren());
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        let held = self.bytes().get(offset as usize..).and_then(|rest| rest.get(..bytes.len()));
        let held = held.ok_or(NorFlashErrorKind::OutOfBounds)?;
        bytes.iter_mut().zip(held).for_each(|(place, &byte)| *place = byte);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for page in (from..to).step_by(Self::ERASE_SIZE) {
            let address = self.0.start as u32 + page;
            // SAFETY: the address of a page of the region, which the linker keeps free of anything else.
            let erase = |controller: &RegisterBlock| {
                controller.erasepage().write(|w| unsafe { w.bits(address) });
            };
            enabled(|controller| controller.config.write(|w| w.wen().een()), erase);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let first = (self.0.start + offset as usize) as *mut u32;
        let (words, _) = bytes.as_chunks::<WORD>();
        for (place, &word) in words.iter().enumerate() {
            // SAFETY: an aligned word within the region; no slice of it is lent out while `self` is borrowed
            // for writing.
            let write = |_: &RegisterBlock| unsafe {
                first.add(place).write_volatile(u32::from_le_bytes(word));
            };
            enabled(|controller| controller.config.write(|w| w.wen().wen()), write);
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for Flash {}

impl MappedFlash for Flash {
    fn bytes(&self) -> &[u8] {
        // SAFETY: flash, which changes only by `&mut self`.
        unsafe { self.0.bytes() }
    }
}
