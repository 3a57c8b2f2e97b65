use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Scores, Shape};
use std::ops::Range;

/// The scores of a generation, which come in as ranges of units in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    shape: Shape,
    /// For each unit: `None` before its scores are in, then whether it was kept (`true`) or skipped.
    units: Vec<Option<bool>>,
    values: Vec<i16>,
    missing: usize,
}

impl Tally {
    /// An empty tally of `units` units.
    pub fn new(shape: Shape, units: u32) -> Self {
        let units = units as usize;
        let values = vec![0; units * shape.values as usize];
        if shape.is_silent() {
            // Nobody has to report anything.
            return Self { shape, units: vec![Some(true); units], values, missing: 0 };
        }
        Self { shape, units: vec![None; units], values, missing: units }
    }

    /// The values that a unit has if it is kept.
    fn values_of(&self, unit: usize) -> Range<usize> {
        let at = unit * self.shape.values as usize;
        at..at + self.shape.values_of(unit) as usize
    }

    /// Takes in the packed scores of a range. Units whose scores are in already stay as they are.
    ///
    /// # Errors
    /// [`Error::BadScores`] and [`Error::NoSuchUnits`]; then the tally is unchanged.
    pub fn insert(&mut self, range: Range<u32>, packed: &[u8]) -> Result<(), Error> {
        let (first, count) = (range.start as usize, range.len());
        if first + count > self.units.len() {
            return Err(Error::NoSuchUnits { end: (first + count) as u64, has: self.units.len() as u32 });
        }
        let scores = Scores::new(self.shape.from(range.start), count, packed)?;
        let mut values = scores.values();
        for (unit, kept) in (first..).zip(scores.flags()) {
            let fresh = self.units[unit].is_none();
            if fresh {
                self.units[unit] = Some(kept);
                self.missing -= 1;
            }
            if kept {
                let places = self.values_of(unit);
                for (place, f) in places.clone().zip(values.by_ref().take(places.len())) {
                    if fresh {
                        self.values[place] = f;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the scores of every unit are in.
    pub(crate) const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Whether the scores of every unit of a range are in.
    pub fn has(&self, range: Range<u32>) -> bool {
        self.units[range.start as usize..range.end as usize].iter().all(Option::is_some)
    }

    /// The number of units of the generation.
    pub fn units(&self) -> u32 {
        self.units.len() as u32
    }

    /// Whether nobody reports anything, so that only whoever credits a unit knows whether it is kept.
    pub(crate) const fn is_silent(&self) -> bool {
        self.shape.is_silent()
    }

    /// The number of units that were kept, which means that they have members. Those of which nobody reports
    /// anything all count.
    pub fn kept(&self) -> u32 {
        self.kept_units().count() as u32
    }

    /// The places of the units that were kept.
    fn kept_units(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.units.len()).filter(|&unit| self.units[unit] == Some(true))
    }

    /// The values of all kept units, in order.
    pub fn values(&self) -> impl Iterator<Item = i16> + '_ {
        self.kept_units().flat_map(|unit| self.values[self.values_of(unit)].iter().copied())
    }

    /// How many values that are.
    pub fn value_count(&self) -> u64 {
        self.kept_units().map(|unit| u64::from(self.shape.values_of(unit))).sum()
    }

    /// Packs the scores of a range. A unit whose scores are not in counts as skipped.
    ///
    /// # Errors
    /// [`Error::NoSuchUnits`] for a range that ends after the last unit.
    pub fn pack(&self, range: Range<u32>) -> Result<Vec<u8>, Error> {
        let (first, end) = (range.start as usize, range.end as usize);
        let beyond = Error::NoSuchUnits { end: end as u64, has: self.units.len() as u32 };
        let units = self.units.get(first..end).ok_or(beyond)?;
        let mut bytes = vec![0; self.shape.room(units.len())];
        let mut packer = Packer::new(self.shape.from(range.start), units.len(), &mut bytes)?;
        for (place, unit) in (first..).zip(units) {
            if *unit == Some(true) {
                packer.keep();
                self.values[self.values_of(place)].iter().for_each(|&f| packer.push(f));
            } else {
                packer.skip();
            }
        }
        let len = packer.finish();
        bytes.truncate(len);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape::new(3, 7, true);

    #[test]
    fn ranges_in_any_order_make_the_whole() {
        let mut whole = Tally::new(SHAPE, 5);
        let mut bytes = [0; 64];
        let mut packer = Packer::new(SHAPE, 5, &mut bytes).unwrap();
        for unit in 0..5i16 {
            if unit == 2 {
                packer.skip();
                continue;
            }
            packer.keep();
            (0..3).for_each(|k| packer.push(unit * 2 - k));
        }
        let len = packer.finish();
        whole.insert(0..5, &bytes[..len]).unwrap();
        assert!(whole.is_complete());
        assert_eq!((whole.kept(), whole.pack(0..5).unwrap()), (4, bytes[..len].to_vec()));

        let mut parts = Tally::new(SHAPE, 5);
        for range in [3..5, 0..2, 1..4] {
            parts.insert(range.clone(), &whole.pack(range).unwrap()).unwrap();
        }
        assert_eq!(parts, whole);
        assert_eq!(parts.values().count(), 12);
    }

    #[test]
    fn bad_ranges_change_nothing() {
        let mut tally = Tally::new(SHAPE, 5);
        let before = tally.clone();
        assert_eq!(tally.insert(0..2, &[3]), Err(Error::BadScores));
        assert_eq!(tally.insert(4..6, &[0]), Err(Error::NoSuchUnits { end: 6, has: 5 }));
        assert_eq!(tally, before);
        assert!(tally.pack(4..6).is_err());
    }
}
