//! What all boards share: the arena, the server's loop, received bytes, logging, panics.
//!
//! A board brings its `memory.x`, a [`Port`] and a `main` that ends in [`run`] (or in [`run_with_store`],
//! with flash for samples, or [`run_with_task`], with a task of its own):
//!
//! ```text
//! #[entry]
//! fn main() -> ! {
//!     // clocks, serial port
//!     eggroll_board::run(Board { name: "mine", core: "Cortex-M4F", features: Features::default() }, port)
//! }
//! ```
//!
//! Memory, from the bottom of RAM: the stack (its size is in `memory.x`; below it is nothing, so that a stack
//! that outgrows it faults instead of writing over data), the statics, and all the rest is the arena.
#![no_std]

mod arena;
mod fault;
mod inbox;
#[cfg(feature = "rtt")]
mod rtt;
mod server;

pub use eggroll_firmware::Error;
pub use eggroll_firmware::accelerator;
pub use eggroll_firmware::runtime::Board;
pub use eggroll_firmware::task::{SampleStore, Task};
pub use eggroll_firmware::wire::Features;
pub use inbox::Inbox;
#[cfg(feature = "rtt")]
pub use rtt::Rtt;
pub use server::{Port, run, run_accelerated, run_with_store, run_with_task};

// The transport of all logs: a ring in RAM that a debugger reads. Without a debugger the logs are dropped. A
// port through a probe has rings beside that one, and a probe finds one control block, so it brings the logs
// along.
#[cfg(not(feature = "rtt"))]
use defmt_rtt as _;
