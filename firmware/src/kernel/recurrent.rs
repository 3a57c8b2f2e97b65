//! Credit of a recurrent model without members: what the error at its logits says of the places of a step.
//!
//! The error goes to every block as it is at the end of the residual stream, and through a block's state back
//! in time, value by value; no matrix but the head's is turned round. That a local error and the derivatives
//! that a unit has at hand train a recurrent network is e-prop (Bellec and others 2020); the arithmetic is
//! this project's.

use super::limit;

/// Largest credit of a place.
pub const MOST_CREDIT: i32 = 8_191;

/// Bits below the unit of what a gate is multiplied by.
const SHIFT: u32 = 8;

/// The rounded value of a credit in the next coarser unit, within its bounds.
#[inline]
const fn credit_of(value: i32, shift: u32) -> i16 {
    limit((value + (1 << (shift - 1))) >> shift, MOST_CREDIT) as i16
}

/// The size of a sum of the head's columns times the error: an error's sizes sum to 2048 at most.
const MOST_SUM: i32 = (1 << 18) - 1;

/// Credit of the residual stream's D values `x` at its end, before the last norm.
///
/// `sums` are the head's columns times the error at the logits, in 1/1024, and `norm` holds the last norm's
/// entries. What would only make all values larger is taken out, since the norm takes it out as well.
#[inline]
pub fn stream_credit(sums: &[i32], x: &[i8], norm: &[i8], credit: &mut [i16]) {
    let len = x.len() as i64;
    let size: i64 = x.iter().map(|&x| i64::from(x.unsigned_abs())).sum();
    let mean = size.checked_div(len).unwrap_or(0).max(1);
    let along: i64 = sums.iter().zip(x).map(|(&sum, &x)| i64::from(sum) * i64::from(x)).sum();
    let radial = along.checked_div_euclid(mean * len).unwrap_or(0) as i32;
    let by = (1i64 << 12).checked_div(mean).unwrap_or(0) as i32;
    for (((credit, &sum), &x), &w) in credit.iter_mut().zip(sums).zip(x).zip(norm) {
        let sum = limit(sum - i32::from(x.signum()) * radial, MOST_SUM);
        *credit = credit_of(((sum * i32::from(w)) >> 8) * by, 5);
    }
}

/// Credit of a block's gate `f` and candidate `c` at a token, from that of the residual stream, `stream`.
///
/// `carried` is what later tokens say of the state behind the block, and becomes what this one and they say
/// of the state before it, `s`; nothing where the token `resets` the state.
#[inline]
pub fn block_credit(
    stream: &[i16],
    carried: &mut [i16],
    resets: bool,
    (f, c, s): (&[i8], &[i8], &[i8]),
    (of_f, of_c): (&mut [i16], &mut [i16]),
) {
    let values = f.iter().zip(c).zip(s);
    let credits = of_f.iter_mut().zip(of_c).zip(stream.iter().zip(carried));
    for (((of_f, of_c), (&stream, carried)), ((&f, &c), &s)) in credits.zip(values) {
        let behind = limit(i32::from(stream) + i32::from(*carried), 32_767);
        let open = i32::from(f) + 127;
        *of_f = credit_of(behind * (i32::from(c) - i32::from(s)), SHIFT);
        *of_c = credit_of(behind * open, SHIFT);
        // Of the state, 256 less the gate's opening stays.
        *carried = if resets { 0 } else { ((behind * (256 - open)) >> SHIFT) as i16 };
    }
}

/// Credit of a node of an MLP's first layer: its row of the guide times the credit of the residual stream.
#[inline]
pub fn guided_stream_credit(row: impl Iterator<Item = i16>, stream: &[i16]) -> i16 {
    let sum: i32 = row.zip(stream).map(|(g, &stream)| i32::from(g) * i32::from(stream)).sum();
    rounded_guide_sum(sum)
}

/// The same of the sum of the products, which fits an `i32` by the run's bounds.
#[inline]
pub const fn rounded_guide_sum(sum: i32) -> i16 {
    limit((sum >> 9) + (sum >> 8 & 1), MOST_CREDIT) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least and the most that every value can be, and some between.
    const BYTES: [i8; 5] = [-127, -3, 0, 40, 127];

    #[test]
    fn the_largest_values_stay_within_their_types() {
        let (mut credit, most) = ([0; 2], 127 * 2048);
        for h in BYTES {
            for w in BYTES {
                for sum in [-most, most] {
                    stream_credit(&[sum, -sum], &[h, 127], &[w, w], &mut credit);
                    assert!(credit.iter().all(|&a| i32::from(a).abs() <= MOST_CREDIT));
                }
            }
        }
        for (f, c, s) in BYTES.iter().flat_map(|&f| BYTES.map(|c| (f, c, 127))) {
            for behind in [-32_767, 0, 32_767] {
                let (mut carried, mut of_f, mut of_c) = ([behind], [0], [0]);
                let out = (&mut of_f[..], &mut of_c[..]);
                block_credit(&[MOST_CREDIT as i16], &mut carried, false, (&[f], &[c], &[s]), out);
                let all = i32::from(behind) + MOST_CREDIT;
                let all = all.clamp(-32_767, 32_767);
                assert_eq!(i32::from(carried[0]), (all * (129 - i32::from(f))).div_euclid(256));
                let exact = (all * (i32::from(f) + 127) + 128).div_euclid(256);
                assert_eq!(i32::from(of_c[0]), exact.clamp(-MOST_CREDIT, MOST_CREDIT));
            }
        }
        assert_eq!(
            [i32::MAX, i32::MIN, 255, 256, -256, -257].map(rounded_guide_sum),
            [8191, -8191, 0, 1, 0, -1]
        );
    }

    #[test]
    fn a_reset_ends_what_is_carried() {
        let (mut carried, mut of_f, mut of_c) = ([900, -900], [0; 2], [0; 2]);
        let out = (&mut of_f[..], &mut of_c[..]);
        block_credit(&[100, 100], &mut carried, true, (&[127, -127], &[40, 40], &[0, 0]), out);
        assert_eq!((carried, of_f, of_c), ([0, 0], [156, -125], [992, 0]));
    }

    #[test]
    fn what_a_norm_takes_out_gets_no_credit() {
        // All values larger by the same factor: the norm's result stays, and so does the credit of 0.
        let mut credit = [7; 4];
        stream_credit(&[16_000; 4], &[20; 4], &[16; 4], &mut credit);
        assert_eq!(credit, [0; 4]);
        // 16,000 * 16 // 256 * 204 / 32, where 204 is 4096 // 20.
        stream_credit(&[16_000, -16_000, 0, 0], &[20; 4], &[16; 4], &mut credit);
        assert_eq!(credit, [6375, -6375, 0, 0]);
        stream_credit(&[16_000; 4], &[0; 4], &[16; 4], &mut credit);
        assert_eq!(credit, [8191; 4]);
    }
}
