//! The flash behind the program, where a model stays over a reset: nRF52840 and nRF52833 product
//! specifications, "NVMC". **Not seen at work.**
//!
//! A page of 4 KB is erased in less than 90 ms and a word written in less than 45 us (there, "Electrical
//! specification"). The core, which runs from the same flash, stands still for as long, interrupts included:
//! a host waits for the answer to what erases, and in 45 us neither a UART with DMA nor USB loses anything. A
//! slot of 128 KB is erased within 2.9 s, which is less than the watchdog waits.

use eggroll_board::deploy::Slots;
use eggroll_board::{Region, RegionFlash};
use embassy_nrf::Peri;
use embassy_nrf::nvmc::Nvmc;
use embassy_nrf::peripherals::NVMC;

/// Bytes of a word, the unit of writing.
const WORD: usize = size_of::<u32>();

/// Where models stay.
pub type Models = Slots<RegionFlash<Nvmc<'static>, WORD>, WORD>;

/// The models in the region that `memory.x` names for them.
pub fn models(flash: Peri<'static, NVMC>) -> Option<Models> {
    // Flash begins at address 0.
    Slots::new(RegionFlash::new(Nvmc::new(flash), Region::models(), 0, || ()))
}
