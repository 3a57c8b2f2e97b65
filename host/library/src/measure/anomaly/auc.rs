//! The area under the ROC curve.

/// The probability that an anomaly has a higher score than a normal row, where equal scores count half: the
/// area under the ROC curve, as the exact rank statistic (Mann and Whitney). Both are in ascending order. It
/// is `None` without rows of either kind.
pub fn auc(normal: &[i32], anomalies: &[i32]) -> Option<f64> {
    // Twice the pairs in which the anomaly is higher, and once those of equals: an integer.
    let mut wins = 0u128;
    let (mut below, mut up_to) = (0, 0);
    for &score in anomalies {
        below += normal.iter().skip(below).take_while(|&&other| other < score).count();
        up_to = up_to.max(below);
        up_to += normal.iter().skip(up_to).take_while(|&&other| other <= score).count();
        wins += (below + up_to) as u128;
    }
    let pairs = normal.len() as u128 * anomalies.len() as u128;
    (pairs > 0).then(|| wins as f64 / (2 * pairs) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted() {
        assert_eq!(auc(&[1, 2, 3], &[4, 5]), Some(1.0));
        assert_eq!(auc(&[4, 5], &[1, 2, 3]), Some(0.0));
        // Of six pairs, 3 is above 1 and 2 and equal to 3, and 2 is above 1 and equal to 2.
        assert_eq!(auc(&[1, 2, 3], &[2, 3]), Some((1.0 + 0.5 + 2.0 + 0.5) / 6.0));
        assert_eq!(auc(&[7, 7, 7], &[7, 7]), Some(0.5));
        assert_eq!((auc(&[], &[1]), auc(&[1], &[])), (None, None));
    }

    #[test]
    fn ties_on_both_sides() {
        // 0 0 1 1 beside 0 1 1 2: by hand 2 * 0.5 + 2 * (2 + 2 * 0.5) + 4 = 11 of 16.
        assert_eq!(auc(&[0, 0, 1, 1], &[0, 1, 1, 2]), Some(11.0 / 16.0));
    }
}
