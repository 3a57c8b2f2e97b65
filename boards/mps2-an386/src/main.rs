//! eggroll on Arm's MPS2 FPGA board with the AN386 image: a Cortex-M4F, emulated by QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::{entry, exception};
use mps2::Uart;

const UART: Uart = Uart { address: 0x4000_4000, received: 0, clock: 25_000_000 };

#[entry]
fn main() -> ! {
    mps2::run("mps2-an386", "Cortex-M4F", UART)
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    UART.interrupted(number);
}
