//! The chip's USB device. Two of its errata concern who plugs it into a hub:
//!
//! - RP2040-E5 (Datasheet, appendix B; chips B0 and B1): after a bus reset it waits for 800 us of silence,
//!   which a hub may not have whose other devices are busy; then it is not found. Embassy has no workaround:
//!   use another port.
//! - RP2040-E15: an IN transfer that the bus damages may stop the controller for ever
//!   (embassy-rs/embassy#2880). The board still computes, so that the watchdog does not see it; it has to be
//!   plugged in anew.

use eggroll_board::usb_id::Serial;
use eggroll_board_embassy::usb;
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts};

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// Serves USB for ever.
#[embassy_executor::task]
pub(crate) async fn serve(device: Peri<'static, USB>, serial: Serial) {
    let mut memory = usb::Memory::new().with_serial(serial.text());
    usb::serve(Driver::new(device, Interrupts), "eggroll pico", &mut memory).await;
}
