//! The answers to rows whose targets are known.

use super::super::classes::{CLEAR, WORTH};
use super::super::regression::{ErrorSums, RegressionErrors};
use crate::data::{Dataset, Targets};
use crate::scratch::HeapScratch;
use eggroll_firmware::model::{Program, Start, infer};

/// So many standard errors apart, the errors on some rows are greater than those on others.
const APART: f64 = 3.0;

/// The answers to rows whose targets are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Raw values, row-major, one a target.
    pub values: Vec<i32>,
    /// Their errors.
    pub errors: RegressionErrors,
    /// Of each row, the mean over the targets of the squares of its errors, in variances of the target. One
    /// less their mean is R².
    squares: Vec<f64>,
}

impl Answered {
    /// What a model answers, whose weights must be those of the program. It is `None` without rows, and for
    /// data without targets.
    pub fn model(program: &Program, weights: &[i8], data: &Dataset, rows: &[u32]) -> Option<Self> {
        let mut scratch = HeapScratch::new(program);
        let columns = &data.targets()?.columns;
        Self::of(data, rows, |row, values| {
            let mut scratch = scratch.get();
            let outputs = infer(program, weights, Start::Input(row), &mut [], &mut scratch);
            values.extend(columns.iter().zip(outputs).map(|(column, &output)| column.raw(output)));
        })
    }

    /// What anything answers, which appends a raw value a target.
    pub(super) fn of(
        data: &Dataset,
        rows: &[u32],
        mut answer: impl FnMut(&[i8], &mut Vec<i32>),
    ) -> Option<Self> {
        let targets = data.targets()?;
        let mut sums = ErrorSums::new(targets, false);
        let mut values = Vec::with_capacity(rows.len() * targets.columns.len());
        for &row in rows {
            let from = values.len();
            answer(data.row(row as usize), &mut values);
            sums.add_values(row as usize, values.iter().skip(from).copied());
        }
        let errors = sums.errors()?;
        Some(Self { squares: squares(targets, rows, &values), errors, values })
    }

    /// The mean R² of the targets.
    pub fn r2(&self) -> f64 {
        self.errors.score().value
    }

    /// Whether another that answered the same rows is better: by a hundredth of R², and by more than the
    /// uncertainty of the rows' differences.
    pub fn is_behind(&self, other: &Self) -> bool {
        let differences: Vec<f64> =
            self.squares.iter().zip(&other.squares).map(|(own, other)| own - other).collect();
        let (mean, error) = mean_and_error(&differences);
        mean >= WORTH && mean > CLEAR * error
    }

    /// Whether the errors are greater than they may be by chance, if those of other rows are `elsewhere`: an
    /// R² that was measured on those.
    pub fn is_below(&self, elsewhere: f64) -> bool {
        let (mean, error) = mean_and_error(&self.squares);
        mean - APART * error > 1.0 - elsewhere
    }
}

/// Of each row, the mean over the targets of the squares of its errors, in variances of the target; of a
/// target without any variance, in ones.
fn squares(targets: &Targets, rows: &[u32], values: &[i32]) -> Vec<f64> {
    let count = targets.columns.len().max(1);
    let truth = |column: usize| {
        rows.iter()
            .filter_map(move |&row| targets.raw_of(row as usize).get(column))
            .map(|&raw| f64::from(raw))
    };
    let variance = |column: usize| {
        let mean = truth(column).sum::<f64>() / rows.len().max(1) as f64;
        let variance = truth(column).map(|raw| (raw - mean).powi(2)).sum::<f64>() / rows.len().max(1) as f64;
        if variance > 0.0 { variance } else { 1.0 }
    };
    let variances: Vec<f64> = (0..count).map(variance).collect();
    let of_row = |(&row, values): (&u32, &[i32])| {
        let errors = targets.raw_of(row as usize).iter().zip(values).zip(&variances);
        let square = |((&target, &value), variance): ((&i32, &i32), &f64)| {
            (f64::from(target) - f64::from(value)).powi(2) / variance
        };
        errors.map(square).sum::<f64>() / count as f64
    };
    rows.iter().zip(values.chunks_exact(count)).map(of_row).collect()
}

/// The mean of numbers, and its standard error.
fn mean_and_error(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
    (mean, (variance / count).sqrt())
}
