use super::{TENSOR_CHOICE, block_counter, threefry2x32};

/// Which of `count` samples is number `number` of the run, counting from 0.
///
/// Every epoch of `count` numbers is a permutation of all samples: a four-round Feistel network on `2h` bits,
/// `h = max(1, ceil(bits(count - 1) / 2))`, walked until it lands below `count`. Nothing is stored, so a
/// board can choose its own samples.
///
/// `count` of 0 has no samples to choose from and gives 0.
pub fn sample_index(seed: u32, number: u64, count: u32) -> u32 {
    if count == 0 {
        return 0;
    }
    let epoch = (number / u64::from(count)) as u32;
    let mut place = (number % u64::from(count)) as u32;
    let bits = u32::BITS - (count - 1).leading_zeros();
    let half = bits.div_ceil(2).max(1);
    let mask = (1u32 << half) - 1;
    // A permutation of a set at most four times as large as `count`: the walk ends.
    loop {
        let (mut left, mut right) = (place >> half, place & mask);
        for round in 0..4 {
            let counter = [right, block_counter(TENSOR_CHOICE, round)];
            let mixed = left ^ (threefry2x32([seed, epoch], counter)[0] & mask);
            (left, right) = (right, mixed);
        }
        place = (left << half) | right;
        if place < count {
            return place;
        }
    }
}
