//! eggroll on Arm's MPS2+ FPGA board with the AN505 image: a Cortex-M33, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use mps2::{Image, Uart, Watchdog};

const IMAGE: Image = Image {
    name: "mps2-an505",
    core: "Cortex-M33",
    uart: Uart { address: 0x5020_0000, received: 32, clock: 20_000_000 },
    watchdog: Some(Watchdog { address: 0x5008_1000, clock: 20_000_000 }),
};

#[entry]
fn main() -> ! {
    IMAGE.runtime().run()
}

#[cortex_m_rt::exception]
unsafe fn DefaultHandler(number: i16) {
    IMAGE.uart.interrupted(number);
}
