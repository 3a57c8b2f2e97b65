//! UART 0 of the CMSDK, as the board's port. Arm DDI 0479 (Cortex-M System Design Kit), chapter 4.3.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use eggroll_board::{Inbox, Port};

/// The interrupt of a received byte.
pub(crate) const RECEIVED: i16 = 0;

const DATA: *mut u32 = 0x4000_4000 as *mut u32;
const STATE: *mut u32 = 0x4000_4004 as *mut u32;
const CONTROL: *mut u32 = 0x4000_4008 as *mut u32;
const INTERRUPTS: *mut u32 = 0x4000_400C as *mut u32;
const DIVIDER: *mut u32 = 0x4000_4010 as *mut u32;

const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const TRANSMIT_ENABLE: u32 = 1 << 0;
const RECEIVE_ENABLE: u32 = 1 << 1;
const RECEIVE_INTERRUPT: u32 = 1 << 3;
const RECEIVE_PENDING: u32 = 1 << 1;

/// The board's clock; the emulator has no baud rate, so only an FPGA sees the difference.
const CLOCK: u32 = 25_000_000;
const BAUD: u32 = 115_200;

static INBOX: Inbox<8192> = Inbox::new();

#[derive(Clone, Copy)]
struct Received;

// SAFETY: the number of an interrupt that this chip has, the same every time.
unsafe impl InterruptNumber for Received {
    fn number(self) -> u16 {
        RECEIVED as u16
    }
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: only called with the registers above, which exist, are aligned, and are used by this module
    // alone.
    unsafe { register.read_volatile() }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: as for `read`.
    unsafe { register.write_volatile(value) }
}

/// Takes in received bytes; the interrupt calls it.
pub(crate) fn on_received() {
    // Cleared first: a byte that comes after the last look raises it again.
    write(INTERRUPTS, RECEIVE_PENDING);
    let next = || (read(STATE) & RECEIVE_FULL != 0).then(|| read(DATA) as u8);
    if INBOX.fill(next) {
        // Off until the server has made room; the port holds the byte that waits.
        NVIC::mask(Received);
    }
}

/// The port.
pub(crate) struct Uart(());

impl Uart {
    /// Turns it on.
    pub(crate) fn start() -> Self {
        write(DIVIDER, CLOCK / BAUD);
        write(CONTROL, TRANSMIT_ENABLE | RECEIVE_ENABLE | RECEIVE_INTERRUPT);
        listen();
        Self(())
    }
}

fn listen() {
    // SAFETY: no critical section of ours relies on this interrupt being masked.
    unsafe { NVIC::unmask(Received) };
}

impl Port for Uart {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        if !NVIC::is_enabled(Received) {
            // The byte that waits has raised its interrupt before, and will not again.
            NVIC::pend(Received);
            listen();
        }
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while read(STATE) & TRANSMIT_FULL != 0 {}
            write(DATA, byte.into());
        }
    }
}
