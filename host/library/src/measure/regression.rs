//! The errors of a regression, in the units of the table.

use super::score::Score;
use crate::data::{Dataset, Targets};
use crate::scratch::HeapScratch;
use eggroll_firmware::model::{Program, Start, infer};

/// The errors of a model's outputs in one column of targets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnErrors {
    /// The share of the targets' variance that the model explains, R²: 1 without any error, 0 for a model
    /// that answers the mean, and below 0 for a worse one. Of targets that are all the same it is 1 without
    /// any error, else 0.
    pub r2: f64,
    /// The mean size of an error.
    pub mean_absolute: f64,
    /// The root of the mean square of an error.
    pub root_mean_squared: f64,
}

/// The errors of a model on some rows of a data set, in the unit of each column.
#[derive(Clone, Debug, PartialEq)]
pub struct RegressionErrors {
    /// Of every column.
    pub columns: Vec<ColumnErrors>,
    /// The share of the variance of the targets that the model explains: the mean over the columns, or for an
    /// autoencoder, some of whose columns may hardly vary, that of all of them together.
    r2: f64,
}

impl RegressionErrors {
    /// Measures a model, whose outputs are brought to raw values before they are compared. It is `None`
    /// without rows, and for data without targets.
    pub fn of(program: &Program, weights: &[i8], data: &Dataset, rows: &[u32]) -> Option<Self> {
        let mut sums = ErrorSums::new(data.targets()?, data.anomalies().is_some());
        let mut scratch = HeapScratch::new(program);
        for &row in rows {
            let mut scratch = scratch.get();
            let start = Start::Input(data.row(row as usize));
            sums.add(row as usize, infer(program, weights, start, &mut [], &mut scratch));
        }
        sums.errors()
    }

    /// R² as a score: the mean over the columns, or for an autoencoder that of all columns together.
    pub fn score(&self) -> Score {
        Score::r2(self.r2)
    }
}

/// What a model answers to a row: its outputs, in `-127..=127`.
pub fn outputs(program: &Program, weights: &[i8], row: &[i8]) -> Vec<i8> {
    let mut scratch = HeapScratch::new(program);
    let mut scratch = scratch.get();
    infer(program, weights, Start::Input(row), &mut [], &mut scratch).to_vec()
}

/// Sums over rows, of every column, from which the errors are made.
pub(super) struct ErrorSums<'t> {
    targets: &'t Targets,
    /// Whether R² is that of all columns together.
    together: bool,
    count: u64,
    columns: Vec<Sums>,
}

/// Sums of a column: of sizes and squares of errors, of targets and of their squares. They are exact.
#[derive(Clone, Copy, Default)]
struct Sums {
    sizes: u64,
    squares: u128,
    targets: i128,
    target_squares: u128,
}

impl<'t> ErrorSums<'t> {
    pub(super) fn new(targets: &'t Targets, together: bool) -> Self {
        Self { targets, together, count: 0, columns: vec![Sums::default(); targets.columns.len()] }
    }

    /// Adds what a model answers to a row.
    pub(super) fn add(&mut self, row: usize, outputs: &[i8]) {
        let targets = self.targets;
        self.add_values(row, targets.columns.iter().zip(outputs).map(|(column, &output)| column.raw(output)));
    }

    /// Adds the raw values that something answers to a row.
    pub(super) fn add_values(&mut self, row: usize, values: impl IntoIterator<Item = i32>) {
        self.count += 1;
        for ((sums, &target), value) in self.columns.iter_mut().zip(self.targets.raw_of(row)).zip(values) {
            let by = i64::from(target).abs_diff(value.into());
            sums.sizes += by;
            sums.squares += u128::from(by).pow(2);
            sums.targets += i128::from(target);
            sums.target_squares += u128::from(target.unsigned_abs()).pow(2);
        }
    }

    pub(super) fn errors(&self) -> Option<RegressionErrors> {
        let count = self.count as f64;
        let of = |(sums, column): (&Sums, &crate::data::TargetColumn)| ColumnErrors {
            r2: share(sums.parts(self.count)),
            mean_absolute: column.in_units(sums.sizes as f64 / count),
            root_mean_squared: column.in_units((sums.squares as f64 / count).sqrt()),
        };
        let columns: Vec<ColumnErrors> = self.columns.iter().zip(&self.targets.columns).map(of).collect();
        let r2 = if self.together {
            let parts = self.columns.iter().map(|sums| sums.parts(self.count));
            share(parts.fold((0, 0), |(variance, squares), of| (variance + of.0, squares + of.1)))
        } else {
            columns.iter().map(|column| column.r2).sum::<f64>() / columns.len().max(1) as f64
        };
        (self.count > 0).then_some(RegressionErrors { columns, r2 })
    }
}

impl Sums {
    /// count^2 times the variance, and count^2 times the mean square: integers, so that targets far from 0
    /// lose nothing.
    fn parts(&self, count: u64) -> (i128, u128) {
        let variance = (u128::from(count) * self.target_squares) as i128 - self.targets * self.targets;
        (variance, u128::from(count).saturating_mul(self.squares))
    }
}

/// R² by a variance and a mean square, times the same.
fn share(parts: (i128, u128)) -> f64 {
    match parts {
        (variance @ 1.., squares) => 1.0 - squares as f64 / variance as f64,
        (_, 0) => 1.0,
        (_, _) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FeatureRule, TargetColumn};
    use eggroll_firmware::features::Rule;

    /// Two rows of one column: hundredths around 500, a step of 4.
    fn targets(raw: &[i32]) -> Targets {
        let rule = FeatureRule::new(2, Rule::new(500, 1, 2).unwrap()).unwrap();
        let column = TargetColumn { number: 1, name: String::new(), rule };
        Targets { columns: vec![column], scaled: vec![0; raw.len()], raw: raw.to_vec() }
    }

    #[test]
    fn errors_are_in_the_units_of_the_table() {
        let targets = targets(&[500, 540]);
        let mut sums = ErrorSums::new(&targets, false);
        assert_eq!(sums.errors(), None);
        // 500 is right; 528 is 12 hundredths off.
        sums.add(0, &[0]);
        sums.add(1, &[7]);
        let [column] = sums.errors().unwrap().columns[..] else { panic!() };
        assert!((column.mean_absolute - 0.06).abs() < 1e-12);
        assert!((column.root_mean_squared - (0.0072f64).sqrt()).abs() < 1e-12);
        assert!((column.r2 - (1.0 - 144.0 / 800.0)).abs() < 1e-12);
    }

    #[test]
    fn targets_that_are_all_the_same() {
        let same = targets(&[500, 500]);
        let of = |outputs: [i8; 2]| {
            let mut sums = ErrorSums::new(&same, false);
            (0..2).for_each(|row| sums.add(row, &outputs[row..=row]));
            sums.errors().unwrap().score().value
        };
        assert_eq!((of([0, 0]), of([0, 1])), (1.0, 0.0));
    }
}
