//! How far a model's outputs are from a sample's targets, of a regression.

/// The sum of the squared differences, `sum_c (t_c - y_c)^2`: at most 64,516 an output, so that the sum fits
/// for at most 4096 outputs.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn squared_error(outputs: &[i8], targets: &[i8]) -> i32 {
    differences(outputs, targets).map(|by| by * by).sum()
}

/// The sum of the sizes of the differences, `sum_c |t_c - y_c|`: at most 254 an output.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn absolute_error(outputs: &[i8], targets: &[i8]) -> i32 {
    differences(outputs, targets).map(i32::abs).sum()
}

/// The error at the outputs: `error_c = clip(t_c - y_c)`. It is minus half the derivative of the squared
/// error, except that an outlier counts as one that is 127 off.
pub fn target_error(outputs: &[i8], targets: &[i8], error: &mut [i8]) {
    for (error, by) in error.iter_mut().zip(differences(outputs, targets)) {
        *error = super::clip(by);
    }
}

#[inline(always)]
fn differences(outputs: &[i8], targets: &[i8]) -> impl Iterator<Item = i32> {
    targets.iter().zip(outputs).map(|(&t, &y)| i32::from(t) - i32::from(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_fit() {
        let (low, high) = ([-127; 4096], [127; 4096]);
        assert_eq!(squared_error(&low, &high), 264_257_536);
        assert_eq!(absolute_error(&high, &low), 1_040_384);
        let mut error = [0; 3];
        target_error(&[-127, 127, 5], &[127, -127, -3], &mut error);
        assert_eq!(error, [127, -127, -8]);
    }
}
