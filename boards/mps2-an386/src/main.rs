//! eggroll on Arm's MPS2 FPGA board with the AN386 image: a Cortex-M4F, emulated by QEMU.
#![no_std]
#![no_main]

mod uart;

use cortex_m_rt::{entry, exception};
use eggroll_board::deploy::{RamFlash, Slots};
use eggroll_board::{Board, Features, Region, Runtime};
use uart::Uart;

#[entry]
fn main() -> ! {
    let board = Board {
        name: "mps2-an386",
        core: "Cortex-M4F",
        features: Features { dsp: true, ..Features::default() },
    };
    // RAM in the place of flash: it survives a reset, and no loss of power.
    let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
    Runtime::new(board, Uart::start()).with_models(models).run()
}

// No crate describes this chip's interrupts, so they all come here.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number == uart::RECEIVED {
        uart::on_received();
    }
}
