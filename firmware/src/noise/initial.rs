use super::{BLOCKS_PER_TENSOR, Stream, TENSOR_INITIAL, fill_near_normal};

/// Fills a matrix with its initial weights: near-normal entries in row-major order.
///
/// `tensor` is the parameter's place in the model's declared order; the counter is
/// `(tensor, 4095 * 2^20 + block)` under the key `(seed, 0)`. Biases start at 0 and take nothing from here.
pub fn fill_initial(seed: u32, tensor: u32, out: &mut [i8]) {
    let at = super::Address { seed, generation: 0, index: tensor, tensor: TENSOR_INITIAL };
    debug_assert!(out.len() as u64 <= 2 * BLOCKS_PER_TENSOR as u64);
    fill_near_normal(&mut Stream::new(at), out);
}
