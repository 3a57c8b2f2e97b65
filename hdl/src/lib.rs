//! The Verilog of `hdl/rtl`, compiled by Verilator: one value a model, one call a clock cycle. Built without
//! Verilator this crate has no models, and [`AVAILABLE`] is false.
//!
//! | model | what it is |
//! |---|---|
//! | [`Core`] | `rank_r_matmul`: the streams of x, W and y, cycle by cycle |
//! | [`Threefry`] | the generator alone |
//! | [`Spi`] | `matmul_spi` behind an SPI bus, bit by bit: an `embedded_hal` device for the firmware's driver |
//! | [`Wishbone`] | `matmul_wishbone`, access by access |

/// Whether the models were built.
pub const AVAILABLE: bool = cfg!(verilator);

#[cfg(not(verilator))]
mod absent;
#[cfg(verilator)]
mod core;
#[cfg(verilator)]
mod model;
#[cfg(verilator)]
pub mod product;
#[cfg(verilator)]
mod spi;
#[cfg(verilator)]
mod threefry;
#[cfg(verilator)]
mod wishbone;

#[cfg(verilator)]
pub use self::core::{Core, CoreIn, CoreOut, Kind};
#[cfg(not(verilator))]
pub use absent::Spi;
#[cfg(verilator)]
pub use spi::{Fault, NoError, Spi, Waits};
#[cfg(verilator)]
pub use threefry::{Threefry, ThreefryIn, ThreefryOut};
#[cfg(verilator)]
pub use wishbone::Wishbone;
