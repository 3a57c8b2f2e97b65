//! A generation that is being evaluated: the answers that have come, and the queue of ranges that nobody was
//! asked for.

use super::verify::{Answer, Evaluated};
use crate::update::{Generation, Tally};
use eggroll_firmware::estimator::scores::Shape;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// A generation that is being evaluated.
pub(super) struct OpenGeneration {
    pub(super) generation: Arc<Generation>,
    /// Requests with greater ids belong to this generation.
    pub(super) since: u64,
    tally: Tally,
    /// Ranges that no evaluator was asked for.
    queue: VecDeque<Range<u32>>,
    answers: Vec<Answer>,
}

impl OpenGeneration {
    /// Begins a generation, all of whose units are queued.
    pub(super) fn new(generation: Arc<Generation>, since: u64, shape: Shape, units: u32) -> Self {
        let (tally, queue) = (Tally::new(shape, units), std::iter::once(0..units).collect());
        Self { generation, since, tally, queue, answers: Vec::new() }
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.tally.is_complete()
    }

    /// Whether no range is queued.
    pub(super) fn is_queue_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The range that would be taken from the queue last.
    pub(super) fn last_queued(&self) -> Option<Range<u32>> {
        self.queue.back().cloned()
    }

    /// All scores, and who gave them, in the order of their units.
    pub(super) fn into_evaluated(self) -> Evaluated {
        let Self { tally, mut answers, .. } = self;
        answers.sort_by_key(|answer| answer.units.start);
        answers.dedup_by(|next, answer| {
            let joins = next.board == answer.board && next.units.start == answer.units.end;
            if joins {
                answer.units.end = next.units.end;
            }
            joins
        });
        Evaluated::Complete { tally, answers }
    }

    /// Shortens a range so that it begins and ends with a missing unit.
    pub(super) fn missing(&self, mut range: Range<u32>) -> Range<u32> {
        while !range.is_empty() && self.tally.has(range.start..range.start + 1) {
            range.start += 1;
        }
        while !range.is_empty() && self.tally.has(range.end - 1..range.end) {
            range.end -= 1;
        }
        range
    }

    /// Queues the missing units of a range again.
    pub(super) fn requeue(&mut self, range: Range<u32>) {
        let missing = self.missing(range);
        if !missing.is_empty() {
            self.queue.push_back(missing);
        }
    }

    /// The number of queued units. Units whose scores have come meanwhile are removed from the queue.
    pub(super) fn count_queued(&mut self) -> u32 {
        let queue = core::mem::take(&mut self.queue);
        queue.into_iter().for_each(|range| self.requeue(range));
        self.queue.iter().map(|range| range.len() as u32).sum()
    }

    /// Takes up to so many units from the queue.
    pub(super) fn take(&mut self, units: u32) -> Option<Range<u32>> {
        let range = self.queue.pop_front()?;
        let end = range.end.min(range.start.saturating_add(units.max(1)));
        if end < range.end {
            self.queue.push_front(end..range.end);
        }
        Some(range.start..end)
    }

    /// Takes in the scores of a range. Returns `false` if they are malformed.
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
