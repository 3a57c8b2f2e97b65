//! The number by which a host tells one board from another.

use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::peripherals::FLASH;

/// Bytes of the flash's number. Winbond's chips, which the Pico has, have as many (W25Q16JV data sheet, "Read Unique ID
/// Number (4Bh)"); picotool and Raspberry Pi's own software show the same ones.
const BYTES: usize = 8;
/// Bytes of the board's flash.
const CAPACITY: usize = 2 << 20;

/// The flash's number, as hexadecimal digits.
pub(crate) struct Serial([u8; 2 * BYTES]);

impl Serial {
    /// Asks the flash. The HAL does so from RAM with interrupts off, because the flash cannot be read meanwhile.
    pub(crate) fn of_flash(flash: Peri<'static, FLASH>) -> Self {
        let mut bytes = [0; BYTES];
        let mut flash = Flash::<_, Blocking, CAPACITY>::new_blocking(flash);
        // Fails only on the other core. A number of zeros then tells no board from another, and all else works.
        let _ = flash.blocking_unique_id(&mut bytes);
        let mut digits = [b'0'; 2 * BYTES];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = [digit(byte >> 4), digit(byte & 0xf)];
        }
        Self(digits)
    }

    /// The digits.
    pub(crate) fn text(&self) -> &str {
        // They are ASCII.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..10 => b'0' + value,
        _ => b'A' + value - 10,
    }
}
