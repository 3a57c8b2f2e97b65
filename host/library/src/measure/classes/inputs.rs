//! Whether the inputs of a model use their range.

use crate::data::Dataset;

/// Rows that are looked at; of more, every second, third and so on.
const MOST_ROWS: usize = 4096;

/// How the features of rows lie in their range of -127 to 127.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// The mean of the standard deviations of all features that are not constant; 0 if all are.
    pub deviation: f64,
    /// The share of all values at -127 or 127.
    pub saturated: f64,
}

impl Inputs {
    /// Looks at these rows; `None` without rows.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn of(data: &Dataset, rows: &[u32]) -> Option<Self> {
        let every = rows.len().div_ceil(MOST_ROWS).max(1);
        let mut sums = vec![(0i64, 0i64); data.features];
        let (mut count, mut saturated) = (0u64, 0u64);
        for &row in rows.iter().step_by(every) {
            count += 1;
            for ((sum, squares), &x) in sums.iter_mut().zip(data.row(row as usize)) {
                *sum += i64::from(x);
                *squares += i64::from(x) * i64::from(x);
                saturated += u64::from(x.unsigned_abs() == 127);
            }
        }
        let deviation = |&(sum, squares): &(i64, i64)| {
            let (mean, squares) = (sum as f64 / count as f64, squares as f64 / count as f64);
            (squares - mean * mean).max(0.0).sqrt()
        };
        let varying: Vec<f64> = sums.iter().map(deviation).filter(|&deviation| deviation > 1e-9).collect();
        (count > 0).then(|| Self {
            deviation: varying.iter().sum::<f64>() / varying.len().max(1) as f64,
            saturated: saturated as f64 / (count as f64 * sums.len() as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Preprocessing;

    #[test]
    fn ranges() {
        let rows = vec![127, 4, 9, -127, 6, 9, 127, 4, 9, -127, 6, 9];
        let data = Dataset::new("d", rows, vec![0, 1, 0, 1], Preprocessing::as_is(3, 2)).unwrap();
        let inputs = Inputs::of(&data, &[0, 1, 2, 3]).unwrap();
        assert_eq!(inputs, Inputs { deviation: 64.0, saturated: 1.0 / 3.0 });
        assert_eq!(Inputs::of(&data, &[]), None);
    }
}
