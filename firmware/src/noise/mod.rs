//! Counter-based noise: every element is a pure function of (seed, generation, index, tensor, position),
//! so no table is stored or sent and any order of evaluation gives the same values.
//!
//! Which word of Threefry-2x32 ([`threefry2x32`]) becomes which entry is specified in `docs/arithmetic.md`,
//! under "Noise". It is a compatibility promise: a journal replays only while it holds.

mod choice;
mod entries;
mod initial;
mod stream;
mod threefry;

pub use choice::sample_index;
pub use entries::{Noise, fill_near_normal, fill_signs, near_normal};
pub use initial::{fill_initial, start_of_guide};
pub use stream::{Address, BLOCKS_PER_TENSOR, Stream, block_counter};
pub use threefry::threefry2x32;

/// First of the tensor ids that name a purpose instead of a parameter.
pub const RESERVED_TENSORS: u32 = 4092;
/// Tensor id of the guide's start.
pub const TENSOR_GUIDE: u32 = 4092;
/// Tensor id of the starts of environments.
pub const TENSOR_STARTS: u32 = 4093;
/// Tensor id of the choice of samples.
pub const TENSOR_CHOICE: u32 = 4094;
/// Tensor id of the initial weights.
pub const TENSOR_INITIAL: u32 = 4095;
