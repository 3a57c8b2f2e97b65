//! What the FPGA images for Arm's MPS2 and MPS3 share: a core with the DSP instructions, UART 0 and a
//! watchdog of the CMSDK, and RAM in which a model outlives a reset. A board's folder has its memory and says
//! where those are.
//!
//! ```text
//! const IMAGE: Image = Image {
//!     name: "mps2-an500",
//!     core: "Cortex-M7",
//!     uart: Uart { address: 0x4000_4000, received: 0, clock: 25_000_000 },
//!     watchdog: Some(Watchdog { address: 0x4000_8000, clock: 25_000_000 }),
//! };
//!
//! #[entry]
//! fn main() -> ! {
//!     IMAGE.runtime().run()
//! }
//!
//! #[exception]
//! unsafe fn DefaultHandler(number: i16) {
//!     IMAGE.uart.interrupted(number);
//! }
//! ```
//!
//! QEMU emulates these boards. Its UART sends and receives at once, whatever the baud rate: only an FPGA
//! would show a wrong clock.
#![no_std]

mod uart;
mod watchdog;

use eggroll_board::deploy::{ModelStore, RamFlash, Slots};
use eggroll_board::{Board, Features, Port, Region, Runtime, SampleStore, Watched};
pub use uart::Uart;
pub use watchdog::Watchdog;
use watchdog::Watching;

/// An FPGA image.
#[derive(Clone, Copy)]
pub struct Image {
    /// The board's name.
    pub name: &'static str,
    /// Its core.
    pub core: &'static str,
    /// Its UART 0.
    pub uart: Uart,
    /// Its watchdog, if it has the CMSDK's.
    pub watchdog: Option<Watchdog>,
}

impl Image {
    /// The board, with its port, its watchdog, and a store of models: RAM in the place of flash, which
    /// survives a reset, and no loss of power.
    pub fn runtime(self) -> Runtime<impl Port, impl SampleStore, impl ModelStore> {
        let features = Features { dsp: true, ..Features::default() };
        let board = Board { name: self.name, core: self.core, features };
        #[cfg(not(feature = "rtt"))]
        let port = self.uart.start();
        #[cfg(feature = "rtt")]
        let port = eggroll_board::Rtt::start();
        let port = Watched::new(port, Watching(self.watchdog));
        let models = Slots::<_, 4>::new(RamFlash::new(Region::models().ram()));
        Runtime::new(board, port).with_models(models)
    }
}
