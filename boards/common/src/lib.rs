//! What all boards share: the arena, the server's loop, received bytes, logging, panics.
//!
//! A board brings its `memory.x`, a [`Port`] and a `main` that ends in [`run`], or in [`Runtime::run`] with
//! what it has beside: flash for samples or a model, a task of its own, an FPGA.
//!
//! ```text
//! #[entry]
//! fn main() -> ! {
//!     // clocks, serial port
//!     eggroll_board::run(Board { name: "mine", core: "Cortex-M4F", features: Features::default() }, port)
//! }
//! ```
//!
//! The processor may be a Cortex-M or a RISC-V; what differs between them is in one module each. A RISC-V
//! board also brings the function that resets its chip.
//!
//! A chip's watchdog is a [`Watchdog`], and the port that it waits for a [`Watched`].
//!
//! Memory, from the bottom of RAM: the stack (its size is in `memory.x`; below it is nothing, so that a stack
//! that outgrows it faults instead of writing over data), the statics, and all the rest is the arena.
#![no_std]

mod arena;
mod ending;
#[cfg(feature = "faults")]
mod faults;
mod flash;
mod inbox;
mod panic;
mod processor;
mod region;
#[cfg(feature = "rtt")]
mod rtt;
mod server;
pub mod usb_id;
mod watchdog;

pub use eggroll_firmware::Error;
pub use eggroll_firmware::accelerator;
pub use eggroll_firmware::deploy;
pub use eggroll_firmware::progress::Progress;
pub use eggroll_firmware::runtime::Board;
pub use eggroll_firmware::task::{SampleStore, Task};
pub use eggroll_firmware::wire::Features;
pub use flash::RegionFlash;
pub use inbox::Inbox;
pub use region::Region;
#[cfg(feature = "rtt")]
pub use rtt::Rtt;
pub use server::{BoardLearner, Port, Runtime, run, run_with_task};
pub use watchdog::{PATIENCE_MS, Watchdog, Watched};

// The transport of all logs: a ring in RAM that a debugger reads. Without a debugger the logs are dropped. A
// port through a probe has rings beside that one, and a probe finds one control block, so it brings the logs
// along.
#[cfg(not(feature = "rtt"))]
use defmt_rtt as _;
