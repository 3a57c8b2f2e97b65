//! A generation under way: what has come, and what nobody holds.

use super::verify::{Answer, Evaluated};
use crate::update::{Generation, Tally};
use eggroll_firmware::estimator::scores::Shape;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// A generation under way.
pub(super) struct OpenGeneration {
    pub(super) generation: Arc<Generation>,
    /// Flights with later ids are its own.
    pub(super) since: u64,
    tally: Tally,
    /// The table: ranges that nobody holds.
    work: VecDeque<Range<u32>>,
    answers: Vec<Answer>,
}

impl OpenGeneration {
    /// A generation of which all is on the table.
    pub(super) fn new(generation: Arc<Generation>, since: u64, shape: Shape, units: u32) -> Self {
        let (tally, work) = (Tally::new(shape, units), std::iter::once(0..units).collect());
        Self { generation, since, tally, work, answers: Vec::new() }
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.tally.is_complete()
    }

    /// Whether nothing is on the table.
    pub(super) fn is_handed_out(&self) -> bool {
        self.work.is_empty()
    }

    /// What would be taken from the table last.
    pub(super) fn last(&self) -> Option<Range<u32>> {
        self.work.back().cloned()
    }

    /// All its scores, and who gave them, in the order of their units.
    pub(super) fn whole(self) -> Evaluated {
        let Self { tally, mut answers, .. } = self;
        answers.sort_by_key(|answer| answer.units.start);
        answers.dedup_by(|next, answer| {
            let joins = next.board == answer.board && next.units.start == answer.units.end;
            if joins {
                answer.units.end = next.units.end;
            }
            joins
        });
        Evaluated::Whole { tally, answers }
    }

    /// What of a range is missing, its ends at least.
    pub(super) fn missing(&self, mut range: Range<u32>) -> Range<u32> {
        while !range.is_empty() && self.tally.has(range.start..range.start + 1) {
            range.start += 1;
        }
        while !range.is_empty() && self.tally.has(range.end - 1..range.end) {
            range.end -= 1;
        }
        range
    }

    /// Puts what of a range is missing back on the table.
    pub(super) fn put_back(&mut self, range: Range<u32>) {
        let missing = self.missing(range);
        if !missing.is_empty() {
            self.work.push_back(missing);
        }
    }

    /// Units on the table, without those that have come meanwhile.
    pub(super) fn left(&mut self) -> u32 {
        let work = core::mem::take(&mut self.work);
        work.into_iter().for_each(|range| self.put_back(range));
        self.work.iter().map(|range| range.len() as u32).sum()
    }

    /// Takes up to so many units from the table.
    pub(super) fn take(&mut self, units: u32) -> Option<Range<u32>> {
        let range = self.work.pop_front()?;
        let end = range.end.min(range.start.saturating_add(units.max(1)));
        if end < range.end {
            self.work.push_front(end..range.end);
        }
        Some(range.start..end)
    }

    /// Takes in scores; `false` where they are none.
    pub(super) fn accept(&mut self, board: &Arc<str>, units: Range<u32>, scores: &[u8]) -> bool {
        let mut fresh: Vec<Range<u32>> = Vec::new();
        for unit in units.clone().filter(|&unit| !self.tally.has(unit..unit + 1)) {
            match fresh.last_mut() {
                Some(run) if run.end == unit => run.end += 1,
                _ => fresh.push(unit..unit + 1),
            }
        }
        let taken = self.tally.insert(units, scores).is_ok();
        if taken {
            let answer = |units| Answer { board: Arc::clone(board), units };
            self.answers.extend(fresh.into_iter().map(answer));
        }
        taken
    }
}
