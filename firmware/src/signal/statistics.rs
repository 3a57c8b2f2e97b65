//! What the samples of a window have in common.

/// The statistics of the samples of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The mean, in 1/16 of a sample's unit, rounded down.
    pub mean: i32,
    /// The standard deviation of the population, in 1/16 of a sample's unit, rounded down.
    pub spread: i32,
    /// The least sample.
    pub least: i16,
    /// The greatest sample.
    pub greatest: i16,
    /// How often samples go from below the mean to the mean or above, or back.
    pub crossings: i32,
}

impl Statistics {
    /// The statistics of 1 to 65,535 samples; all 0 of none.
    pub fn of(samples: impl Iterator<Item = i16> + Clone) -> Statistics {
        let (mut sum, mut squares, mut count) = (0i32, 0u64, 0u32);
        let (mut least, mut greatest) = (i16::MAX, i16::MIN);
        for sample in samples.clone() {
            let size = u32::from(sample.unsigned_abs());
            sum = sum.wrapping_add(i32::from(sample));
            squares += u64::from(size * size);
            count += 1;
            (least, greatest) = (least.min(sample), greatest.max(sample));
        }
        let Some(mean) = (i64::from(sum) * 16).checked_div_euclid(i64::from(count)) else {
            return Statistics { mean: 0, spread: 0, least: 0, greatest: 0, crossings: 0 };
        };
        // Below 2^62, and at least 0.
        let size = u64::from(sum.unsigned_abs());
        let deviation = (u64::from(count) * squares).wrapping_sub(size * size);
        let per_sample = |value: u64| value.checked_div(u64::from(count)).unwrap_or_default();
        let spread = per_sample(per_sample(deviation) * 256).isqrt() as i32;
        let (mut crossings, mut was_above) = (0, None);
        for sample in samples {
            // x >= sum / count
            let is_above = i32::from(sample).wrapping_mul(count as i32) >= sum;
            crossings += i32::from(was_above.is_some_and(|was_above: bool| was_above != is_above));
            was_above = Some(is_above);
        }
        Statistics { mean: mean as i32, spread, least, greatest, crossings }
    }
}
