use core::ops::RangeInclusive;

/// The powers of ten that a unit may have: it is `10^-places`.
pub const PLACES: RangeInclusive<i8> = -38..=38;

/// A raw value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The value in its unit.
    pub value: i32,
    /// Whether the number lies beyond 32 bits, so that the value is the end of their range.
    pub saturated: bool,
}

/// The error of a text that is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

/// The largest exponent that is told from greater ones. No text that fits in memory has as many digits.
const MOST_EXPONENT: i64 = 1 << 40;

/// The number of digits that every u32 holds.
const DIGITS: i64 = 9;

/// Reads the text of a decimal number, `[+-]digits[.digits][e[+-]digits]`, in units of `10^-places`.
///
/// The number may have any number of digits. It is rounded once, to the nearest unit and halves away from
/// zero. A number beyond 32 bits becomes the end of their range.
///
/// # Errors
/// [`NotANumber`] for any other text, among them an empty one, `nan`, and one with spaces around it.
pub fn raw(text: &[u8], places: i8) -> Result<Raw, NotANumber> {
    let (negative, text) = signed(text);
    let (whole, text) = digits(text);
    let (fraction, text) = match text.split_first() {
        Some((b'.', text)) => {
            let (fraction, text) = digits(text);
            if fraction.is_empty() {
                return Err(NotANumber);
            }
            (fraction, text)
        }
        _ => (&[][..], text),
    };
    let exponent = match text.split_first() {
        None => 0,
        Some((b'e' | b'E', text)) => exponent(text)?,
        Some(_) => return Err(NotANumber),
    };
    if whole.is_empty() {
        return Err(NotANumber);
    }
    // So many digits, from the first on, stand before the point of the number in its unit.
    let point = whole.len() as i64 + exponent + i64::from(places);
    let (mut units, mut overflows) = (0u64, false);
    let mut left = point;
    let mut all = whole.iter().chain(fraction).map(|&digit| u64::from(digit.wrapping_sub(b'0'))).peekable();
    while left > 0 {
        let Some(digit) = all.next() else { break };
        left -= 1;
        units = units * 10 + digit;
        overflows |= units > u64::from(u32::MAX);
        if overflows {
            units = u64::from(u32::MAX);
        }
    }
    if left > DIGITS {
        overflows |= units > 0;
    } else {
        // There are no more digits, or the point is reached.
        (0..left).for_each(|_| units *= 10);
    }
    // Digits behind the one next to the point change nothing, since halves are rounded away from zero.
    if left == 0 && all.peek().is_some_and(|&digit| digit >= 5) {
        units += 1;
    }
    let most = u64::from(i32::MAX.unsigned_abs()) + u64::from(negative);
    let saturated = overflows || units > most;
    let units = if saturated { most } else { units } as i64;
    // Within an i32, by `most`.
    let value = if negative { -units } else { units } as i32;
    Ok(Raw { value, saturated })
}

/// A sign, and the text behind it.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', text)) => (true, text),
        Some((b'+', text)) => (false, text),
        _ => (false, text),
    }
}

/// The digits at the beginning of a text, and the text behind them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// The number behind an `e`.
fn exponent(text: &[u8]) -> Result<i64, NotANumber> {
    let (negative, text) = signed(text);
    let (digits, rest) = digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return Err(NotANumber);
    }
    let value = digits
        .iter()
        .fold(0, |value: i64, &digit| (value * 10 + i64::from(digit.wrapping_sub(b'0'))).min(MOST_EXPONENT));
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_once_and_saturate() {
        let of = |text: &str, places| raw(text.as_bytes(), places).map(|raw| (raw.value, raw.saturated));
        for (text, places, value) in [
            ("0", 0, 0),
            ("-0", 38, 0),
            ("5.1", 1, 51),
            ("5.1", 0, 5),
            ("5.5", 0, 6),
            ("-5.5", 0, -6),
            ("5.49999999999999999999999999999999999999", 0, 5),
            ("0.05", 1, 1),
            ("0.049", 1, 0),
            ("0.5", -1, 0),
            ("4", -1, 0),
            ("5", -1, 1),
            ("-5", -1, -1),
            ("49", -2, 0),
            ("50", -2, 1),
            ("+1.25e2", 0, 125),
            ("1E-3", 3, 1),
            ("00000000000000000000000000000000000012", 0, 12),
            ("2147483647", 0, i32::MAX),
            ("-2147483648", 0, i32::MIN),
            ("2147483647.4", 0, i32::MAX),
            ("0e999999999999999999999999", 38, 0),
            ("1e-999999999999999999999999", 38, 0),
            ("0.00000000000000000000000000000000000001", 38, 1),
            ("123e36", -36, 123),
        ] {
            assert_eq!(of(text, places), Ok((value, false)), "{text} in 1e-{places}");
        }
        for (text, places, value) in [
            ("2147483647.5", 0, i32::MAX),
            ("2147483648", 0, i32::MAX),
            ("-2147483649", 0, i32::MIN),
            ("4294967296", 0, i32::MAX),
            ("99999999999999999999999", 0, i32::MAX),
            ("1e11", 0, i32::MAX),
            ("-1e999999999999999999999999", -38, i32::MIN),
            ("1", 38, i32::MAX),
        ] {
            assert_eq!(of(text, places), Ok((value, true)), "{text} in 1e-{places}");
        }
        for text in [
            "", "-", ".", ".5", "5.", "e5", "1e", "1e+", "1e5.", "0x33", "1 2", " 1", "1,2", "nan", "inf",
            "--1",
        ] {
            assert_eq!(of(text, 0), Err(NotANumber), "{text}");
        }
    }
}
