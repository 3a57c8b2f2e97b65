//! What images for an nRF51 share: its flash as a store, its UART as the port that a host talks to, and its
//! watchdog.
#![no_std]

mod flash;
mod uart;
mod watchdog;

pub use flash::{Flash, WORD};
pub use uart::Serial;
pub use watchdog::Watchdog;
