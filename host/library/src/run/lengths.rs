//! How many generations a run has, the changes of that on the way, and the step sizes.

use super::Rates;
use eggroll_firmware::train::Pace;
use serde::{Deserialize, Serialize};

/// The numbers of generations that a run was planned to have, and their step sizes. Each generation has the
/// step size of a run of the length that held when it was made. The generations that a change finds done are
/// as they were, and those after it are as if the run had had the new length from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lengths {
    first: u32,
    rates: Rates,
    changes: Vec<LengthChange>,
}

/// A change of the length of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthChange {
    /// The last generation before it.
    pub after: u32,
    /// The number of planned generations from then on.
    pub generations: u32,
    /// The step sizes of a run of that length.
    pub rates: Rates,
}

impl Lengths {
    /// A run that was started with so many planned generations and these step sizes.
    pub const fn new(generations: u32, rates: Rates) -> Self {
        Self { first: generations, rates, changes: Vec::new() }
    }

    /// The number of planned generations, by the last change.
    pub fn planned(&self) -> u32 {
        self.changes.last().map_or(self.first, |change| change.generations)
    }

    /// The number of generations that the run was started with.
    pub const fn first(&self) -> u32 {
        self.first
    }

    /// The changes, in order.
    pub fn changes(&self) -> &[LengthChange] {
        &self.changes
    }

    /// Takes in a change, which takes the place of those at the same generation and behind it.
    pub fn change(&mut self, change: LengthChange) {
        self.changes.retain(|earlier| earlier.after < change.after);
        if change.generations != self.planned() {
            self.changes.push(change);
        }
    }

    /// The same without the changes behind a generation.
    pub fn until(&self, generation: u32) -> Self {
        let mut lengths = self.clone();
        lengths.changes.retain(|change| change.after <= generation);
        lengths
    }

    /// The length and the step sizes that hold for a generation.
    fn of(&self, generation: u32) -> (u32, &Rates) {
        let change = self.changes.iter().rev().find(|change| change.after < generation);
        change.map_or((self.first, &self.rates), |change| (change.generations, &change.rates))
    }

    /// The step size of a generation, from 1.
    pub fn rate(&self, generation: u32) -> u32 {
        self.of(generation).1.at(generation)
    }

    /// The step sizes from a generation on in the form that boards take, and the last generation for which
    /// they hold.
    pub fn pace(&self, generation: u32) -> (Pace, u32) {
        let (pace, last) = self.of(generation).1.pace(generation);
        let next = self.changes.iter().find(|change| change.after >= generation);
        (pace, next.map_or(last, |next| last.min(next.after)))
    }

    /// Whether the run was planned to end with this generation when it was made.
    pub fn ends_with(&self, generation: u32) -> bool {
        self.of(generation).0 == generation
    }

    /// The last generation up to this one with which the run was planned to end when it was made.
    pub fn last_end(&self, generation: u32) -> Option<u32> {
        let lengths = self.changes.iter().map(|change| change.generations).chain([self.first]);
        lengths.filter(|&end| end <= generation && self.ends_with(end)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Schedule;

    const SCHEDULE: Schedule = Schedule::LearningRate(65_536);

    fn to(after: u32, generations: u32) -> LengthChange {
        LengthChange { after, generations, rates: SCHEDULE.rates(generations) }
    }

    fn changed(changes: &[(u32, u32)]) -> Lengths {
        let mut lengths = Lengths::new(10, SCHEDULE.rates(10));
        changes.iter().for_each(|&(after, generations)| lengths.change(to(after, generations)));
        lengths
    }

    #[test]
    fn each_generation_has_the_rate_of_the_length_that_held() {
        let lengths = changed(&[(10, 20), (15, 30)]);
        let of = |length: u32, generation| SCHEDULE.rates(length).at(generation);
        for generation in 1..=30 {
            let length = match generation {
                ..=10 => 10,
                11..=15 => 20,
                _ => 30,
            };
            assert_eq!(lengths.rate(generation), of(length, generation), "{generation}");
            let (pace, last) = lengths.pace(generation);
            assert!((generation..=last.min(30)).all(|later| pace.at(later) == lengths.rate(later)));
        }
        assert_eq!((lengths.planned(), lengths.first(), lengths.changes().len()), (30, 10, 2));
        assert_eq!(
            [9, 10, 11, 20, 29, 30].map(|g| lengths.ends_with(g)),
            [false, true, false, false, false, true]
        );
        assert_eq!([9, 10, 29, 30].map(|g| lengths.last_end(g)), [None, Some(10), Some(10), Some(30)]);
    }

    #[test]
    fn a_change_takes_the_place_of_those_behind_it() {
        assert_eq!(changed(&[(10, 20), (15, 30), (15, 40)]), changed(&[(10, 20), (15, 40)]));
        assert_eq!(changed(&[(10, 20), (15, 30), (7, 12)]), changed(&[(7, 12)]));
        // One to the length that held anyway is none.
        assert_eq!(changed(&[(10, 20), (15, 20)]), changed(&[(10, 20)]));
        assert_eq!(changed(&[(10, 20), (8, 10)]), changed(&[]));
        assert_eq!(changed(&[(10, 20), (15, 30)]).until(14), changed(&[(10, 20)]));
        assert_eq!(changed(&[(10, 20)]).until(10).planned(), 20);
    }
}
