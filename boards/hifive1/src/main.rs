//! eggroll on SiFive's HiFive1 Rev B: an FE310-G002, RV32IMAC with 16 KB of RAM. Its USB chip passes the
//! serial line on.
#![no_std]
#![no_main]

mod uart;
mod watchdog;

use e310x::{Gpio0, Prci, Wdog};
use eggroll_board::deploy::{RamFlash, Slots};
use eggroll_board::{Board, Features, Region, Runtime, Watched};
use riscv_rt::entry;
use uart::Serial;
use watchdog::Watchdog;

/// The pins of UART 0 as bits: 16 receives and 17 sends, by function 0 (SiFive's FE310-G002 manual, chapter
/// of the GPIO).
const UART_PINS: u32 = 1 << 16 | 1 << 17;

/// The core by the crystal of 16 MHz, past the PLL: at reset it runs by an oscillator that is off by more
/// than a baud rate may be. It would run at up to 320 MHz by the PLL; but the program is read from the flash
/// over SPI, whose divider would have to follow, and no emulator shows either.
fn clocks(prci: &Prci) {
    prci.hfxosccfg().write(|w| w.enable().set_bit());
    while prci.hfxosccfg().read().ready().bit_is_clear() {}
    prci.pllcfg().modify(|_, w| w.bypass().set_bit().refsel().set_bit());
    prci.pllcfg().modify(|_, w| w.sel().set_bit());
    prci.hfrosccfg().modify(|_, w| w.enable().clear_bit());
}

/// Where the program begins.
#[entry]
fn main() -> ! {
    // SAFETY: here alone, once.
    let (prci, pins) = unsafe { (Prci::steal(), Gpio0::steal()) };
    clocks(&prci);
    // SAFETY: bits of pins; those of the UART belong to it.
    pins.iof_sel().modify(|r, w| unsafe { w.bits(r.bits() & !UART_PINS) });
    pins.iof_en().modify(|r, w| unsafe { w.bits(r.bits() | UART_PINS) });
    let board = Board { name: "hifive1", core: "RV32IMAC", features: Features::default() };
    let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
    // SAFETY: here alone, once.
    let watchdog = Watchdog::new(unsafe { Wdog::steal() });
    Runtime::new(board, Watched::new(Serial::start(), watchdog)).with_models(models).run()
}
