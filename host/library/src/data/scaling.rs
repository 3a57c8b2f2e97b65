//! The integer rules that turn a source's values into int8 features.

use std::{fmt, num::NonZeroU64};

use serde::{Deserialize, Serialize};

/// Features lie in `-FEATURE_MAX..=FEATURE_MAX`.
pub const FEATURE_MAX: i8 = 127;

/// How features were made from the values of the source; stored with a model, so that its user can
/// treat new inputs the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// The values are the features.
    AsIs,
    /// Each column is shifted and scaled by a rule.
    Affine {
        /// One rule for each feature column, or a single one that holds for all columns.
        columns: Vec<ColumnRule>,
    },
}

impl Scaling {
    /// The feature for `value` in feature column `column` (from 0), clamped to `-127..=127`.
    ///
    /// `None` if there is no rule for that column.
    pub fn apply(&self, column: usize, value: i64) -> Option<i8> {
        match self {
            Scaling::AsIs => Some(clamp(value.into())),
            Scaling::Affine { columns } => match columns.as_slice() {
                [rule] => Some(rule.apply(value)),
                rules => rules.get(column).map(|rule| rule.apply(value)),
            },
        }
    }

    /// Whether there is a rule for each of `features` columns and none besides.
    pub(super) fn fits(&self, features: usize) -> bool {
        match self {
            Scaling::AsIs => true,
            Scaling::Affine { columns } => columns.len() == 1 || columns.len() == features,
        }
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scaling::AsIs => f.write_str("as is"),
            Scaling::Affine { columns } => match columns.as_slice() {
                [rule] => write!(f, "{rule}"),
                rules => write!(f, "{} columns scaled each to its own range", rules.len()),
            },
        }
    }
}

/// `feature = floor((value - subtract) * multiply / divide) + add`, clamped to `-127..=127`.
///
/// All of it in integers wide enough (128 bits suffice) that nothing overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRule {
    /// Taken off the value first; any i64.
    pub subtract: i64,
    /// Factor; any i32.
    pub multiply: i32,
    /// Divisor; the quotient is rounded towards minus infinity.
    pub divide: NonZeroU64,
    /// Added last; any i32.
    pub add: i32,
}

impl ColumnRule {
    /// The rule that spreads `low..=high` over the whole feature range:
    /// `floor((value - low) * 254 / (high - low)) - 127`, so that `low` becomes -127 and `high` 127.
    ///
    /// From `low` on the dividend is not negative, so C's `/` rounds it the same way. Where `high` is
    /// not above `low`, every value becomes 0: a constant column tells nothing.
    pub fn spanning(low: i64, high: i64) -> ColumnRule {
        let range = if high > low { high.abs_diff(low) } else { 0 };
        match NonZeroU64::new(range) {
            Some(divide) => ColumnRule { subtract: low, multiply: 254, divide, add: -127 },
            None => ColumnRule { subtract: low, multiply: 0, divide: NonZeroU64::MIN, add: 0 },
        }
    }

    /// The feature for `value`.
    pub fn apply(&self, value: i64) -> i8 {
        let shifted = i128::from(value) - i128::from(self.subtract);
        // With a positive divisor the Euclidean quotient is the floor. Largest product: 2^64 * 2^31.
        let quotient = (shifted * i128::from(self.multiply)).div_euclid(i128::from(self.divide.get()));
        clamp(quotient + i128::from(self.add))
    }
}

impl fmt::Display for ColumnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.subtract < 0 { '+' } else { '-' };
        let product = format!("(value {sign} {}) * {}", self.subtract.unsigned_abs(), self.multiply);
        match self.divide.get() {
            1 => write!(f, "{product}")?,
            divide => write!(f, "floor({product} / {divide})")?,
        }
        match self.add {
            0 => Ok(()),
            add if add < 0 => write!(f, " - {}", add.unsigned_abs()),
            add => write!(f, " + {add}"),
        }
    }
}

fn clamp(value: i128) -> i8 {
    let max = i128::from(FEATURE_MAX);
    // Within i8 after the clamp.
    value.clamp(-max, max) as i8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_pixels() {
        let rule = ColumnRule::spanning(0, 255);
        let got: Vec<i8> = [-9, 0, 1, 2, 127, 128, 254, 255, 300].iter().map(|&v| rule.apply(v)).collect();
        assert_eq!(got, [-127, -127, -127, -126, -1, 0, 126, 127, 127]);
        assert_eq!(rule.to_string(), "floor((value - 0) * 254 / 255) - 127");
    }

    #[test]
    fn spans_all_of_i64() {
        let rule = ColumnRule::spanning(i64::MIN, i64::MAX);
        assert_eq!(rule.divide.get(), u64::MAX);
        assert_eq!([i64::MIN, -1, 0, i64::MAX].map(|v| rule.apply(v)), [-127, -1, 0, 127]);
        assert_eq!(rule.to_string(), format!("floor((value + {}) * 254 / {}) - 127", 1_u64 << 63, u64::MAX));
    }

    #[test]
    fn constant_column_is_zero() {
        for rule in [ColumnRule::spanning(1000, 1000), ColumnRule::spanning(5, -5)] {
            assert_eq!([i64::MIN, 0, 1000, i64::MAX].map(|v| rule.apply(v)), [0; 4]);
        }
    }

    #[test]
    fn columns_are_looked_up() {
        let scaling =
            Scaling::Affine { columns: vec![ColumnRule::spanning(0, 2), ColumnRule::spanning(0, 4)] };
        assert_eq!([0, 1, 2].map(|c| scaling.apply(c, 2)), [Some(127), Some(0), None]);
        let shared = Scaling::Affine { columns: vec![ColumnRule::spanning(0, 2)] };
        assert_eq!(shared.apply(77, 1), Some(0));
        assert_eq!([-128, -3, 500].map(|v| Scaling::AsIs.apply(9, v)), [Some(-127), Some(-3), Some(127)]);
        assert_eq!(scaling.to_string(), "2 columns scaled each to its own range");
        assert_eq!(Scaling::AsIs.to_string(), "as is");
    }

    #[test]
    fn json_form_is_stable() {
        let scaling = Scaling::Affine { columns: vec![ColumnRule::spanning(-1, 9)] };
        let text = serde_json::to_string(&scaling).unwrap();
        assert_eq!(text, r#"{"affine":{"columns":[{"subtract":-1,"multiply":254,"divide":10,"add":-127}]}}"#);
        assert_eq!(serde_json::from_str::<Scaling>(&text).unwrap(), scaling);
        assert_eq!(serde_json::to_string(&Scaling::AsIs).unwrap(), r#""as_is""#);
        // A divisor of zero cannot come in with a file.
        assert!(serde_json::from_str::<Scaling>(&text.replace("10", "0")).is_err());
    }

    proptest! {
        #[test]
        fn spanning_is_monotone_and_ends_exactly(low in i64::MIN..i64::MAX, up in 1u64.., a: i64, b: i64) {
            let high = low.saturating_add_unsigned(up);
            let rule = ColumnRule::spanning(low, high);
            prop_assert_eq!((rule.apply(low), rule.apply(high)), (-127, 127));
            prop_assert!(rule.apply(a.min(b)) <= rule.apply(a.max(b)));
            // The form given to users, with C's truncating division on an input clamped to the range.
            let v = i128::from(a.clamp(low, high)) - i128::from(low);
            prop_assert_eq!(i128::from(rule.apply(a)), v * 254 / (i128::from(high) - i128::from(low)) - 127);
        }

        #[test]
        fn any_rule_stays_in_range(subtract: i64, multiply: i32, divide in 1..=u64::MAX, add: i32, v: i64) {
            let divide = NonZeroU64::new(divide).unwrap();
            let feature = ColumnRule { subtract, multiply, divide, add }.apply(v);
            prop_assert!((-127..=127).contains(&feature));
        }
    }
}
