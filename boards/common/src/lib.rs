//! What all boards share: the arena, the server's loop, received bytes, logging, panics.
//!
//! A board brings its `memory.x`, a [`Port`] and a `main` that ends in [`run`] (or in [`run_with_store`],
//! with flash for samples):
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
//! Memory, from the bottom of RAM: the stack (its size is in `memory.x`; below it is nothing, so that a stack
//! that outgrows it faults instead of writing over data), the statics, and all the rest is the arena.
#![no_std]

mod arena;
mod inbox;
mod panic;
mod processor;
mod server;

pub use eggroll_firmware::Error;
pub use eggroll_firmware::accelerator;
pub use eggroll_firmware::runtime::Board;
pub use eggroll_firmware::task::SampleStore;
pub use eggroll_firmware::wire::Features;
pub use inbox::Inbox;
pub use server::{Port, run, run_accelerated, run_with_store};

// The transport of all logs: a ring in RAM that a debugger reads. Without a debugger the logs are dropped.
use defmt_rtt as _;
