/// Rotation distances of Threefry-2x32, repeated every eight rounds.
const ROTATIONS: [u32; 8] = [13, 15, 26, 6, 17, 29, 16, 24];
/// Parity constant of the Threefish key schedule, for 32-bit words.
const PARITY: u32 = 0x1BD1_1BDA;

/// One block of Threefry-2x32-20: two words from a key and a counter.
///
/// Source: Salmon, Moraes, Dror, Shaw, SC 2011; equal to Random123's known answers.
#[allow(clippy::indexing_slicing, reason = "remainders of the lengths")]
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub const fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    let schedule = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
    let mut x0 = counter[0].wrapping_add(schedule[0]);
    let mut x1 = counter[1].wrapping_add(schedule[1]);
    let mut group = 0;
    while group < 5 {
        // Four rounds, then a piece of the key: unrolled by hand because `for` is not const.
        let base = (group % 2) * 4;
        let mut round = 0;
        while round < 4 {
            x0 = x0.wrapping_add(x1);
            x1 = x1.rotate_left(ROTATIONS[base + round]) ^ x0;
            round += 1;
        }
        group += 1;
        x0 = x0.wrapping_add(schedule[group % 3]);
        x1 = x1.wrapping_add(schedule[(group + 1) % 3]).wrapping_add(group as u32);
    }
    [x0, x1]
}
