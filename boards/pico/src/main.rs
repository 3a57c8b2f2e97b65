//! eggroll on the Raspberry Pi Pico: an RP2040, Cortex-M0+ with 264 KB of RAM, as a serial port over USB.
//!
//! USB is served by interrupts, above the server: a host that enumerates the device must not wait for a
//! computation.
#![no_std]
#![no_main]

#[cfg(feature = "fpga")]
mod fpga;
mod usb;

use cortex_m_rt::entry;
use eggroll_board::{Board, Features};
use eggroll_board_embassy::Port;
use embassy_executor::InterruptExecutor;
use embassy_rp::interrupt;
use embassy_rp::interrupt::InterruptExt;

static USB: InterruptExecutor = InterruptExecutor::new();

/// An interrupt without a peripheral, which the executor of USB's tasks raises and runs in.
#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { USB.on_interrupt() }
}

#[entry]
fn main() -> ! {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    interrupt::SWI_IRQ_0.set_priority(interrupt::Priority::P3);
    let spawner = USB.start(interrupt::SWI_IRQ_0);
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = usb::serve(chip.USB) {
        spawner.spawn(task);
    }
    let board = Board { name: "pico", core: "Cortex-M0+", features: Features::default() };
    #[cfg(feature = "fpga")]
    use eggroll_board::Runtime;
    #[cfg(feature = "fpga")]
    if let Some(unit) = fpga::unit(chip.SPI0, chip.PIN_2, chip.PIN_3, chip.PIN_0, chip.PIN_1) {
        let features = Features { fpga: true, ..board.features };
        Runtime::new(Board { features, ..board }, Port).with_accelerator(unit).run();
    }
    eggroll_board::run(board, Port)
}
