/// The largest value of each channel of a window, which holds `y.len()` channels a position.
pub fn max_pool(window: &[i8], y: &mut [i8]) {
    y.fill(i8::MIN);
    for position in window.chunks_exact(y.len().max(1)) {
        for (y, &x) in y.iter_mut().zip(position) {
            *y = x.max(*y);
        }
    }
}

/// `sum // count` of each channel of a window, a floor; the window holds `y.len()` channels a position.
/// `sums` is scratch, as long as `y`.
pub fn average_pool(window: &[i8], sums: &mut [i32], y: &mut [i8]) {
    let channels = y.len().max(1);
    let count = (window.len() / channels) as i32;
    sums.fill(0);
    for position in window.chunks_exact(channels) {
        for (sum, &x) in sums.iter_mut().zip(position) {
            *sum += i32::from(x);
        }
    }
    for (y, &sum) in y.iter_mut().zip(&*sums) {
        // The mean of values within +-127 is within them.
        *y = sum.checked_div_euclid(count).unwrap_or(0) as i8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_floors() {
        let (mut sums, mut y) = ([0; 2], [0; 2]);
        average_pool(&[-1, 127, 0, 127, 0, 126], &mut sums, &mut y);
        assert_eq!(y, [-1, 126]);
        max_pool(&[-127, -5, -126, -127, -127, -6], &mut y);
        assert_eq!(y, [-126, -5]);
    }
}
