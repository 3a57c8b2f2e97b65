//! eggroll on Arm's MPS2 FPGA board with the AN500 image: a Cortex-M7, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use mps2::{Image, Uart, Watchdog};

const IMAGE: Image = Image {
    name: "mps2-an500",
    core: "Cortex-M7",
    uart: Uart { address: 0x4000_4000, received: 0, clock: 25_000_000 },
    watchdog: Some(Watchdog { address: 0x4000_8000, clock: 25_000_000 }),
};

#[entry]
fn main() -> ! {
    IMAGE.runtime().run()
}

#[cortex_m_rt::exception]
unsafe fn DefaultHandler(number: i16) {
    IMAGE.uart.interrupted(number);
}
