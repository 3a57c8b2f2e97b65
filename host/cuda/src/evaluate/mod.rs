//! The scores of a range of units, by a device.

mod node;
mod pass;
mod weight;
mod worker;

pub use worker::{Evaluated, Worker};
