//! eggroll on Arm's MPS3 FPGA board with the AN547 image: a Cortex-M55, emulated by QEMU. Its watchdogs are
//! of another kind, and not used.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use mps2::{Image, Uart};

const IMAGE: Image = Image {
    name: "mps3-an547",
    core: "Cortex-M55",
    uart: Uart { address: 0x5930_3000, received: 33, clock: 25_000_000 },
    watchdog: None,
};

#[entry]
fn main() -> ! {
    IMAGE.runtime().run()
}

#[cortex_m_rt::exception]
unsafe fn DefaultHandler(number: i16) {
    IMAGE.uart.interrupted(number);
}
