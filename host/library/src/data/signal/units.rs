//! The unit of a channel: a power of ten that the values of the training windows choose.

use super::super::number::Number;
use eggroll_firmware::features::{self, PLACES};
use eggroll_firmware::signal::SAMPLE_MAX;

/// What the values of a channel ask of its unit.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Units {
    /// The most places with which all values so far are samples.
    most: i32,
    /// The most digits behind the point so far.
    digits: i32,
}

impl Units {
    /// Those of no value.
    pub(in super::super) const NONE: Units = Units { most: *PLACES.end() as i32, digits: 0 };

    /// Takes the text of a value, which may be empty.
    pub(in super::super) fn take(&mut self, text: &str) {
        let Some(number) = Number::parse(text, false) else { return };
        self.digits = self.digits.max(number.places());
        let fits = |places: i32| {
            let size = number.at(places).map(i64::unsigned_abs);
            size.is_some_and(|size| size <= u64::from(SAMPLE_MAX.unsigned_abs()))
        };
        while self.most > i32::from(*PLACES.start()) && !fits(self.most) {
            self.most -= 1;
        }
    }

    /// The places of the unit: as many as the values have digits for, and no more than they fit in.
    pub(in super::super) fn places(self) -> i8 {
        // Both are within those that a rule has.
        self.most.min(self.digits) as i8
    }
}

/// The sample of a value in units of `10^-places`, and whether it is beyond the range of samples. `None`
/// where nothing stands.
pub(super) fn sample(text: &str, places: i8) -> Option<(i16, bool)> {
    let raw = features::raw(text.as_bytes(), places).ok()?;
    let limit = i32::from(SAMPLE_MAX);
    let value = raw.value.clamp(-limit, limit);
    Some((value as i16, raw.saturated || value != raw.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_as_fine_as_the_values_fit() {
        let of = |values: &[&str]| {
            let mut units = Units::NONE;
            values.iter().for_each(|value| units.take(value));
            units.places()
        };
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&["", "0", "0.00"]), 0);
        assert_eq!(of(&["1", "-20"]), 0);
        assert_eq!(of(&["0.5", "9.81"]), 2);
        // 327.68 would be one too many.
        assert_eq!((of(&["327.67", "0.01"]), of(&["-327.68", "0.01"])), (2, 1));
        assert_eq!((of(&["32767"]), of(&["32768"]), of(&["1e9"])), (0, -1, -5));
        assert_eq!((of(&["1e-9"]), of(&["1e-60"]), of(&["1e60"])), (9, 38, -38));
        // Half a unit is rounded away from zero.
        assert_eq!((of(&["3.27674"]), of(&["3.27675"])), (4, 3));
    }

    #[test]
    fn samples_are_clamped() {
        assert_eq!(sample("9.81", 2), Some((981, false)));
        assert_eq!(sample("-0.005", 2), Some((-1, false)));
        assert_eq!((sample("400", 2), sample("-1e30", 2)), (Some((32767, true)), Some((-32767, true))));
        assert_eq!((sample("327.67", 2), sample("-327.68", 2)), (Some((32767, false)), Some((-32767, true))));
        assert_eq!(sample("", 2), None);
    }
}
