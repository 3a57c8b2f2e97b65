//! Numbers of any size for people.

/// A number of four digits, and more where it is 10,000 or above.
pub(crate) fn rounded(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e9).contains(&number.abs()) {
        return format!("{number:.3e}");
    }
    let whole = if number.abs() >= 1.0 { number.abs().log10().floor() as i32 + 1 } else { 0 };
    let decimals = usize::try_from(4 - whole).unwrap_or(0);
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn numbers_have_four_digits() {
        let of = [12.3456, 0.123_456, 0.0, 52_341.6, 1234.56, 1e-5, 3e12].map(rounded);
        assert_eq!(of, ["12.35", "0.1235", "0.0000", "52342", "1235", "1.000e-5", "3.000e12"]);
    }
}
