//! eggroll on the BBC micro:bit v1: an nRF51822, Cortex-M0 with 16 KB of RAM. Its USB chip passes the serial
//! line on.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use eggroll_board::deploy::{FlashSamples, Slots};
use eggroll_board::{Board, Features, Region, Runtime, Watched};
use eggroll_board_nrf51::{Flash, Serial, WORD, Watchdog};
use nrf51_hal::Clocks;
use nrf51_hal::gpio::{Level, p0};
use nrf51_hal::pac::Peripherals;

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
    let serial = Serial::start(chip.UART0, txd, rxd);
    let port = Watched::new(serial, Watchdog::start(chip.WDT));
    let samples = FlashSamples::<_, WORD>::new(Flash::new(&chip.NVMC, Region::samples()));
    let models = Slots::<_, WORD>::new(Flash::new(&chip.NVMC, Region::models()));
    Runtime::new(board, port).with_samples(samples).with_models(models).run()
}
