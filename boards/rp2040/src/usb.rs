//! The chip's USB device. Two of its errata concern who plugs it into a hub:
//!
//! - RP2040-E5 (Datasheet, appendix B; chips B0 and B1): after a bus reset it waits for 800 us of silence,
//!   which a hub may not have whose other devices are busy; then it is not found. Embassy has no workaround:
//!   use another port.
//! - RP2040-E15: an IN transfer that the bus damages may stop the controller for ever
//!   (embassy-rs/embassy#2880). The board still computes, so that the watchdog does not see it; it has to be
//!   plugged in anew.

use crate::serial;
use eggroll_board::usb_id::Serial;
use eggroll_board_embassy::{Port, usb};
use embassy_executor::InterruptExecutor;
use embassy_rp::interrupt;
use embassy_rp::interrupt::InterruptExt;
use embassy_rp::peripherals::{FLASH, USB};
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts};

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();

/// An interrupt without a peripheral, which the executor of USB's tasks raises and runs in.
#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { EXECUTOR.on_interrupt() }
}

/// Serves USB from now on, by interrupts: a host that enumerates the device must not wait for a computation.
/// What the port says is the board's number, by which a host tells one from another, is that of its flash.
pub fn start(device: Peri<'static, USB>, flash: Peri<'_, FLASH>) -> Port {
    // Before anything runs that might be interrupted: meanwhile the flash, where all code is, cannot be read.
    let serial = serial::of_flash(flash);
    interrupt::SWI_IRQ_0.set_priority(interrupt::Priority::P3);
    let spawner = EXECUTOR.start(interrupt::SWI_IRQ_0);
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = serve(device, serial) {
        spawner.spawn(task);
    }
    Port
}

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// Serves USB for ever.
#[embassy_executor::task]
async fn serve(device: Peri<'static, USB>, serial: Serial) {
    let mut memory = usb::Memory::new().with_serial(serial.text());
    usb::serve(Driver::new(device, Interrupts), "eggroll pico", &mut memory).await;
}
