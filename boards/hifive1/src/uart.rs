//! UART 0 as the board's port. SiFive's FE310-G002 manual, chapters of the PLIC and the UART.

use e310x::interrupt::{ExternalInterrupt, Priority};
use e310x::{PLIC, Uart0};
use eggroll_board::{Inbox, Port};
use riscv::interrupt::Interrupt;
use riscv_rt::core_interrupt;

/// The core's clock, and the baud rate.
const CLOCK: u32 = 16_000_000;
const BAUD: u32 = 115_200;
/// Reading claims an interrupt, writing completes it. The crate's own functions panic with formatted text
/// where the chip names a source that it does not know.
const CLAIM: *mut u32 = 0x0C20_0004 as *mut u32;

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<256> = Inbox::new();

fn uart() -> Uart0 {
    // SAFETY: reads of its data belong to the interrupt, all else to the port; `ie` is written by the
    // interrupt, and by the port where that cannot come.
    unsafe { Uart0::steal() }
}

// UART 0 is the only source that is turned on.
#[core_interrupt(Interrupt::MachineExternal)]
fn received() {
    // SAFETY: the register of this chip's only core.
    let source = unsafe { CLAIM.read_volatile() };
    let uart = uart();
    let next = || {
        let data = uart.rxdata().read();
        data.empty().bit_is_clear().then(|| data.data().bits())
    };
    if INBOX.fill(next) {
        // Off until the server has made room; the port holds eight bytes that wait.
        uart.ie().write(|w| w.rxwm().clear_bit());
    }
    // SAFETY: as above.
    unsafe { CLAIM.write_volatile(source) };
}

/// The port.
pub(crate) struct Serial(());

impl Serial {
    /// Turns it on.
    pub(crate) fn start() -> Self {
        let uart = uart();
        // SAFETY: any divider is one; this is the nearest.
        uart.div().write(|w| unsafe { w.bits((CLOCK + BAUD / 2) / BAUD - 1) });
        uart.txctrl().write(|w| w.enable().set_bit());
        // An interrupt while more than `counter` bytes wait, which is 0.
        uart.rxctrl().write(|w| w.enable().set_bit());
        uart.ie().write(|w| w.rxwm().set_bit());
        let plic = PLIC::ctx0();
        // SAFETY: no critical section of ours relies on an interrupt being masked.
        unsafe {
            PLIC::priorities().set_priority(ExternalInterrupt::UART0, Priority::P1);
            plic.threshold().set_threshold(Priority::P0);
            plic.enables().enable(ExternalInterrupt::UART0);
            PLIC::enable();
            riscv::interrupt::enable();
        }
        Self(())
    }
}

impl Port for Serial {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        // Where it was off it comes at once, if bytes wait.
        uart().ie().write(|w| w.rxwm().set_bit());
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        let uart = uart();
        for &byte in bytes {
            while uart.txdata().read().full().bit_is_set() {}
            // SAFETY: a byte.
            uart.txdata().write(|w| unsafe { w.data().bits(byte) });
        }
    }
}
