//! eggroll on Arm's MPS3 FPGA board with the AN547 image: a Cortex-M55, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::{entry, exception};
use mps2::Uart;

const UART: Uart = Uart { address: 0x5930_3000, received: 33, clock: 25_000_000 };

#[entry]
fn main() -> ! {
    mps2::run("mps3-an547", "Cortex-M55", UART)
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    UART.interrupted(number);
}
