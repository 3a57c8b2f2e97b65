//! The scores of a range of units, by a device.

mod node;
mod pass;
mod scores;
mod weight;
mod worker;

pub use scores::Evaluated;
pub use worker::Worker;
