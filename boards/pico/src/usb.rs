//! The chip's USB device.

use eggroll_board_embassy::usb;
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts};

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// Serves USB for ever.
#[embassy_executor::task]
pub(crate) async fn serve(device: Peri<'static, USB>) {
    let mut memory = usb::Memory::new();
    usb::serve(Driver::new(device, Interrupts), "eggroll pico", &mut memory).await;
}
