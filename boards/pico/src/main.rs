//! eggroll on the Raspberry Pi Pico: an RP2040, Cortex-M0+ with 264 KB of RAM, as a serial port over USB.
#![no_std]
#![no_main]

#[cfg(feature = "fpga")]
mod fpga;

use cortex_m_rt::entry;
use eggroll_board::{Board, Features, Runtime, Watched};
use eggroll_board_rp2040::{Watchdog, models, start_usb};

#[entry]
fn main() -> ! {
    let mut chip = embassy_rp::init(embassy_rp::config::Config::default());
    let port = start_usb(chip.USB, chip.FLASH.reborrow());
    let board = Board { name: "pico", core: "Cortex-M0+", features: Features::default() };
    let port = Watched::new(port, Watchdog::new(chip.WATCHDOG));
    let runtime = Runtime::new(board, port).with_models(models(chip.FLASH));
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
