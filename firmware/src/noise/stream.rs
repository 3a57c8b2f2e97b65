use super::threefry2x32;
use core::convert::Infallible;
use rand_core::TryRng;

/// How many blocks of two words one tensor's stream has before it would run into the next tensor's.
pub const BLOCKS_PER_TENSOR: u32 = 1 << 20;

/// Where a stream of noise starts: which run, generation, index (pair, or slot and member) and tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Seed of the run.
    pub seed: u32,
    /// Training generation, from 1; 0 is initialisation.
    pub generation: u32,
    /// Pair for low-rank noise, `slot * members + member` for node noise.
    pub index: u32,
    /// The parameter's place in the model's declared order, or a reserved id.
    pub tensor: u32,
}

impl Address {
    /// The key of Threefry: which run, and which generation.
    #[inline]
    pub const fn key(self) -> [u32; 2] {
        [self.seed, self.generation]
    }

    /// The counter of Threefry at block `block` of the stream.
    #[inline]
    pub const fn counter(self, block: u32) -> [u32; 2] {
        [self.index, block_counter(self.tensor, block)]
    }
}

/// The second word of the counter of a tensor's block.
#[inline]
pub const fn block_counter(tensor: u32, block: u32) -> u32 {
    tensor.wrapping_mul(BLOCKS_PER_TENSOR).wrapping_add(block)
}

/// The words at an [`Address`], in order, as an ordinary `rand_core` generator.
///
/// A stream holds 2^21 words; models whose tensors need more are refused at load.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 2],
    /// The second word of the current block, until it is used.
    second: Option<u32>,
}

impl Stream {
    /// Starts at the first word of an address.
    #[inline]
    pub const fn new(at: Address) -> Self {
        Self { key: at.key(), counter: at.counter(0), second: None }
    }

    /// The next 32 bits.
    #[inline]
    pub const fn next_word(&mut self) -> u32 {
        if let Some(word) = self.second.take() {
            return word;
        }
        let [first, second] = threefry2x32(self.key, self.counter);
        self.counter[1] = self.counter[1].wrapping_add(1);
        self.second = Some(second);
        first
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        rand_core::utils::fill_bytes_via_next_word(out, || self.try_next_u32())
    }
}
