//! Logistic regression: a baseline beside which a figure of a run stands, so that a person sees what it is
//! worth.
//!
//! It decides no weight, so it may use floating point. It lies in this crate because its loops are optimised
//! in every build of it. Its sums have a fixed order, whatever the number of threads.

use super::minimum::minimum;
use super::standard::standard;
use rayon::prelude::*;

/// Parts of the rows that are summed side by side. It is fixed, so that sums have one order.
const PARTS: usize = 16;
/// The search ends where no derivative of the mean loss is above this.
const FLAT: f64 = 1e-5;
/// The fewest steps, however long a step takes.
const FEWEST: u64 = 30;
/// The most steps.
const MOST: u64 = 500;

/// A multinomial logistic regression on standardised features.
#[derive(Clone, Debug)]
pub struct Regression {
    classes: usize,
    /// The mean of each feature, and one over its standard deviation; 1 where the deviation is 0.
    standard: Vec<(f64, f64)>,
    /// Of each feature, then of the constant, a weight for each class.
    weights: Vec<f64>,
}

impl Regression {
    /// Learns from rows of equally many features and as many labels, each below `classes`, by a penalty of
    /// half the square of every weight but the constants (C = 1). `most` bounds the products of the search:
    /// a step takes at least two for each row, feature and class.
    ///
    /// Without rows or classes, every score is 0.
    pub fn fit(rows: &[&[i8]], labels: &[u8], classes: usize, most: u64) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let mut of = Self { classes, standard: standard(rows, width), weights: Vec::new() };
        of.weights = vec![0.0; (width + 1) * classes];
        if rows.is_empty() || classes == 0 {
            return of;
        }
        let cost = 2 * rows.len() as u64 * (width as u64 + 1) * classes as u64;
        let steps = (most / cost.max(1)).clamp(FEWEST, MOST);
        let objective = |weights: &[f64]| of.objective(weights, rows, labels);
        of.weights = minimum(objective, of.weights.clone(), FLAT * rows.len() as f64, steps);
        of
    }

    /// The natural logarithms of the classes' probabilities for a row.
    pub fn log_probabilities(&self, row: &[i8]) -> Vec<f64> {
        let mut scores = vec![0.0; self.classes];
        self.scores(&self.weights, row, &mut scores);
        log_softmax(&mut scores);
        scores
    }

    fn scores(&self, weights: &[f64], row: &[i8], scores: &mut [f64]) {
        scores.fill(0.0);
        let (of_features, constants) = weights.split_at(self.standard.len() * self.classes);
        scores.copy_from_slice(constants);
        for ((weights, &x), &(mean, scale)) in
            of_features.chunks_exact(self.classes.max(1)).zip(row).zip(&self.standard)
        {
            let x = (f64::from(x) - mean) * scale;
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += x * weight);
        }
    }

    /// The loss, in nats over all rows, with the penalty; and its gradient.
    fn objective(&self, weights: &[f64], rows: &[&[i8]], labels: &[u8]) -> (f64, Vec<f64>) {
        let part = rows.len().div_ceil(PARTS).max(1);
        let parts: Vec<(f64, Vec<f64>)> = rows
            .par_chunks(part)
            .zip(labels.par_chunks(part))
            .map(|(rows, labels)| self.part(weights, rows, labels))
            .collect();
        let (mut loss, mut gradient) = (0.0, vec![0.0; weights.len()]);
        for (of_part, gradient_of_part) in parts {
            loss += of_part;
            gradient.iter_mut().zip(gradient_of_part).for_each(|(sum, part)| *sum += part);
        }
        // Two classes have two vectors of weights here and only one elsewhere, of twice their size.
        let penalty = if self.classes == 2 { 2.0 } else { 1.0 };
        let of_features = self.standard.len() * self.classes;
        for (gradient, weight) in gradient.iter_mut().zip(weights).take(of_features) {
            loss += 0.5 * penalty * weight * weight;
            *gradient += penalty * weight;
        }
        (loss, gradient)
    }

    fn part(&self, weights: &[f64], rows: &[&[i8]], labels: &[u8]) -> (f64, Vec<f64>) {
        let (mut loss, mut gradient) = (0.0, vec![0.0; weights.len()]);
        let mut errors = vec![0.0; self.classes];
        let (of_features, constants) = gradient.split_at_mut(self.standard.len() * self.classes);
        for (row, &label) in rows.iter().zip(labels) {
            self.scores(weights, row, &mut errors);
            log_softmax(&mut errors);
            loss -= errors.get(usize::from(label)).copied().unwrap_or(0.0);
            errors.iter_mut().for_each(|error| *error = error.exp());
            if let Some(error) = errors.get_mut(usize::from(label)) {
                *error -= 1.0;
            }
            for ((gradient, &x), &(mean, scale)) in
                of_features.chunks_exact_mut(self.classes).zip(*row).zip(&self.standard)
            {
                let x = (f64::from(x) - mean) * scale;
                gradient.iter_mut().zip(&errors).for_each(|(sum, error)| *sum += x * error);
            }
            constants.iter_mut().zip(&errors).for_each(|(sum, error)| *sum += error);
        }
        (loss, gradient)
    }
}

fn log_softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
    let all = largest + sum.ln();
    scores.iter_mut().for_each(|score| *score -= all);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: u64 = u64::MAX;

    /// Rows without a pattern of their own, the same each time, moved by their class.
    fn rows(count: usize, classes: usize) -> (Vec<[i8; 3]>, Vec<u8>) {
        let mut state = 1u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as i32 % 61 - 30
        };
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for row in 0..count {
            let class = row % classes;
            let mut of = |column: usize| next() + if column == class { 40 } else { 0 };
            rows.push([of(0) as i8, of(1) as i8, (of(2) / 4) as i8]);
            labels.push(class as u8);
        }
        (rows, labels)
    }

    #[test]
    fn a_line_is_found() {
        let rows: Vec<[i8; 2]> = (-20..20).map(|x| [x, 5]).collect();
        let labels: Vec<u8> = rows.iter().map(|row| u8::from(row[0] >= 3)).collect();
        let views: Vec<&[i8]> = rows.iter().map(|row| &row[..]).collect();
        let of = Regression::fit(&views, &labels, 2, ALL);
        let right = views.iter().zip(&labels).filter(|(row, label)| {
            let found = of.log_probabilities(row);
            usize::from(**label) == usize::from(found[1] > found[0])
        });
        assert!(right.count() >= 38);
        let sum: f64 = of.log_probabilities(&[9, 5]).iter().map(|score| score.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        // Nothing to learn from.
        let none = Regression::fit(&[], &[], 3, ALL);
        assert!(none.log_probabilities(&[1, 2]).iter().all(|score| (score.exp() - 1.0 / 3.0).abs() < 1e-9));
    }

    /// The numbers are those of scikit-learn 1.9.1 on the same rows: `LogisticRegression(C=1, tol=1e-10)`
    /// behind a `StandardScaler`.
    #[test]
    fn it_is_that_of_scikit_learn() {
        type Expected = ([f64; 3], [f64; 3]);
        let three: Expected = ([-0.17889, -1.84976, -5.03197], [-0.75694, -1.39583, -1.26135]);
        let two: Expected = ([-0.29219, -1.3729, 0.0], [-0.75547, -0.63448, 0.0]);
        for (count, classes, accuracy, (first, second)) in
            [(150, 3, 0.933_333, three), (90, 2, 0.966_667, two)]
        {
            let (rows, labels) = rows(count, classes);
            let views: Vec<&[i8]> = rows.iter().map(|row| &row[..]).collect();
            let of = Regression::fit(&views, &labels, classes, ALL);
            for (row, expected) in [([30, 10, -3], first), ([0, 0, 0], second)] {
                let found = of.log_probabilities(&row);
                let near =
                    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-3);
                assert!(near, "{classes}: {found:?}, not {expected:?}");
            }
            let right = views.iter().zip(&labels).filter(|(row, label)| {
                let found = of.log_probabilities(row);
                let largest = found.iter().copied().fold(f64::MIN, f64::max);
                found.iter().position(|score| *score == largest) == Some(usize::from(**label))
            });
            assert!((right.count() as f64 / f64::from(count as u32) - accuracy).abs() < 1e-5);
        }
    }
}
