//! eggroll on the BBC micro:bit v1: an nRF51822, Cortex-M0 with 16 KB of RAM. Its USB chip passes the serial
//! line on.
#![no_std]
#![no_main]

mod flash;

use core::cell::RefCell;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::entry;
use critical_section::Mutex;
use eggroll_board::deploy::{FlashSamples, Slots};
use eggroll_board::{Board, Features, Inbox, Port, Region, Runtime};
use embedded_hal::serial::{Read, Write};
use flash::{Flash, WORD};
use nrf51_hal::Clocks;
use nrf51_hal::gpio::{Level, p0};
use nrf51_hal::pac::{Interrupt, Peripherals, UART0, interrupt};
use nrf51_hal::uart::{Baudrate, Parity, Pins, Uart};

/// Room for a request that arrives while another is computed: as long as the longest frame, `_frame` of
/// `memory.x`.
static INBOX: Inbox<256> = Inbox::new();
static UART: Mutex<RefCell<Option<Uart<UART0>>>> = Mutex::new(RefCell::new(None));

#[interrupt]
fn UART0() {
    let full = critical_section::with(|cs| {
        let mut uart = UART.borrow(cs).try_borrow_mut().ok();
        INBOX.fill(|| uart.as_mut()?.as_mut()?.read().ok())
    });
    if full {
        // Off until the server has made room; the port holds six bytes that wait.
        NVIC::mask(Interrupt::UART0);
    }
}

struct Serial;

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
            // Between two tries the interrupt may receive.
            let send = || {
                critical_section::with(|cs| {
                    let mut uart = UART.borrow(cs).try_borrow_mut().ok();
                    uart.as_mut().and_then(|uart| uart.as_mut()).is_none_or(|uart| uart.write(byte).is_ok())
                })
            };
            while !send() {}
        }
    }
}

#[entry]
fn main() -> ! {
    let board = Board { name: "microbit", core: "Cortex-M0", features: Features::default() };
    let Some(chip) = Peripherals::take() else {
        // Taken by nobody before; without it the board would be silent.
        cortex_m::peripheral::SCB::sys_reset()
    };
    // The crystal: the internal oscillator is off by more than a baud rate may be.
    Clocks::new(chip.CLOCK).enable_ext_hfosc();
    let pins = p0::Parts::new(chip.GPIO);
    let (txd, rxd) = (pins.p0_24.into_push_pull_output(Level::High), pins.p0_25.into_floating_input());
    let pins = Pins { txd: txd.degrade(), rxd: rxd.degrade(), cts: None, rts: None };
    // Before the HAL, which sends a first byte to get the event that its writes wait for: QEMU's UART, unlike
    // the chip's, drops that byte unless it is on and started. A zero is an empty frame, and means nothing.
    chip.UART0.enable.write(|w| w.enable().enabled());
    // SAFETY: any value starts the task.
    chip.UART0.tasks_starttx.write(|w| unsafe { w.bits(1) });
    chip.UART0.intenset.write(|w| w.rxdrdy().set_bit());
    let uart = Uart::new(chip.UART0, pins, Parity::EXCLUDED, Baudrate::BAUD115200);
    critical_section::with(|cs| UART.borrow(cs).try_borrow_mut().map(|mut place| *place = Some(uart)).ok());
    listen();
    let samples = FlashSamples::<_, WORD>::new(Flash::new(&chip.NVMC, Region::samples()));
    let models = Slots::<_, WORD>::new(Flash::new(&chip.NVMC, Region::models()));
    Runtime::new(board, Serial).with_samples(samples).with_models(models).run()
}
