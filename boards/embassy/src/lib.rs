//! What boards with a HAL of [embassy](https://embassy.dev) share: a [`Port`] whose bytes tasks carry.
//!
//! The tasks run in an executor that an interrupt drives, above the server: a host that enumerates a device,
//! or that sends, must not wait for a computation. A board brings the driver, the interrupt and one task,
//! which ends in `usb::serve` or in [`serve_serial`].
#![no_std]

#[cfg(feature = "nrf52")]
pub mod nrf52;
mod port;
mod serial;
#[cfg(feature = "usb")]
pub mod usb;

pub use port::Port;
pub use serial::serve_serial;
