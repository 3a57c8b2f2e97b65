//! Shares of the remaining work by which all evaluators finish at the same time, as soon as possible.

/// The number of halvings in the search for the finish time.
const HALVINGS: u32 = 24;

/// When an evaluator can do more work, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Availability {
    /// The seconds before its first unit: for what it has to do before, and for the request itself.
    pub(super) before: f64,
    /// The seconds for each unit.
    pub(super) each: f64,
}

impl Availability {
    /// The number of units that it has done after a time.
    pub(super) fn within(&self, seconds: f64, units: u32) -> u32 {
        let left = seconds - self.before;
        if left < 0.0 {
            return 0;
        }
        // This avoids a division by 0 and errors of rounding.
        let done = left / self.each.max(1e-9) + 1e-9;
        if done >= f64::from(units) { units } else { done as u32 }
    }
}

/// The shortest time in which these evaluators do so many units together. An evaluator that would need longer
/// than that for a single unit gets none. The time is infinite without evaluators.
pub(super) fn finish_time(loads: &[Availability], units: u32) -> f64 {
    let alone = loads.iter().map(|load| load.before + load.each * f64::from(units) + 1e-9);
    let mut enough = alone.fold(f64::INFINITY, f64::min);
    if loads.len() < 2 || !enough.is_finite() {
        return enough;
    }
    let mut too_soon = 0.0;
    for _ in 0..HALVINGS {
        let middle = (too_soon + enough) / 2.0;
        let done: u64 = loads.iter().map(|load| u64::from(load.within(middle, units))).sum();
        if done >= u64::from(units) {
            enough = middle;
        } else {
            too_soon = middle;
        }
    }
    enough
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Availability = Availability { before: 0.001, each: 0.0001 };

    #[test]
    fn nobody_takes_part_who_would_be_late() {
        let alone = finish_time(&[FAST], 100);
        assert!((alone - 0.011).abs() < 1e-6);
        for slow in [Availability { before: 0.02, each: 0.0 }, Availability { before: 0.0, each: 0.02 }] {
            let together = finish_time(&[FAST, slow, slow], 100);
            assert!(together <= alone);
            assert_eq!(slow.within(together, 100), 0, "{slow:?}");
        }
    }

    #[test]
    fn whoever_helps_gets_what_it_does_in_time() {
        let slow = Availability { before: 0.02, each: 0.001 };
        let together = finish_time(&[FAST, slow], 1000);
        let shares = [FAST, slow].map(|load| load.within(together, 1000));
        assert!(shares[1] > 50 && shares[0] > 800, "{shares:?}");
        assert!(shares.iter().sum::<u32>() >= 1000);
        assert!(together < finish_time(&[FAST], 1000));
    }

    #[test]
    fn equals_get_equal_shares() {
        let together = finish_time(&[FAST; 4], 400);
        assert_eq!(FAST.within(together, 400), 100);
    }

    #[test]
    fn nobody_at_all() {
        assert!(finish_time(&[], 1).is_infinite());
    }
}
