//! What the FPGA images for Arm's MPS2 and MPS3 share: a core with the DSP instructions, and UART 0 of the
//! CMSDK. A board's folder has its memory and says where that UART is.
//!
//! ```text
//! const UART: Uart = Uart { address: 0x4000_4000, received: 0, clock: 25_000_000 };
//!
//! #[entry]
//! fn main() -> ! {
//!     mps2::run("mps2-an386", "Cortex-M4F", UART)
//! }
//!
//! #[exception]
//! unsafe fn DefaultHandler(number: i16) {
//!     UART.interrupted(number);
//! }
//! ```
//!
//! QEMU emulates these boards. Its UART sends and receives at once, whatever the baud rate: only an FPGA
//! would show a wrong clock.
#![no_std]

mod uart;

use eggroll_board::{Board, Features};
pub use uart::Uart;

/// Serves a board for ever, through its UART.
pub fn run(name: &'static str, core: &'static str, uart: Uart) -> ! {
    let board = Board { name, core, features: Features { dsp: true, ..Features::default() } };
    eggroll_board::run(board, uart.start())
}
