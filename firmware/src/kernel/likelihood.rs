/// `floor(2^(31 + f/16))`: one octave in sixteenths, exact.
///
/// One table serves both directions: shifted right it is the exponential (a floor of a floor is the floor),
/// compared with it is the logarithm (an integer exceeds an irrational threshold where it exceeds its floor).
const OCTAVE: [u32; 16] = [
    2_147_483_648,
    2_242_560_871,
    2_341_847_523,
    2_445_529_971,
    2_553_802_833,
    2_666_869_344,
    2_784_941_737,
    2_908_241_642,
    3_037_000_499,
    3_171_459_999,
    3_311_872_529,
    3_458_501_653,
    3_611_622_602,
    3_771_522_796,
    3_938_502_375,
    4_112_874_773,
];

/// `floor(16 * 2^(i/16))` for `i` in 0..=255.
#[allow(clippy::indexing_slicing, reason = "four bits and sixteen places")]
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub(super) const fn exponential(i: u8) -> u32 {
    OCTAVE[(i & 15) as usize] >> (27 - (i >> 4))
}

/// `floor(16 * log2(sum / 16))` for `sum` >= 16.
#[allow(clippy::indexing_slicing, reason = "at most the last place")]
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
const fn logarithm(sum: u32) -> i32 {
    let zeros = sum.leading_zeros();
    let mantissa = sum << zeros;
    let mut sixteenths = 0;
    while sixteenths < 15 && mantissa > OCTAVE[sixteenths as usize + 1] {
        sixteenths += 1;
    }
    (31 - zeros as i32 - 4) * 16 + sixteenths
}

/// Log-likelihood of `target` under `logits`, in 1/16 bit: never positive by more than rounding.
///
/// A logit step of 16 is one bit. Exact for up to 4096 logits (the sum is a `u32`); a target without a logit
/// scores as the least likely one.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn log_likelihood(logits: &[i8], target: usize) -> i32 {
    let shifted = |l: i8| (i32::from(l) + 128) as u8;
    let sum: u32 = logits.iter().fold(0, |sum: u32, &l| sum.wrapping_add(exponential(shifted(l))));
    let of_target = logits.get(target).map_or(1, |&l| i32::from(shifted(l)));
    of_target - logarithm(sum.max(16))
}

/// The error at the outputs in 1/127, which sums to 0: what each logit should go up by to follow the softmax
/// loss of `target`.
pub fn output_error(logits: &[i8], target: usize, error: &mut [i8]) {
    let of_target = shares(127, logits, target, |place, share| {
        if let Some(error) = error.get_mut(place) {
            *error = -(share as i8);
        }
    });
    if let Some(error) = error.get_mut(target) {
        *error = of_target as i8;
    }
}

/// The same in 1/1024: a text has many tokens of small probability, which together count.
#[inline]
pub fn fine_output_error(logits: &[i8], target: usize, error: &mut [i16]) {
    let of_target = shares(1024, logits, target, |place, share| {
        if let Some(error) = error.get_mut(place) {
            *error = -(share as i16);
        }
    });
    if let Some(error) = error.get_mut(target) {
        *error = of_target as i16;
    }
}

/// Brings the probability of every class but the target, in units of which `one` make 1, rounded down; and
/// returns their sum.
#[inline]
fn shares(one: u32, logits: &[i8], target: usize, mut each: impl FnMut(usize, u32)) -> u32 {
    let weight = |l: i8| exponential((i32::from(l) + 128) as u8);
    let sum: u32 = logits.iter().fold(0, |sum: u32, &l| sum.wrapping_add(weight(l)));
    let mut all = 0;
    for (place, &l) in logits.iter().enumerate().filter(|&(place, _)| place != target) {
        // A weight has 20 bits.
        let share = (one * weight(l)).checked_div(sum).unwrap_or(0);
        all += share;
        each(place, share);
    }
    all
}

/// The probability of a class under `logits`, in 1/256 and rounded down: `256 * E_c // S`, at most 255, with
/// E and S as in [`output_error`]. 0 for a class without a logit.
///
/// A byte, so that a board can compare it with a threshold: what a model is sure of has 255. The
/// probabilities of all classes add up to 256 less what rounding took, below 1 for each class. For at most
/// 4096 logits.
pub fn probability(logits: &[i8], class: usize) -> u8 {
    let weight = |l: i8| exponential((i32::from(l) + 128) as u8);
    let sum: u32 = logits.iter().fold(0, |sum: u32, &l| sum.wrapping_add(weight(l)));
    let of_class = logits.get(class).map_or(0, |&l| weight(l));
    // A weight has 20 bits.
    let share = (of_class << 8).checked_div(sum).unwrap_or(0);
    share.min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with integer powers: `x <= 2^(i/16)` is `x^16 <= 2^i`.
    fn power16(x: u32) -> [u64; 9] {
        // 16th power of up to 24 bits in base 2^48 limbs: slow and plain on purpose.
        let mut limbs = [0u64; 9];
        limbs[0] = 1;
        for _ in 0..16 {
            let mut carry = 0u128;
            for limb in &mut limbs {
                let next = u128::from(*limb) * u128::from(x) + carry;
                *limb = (next & ((1 << 48) - 1)) as u64;
                carry = next >> 48;
            }
            assert_eq!(carry, 0);
        }
        limbs
    }

    fn two_to(exponent: u32) -> [u64; 9] {
        let mut limbs = [0u64; 9];
        limbs[(exponent / 48) as usize] = 1 << (exponent % 48);
        limbs
    }

    fn at_most(a: &[u64; 9], b: &[u64; 9]) -> bool {
        a.iter().rev().le(b.iter().rev())
    }

    #[test]
    fn exponential_is_the_exact_floor() {
        for i in 0..=255u8 {
            let e = exponential(i);
            // e <= 16 * 2^(i/16) < e + 1, both sides to the 16th power
            let bound = two_to(64 + u32::from(i));
            assert!(at_most(&power16(e), &bound), "{i}");
            assert!(!at_most(&power16(e + 1), &bound), "{i}");
        }
    }

    #[test]
    fn logarithm_is_the_exact_floor() {
        let probe = |sum: u32| {
            let g = logarithm(sum);
            // 16 * 2^(g/16) <= sum < 16 * 2^((g+1)/16)
            let power = power16(sum);
            assert!(at_most(&two_to(64 + g as u32), &power), "{sum}");
            assert!(!at_most(&two_to(65 + g as u32), &power), "{sum}");
        };
        for i in 0..=255u8 {
            let e = exponential(i);
            for sum in e.saturating_sub(2).max(16)..=e + 2 {
                probe(sum);
            }
        }
        (16..20_000).for_each(probe);
    }

    #[test]
    fn silent_and_extreme_logits() {
        assert_eq!(log_likelihood(&[0; 16], 3), -64);
        assert_eq!(log_likelihood(&[127, -127], 0), 0);
        assert_eq!(log_likelihood(&[127, -127], 1), -254);
        assert_eq!(log_likelihood(&[], 0), 1);
    }

    #[test]
    fn probabilities_are_bytes() {
        assert_eq!([0, 1, 2].map(|c| probability(&[0, 0], c)), [128, 128, 0]);
        assert_eq!([0, 1].map(|c| probability(&[127, -127], c)), [255, 0]);
        assert_eq!((probability(&[5], 0), probability(&[], 0)), (255, 0));
        // The most that a sum can be, and the likeliest of it.
        assert_eq!(probability(&[127; 4096], 4095), 0);
        assert_eq!([0, 16, 255].map(|c| probability(&[-127; 256], c)), [1, 1, 1]);
        for l in -127..=127i8 {
            let logits = [l, 3, -40, 90];
            let sum: u32 = (0..4).map(|c| u32::from(probability(&logits, c))).sum();
            assert!((252..=256).contains(&sum), "{l}: {sum}");
        }
    }
}
