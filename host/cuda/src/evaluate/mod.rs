//! The scores of a range of units, by a device.

mod engine;
mod judge;
mod pass;
mod scores;
mod worker;

pub use scores::Evaluated;
pub use worker::Worker;
