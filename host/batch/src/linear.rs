//! Linear regression: the baseline of a regression, as the logistic one is that of a classification. It
//! decides no weight, so it may use floating point. Its sums have a fixed order, whatever the number of
//! threads.

use super::minimum::minimum;
use super::standard::standard;
use rayon::prelude::*;

/// Parts of the rows that are summed side by side. It is fixed, so that sums have one order.
const PARTS: usize = 16;
/// The search ends where no derivative of the mean loss is above this, of targets with a deviation of 1.
const FLAT: f64 = 1e-6;
/// The fewest steps, however long a step takes.
const FEWEST: u64 = 30;
/// The most steps.
const MOST: u64 = 500;

/// A linear regression with a penalty (ridge) on standardised features.
#[derive(Clone, Debug)]
pub struct Linear {
    /// The mean of each feature, and one over its standard deviation; 1 where the deviation is 0.
    standard: Vec<(f64, f64)>,
    /// The mean of each target, and its standard deviation; 1 where that is 0.
    targets: Vec<(f64, f64)>,
    /// Of each feature a weight for each target.
    weights: Vec<f64>,
}

impl Linear {
    /// Learns from rows of equally many features and the targets of each, `rows.len() * count` in the order
    /// of the rows, by a penalty of the square of every weight (alpha = 1). `most` bounds the products of the
    /// search: a step takes at least two for each row, feature and target.
    ///
    /// Without rows, every answer is 0.
    pub fn fit(rows: &[&[i8]], targets: &[f64], count: usize, most: u64) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let mut of = Self {
            standard: standard(rows, width),
            targets: spread(targets, count),
            weights: vec![0.0; width * count],
        };
        if rows.is_empty() || count == 0 {
            return of;
        }
        let scaled: Vec<f64> = targets
            .chunks_exact(count)
            .flat_map(|targets| targets.iter().zip(&of.targets))
            .map(|(target, (mean, deviation))| (target - mean) / deviation)
            .collect();
        let cost = 2 * rows.len() as u64 * width.max(1) as u64 * count as u64;
        let steps = (most / cost.max(1)).clamp(FEWEST, MOST);
        let objective = |weights: &[f64]| of.objective(weights, rows, &scaled);
        of.weights = minimum(objective, of.weights.clone(), FLAT * rows.len() as f64, steps);
        of
    }

    /// The targets of a row.
    pub fn answer(&self, row: &[i8]) -> Vec<f64> {
        let mut scaled = vec![0.0; self.targets.len()];
        self.scaled(&self.weights, row, &mut scaled);
        scaled.iter().zip(&self.targets).map(|(value, (mean, deviation))| mean + deviation * value).collect()
    }

    fn scaled(&self, weights: &[f64], row: &[i8], values: &mut [f64]) {
        values.fill(0.0);
        let count = self.targets.len().max(1);
        for ((weights, &x), &(mean, scale)) in weights.chunks_exact(count).zip(row).zip(&self.standard) {
            let x = (f64::from(x) - mean) * scale;
            values.iter_mut().zip(weights).for_each(|(value, weight)| *value += x * weight);
        }
    }

    /// Half of the sum of the squares of all errors and weights; and its gradient.
    fn objective(&self, weights: &[f64], rows: &[&[i8]], scaled: &[f64]) -> (f64, Vec<f64>) {
        let part = rows.len().div_ceil(PARTS).max(1);
        let parts: Vec<(f64, Vec<f64>)> = rows
            .par_chunks(part)
            .zip(scaled.par_chunks(part * self.targets.len().max(1)))
            .map(|(rows, scaled)| self.part(weights, rows, scaled))
            .collect();
        let mut loss = weights.iter().map(|weight| 0.5 * weight * weight).sum();
        let mut gradient = weights.to_vec();
        for (of_part, gradient_of_part) in parts {
            loss += of_part;
            gradient.iter_mut().zip(gradient_of_part).for_each(|(sum, part)| *sum += part);
        }
        (loss, gradient)
    }

    fn part(&self, weights: &[f64], rows: &[&[i8]], scaled: &[f64]) -> (f64, Vec<f64>) {
        let count = self.targets.len().max(1);
        let (mut loss, mut gradient) = (0.0, vec![0.0; weights.len()]);
        let mut errors = vec![0.0; count];
        for (row, scaled) in rows.iter().zip(scaled.chunks_exact(count)) {
            self.scaled(weights, row, &mut errors);
            errors.iter_mut().zip(scaled).for_each(|(error, target)| *error -= target);
            loss += errors.iter().map(|error| 0.5 * error * error).sum::<f64>();
            for ((gradient, &x), &(mean, scale)) in
                gradient.chunks_exact_mut(count).zip(*row).zip(&self.standard)
            {
                let x = (f64::from(x) - mean) * scale;
                gradient.iter_mut().zip(&errors).for_each(|(sum, error)| *sum += x * error);
            }
        }
        (loss, gradient)
    }
}

/// The mean of each target, and its standard deviation; 1 where that is 0.
fn spread(targets: &[f64], count: usize) -> Vec<(f64, f64)> {
    let of = |column: usize| {
        let values = || targets.iter().skip(column).step_by(count);
        let rows = values().count().max(1) as f64;
        let mean = values().sum::<f64>() / rows;
        let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / rows).sqrt();
        (mean, if deviation > 0.0 { deviation } else { 1.0 })
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: u64 = u64::MAX;

    #[test]
    fn a_plane_is_found() {
        let rows: Vec<[i8; 3]> = (0..100).map(|i| [i as i8, (i * 37 % 101 - 50) as i8, 9]).collect();
        let views: Vec<&[i8]> = rows.iter().map(|row| &row[..]).collect();
        let targets: Vec<f64> = rows
            .iter()
            .flat_map(|row| [1e6 + 300.0 * f64::from(row[0]) - 20.0 * f64::from(row[1]), 7.0])
            .collect();
        let of = Linear::fit(&views, &targets, 2, ALL);
        for (row, targets) in rows.iter().zip(targets.chunks(2)) {
            let found = of.answer(row);
            // The penalty takes a hundredth of the slopes.
            assert!(
                (found[0] - targets[0]).abs() < 300.0 && (found[1] - 7.0).abs() < 1e-9,
                "{found:?}, not {targets:?}"
            );
        }
        assert_eq!(Linear::fit(&[], &[], 1, ALL).answer(&[1, 2]), [0.0]);
    }

    const EXPECTED: [([i8; 3], [f64; 2]); 3] = [
        ([30, 10, -3], [182.9056, 1210.3892]),
        ([0, 0, 0], [29.9354, 999.0671]),
        ([-20, 25, 7], [-74.3523, 544.4385]),
    ];

    /// The numbers are those of scikit-learn 1.9.1 on the same rows: `Ridge()` behind a `StandardScaler`.
    #[test]
    fn it_is_that_of_scikit_learn() {
        let mut state = 1u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as i32 % 61 - 30
        };
        let rows: Vec<[i8; 3]> = (0..40).map(|_| [next() as i8, next() as i8, (next() / 4) as i8]).collect();
        let views: Vec<&[i8]> = rows.iter().map(|row| &row[..]).collect();
        let targets: Vec<f64> = rows
            .iter()
            .flat_map(|&[a, b, c]| {
                let [a, b, c] = [a, b, c].map(f64::from);
                [5.0 * a + b * b / 10.0, 1000.0 - 70.0 * c + b]
            })
            .collect();
        let of = Linear::fit(&views, &targets, 2, ALL);
        for (row, expected) in EXPECTED {
            let found = of.answer(&row);
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-2);
            assert!(near, "{row:?}: {found:?}, not {expected:?}");
        }
    }
}
