//! The nRF51's UART as the board's port, register by register: nRF51 Series Reference Manual 3.0, chapter 28.
//!
//! The HAL enables the UART before it selects its pins, and sends a byte of its own to begin with. The manual
//! has the pins selected, and the rate and the frame set, while the UART is disabled (28.3, "Pin
//! configuration"); what a chip does otherwise no emulator shows.

use cortex_m::peripheral::NVIC;
use eggroll_board::{Inbox, Port};
use nrf51_hal::gpio::p0::{P0_24, P0_25};
use nrf51_hal::gpio::{Floating, Input, Output, PushPull};
use nrf51_hal::pac::{Interrupt, UART0, interrupt};

/// The pins that the board's USB chip listens to and speaks on.
const TXD: u32 = 24;
const RXD: u32 = 25;

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<256> = Inbox::new();

/// The registers that the interrupt uses, which are those of received bytes alone.
fn receiver() -> &'static nrf51_hal::pac::uart0::RegisterBlock {
    // SAFETY: the registers exist for ever. [`Serial`] owns the UART and leaves these to the interrupt.
    unsafe { &*UART0::ptr() }
}

#[interrupt]
fn UART0() {
    let uart = receiver();
    let full = INBOX.fill(|| {
        if uart.events_rxdrdy.read().bits() == 0 {
            return None;
        }
        // Before the byte is read: reading makes room for the next one of the six that wait, whose event must
        // not be lost (28.5).
        uart.events_rxdrdy.reset();
        Some(uart.rxd.read().rxd().bits())
    });
    if full {
        // Off until the server has made room; the port holds six bytes that wait.
        NVIC::mask(Interrupt::UART0);
    }
}

/// The port.
pub struct Serial {
    uart: UART0,
    /// A byte is on its way, and its event still to come.
    sending: bool,
}

impl Serial {
    /// Turns it on: 115,200 baud, eight bits, no parity, no flow control. The pins have their directions and
    /// levels already, as the manual wants it (28.3).
    pub fn start(uart: UART0, _: P0_24<Output<PushPull>>, _: P0_25<Input<Floating>>) -> Self {
        uart.enable.write(|w| w.enable().disabled());
        // SAFETY: numbers of pins that the chip has and that are this port's; the others are not connected.
        unsafe {
            uart.pseltxd.write(|w| w.bits(TXD));
            uart.pselrxd.write(|w| w.bits(RXD));
            uart.pselcts.write(|w| w.bits(u32::MAX));
            uart.pselrts.write(|w| w.bits(u32::MAX));
        }
        uart.baudrate.write(|w| w.baudrate().baud115200());
        uart.config.write(|w| w.parity().excluded().hwfc().disabled());
        uart.enable.write(|w| w.enable().enabled());
        uart.intenset.write(|w| w.rxdrdy().set_bit());
        // SAFETY: writing 1 starts a task.
        unsafe {
            uart.tasks_starttx.write(|w| w.bits(1));
            uart.tasks_startrx.write(|w| w.bits(1));
        }
        listen();
        Self { uart, sending: false }
    }
}

fn listen() {
    // SAFETY: no critical section of ours relies on this interrupt being masked.
    unsafe { NVIC::unmask(Interrupt::UART0) };
}

impl Port for Serial {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        if !NVIC::is_enabled(Interrupt::UART0) {
            NVIC::pend(Interrupt::UART0);
            listen();
        }
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            // The event of the byte before: then there is room for this one (28.4).
            while self.sending && self.uart.events_txdrdy.read().bits() == 0 {}
            self.uart.events_txdrdy.reset();
            // SAFETY: any byte may be sent.
            self.uart.txd.write(|w| unsafe { w.txd().bits(byte) });
            self.sending = true;
        }
    }
}
