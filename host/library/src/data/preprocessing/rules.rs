//! The rule of a column, found by its raw values.

use eggroll_firmware::features::{Rule, SHIFT};

/// The standard deviation of scaled features.
pub(super) const DEVIATION: u32 = 32;
/// The same where values far out are to differ: the range ends at eight standard deviations.
pub(super) const WIDE_DEVIATION: u32 = 16;
/// The feature of the greatest value, where values are spread over the range.
const HALF_RANGE: u64 = 127;
/// Bits behind the point of a standard deviation.
const FRACTION: u32 = 16;
/// The standard deviation, in raw values, that needs no finer unit: its centre is right to 1 in a feature.
const FINE: u64 = 16 << FRACTION;
/// The most powers of ten by which a unit becomes finer.
const MOST_FINER: u32 = 3;
/// The greatest value that is made ten times as large.
const FINEST: u32 = 99_999_999;
/// A range of which half a raw value is a feature or more, in steps of a quarter of it.
const MIDDLE: u32 = 1000;

/// The rule that brings a spread to a number of features: `mul / 2^shift` is `features / spread`, with the
/// spread in `2^-fraction`.
fn ratio(centre: i32, features: u64, spread: u64, fraction: u32) -> Rule {
    if spread == 0 {
        return constant(centre);
    }
    let mul = |shift: u8| {
        let dividend = u128::from(features) << (u32::from(shift) + fraction);
        (dividend + u128::from(spread) / 2) / u128::from(spread)
    };
    // The largest factor that fits is the most exact one.
    let fits = |shift: &u8| i32::try_from(mul(*shift)).is_ok();
    let found = SHIFT.rev().find(fits);
    let rule = found.and_then(|shift| Rule::new(centre, i32::try_from(mul(shift)).ok()?, shift));
    rule.unwrap_or(constant(centre))
}

/// The rule of a column that tells nothing.
const fn constant(centre: i32) -> Rule {
    match Rule::new(centre, 0, *SHIFT.start()) {
        Some(rule) => rule,
        // The numbers are in their ranges.
        None => unreachable!(),
    }
}

/// What is known of the values of a column.
#[derive(Clone, Copy)]
struct Spread {
    centre: i32,
    /// In `2^-FRACTION`.
    deviation: u64,
}

/// The centre and the deviation of sorted values.
///
/// Values far out count as the ends of a fence: three interquartile ranges beyond the quartiles, which is
/// about five standard deviations of a normal column. Where more than half of the values are equal, the fence
/// is set by the 5 % and 95 % quantiles; where these are equal too, there is none.
fn spread(sorted: &[i32]) -> Spread {
    let (low, high) = fence(sorted);
    let (low, high) = (i64::from(low), i64::from(high));
    let fenced = || sorted.iter().map(|&value| i64::from(value).clamp(low, high));
    let count = sorted.len().max(1) as i64;
    let sum: i64 = fenced().sum();
    // The nearest integer. Between two i32, so it is one.
    let centre = (2 * i128::from(sum) + i128::from(count)).div_euclid(2 * i128::from(count)) as i32;
    let squares: u128 = fenced().map(|value| u128::from(value.abs_diff(centre.into())).pow(2)).sum();
    let variance = (squares << (2 * FRACTION)) / count as u128;
    Spread { centre, deviation: variance.isqrt() as u64 }
}

/// The values in units that are so many powers of ten smaller, as far as they fit.
fn finer(values: &mut [i32], powers: u32) -> i8 {
    for done in 0..powers {
        if values.iter().any(|value| value.unsigned_abs() > FINEST) {
            return done as i8;
        }
        values.iter_mut().for_each(|value| *value *= 10);
    }
    powers as i8
}

/// Values of a column in the unit that was found for all columns.
pub(super) fn make_finer(values: &mut [i32], powers: i8) {
    finer(values, powers.unsigned_abs().into());
}

/// Centred, at a standard deviation of so many features. The unit becomes finer by the power of ten that is
/// returned where the column is too coarse to be centred.
pub(super) fn standard(values: &mut [i32], features: u32) -> (i8, Rule) {
    values.sort_unstable();
    let mut found = spread(values);
    let mut powers = 0;
    while found.deviation > 0 && found.deviation * 10u64.pow(powers) < FINE && powers < MOST_FINER {
        powers += 1;
    }
    let finer = finer(values, powers);
    if finer > 0 {
        found = spread(values);
    }
    (finer, ratio(found.centre, features.into(), found.deviation, FRACTION))
}

/// The least and the greatest value, spread over the range of a feature. As for [`standard`], the unit may
/// become finer.
pub(super) fn minmax(values: &mut [i32]) -> (i8, Rule) {
    let ends = |values: &[i32]| {
        let low = values.iter().copied().min().unwrap_or_default();
        (low, values.iter().copied().max().unwrap_or_default())
    };
    let (low, high) = ends(values);
    // The middle of an odd range is no integer.
    let finer = finer(values, u32::from(high.abs_diff(low) < MIDDLE));
    let (low, high) = ends(values);
    let centre = i64::midpoint(low.into(), high.into()) as i32;
    (finer, ratio(centre, 2 * HALF_RANGE, high.abs_diff(low).into(), 0))
}

/// The values beyond which sorted values count as far out.
fn fence(sorted: &[i32]) -> (i32, i32) {
    let Some(last) = sorted.len().checked_sub(1) else { return (0, 0) };
    // Towards the middle, so that a single value is not its own measure.
    let quantile = |percent: usize| {
        let at = if percent < 50 { (last * percent).div_ceil(100) } else { last * percent / 100 };
        sorted.get(at).copied().unwrap_or_default()
    };
    let beyond = |low: i32, high: i32, times: i64| {
        let margin = times * i64::from(high.abs_diff(low));
        let end = |value: i64| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        (end(i64::from(low) - margin), end(i64::from(high) + margin))
    };
    let (quarter, three_quarters) = (quantile(25), quantile(75));
    if quarter < three_quarters {
        return beyond(quarter, three_quarters, 3);
    }
    let (low, high) = (quantile(5), quantile(95));
    if low < high {
        return beyond(low, high, 1);
    }
    (i32::MIN, i32::MAX)
}
