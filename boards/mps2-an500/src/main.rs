//! eggroll on Arm's MPS2 FPGA board with the AN500 image: a Cortex-M7, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::{entry, exception};
use mps2::Uart;

const UART: Uart = Uart { address: 0x4000_4000, received: 0, clock: 25_000_000 };

#[entry]
fn main() -> ! {
    mps2::run("mps2-an500", "Cortex-M7", UART)
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    UART.interrupted(number);
}
