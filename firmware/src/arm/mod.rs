//! What compilers do not make of the portable definitions in `kernel` and `noise`: inner loops for ARMv6-M
//! and ARMv7E-M in assembly. It is the only module of this crate with `unsafe`. `cargo xtask test` compares
//! both with the portable definitions on the emulated cores.
//!
//! `armv6m` is for cores without the DSP instructions, all else for those with them: ARMv7E-M, and ARMv8-M
//! with that extension. `helium` is for those with vectors. Its assembly outside functions names a core of
//! the former, since LLVM collects the symbols of such assembly with no more than what every core of a target
//! has.
#![allow(unsafe_code, reason = "assembly, and calls of it behind checked lengths")]

#[cfg(not(feature = "dsp"))]
mod armv6m;
#[cfg(feature = "dsp")]
mod bytes;
#[cfg(feature = "dsp")]
mod depthwise;
#[cfg(feature = "dsp")]
mod elements;
#[cfg(all(feature = "dsp", not(feature = "helium")))]
mod halves;
#[cfg(feature = "helium")]
mod helium;
#[cfg(feature = "dsp")]
mod multiple;
#[cfg(feature = "dsp")]
mod noise;
#[cfg(all(feature = "dsp", not(feature = "helium")))]
mod products;
#[cfg(feature = "dsp")]
mod rows;
#[cfg(feature = "dsp")]
mod scale;

#[cfg(not(feature = "dsp"))]
pub(crate) use armv6m::two_rows;
#[cfg(not(feature = "dsp"))]
pub use armv6m::{add_multiple, advance_by_one, advance_by_sums, advance_by_two};
#[cfg(feature = "dsp")]
pub use depthwise::depthwise_products;
#[cfg(feature = "dsp")]
pub use elements::{add, larger, relu};
#[cfg(feature = "helium")]
pub use helium::{dot, products};
#[cfg(feature = "dsp")]
pub use multiple::add_multiple;
#[cfg(feature = "dsp")]
pub use noise::add_node_noise;
#[cfg(feature = "dsp")]
pub(crate) use noise::signs;
#[cfg(all(feature = "dsp", not(feature = "helium")))]
pub use products::{dot, products};
#[cfg(feature = "dsp")]
pub use rows::copy_rows;
#[cfg(feature = "dsp")]
pub use scale::scale;
