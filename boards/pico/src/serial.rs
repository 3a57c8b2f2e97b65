//! The number by which a host tells one board from another.

use eggroll_board::usb_id::Serial;
use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::peripherals::FLASH;

/// Bytes of the board's flash.
const CAPACITY: usize = 2 << 20;

/// Asks the flash, whose number has 8 bytes (W25Q16JV data sheet, "Read Unique ID Number (4Bh)"); picotool
/// and Raspberry Pi's own software show the same one. The HAL does so from RAM with interrupts off, because
/// the flash cannot be read meanwhile.
pub(crate) fn of_flash(flash: Peri<'static, FLASH>) -> Serial {
    let mut bytes = [0; 8];
    let mut flash = Flash::<_, Blocking, CAPACITY>::new_blocking(flash);
    // Fails only on the other core. A number of zeros then tells no board from another, and all else works.
    let _ = flash.blocking_unique_id(&mut bytes);
    Serial::of(bytes)
}
