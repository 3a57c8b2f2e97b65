use super::{BLOCKS_PER_TENSOR, Stream, TENSOR_GUIDE, TENSOR_INITIAL, fill_near_normal};

/// Fills a matrix with its initial weights: near-normal entries in row-major order.
///
/// `tensor` is the parameter's place in the model's declared order; the counter is
/// `(tensor, 4095 * 2^20 + block)` under the key `(seed, 0)`. Biases start at 0 and take nothing from here.
pub fn fill_initial(seed: u32, tensor: u32, out: &mut [i8]) {
    let at = super::Address { seed, generation: 0, index: tensor, tensor: TENSOR_INITIAL };
    debug_assert!(out.len() as u64 <= 2 * BLOCKS_PER_TENSOR as u64);
    fill_near_normal(&mut Stream::new(at), out);
}

/// The guide of a hidden layer as it starts: `scale` times signs, in row-major order, without end.
///
/// `tensor` is the place of the layer's matrix in the model's declared order; the counter is
/// `(tensor, 4092 * 2^20 + block)` under the key `(seed, 0)`. A sign is a bit of the next word, from the low
/// bit on; 1 means -1.
pub fn start_of_guide(seed: u32, tensor: u32, scale: u16) -> impl Iterator<Item = i16> {
    let mut stream = Stream::new(super::Address { seed, generation: 0, index: tensor, tensor: TENSOR_GUIDE });
    let (mut word, mut left) = (0u32, 0);
    core::iter::from_fn(move || {
        if left == 0 {
            (word, left) = (stream.next_word(), 32);
        }
        let negative = word & 1 == 1;
        (word, left) = (word >> 1, left - 1);
        Some(if negative { (scale as i16).wrapping_neg() } else { scale as i16 })
    })
}
