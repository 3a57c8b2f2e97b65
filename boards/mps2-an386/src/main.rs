//! eggroll on Arm's MPS2 FPGA board with the AN386 image: a Cortex-M4F, emulated by QEMU.
#![no_std]
#![no_main]

mod uart;
mod watchdog;

use cortex_m_rt::{entry, exception};
use eggroll_board::{Board, Features, Watched};
use uart::Uart;
use watchdog::Watchdog;

#[entry]
fn main() -> ! {
    let board = Board {
        name: "mps2-an386",
        core: "Cortex-M4F",
        features: Features { dsp: true, ..Features::default() },
    };
    eggroll_board::run(board, Watched::new(Uart::start(), Watchdog::start()))
}

// No crate describes this chip's interrupts, so they all come here.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number == uart::RECEIVED {
        uart::on_received();
    }
}
