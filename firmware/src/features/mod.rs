//! From raw values, such as those of a sensor or of a file, to the features that a model reads.
//!
//! A raw value is an i32 in units of a power of ten. [`raw`] reads one from a decimal number, and a [`Rule`],
//! which travels with a model, brings it to the range of an activation. Hosts, boards and exported models
//! apply the same rule to the same text and get the same bits.

mod decimal;
mod rule;

pub use decimal::{NotANumber, PLACES, Raw, raw};
pub use rule::{Rule, SHIFT};
