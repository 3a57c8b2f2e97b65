//! Integer operations, one file each. Weights and activations are `i8` in [-127, 127], products accumulate in
//! `i32`, shifts are arithmetic and divisions floor. Fixed point: 16 means 1.0.
//!
//! These are the portable definitions, written so that compilers vectorise them; the host compiles them for
//! each instruction set that it finds, for which they have to be inlined. A twin for a particular target
//! stands beside its definition and equals it bit for bit.

mod accumulator;
#[cfg(all(target_arch = "arm", not(feature = "dsp")))]
mod armv6m;
mod choice;
mod depthwise;
mod divisor;
mod dot;
#[cfg(any(target_arch = "riscv32", all(target_arch = "arm", feature = "helium"), test))]
mod fours;
mod gru;
mod guide;
mod likelihood;
mod low_rank;
mod matvec;
mod multiple;
mod node;
mod norm;
mod pool;
mod recurrent;
mod residual;
mod rows;
#[cfg(any(target_arch = "riscv32", test))]
#[cfg_attr(not(target_arch = "riscv32"), allow(unreachable_pub, reason = "its tests alone use it"))]
mod rv32;
mod saturate;
mod target;
#[cfg_attr(not(feature = "convolution"), path = "no_window.rs")]
mod window;

/// The definitions of what has a twin for some target: the same bits, on any.
pub mod portable {
    pub use super::depthwise::depthwise_products;
    pub use super::dot::dot;
    pub use super::matvec::{products, scale};
    pub use super::multiple::add_multiple;
    pub use super::node::add_node_noise;
    pub use super::residual::{advance_by_one, advance_by_sums, advance_by_two};
    pub use super::rows::copy_rows;
    pub use super::saturate::{add, larger, relu};
}

#[cfg(all(target_arch = "arm", feature = "dsp"))]
pub use crate::arm::{
    add, add_multiple, add_node_noise, copy_rows, depthwise_products, dot, larger, products, relu, scale,
};
pub use accumulator::Accumulator;
#[cfg(all(target_arch = "arm", not(feature = "dsp")))]
pub use armv6m::{
    add_multiple, advance_by_one, advance_by_sums, advance_by_two, depthwise_products, products,
};
pub use choice::draw_token;
#[cfg(not(target_arch = "arm"))]
pub use depthwise::depthwise_products;
pub use divisor::{Divisor, standard_divisor};
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub use dot::dot;
#[cfg(all(target_arch = "arm", feature = "helium"))]
pub(crate) use fours::products_by_fours;
pub use gru::{add_two, blend, gate};
pub use guide::{
    Mixture, add_residual, free_shift, guide_credit, guide_shift, linear_report, teach, unexplained,
};
pub use likelihood::{fine_output_error, log_likelihood, output_error, probability};
pub use low_rank::{LowRank, Twin, add_low_rank, add_low_rank_depthwise, low_rank_inputs};
#[cfg(not(any(target_arch = "arm", target_arch = "riscv32")))]
pub use matvec::products;
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub use matvec::scale;
#[cfg(not(target_arch = "arm"))]
pub use multiple::add_multiple;
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub use node::add_node_noise;
pub use node::credit_node_noise;
pub use norm::norm;
pub use pool::{average_pool, max_pool};
pub use recurrent::{MOST_CREDIT, block_credit, guided_stream_credit, rounded_guide_sum, stream_credit};
#[cfg(not(all(target_arch = "arm", not(feature = "dsp"))))]
pub use residual::{advance_by_one, advance_by_sums, advance_by_two};
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub use rows::copy_rows;
#[cfg(target_arch = "riscv32")]
pub use rv32::products;
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub use saturate::{add, larger, relu};
pub use saturate::{clip, keep_open, keep_within, limit};
pub use target::{absolute_error, squared_error, target_error};
pub use window::{MAX_VALUES, Window};

/// Largest rank of a perturbation.
pub const MAX_RANK: usize = 8;
