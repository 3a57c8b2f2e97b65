//! eggroll on Arm's MPS2+ FPGA board with the AN505 image: a Cortex-M33, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::{entry, exception};
use mps2::Uart;

const UART: Uart = Uart { address: 0x5020_0000, received: 32, clock: 20_000_000 };

#[entry]
fn main() -> ! {
    mps2::run("mps2-an505", "Cortex-M33", UART)
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    UART.interrupted(number);
}
