//! eggroll on the Raspberry Pi Pico: an RP2040, Cortex-M0+ with 264 KB of RAM, as a serial port over USB.
//!
//! USB is served by interrupts, above the server: a host that enumerates the device must not wait for a
//! computation.
#![no_std]
#![no_main]

mod flash;
#[cfg(feature = "fpga")]
mod fpga;
mod serial;
mod usb;
mod watchdog;

use cortex_m_rt::entry;
use eggroll_board::{Board, Features, Runtime, Watched};
use eggroll_board_embassy::Port;
use embassy_executor::InterruptExecutor;
use embassy_rp::interrupt;
use embassy_rp::interrupt::InterruptExt;
use watchdog::Watchdog;

static USB: InterruptExecutor = InterruptExecutor::new();

/// An interrupt without a peripheral, which the executor of USB's tasks raises and runs in.
#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: only called here, and the interrupt is enabled by `start`.
    unsafe { USB.on_interrupt() }
}

#[entry]
fn main() -> ! {
    let mut chip = embassy_rp::init(embassy_rp::config::Config::default());
    // Before anything runs that might be interrupted: meanwhile the flash, where all code is, cannot be read.
    let serial = serial::of_flash(chip.FLASH.reborrow());
    interrupt::SWI_IRQ_0.set_priority(interrupt::Priority::P3);
    let spawner = USB.start(interrupt::SWI_IRQ_0);
    // There is one task and it is spawned once, so there is room for it; without it the board would be
    // silent.
    if let Ok(task) = usb::serve(chip.USB, serial) {
        spawner.spawn(task);
    }
    let board = Board { name: "pico", core: "Cortex-M0+", features: Features::default() };
    let models = flash::models(chip.FLASH);
    let port = Watched::new(Port, Watchdog::new(chip.WATCHDOG));
    let runtime = Runtime::new(board, port).with_models(models);
    #[cfg(feature = "fpga")]
    {
        let wires = fpga::Wires {
            spi: chip.SPI0,
            sck: chip.PIN_2,
            to_unit: chip.PIN_3,
            from_unit: chip.PIN_0,
            select: chip.PIN_1,
            reset: chip.PIN_27,
            done: chip.PIN_26,
        };
        if let Some(fpga) = fpga::Fpga::start(wires) {
            runtime.with_accelerator(fpga).run();
        }
    }
    runtime.run()
}
