//! What simple methods answer to the same rows: an R² says little alone.

use super::super::affordable::{MOST_PRODUCTS, every};
use super::answered::Answered;
use crate::data::Dataset;
use eggroll_batch::linear::Linear;

/// Baselines of a regression that have learned from the training rows of a run.
pub struct RegressionBaselines {
    /// The linear regression learned from every so many-th training row.
    pub every: usize,
    /// The mean of each target over all training rows, as a raw value.
    means: Vec<i32>,
    linear: Linear,
}

impl RegressionBaselines {
    /// Learns from these rows of a data set; `None` of one without targets. The same rows give the same
    /// baselines, on any number of threads.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn fit(data: &Dataset, train: &[u32]) -> Option<Self> {
        let targets = data.targets()?;
        let count = targets.columns.len();
        let mean = |column: usize| {
            let raw = train.iter().filter_map(|&row| targets.raw_of(row as usize).get(column));
            nearest(raw.map(|&raw| f64::from(raw)).sum::<f64>() / train.len().max(1) as f64)
        };
        let every = every(train.len(), 2 * data.features.max(1) as u64 * count as u64);
        let chosen = || train.iter().step_by(every).map(|&row| row as usize);
        let rows: Vec<&[i8]> = chosen().map(|row| data.row(row)).collect();
        let raw: Vec<f64> = chosen().flat_map(|row| targets.raw_of(row)).map(|&raw| f64::from(raw)).collect();
        let linear = Linear::fit(&rows, &raw, count, MOST_PRODUCTS);
        Some(Self { every, means: (0..count).map(mean).collect(), linear })
    }

    /// What the linear regression answers. It is `None` without rows.
    pub fn linear(&self, data: &Dataset, rows: &[u32]) -> Option<Answered> {
        Answered::of(data, rows, |row, values| {
            values.extend(self.linear.answer(row).into_iter().map(nearest))
        })
    }

    /// The mean of the training rows as the answer to every row. It is `None` without rows.
    pub fn mean(&self, data: &Dataset, rows: &[u32]) -> Option<Answered> {
        Answered::of(data, rows, |_, values| values.extend(&self.means))
    }
}

/// The nearest raw value.
fn nearest(value: f64) -> i32 {
    value.round() as i32
}
