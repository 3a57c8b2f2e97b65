//! What standardises features.

/// The mean of each feature, and one over its standard deviation; 1 where the deviation is 0.
pub(super) fn standard(rows: &[&[i8]], width: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![(0i64, 0i64); width];
    for row in rows {
        for ((sum, squares), &x) in sums.iter_mut().zip(*row) {
            *sum += i64::from(x);
            *squares += i64::from(x) * i64::from(x);
        }
    }
    let count = rows.len().max(1) as f64;
    let of = |(sum, squares): (i64, i64)| {
        let mean = sum as f64 / count;
        let deviation = (squares as f64 / count - mean * mean).max(0.0).sqrt();
        (mean, if deviation > 1e-9 { 1.0 / deviation } else { 1.0 })
    };
    sums.into_iter().map(of).collect()
}
