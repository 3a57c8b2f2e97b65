use super::{Window, add_multiple, larger};

/// The largest value of each channel under a window at a place; `y` has a value a channel.
#[inline]
pub fn max_pool(window: &Window, x: &[i8], row: u32, column: u32, y: &mut [i8]) {
    y.fill(i8::MIN);
    let channels = y.len().max(1);
    window.runs(x, row, column, |_, run| {
        for position in run.chunks_exact(channels) {
            larger(y, position);
        }
    });
}

/// `sum // count` of each channel under a window at a place, a floor; the count is that of the window's
/// positions. `y`, and `sums`, which is scratch, have a value a channel.
#[inline]
pub fn average_pool(window: &Window, x: &[i8], row: u32, column: u32, sums: &mut [i32], y: &mut [i8]) {
    sums.fill(0);
    let channels = y.len().max(1);
    window.runs(x, row, column, |_, run| {
        for position in run.chunks_exact(channels) {
            add_multiple(sums, position, 1);
        }
    });
    let count = window.taps() as i32;
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
        let window =
            Window { rows: 1, columns: 3, channels: 2, kernel: [1, 3], stride: [1, 1], padding: [0; 4] };
        average_pool(&window, &[-1, 127, 0, 127, 0, 126], 0, 0, &mut sums, &mut y);
        assert_eq!(y, [-1, 126]);
        max_pool(&window, &[-127, -5, -126, -127, -127, -6], 0, 0, &mut y);
        assert_eq!(y, [-126, -5]);
    }
}
