//! The flash behind the program, where a model stays over a reset, by the functions of the boot ROM (RP2040
//! Datasheet, 2.8.3.1.3). The HAL calls them from RAM with interrupts off, because the flash, where all other
//! code is, cannot be read meanwhile.
//!
//! A sector of 4 KB is erased in 45 ms, or in 400 ms at most, and a page of 256 bytes programmed in 0.4 ms,
//! or in 3 ms at most (W25Q16JV data sheet, "AC Electrical Characteristics"). USB waits for as long: the chip
//! tells the host by itself that it has no room. Should a worn flash take longer for the whole of a model
//! than the host has patience, the same command again finds it erased.
//!
//! **Not seen on hardware.** The emulator changes the flash, lets the longest of these times pass, and
//! refuses callers in flash, data in flash and interrupts; that nothing else reads it meanwhile is unproven.

use crate::watchdog;
use eggroll_board::deploy::Slots;
use eggroll_board::{Region, RegionFlash};
use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, FLASH_BASE, Flash, PAGE_SIZE};
use embassy_rp::peripherals::FLASH;

/// All of the board's flash: 2 MB.
pub(crate) type Chip<'d> = Flash<'d, FLASH, Blocking, { 2 << 20 }>;

/// Where models stay. Each page is programmed once between two erasures.
pub type Models = Slots<RegionFlash<Chip<'static>, PAGE_SIZE>, PAGE_SIZE>;

/// The models at the end of the flash.
pub fn models(flash: Peri<'static, FLASH>) -> Option<Models> {
    let driver = Chip::new_blocking(flash);
    // The sectors of a slot may take longer than the watchdog waits.
    Slots::new(RegionFlash::new(driver, Region::models(), FLASH_BASE as usize, watchdog::feed))
}
