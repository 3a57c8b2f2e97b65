//! Samples in the flash behind the program, by the nRF51's flash controller (NVMC).
//!
//! Flash is erased in pages of 1 KB (about 22 ms each) and written in words (about 46 us each). The CPU,
//! which runs from the same flash, stands still for as long, interrupts included: the UART receives a byte in
//! 87 us and holds six, so writing loses nothing, and erasing loses what arrives meanwhile. Nothing should: a
//! page is erased only while a run is configured, and until that is answered a host sends no more than the
//! same request again.

use core::ptr::{addr_of, addr_of_mut};
use eggroll_board::{Error, SampleStore};
use nrf51_hal::pac::NVMC;

const PAGE: usize = 1024;
const WORD: usize = size_of::<u32>();
const ERASED: u8 = 0xff;

unsafe extern "C" {
    /// The first byte of the region, at a page, from `memory.x`.
    static mut _samples_start: u8;
    /// The first byte behind it.
    static _samples_end: u8;
}

/// The region `SAMPLES` of `memory.x`.
pub(crate) struct Flash(NVMC);

impl Flash {
    pub(crate) const fn new(controller: NVMC) -> Self {
        Self(controller)
    }

    fn wait(&self) {
        while self.0.ready.read().ready().is_busy() {}
    }

    /// Programs a word, and returns whether the flash holds it then.
    fn program(&mut self, index: usize, value: u32) -> bool {
        let Some(bytes) = index.checked_add(1).and_then(|words| words.checked_mul(WORD)) else {
            return false;
        };
        if bytes > self.capacity() {
            return false;
        }
        // SAFETY: an aligned word within the region, which the linker keeps free of anything else; no slice
        // of it is lent out while `self` is borrowed for writing.
        let word = unsafe { addr_of_mut!(_samples_start).cast::<u32>().add(index) };
        // Bits become 0 and nothing else, and a word may be written twice between two erasures: the first and
        // the last of a piece, which it shares with its neighbours. One that a repeated piece brings again is
        // left alone. SAFETY: as above; reading flash has no effect.
        let old = unsafe { word.read_volatile() };
        let new = old & value;
        if new != old {
            self.0.config.write(|w| w.wen().wen());
            // SAFETY: as above, with writing enabled.
            unsafe { word.write_volatile(new) };
            self.wait();
            self.0.config.write(|w| w.wen().ren());
        }
        // SAFETY: as above.
        unsafe { word.read_volatile() == new }
    }
}

impl SampleStore for Flash {
    fn capacity(&self) -> usize {
        addr_of!(_samples_end) as usize - addr_of!(_samples_start) as usize
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the region is flash, where every byte can be read, and changes only by `&mut self`.
        unsafe { core::slice::from_raw_parts(addr_of!(_samples_start), self.capacity()) }
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        let pages = len.div_ceil(PAGE);
        if pages > self.capacity() / PAGE {
            return Err(Error::Store);
        }
        let blank = |flash: &Self, page: usize| {
            let bytes = flash.bytes().get(page * PAGE..(page + 1) * PAGE);
            bytes.is_some_and(|bytes| bytes.iter().all(|&byte| byte == ERASED))
        };
        for page in 0..pages {
            // Flash wears out by erasing.
            if blank(self, page) {
                continue;
            }
            let address = addr_of!(_samples_start) as u32 + (page * PAGE) as u32;
            self.0.config.write(|w| w.wen().een());
            // SAFETY: the address of a page of the region.
            self.0.erasepage().write(|w| unsafe { w.bits(address) });
            self.wait();
            self.0.config.write(|w| w.wen().ren());
            if !blank(self, page) {
                return Err(Error::Store);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            // What a word has beyond the piece stays as it is: written as 1.
            let mut word = [ERASED; WORD];
            let skip = at % WORD;
            let here = rest.len().min(WORD - skip);
            let (now, later) = rest.split_at(here);
            for (place, &byte) in word.iter_mut().skip(skip).zip(now) {
                *place = byte;
            }
            if !self.program(at / WORD, u32::from_le_bytes(word)) {
                return Err(Error::Store);
            }
            (at, rest) = (at + here, later);
        }
        // Another byte was there already, or the flash is worn out.
        let written = offset.checked_add(bytes.len()).and_then(|end| self.bytes().get(offset..end));
        if written == Some(bytes) { Ok(()) } else { Err(Error::Store) }
    }
}
