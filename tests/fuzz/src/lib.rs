//! Fuzz targets: one function from bytes each, for everything that reads bytes from elsewhere. A target
//! panics where an invariant fails; [`memory`] makes an unbounded allocation a panic too.
//!
//! The same functions are run by `cargo test` (a few thousand executions), by this crate's driver
//! (`cargo xtask fuzz`, stable compiler, blind mutation) and by libFuzzer (`cargo xtask fuzz --libfuzzer`).

pub mod generate;
pub mod memory;
mod models;
pub mod mutate;
mod targets;

pub use targets::{TARGETS, Target, config, csv, frames, journal, messages, runtime, scores, weights};
