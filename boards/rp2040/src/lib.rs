//! What images for an RP2040 share: its flash as a store, its USB as the port that a host talks to, and its
//! watchdog.
#![no_std]

mod flash;
mod serial;
mod usb;
mod watchdog;

pub use flash::{Models, models};
pub use usb::start as start_usb;
pub use watchdog::Watchdog;
