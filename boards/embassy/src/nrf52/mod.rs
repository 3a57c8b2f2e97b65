//! What boards with an nRF52 share.

mod flash;
mod watchdog;

pub use flash::{Models, models};
pub use watchdog::Watchdog;
