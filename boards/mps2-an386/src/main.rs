//! eggroll on Arm's MPS2 FPGA board with the AN386 image: a Cortex-M4F, emulated by QEMU.
#![no_std]
#![no_main]

#[cfg(not(feature = "rtt"))]
mod uart;
mod watchdog;

use cortex_m_rt::entry;
use eggroll_board::deploy::{RamFlash, Slots};
use eggroll_board::{Board, Features, Region, Runtime, Watched};
#[cfg(not(feature = "rtt"))]
use uart::Uart;
use watchdog::Watchdog;

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
    let port = Watched::new(port, Watchdog::start());
    // RAM in the place of flash: it survives a reset, and no loss of power.
    let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
    let runtime = Runtime::new(board, port).with_models(models);
    // The board has no circuit: it computes one.
    #[cfg(feature = "controller")]
    let runtime = runtime.with_task(controller::Simulated);
    runtime.run()
}

// No crate describes this chip's interrupts, so they all come here.
#[cfg(not(feature = "rtt"))]
#[cortex_m_rt::exception]
unsafe fn DefaultHandler(number: i16) {
    if number == uart::RECEIVED {
        uart::on_received();
    }
}
