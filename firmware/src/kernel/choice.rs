use super::likelihood::exponential;

/// Draws a token by the softmax of logits at a temperature in 1/16; at 0 it is the first of the likeliest.
///
/// The weight of a token whose logit is `d` below the largest is `floor(16 * 2^((255 - e) / 16))` with `e =
/// floor(16 * d / temperature)`, and 0 where e is above 255: at temperature 16 that of the softmax, by the
/// same table. With S the sum of all weights, the token is the first whose weight and those before it sum to
/// more than `floor(word * S / 2^32)`. For at most 4096 logits; without any it is 0.
pub fn draw_token(logits: &[i8], temperature: u8, word: u32) -> u8 {
    let largest = logits.iter().fold(i8::MIN, |largest, &l| largest.max(l));
    let weight = |l: i8| {
        let below = (i32::from(largest) - i32::from(l)) as u32;
        let e = (16 * below).checked_div(temperature.into());
        e.and_then(|e| 255u32.checked_sub(e)).map_or(0, |i| exponential(i as u8))
    };
    if temperature == 0 {
        return logits.iter().position(|&l| l == largest).unwrap_or(0) as u8;
    }
    let sum: u32 = logits.iter().fold(0, |sum: u32, &l| sum.wrapping_add(weight(l)));
    let mut left = ((u64::from(word) * u64::from(sum)) >> 32) as u32;
    for (token, &l) in logits.iter().enumerate() {
        let of = weight(l);
        if left < of {
            return token as u8;
        }
        left -= of;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_odds() {
        // Odds of about 1 : 2 : 0 : 2 at temperature 16; 2^32 / 5 is 858,993,459.2.
        let logits = [0, 16, -127, 16];
        let at = |words: [u32; 5], temperature| words.map(|word| draw_token(&logits, temperature, word));
        let words = [0, 858_000_000, 860_000_000, 2_570_000_000, 2_590_000_000];
        assert_eq!(at(words, 16), [0, 0, 1, 1, 3]);
        // At half of it 1 : 4 : 0 : 4, of 9.
        let words = [477_100_000, 477_900_000, 2_386_000_000, 2_387_000_000, u32::MAX];
        assert_eq!(at(words, 8), [0, 1, 1, 3, 3]);
        assert_eq!(at([0, 1 << 30, 1 << 31, 3 << 30, u32::MAX], 0), [1; 5]);
        assert_eq!(
            (draw_token(&[], 16, 5), draw_token(&[], 0, 5), draw_token(&[-128], 1, u32::MAX)),
            (0, 0, 0)
        );
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let logits = [3, -20, 18, 0, 7];
        let mut counts = [0u32; 5];
        // Every 2^20-th word: 4096 of them.
        for word in 0..4096u32 {
            counts[usize::from(draw_token(&logits, 16, word << 20))] += 1;
        }
        let weights = logits.map(|l: i8| exponential((255 + i32::from(l) - 18) as u8));
        let sum: u32 = weights.iter().sum();
        for (count, weight) in counts.iter().zip(weights) {
            let expected = (u64::from(weight) * 4096 / u64::from(sum)) as u32;
            assert!(count.abs_diff(expected) <= 1, "{counts:?}");
        }
    }
}
