//! UART 0 of the CMSDK, as the board's port. Arm DDI 0479 (Cortex-M System Design Kit), chapter 4.3.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use eggroll_board::{Inbox, Port};

/// UART 0 of an image.
#[derive(Clone, Copy)]
pub struct Uart {
    /// The address of its registers.
    pub address: usize,
    /// The interrupt of a received byte.
    pub received: u16,
    /// What its baud rate is divided from, in Hz.
    pub clock: u32,
}

/// Registers, in bytes from the first.
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CONTROL: usize = 0x08;
const INTERRUPTS: usize = 0x0C;
const DIVIDER: usize = 0x10;

const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const TRANSMIT_ENABLE: u32 = 1 << 0;
const RECEIVE_ENABLE: u32 = 1 << 1;
const RECEIVE_INTERRUPT: u32 = 1 << 3;
const RECEIVE_PENDING: u32 = 1 << 1;

const BAUD: u32 = 115_200;

/// Room for a request that arrives while another is computed: twice the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<8192> = Inbox::new();

// SAFETY: the number of an interrupt that this chip has, the same every time.
unsafe impl InterruptNumber for Uart {
    fn number(self) -> u16 {
        self.received
    }
}

impl Uart {
    fn read(self, register: usize) -> u32 {
        // SAFETY: a register above of a UART that exists, aligned, and used by this module alone.
        unsafe { ((self.address + register) as *const u32).read_volatile() }
    }

    fn write(self, register: usize, value: u32) {
        // SAFETY: as for `read`.
        unsafe { ((self.address + register) as *mut u32).write_volatile(value) }
    }

    /// Serves an interrupt. No crate describes the interrupts of these chips, so all come to the board's
    /// `DefaultHandler`.
    pub fn interrupted(self, number: i16) {
        if number == self.received as i16 {
            self.receive();
        }
    }

    fn receive(self) {
        // Cleared first: a byte that comes after the last look raises it again.
        self.write(INTERRUPTS, RECEIVE_PENDING);
        let next = || (self.read(STATE) & RECEIVE_FULL != 0).then(|| self.read(DATA) as u8);
        if INBOX.fill(next) {
            // Off until the server has made room; the port holds the byte that waits.
            NVIC::mask(self);
        }
    }

    /// Turns it on.
    pub fn start(self) -> impl Port {
        self.write(DIVIDER, self.clock / BAUD);
        self.write(CONTROL, TRANSMIT_ENABLE | RECEIVE_ENABLE | RECEIVE_INTERRUPT);
        self.listen();
        Started(self)
    }

    fn listen(self) {
        // SAFETY: no critical section of ours relies on this interrupt being masked.
        unsafe { NVIC::unmask(self) };
    }
}

/// One that is on.
struct Started(Uart);

impl Port for Started {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        if !NVIC::is_enabled(self.0) {
            // The byte that waits has raised its interrupt before, and will not again.
            NVIC::pend(self.0);
            self.0.listen();
        }
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while self.0.read(STATE) & TRANSMIT_FULL != 0 {}
            self.0.write(DATA, byte.into());
        }
    }
}
