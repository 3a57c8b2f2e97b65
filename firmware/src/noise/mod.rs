//! Counter-based noise: every element is a pure function of (seed, generation, index, tensor, position),
//! so no table is stored or sent and any order of evaluation gives the same values.
//!
//! The layout below is a compatibility promise: a journal replays only while it holds.
//!
//! * Generator: Threefry-2x32 with 20 rounds ([`threefry2x32`]; Salmon et al., *Parallel random numbers: as
//!   easy as 1, 2, 3*, SC 2011), key `(seed, generation)`, counter `(index, tensor * 2^20 + block)`.
//! * A block is two words, `x0` first. Bit `i` of a stream is bit `i mod 32` of word `i div 32`.
//! * Low-rank factors of an `m x n` matrix: index = pair; first the `n * r` entries of B (`j * r + k`), then
//!   without a gap the `m * r` entries of A (`i * r + k`). Vectors: entry `i` (near-normal: `2i` and `2i+1`).
//! * Node noise: index = `slot * members + member`, entry `i` belongs to output `i` of the tensor's layer.
//! * Generation 0 is initialisation; tensors from [`RESERVED_TENSORS`] up are not parameters.

mod choice;
mod entries;
mod initial;
mod stream;
mod threefry;

pub use choice::sample_index;
pub use entries::{Noise, fill_near_normal, fill_signs, near_normal};
pub use initial::fill_initial;
pub use stream::{Address, BLOCKS_PER_TENSOR, Stream};
pub use threefry::threefry2x32;

/// First of the tensor ids that name a purpose instead of a parameter.
pub const RESERVED_TENSORS: u32 = 4093;
/// Tensor id of the starts of environments.
pub const TENSOR_STARTS: u32 = 4093;
/// Tensor id of the choice of samples.
pub const TENSOR_CHOICE: u32 = 4094;
/// Tensor id of the initial weights.
pub const TENSOR_INITIAL: u32 = 4095;
