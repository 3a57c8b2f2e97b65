//! The number by which a host tells one board from another.

use crate::flash::Chip;
use eggroll_board::usb_id::Serial;
use embassy_rp::Peri;
use embassy_rp::peripherals::FLASH;

/// Asks the flash, whose number has 8 bytes (W25Q16JV data sheet, "Read Unique ID Number (4Bh)"); picotool
/// and Raspberry Pi's own software show the same one. The HAL does so from RAM with interrupts off, because
/// the flash cannot be read meanwhile.
pub(crate) fn of_flash(flash: Peri<'_, FLASH>) -> Serial {
    let mut bytes = [0; 8];
    let mut flash = Chip::new_blocking(flash);
    // Fails only on the other core. A number of zeros then tells no board from another, and all else works.
    let _ = flash.blocking_unique_id(&mut bytes);
    Serial::of(bytes)
}
