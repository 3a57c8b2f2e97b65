use core::ops::RangeInclusive;

/// The shifts that a rule may have.
pub const SHIFT: RangeInclusive<u8> = 1..=62;

/// How a raw value becomes a feature: `clip((clamp(raw - centre) * mul + 2^(shift-1)) >> shift)`, the
/// difference clamped to 32 bits, the product in 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    centre: i32,
    mul: i32,
    shift: u8,
}

impl Rule {
    /// The rule with these numbers; `None` if `mul` is below 0 or `shift` is outside [`SHIFT`].
    pub const fn new(centre: i32, mul: i32, shift: u8) -> Option<Rule> {
        if mul < 0 || shift < *SHIFT.start() || shift > *SHIFT.end() {
            return None;
        }
        Some(Rule { centre, mul, shift })
    }

    /// The raw value that becomes 0.
    pub const fn centre(&self) -> i32 {
        self.centre
    }

    /// The factor, at least 0. It is 0 for a column that tells nothing.
    pub const fn mul(&self) -> i32 {
        self.mul
    }

    /// The number of bits by which the product is shifted.
    pub const fn shift(&self) -> u8 {
        self.shift
    }

    /// The feature for a raw value, in `-127..=127`.
    pub const fn apply(&self, raw: i32) -> i8 {
        let difference = raw as i64 - self.centre as i64;
        let difference = if difference > i32::MAX as i64 {
            i32::MAX as i64
        } else if difference < i32::MIN as i64 {
            i32::MIN as i64
        } else {
            difference
        };
        // At most 2^31 * (2^31 - 1) + 2^61, which is below 2^63.
        let product = difference * self.mul as i64 + (1 << (self.shift - 1));
        let value = product >> self.shift;
        // The clamp comes first, because the shifted product may have more than 32 bits.
        if value > 127 {
            127
        } else if value < -127 {
            -127
        } else {
            value as i8
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply<const N: usize>(centre: i32, mul: i32, shift: u8, raws: &[i32; N]) -> [i8; N] {
        let rule = Rule::new(centre, mul, shift).unwrap();
        raws.map(|raw| rule.apply(raw))
    }

    #[test]
    fn values_are_centred_rounded_and_clipped() {
        // Halves are rounded upwards, as a shift does.
        assert_eq!(apply(10, 1, 1, &[7, 8, 9, 10, 11, 12, 13]), [-1, -1, 0, 0, 1, 1, 2]);
        assert_eq!(apply(0, 3, 1, &[-100, -1, 1, 84, 85, i32::MIN]), [-127, -1, 2, 126, 127, -127]);
        assert_eq!(apply(5, 0, 62, &[i32::MIN, 5, i32::MAX]), [0, 0, 0]);
    }

    #[test]
    fn the_ends_of_the_range() {
        // The difference has 33 bits and is clamped to 32.
        assert_eq!(apply(i32::MIN, i32::MAX, 62, &[i32::MAX, i32::MIN]), [1, 0]);
        assert_eq!(apply(i32::MAX, i32::MAX, 62, &[i32::MIN, i32::MAX]), [-1, 0]);
        assert_eq!(apply(i32::MAX, i32::MAX, 1, &[i32::MIN]), [-127]);
        assert_eq!(Rule::new(0, -1, 1).or(Rule::new(0, 1, 0)).or(Rule::new(0, 1, 63)), None);
    }
}
