//! USART 1 as the board's port, on PA9 (sends) and PA10 (receives). ST RM0090, chapter of the USART.

use cortex_m::peripheral::NVIC;
use eggroll_board::{Inbox, Port};
use stm32_metapac::gpio::vals::Moder;
use stm32_metapac::{GPIOA, Interrupt, RCC, USART1, interrupt};

const BAUD: u32 = 115_200;
/// The alternate function of both pins (ST DS8626).
const USART: u8 = 7;
const PINS: [usize; 2] = [9, 10];

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<2048> = Inbox::new();

#[interrupt]
fn USART1() {
    // Reading the data clears its flag, and one that says that a byte was lost before.
    let next = || {
        let state = USART1.sr().read();
        (state.rxne() || state.ore()).then(|| USART1.dr().read().dr() as u8)
    };
    if INBOX.fill(next) {
        // Off until the server has made room; the port holds the byte that waits.
        NVIC::mask(Interrupt::USART1);
    }
}

/// The port.
pub(crate) struct Serial(());

impl Serial {
    /// Turns it on.
    pub(crate) fn start(clock: u32) -> Self {
        RCC.ahb1enr().modify(|w| w.set_gpioaen(true));
        RCC.apb2enr().modify(|w| w.set_usart1en(true));
        // Two cycles pass between a clock and its use (ST's errata of the chip): a read takes them.
        let _ = RCC.apb2enr().read();
        for pin in PINS {
            GPIOA.afr(pin / 8).modify(|w| w.set_afr(pin % 8, USART));
            GPIOA.moder().modify(|w| w.set_moder(pin, Moder::ALTERNATE));
        }
        USART1.brr().write(|w| w.set_brr(((clock + BAUD / 2) / BAUD) as u16));
        USART1.cr1().write(|w| {
            w.set_te(true);
            w.set_re(true);
            w.set_rxneie(true);
            w.set_ue(true);
        });
        listen();
        Self(())
    }
}

fn listen() {
    // SAFETY: no critical section of ours relies on this interrupt being masked.
    unsafe { NVIC::unmask(Interrupt::USART1) };
}

impl Port for Serial {
    fn take(&mut self, out: &mut [u8]) -> usize {
        let taken = INBOX.take(out);
        // A byte that waits raises it at once, where it was off.
        listen();
        taken
    }

    fn is_empty(&self) -> bool {
        INBOX.is_empty()
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while !USART1.sr().read().txe() {}
            USART1.dr().write(|w| w.set_dr(byte.into()));
        }
    }
}
