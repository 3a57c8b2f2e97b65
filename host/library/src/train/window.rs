use crate::update::{Replica, Tally};

/// Counts of the generations since the last validation.
#[derive(Default)]
pub(super) struct Window {
    pub(super) generations: u64,
    pub(super) units: u64,
    pub(super) kept: u64,
    pub(super) values: u64,
    pub(super) magnitude: u64,
    pub(super) zero: u64,
    pub(super) clipped: u64,
    pub(super) moved: u64,
}

impl Window {
    /// Adds a generation that was just applied to `replica`.
    pub(super) fn add(&mut self, replica: &Replica, tally: &Tally, clip: i16, moved: u32) {
        self.generations += 1;
        self.units += u64::from(tally.units());
        self.kept += u64::from(replica.kept());
        for f in tally.values() {
            self.values += 1;
            self.magnitude += u64::from(f.unsigned_abs());
            self.zero += u64::from(f == 0);
            self.clipped += u64::from(f.unsigned_abs() >= clip.unsigned_abs());
        }
        self.moved += u64::from(moved);
    }
}
