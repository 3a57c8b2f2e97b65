//! The value of a field: a number, exactly as it is written, or what else it is.

/// What a field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing: empty, `?`, `NA`, `N/A`, `nan` or `null`.
    Missing,
    /// True or false, yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Anything else.
    Text,
}

impl Value {
    /// The value of a field without spaces around it, where a decimal comma is a decimal point if `comma`
    /// allows it.
    pub(super) fn of(field: &str, comma: bool) -> Value {
        if let Some(number) = Number::parse(field, comma) {
            return Value::Number(number);
        }
        let is = |words: &[&str]| words.iter().any(|word| field.eq_ignore_ascii_case(word));
        if field.is_empty() || is(&["?", "na", "n/a", "nan", "null"]) {
            Value::Missing
        } else if is(&["true", "yes"]) {
            Value::Bool(true)
        } else if is(&["false", "no"]) {
            Value::Bool(false)
        } else {
            Value::Text
        }
    }
}

/// The place of a label among names: the same characters, or the same whole number.
pub(super) fn place_of(label: &str, names: &[String], comma: bool) -> Option<usize> {
    let is = |name: &str| names.iter().position(|other| other == name);
    let number = match Value::of(label, comma) {
        Value::Number(number) if number.places() <= 0 => number.at(0).map(|number| number.to_string()),
        _ => None,
    };
    is(label).or_else(|| number.and_then(|number| is(&number)))
}

/// A decimal number: `digits * 10^exponent`, with a sign. No digit at the end of `digits` is 0, unless the
/// number is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    digits: u128,
    exponent: i32,
}

/// Digits that are kept of a number; a column needs 18.
const MOST_DIGITS: u32 = 36;

impl Number {
    /// Reads `[+-]digits[.digits][e[+-]digits]`, where digits may be absent on one side of the point.
    pub(super) fn parse(text: &str, comma: bool) -> Option<Number> {
        let bytes = text.as_bytes();
        let (negative, rest) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mut digits, mut kept, mut exponent, mut behind, mut any) = (0u128, 0, 0i32, false, false);
        let mut at = 0;
        while let Some(&byte) = rest.get(at) {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    if kept < MOST_DIGITS {
                        digits = digits * 10 + u128::from(byte - b'0');
                        kept += u32::from(digits > 0);
                        exponent -= i32::from(behind);
                    } else {
                        // It is too small to matter, also to rounding halves away from zero.
                        exponent += i32::from(!behind);
                    }
                }
                b'.' if !behind => behind = true,
                b',' if comma && !behind => behind = true,
                _ => break,
            }
            at += 1;
        }
        if !any {
            return None;
        }
        match &rest[at..] {
            [] => {}
            [b'e' | b'E', power @ ..] => {
                let power = str::from_utf8(power).ok().filter(|power| power.len() <= 5)?;
                exponent += power.parse::<i32>().ok()?;
            }
            _ => return None,
        }
        while digits > 0 && digits.is_multiple_of(10) {
            (digits, exponent) = (digits / 10, exponent + 1);
        }
        Some(Number { negative, digits, exponent: if digits == 0 { 0 } else { exponent } })
    }

    /// Decimal places that it needs; at most 0 for a whole number.
    pub(super) const fn places(self) -> i32 {
        -self.exponent
    }

    /// The number is below `10^lead`, and not below a tenth of that.
    pub(super) const fn lead(self) -> i32 {
        match self.digits.checked_ilog10() {
            Some(log) => log as i32 + 1 + self.exponent,
            None => i32::MIN,
        }
    }

    /// The number in units of `10^-places`, rounded to the nearest one, halves away from zero.
    pub(super) fn at(self, places: i32) -> Option<i64> {
        let shift = places.checked_add(self.exponent)?;
        let power = 10u128.checked_pow(shift.unsigned_abs());
        let units = match (self.digits, power) {
            (0, _) => 0,
            (digits, Some(power)) if shift >= 0 => digits.checked_mul(power)?,
            (_, None) if shift >= 0 => return None,
            (digits, Some(power)) => digits / power + u128::from(digits % power * 2 >= power),
            (_, None) => 0,
        };
        let units = i128::try_from(units).ok()?;
        i64::try_from(if self.negative { -units } else { units }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, places: i32) -> Option<i64> {
        Number::parse(text, true).and_then(|number| number.at(places))
    }

    #[test]
    fn numbers_are_exact_or_rounded_once() {
        for (text, places, units) in [
            ("5.1", 1, 51),
            ("+51.0", 0, 51),
            ("-0", 0, 0),
            ("-0.5", 0, -1),
            ("0.49999999999999999999999999999999999999999999999999", 0, 0),
            (".5", 2, 50),
            ("5.", 0, 5),
            ("5,25", 2, 525),
            ("1.5e3", 0, 1500),
            ("1E-3", 3, 1),
            ("0e99999", 18, 0),
            ("9223372036854775807", 0, i64::MAX),
            ("-9223372036854775808", 0, i64::MIN),
            ("1e-9999", 5, 0),
            ("6100000000000000000000", -4, 610_000_000_000_000_000),
        ] {
            assert_eq!(at(text, places), Some(units), "{text}");
        }
        for text in ["9223372036854775808", "1e40", "1e9999"] {
            assert_eq!(at(text, 0), None, "{text}");
        }
        for text in ["", "-", ".", "e5", "1e", "0x33", "1 2", "1,2,3", "1.2.3", "- 1", "inf", "1e100000"] {
            assert_eq!(Number::parse(text, true), None, "{text}");
        }
        assert_eq!(Number::parse("1,5", false), None);
    }

    #[test]
    fn places_and_leads() {
        let of = |text| Number::parse(text, false).map(|number| (number.places(), number.lead()));
        assert_eq!(of("12.50"), Some((1, 2)));
        assert_eq!(of("0.001"), Some((3, -2)));
        assert_eq!(of("1000"), Some((-3, 4)));
        assert_eq!(of("0.0"), Some((0, i32::MIN)));
    }

    #[test]
    fn values() {
        for missing in ["", "NA", "nan", "?", "N/A"] {
            assert_eq!(Value::of(missing, false), Value::Missing, "{missing}");
        }
        assert_eq!(
            (Value::of("True", false), Value::of("no", false)),
            (Value::Bool(true), Value::Bool(false))
        );
        assert_eq!(Value::of("mm", false), Value::Text);
    }
}
