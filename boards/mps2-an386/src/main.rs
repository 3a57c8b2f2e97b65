//! eggroll on Arm's MPS2 FPGA board with the AN386 image: a Cortex-M4F, emulated by QEMU.
#![no_std]
#![no_main]

#[cfg(not(feature = "rtt"))]
mod uart;

use cortex_m_rt::entry;
use eggroll_board::{Board, Features};
#[cfg(not(feature = "rtt"))]
use uart::Uart;

#[entry]
fn main() -> ! {
    let board = Board {
        name: "mps2-an386",
        core: "Cortex-M4F",
        features: Features { dsp: true, ..Features::default() },
    };
    #[cfg(not(feature = "rtt"))]
    let port = Uart::start();
    #[cfg(feature = "rtt")]
    let port = eggroll_board::Rtt::start();
    // The board has no circuit: it computes one.
    #[cfg(feature = "controller")]
    eggroll_board::run_with_task(board, port, controller::Simulated);
    #[cfg(not(feature = "controller"))]
    eggroll_board::run(board, port)
}

// No crate describes this chip's interrupts, so they all come here.
#[cfg(not(feature = "rtt"))]
#[cortex_m_rt::exception]
unsafe fn DefaultHandler(number: i16) {
    if number == uart::RECEIVED {
        uart::on_received();
    }
}
